"""One row of the history: mask, concept, mode, and the two things one can click."""

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from dissection.painting.history import Painted
from ganpaint.painter.canvas.mask_item import tinted
from ganpaint.painter.panels.history_model import PAINTED_ROLE, concept_name, mode_name
from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.theme import CORNER, FIGURES_PX, GRID, Theme

_ROW = 48
_THUMBNAIL = 36
_BUTTON = 20
_ICON = 16
_OFF_OPACITY = 0.45
_PICTURE_OPACITY = 0.75
_MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_AnyIndex = QModelIndex | QPersistentModelIndex


class StrokeRow(QStyledItemDelegate):
    """Paints a row.

    Attributes:
        picture: what masks of strokes are shown on.

    Signals:
        delete(Painted): its cross was clicked.
        toggle(Painted): its eye was clicked.
    """

    delete = Signal(object)
    toggle = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.picture = QImage()

    def sizeHint(self, option: QStyleOptionViewItem, index: _AnyIndex) -> QSize:
        """Qt calls this."""
        return QSize(_THUMBNAIL, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        """Qt calls this."""
        painted: Painted = index.data(PAINTED_ROLE)
        colors = self._theme.colors
        row = _inner(option.rect)
        state = option.state
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if hovered or chosen:
            painter.setPen(QPen(QColor(colors.draw), 1) if chosen else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(row, CORNER, CORNER)
        if not painted.shown:
            painter.setOpacity(_OFF_OPACITY)
        self._mask(painter, row, painted)
        painter.setOpacity(1.0)
        self._words(painter, row, painted)
        if hovered or chosen or not painted.shown:
            eye = "shown" if painted.shown else "hidden"
            self._icon(painter, eye_of(option.rect), eye)
        if hovered or chosen:
            self._icon(painter, cross_of(option.rect), "delete")
        painter.restore()

    def _mask(self, painter: QPainter, row: QRect, painted: Painted) -> None:
        colors = self._theme.colors
        thumbnail = QRect(row.left() + 4, row.top() + 4, _THUMBNAIL, _THUMBNAIL)
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.setBrush(QColor(colors.canvas))
        painter.drawRoundedRect(thumbnail, 4, 4)
        if not self.picture.isNull():
            painter.setOpacity(painter.opacity() * _PICTURE_OPACITY)
            painter.drawImage(thumbnail.adjusted(1, 1, -1, -1), self.picture)
            painter.setOpacity(_OFF_OPACITY if not painted.shown else 1.0)
        mask, mode = painted.stroke.mask, painted.stroke.mode
        painter.drawImage(thumbnail.adjusted(1, 1, -1, -1), tinted(mask, colors.mode(mode)))

    def _words(self, painter: QPainter, row: QRect, painted: Painted) -> None:
        stroke, choice, colors = painted.stroke, painted.choice, self._theme.colors
        left = row.left() + 4 + _THUMBNAIL + 2 * GRID
        width = row.right() - 2 * _BUTTON - 8 - left
        name = painter.fontMetrics().elidedText(
            painted.name or concept_name(stroke), Qt.TextElideMode.ElideRight, width
        )
        painter.setPen(QColor(colors.text if painted.shown else colors.muted))
        painter.drawText(QRect(left, row.top() + 4, width, 20), _MIDDLE, name)
        font = painter.font()
        font.setPixelSize(FIGURES_PX)
        painter.setFont(font)
        shown = colors.mode_text(stroke.mode) if painted.shown else QColor(colors.muted)
        painter.setPen(shown)
        said = mode_name(stroke) if painted.shown else f"{mode_name(stroke)}, off"
        if stroke.strength != 1:
            said += f"  {stroke.strength:.0%}"
        if choice and choice.boost != 1 and stroke.mode == "draw":
            said += f"  × {choice.boost:.1f}"
        painter.drawText(QRect(left, row.top() + 22, width, 18), _MIDDLE, said)

    def _icon(self, painter: QPainter, area: QRect, name: str) -> None:
        inner = QRect(0, 0, _ICON, _ICON)
        inner.moveCenter(area.center())
        icon(name, self._theme.colors).paint(painter, inner)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: _AnyIndex,
    ) -> bool:
        """A click on the eye or the cross."""
        kinds = (QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonPress)
        if event.type() in kinds and isinstance(event, QMouseEvent):
            place = event.position().toPoint()
            for area, signal in ((cross_of, self.delete), (eye_of, self.toggle)):
                if area(option.rect).contains(place):
                    if event.type() == QEvent.Type.MouseButtonRelease:
                        signal.emit(index.data(PAINTED_ROLE))
                    return True
        return False


def _inner(rect: QRect) -> QRect:
    return rect.adjusted(GRID, 2, -GRID, -2)


def cross_of(rect: QRect) -> QRect:
    """Where the cross of a row is, given the row's rectangle."""
    row = _inner(rect)
    top = row.top() + (row.height() - _BUTTON) // 2
    return QRect(row.right() - _BUTTON - 4, top, _BUTTON, _BUTTON)


def eye_of(rect: QRect) -> QRect:
    """Where the eye of a row is, given the row's rectangle."""
    return cross_of(rect).translated(-_BUTTON - 4, 0)
