"""Rows of exemplars as large as the width allows; each can be pressed, by mouse and keyboard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.theme import Theme
from ganpaint.units.detail.views import VIEW_PX

#: So many pictures and more make a row of large ones; px of those of other rows.
_LARGE_FROM, _SMALLER_PX = 5, 112
_GAP, _HEADING = 4, 16


@dataclass(frozen=True, eq=False)
class Exemplar:
    """One picture.

    Attributes:
        place: of the input in the sample.
        image: None while it is being made.
        tip: of figures, and where a click leads.
        opens: whether it can be pressed.
    """

    place: int
    image: QImage | None
    tip: str
    opens: bool


class _Shown(NamedTuple):
    """A picture on the sheet."""

    area: QRect
    row: str
    exemplar: Exemplar
    pixmap: QPixmap | None


class ExemplarSheet(QWidget):
    """Rows of pictures; the first row's are larger than the others'.

    Attributes:
        current: which picture the keys are at; counted through all rows.

    Signals:
        pressed(int): an input was clicked, or Return pressed on it; its place in the sample.
    """

    pressed = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[tuple[str, list[tuple[Exemplar, QPixmap | None]]]] = []
        self.current = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Exemplars")

    def show_rows(self, rows: Sequence[tuple[str, Sequence[Exemplar]]]) -> None:
        """Show other pictures.

        Args:
            rows: what each row is called, and what is in it.
        """
        before = [e.place for _, exemplars in self._rows for e, _ in exemplars]
        self._rows = [
            (name, [(e, QPixmap.fromImage(e.image) if e.image is not None else None) for e in row])
            for name, row in rows
        ]
        if before != [e.place for _, exemplars in self._rows for e, _ in exemplars]:
            self.current = 0  # another unit's
        self.setMinimumHeight(self.heightForWidth(self.width()))
        self.updateGeometry()
        self.update()

    @property
    def shown(self) -> list[tuple[QRect, Exemplar]]:
        """Where each picture is, and what it is."""
        return [(each.area, each.exemplar) for each in self._places()]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt calls this."""
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def hasHeightForWidth(self) -> bool:
        """Qt calls this."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Qt calls this."""
        headings = _HEADING * max(0, len(self._rows) - 1)
        return sum(_side(len(row), width) + _GAP for _, row in self._rows) + headings

    def sizeHint(self) -> QSize:
        """Qt calls this."""
        return QSize(360, self.heightForWidth(360))

    def _places(self) -> list[_Shown]:
        found, top = [], 0
        for place, (name, row) in enumerate(self._rows):
            top += _HEADING if place else 0
            side = _side(len(row), self.width())
            for rank, (exemplar, pixmap) in enumerate(row):
                area = QRect(rank * (side + _GAP), top, side, side)
                found.append(_Shown(area, name, exemplar, pixmap))
            top += side + _GAP
        return found

    def _at(self, position: QPoint) -> int:
        """Which picture is there; -1 for none."""
        areas = (n for n, each in enumerate(self._places()) if each.area.contains(position))
        return next(areas, -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colors = self._theme.colors
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        for number, (area, name, _, pixmap) in enumerate(self._places()):
            if area.left() == 0 and name != "top":
                painter.setPen(QColor(colors.muted))
                painter.drawText(0, area.top() - 4, name)
            if pixmap is None:
                painter.fillRect(area, QColor(colors.raised))
            else:
                painter.drawPixmap(area, pixmap)
            if number == self.current and self.hasFocus():
                painter.setPen(QPen(QColor(colors.draw), 3))
                painter.drawRect(area.adjusted(1, 1, -2, -2))

    # Pressing -------------------------------------------------------------------------------------

    def press(self, number: int) -> None:
        """Open a picture, if that leads anywhere."""
        places = self._places()
        if 0 <= number < len(places) and places[number].exemplar.opens:
            self.pressed.emit(places[number].exemplar.place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what can be opened."""
        places, at = self._places(), self._at(event.position().toPoint())
        hand = at >= 0 and places[at].exemplar.opens
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens."""
        at = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self.current = at
            self.update()
            self.press(at)
        else:
            super().mouseReleaseEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Other buttons are the tab's."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from picture to picture, Return opens."""
        match event.key():
            case Qt.Key.Key_Left:
                self._choose(self.current - 1)
            case Qt.Key.Key_Right:
                self._choose(self.current + 1)
            case Qt.Key.Key_Up:
                self._choose(self._beside(-1))
            case Qt.Key.Key_Down:
                self._choose(self._beside(1))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.press(self.current)
            case _:
                super().keyPressEvent(event)

    def _choose(self, number: int) -> None:
        if 0 <= number < len(self._places()):
            self.current = number
            self.update()

    def _beside(self, step: int) -> int:
        """The picture in the next row, or the one before, that is nearest in its row."""
        first, rows = 0, [len(row) for _, row in self._rows]
        for row, count in enumerate(rows):
            if self.current < first + count:
                if not 0 <= row + step < len(rows):
                    return self.current
                there = first + count if step > 0 else first - rows[row - 1]
                return there + min(self.current - first, rows[row + step] - 1)
            first += count
        return self.current

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is drawn."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The ring goes."""
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Tool tips of single pictures; Qt calls this."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            places, at = self._places(), self._at(event.pos())
            if at >= 0:
                tip = plain_tip(places[at].exemplar.tip)
                QToolTip.showText(event.globalPos(), tip, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def _side(count: int, width: int) -> int:
    """Px of each picture of a row."""
    most = _SMALLER_PX if count < _LARGE_FROM else VIEW_PX
    return min(most, (width - _GAP * (count - 1)) // max(count, 1))
