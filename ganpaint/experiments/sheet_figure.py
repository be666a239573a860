"""Pictures in rows, as far down as they go; only those in view are drawn."""

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QToolTip, QWidget

from dissection.report.figures import Link, SceneLink, Sheet, UnitLink
from dissection.vocabulary import readable_name
from ganpaint.toolkit.plain import breakable, plain_tip
from ganpaint.toolkit.theme import FIGURES_PX, GRID, Theme

#: Pixels: how wide a picture is at least, between pictures, of names.
_LEAST, _GAP, _HEAD = 96, 4, 22
_SIDE = 150


class _Pictures(QWidget):
    """All pictures of a sheet with their names."""

    linked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sheet: Sheet | None = None
        self._scale = 1
        self.setMouseTracking(True)

    def show_sheet(self, sheet: Sheet) -> None:
        """Show another sheet."""
        self._sheet = sheet
        wide = max(sheet.pictures.shape[3], 1)
        self._scale = max(1, round(_LEAST / wide))
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """As large as all pictures."""
        if self._sheet is None:
            return QSize(1, 1)
        rows, columns = self._sheet.pictures.shape[:2]
        step = self._step()
        return QSize(
            self._left() + columns * step.width() + GRID, self._top() + rows * step.height() + GRID
        )

    def place_of(self, row: int, column: int) -> QRect:
        """Where a picture is."""
        step = self._step()
        corner = QPoint(self._left() + column * step.width(), self._top() + row * step.height())
        return QRect(corner, step - QSize(_GAP, _GAP))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this."""
        sheet = self._sheet
        if sheet is None:
            return
        painter = QPainter(self)
        font = painter.font()
        font.setPixelSize(FIGURES_PX)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colors.text))
        rows, columns = sheet.pictures.shape[:2]
        step, area = self._step(), event.rect()
        first = max((area.top() - self._top()) // step.height(), 0)
        last = min((area.bottom() - self._top()) // step.height() + 1, rows)
        for column, name in enumerate(sheet.columns[:columns]):
            at = self.place_of(0, column)
            said = painter.fontMetrics().elidedText(
                readable_name(name), Qt.TextElideMode.ElideRight, at.width()
            )
            room = QRect(at.left(), 0, at.width(), _HEAD)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, said)
        for row in range(first, last):
            if row < len(sheet.rows):
                at = self.place_of(row, 0)
                room = QRect(0, at.top(), self._left() - GRID, at.height())
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                said = breakable(sheet.rows[row], kept="\n")
                painter.drawText(room, flags | Qt.TextFlag.TextWordWrap, said)
            for column in range(columns):
                picture = np.ascontiguousarray(sheet.pictures[row, column])
                high, wide = picture.shape[:2]
                image = QImage(picture.data, wide, high, 3 * wide, QImage.Format.Format_RGB888)
                painter.drawImage(self.place_of(row, column), image)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what a click would open."""
        link = self.link_at(event.position().toPoint())
        if link is None:
            self.unsetCursor()
            QToolTip.hideText()
            return
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        QToolTip.showText(event.globalPosition().toPoint(), plain_tip(_told(link)), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Follow a link."""
        link = self.link_at(event.position().toPoint())
        if link is not None and event.button() == Qt.MouseButton.LeftButton:
            self.linked.emit(link)

    def link_at(self, at: QPoint) -> Link | None:
        """What the picture at a place leads to."""
        sheet = self._sheet
        if sheet is None:
            return None
        rows, columns = sheet.pictures.shape[:2]
        step = self._step()
        column, row = (
            (at.x() - self._left()) // step.width(),
            (at.y() - self._top()) // step.height(),
        )
        number = row * columns + column
        inside = 0 <= row < rows and 0 <= column < columns and number < len(sheet.links)
        return sheet.links[number] if inside else None

    def _step(self) -> QSize:
        assert self._sheet is not None, "asked for with a sheet alone"
        high, wide = self._sheet.pictures.shape[2:4]
        return QSize(wide * self._scale + _GAP, high * self._scale + _GAP)

    def _left(self) -> int:
        return _SIDE if self._sheet is not None and self._sheet.rows else 0

    def _top(self) -> int:
        return _HEAD if self._sheet is not None and self._sheet.columns else 0


class SheetFigure(QScrollArea):
    """A sheet that scrolls.

    Signals:
        linked(object): a picture was clicked that leads to this ``UnitLink`` or ``SceneLink``.
    """

    linked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.pictures = _Pictures(theme, self)
        self.pictures.linked.connect(self.linked)
        self.setWidget(self.pictures)

    def show_figure(self, figure: Sheet) -> None:
        """Show another sheet, from its top."""
        self.pictures.show_sheet(figure)
        self.verticalScrollBar().setValue(0)

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.pictures.update()


def _told(link: Link) -> str:
    if isinstance(link, UnitLink):
        return f"Open unit {link.unit} of {link.layer}"
    assert isinstance(link, SceneLink), "there are two kinds of links"
    return f"Open scene {link.row} in the painter"
