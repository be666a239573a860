"""One row of the inspector: a tick, the unit, its label, and how rare its activation is."""

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ganpaint.painter.panels.inspector_model import UNIT_ROLE, FiringUnit, InspectorModel
from ganpaint.toolkit.theme import CORNER, FIGURES_PX, GRID, Theme

_ROW = 40
_TICK = 14
_BAR = 4
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
#: Where on a bar the level t_u is: one position in a hundred of one in ten thousand.
_LEVEL_MARK = 0.5
_AnyIndex = QModelIndex | QPersistentModelIndex


class InspectorRow(QStyledItemDelegate):
    """Paints a row; a click anywhere on it, or Space, leaves the unit out or takes it in."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _AnyIndex) -> QSize:
        """Qt calls this."""
        return QSize(120, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        """Qt calls this."""
        unit: FiringUnit = index.data(UNIT_ROLE)
        ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        colors = self._theme.colors
        row = option.rect.adjusted(GRID, 1, -GRID, -1)
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(colors.draw), 1) if chosen else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
        self._tick(painter, row, ticked)
        left = row.left() + 4 + _TICK + GRID
        inner = QRect(left, row.top() + 3, row.right() - 6 - left, _ROW - 10)
        self._words(painter, inner, unit, ticked)
        bar = QRectF(inner.left(), inner.bottom() - 5, inner.width(), _BAR)
        self._bar(painter, bar, unit)
        painter.restore()

    def _tick(self, painter: QPainter, row: QRect, ticked: bool) -> None:
        colors = self._theme.colors
        box = QRectF(row.left() + 5.5, row.top() + 6.5, _TICK - 1, _TICK - 1)
        painter.setPen(QPen(QColor(colors.draw if ticked else colors.muted), 1))
        painter.setBrush(QColor(colors.draw) if ticked else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
        if ticked:
            painter.setPen(QPen(QColor(colors.on_draw), 1.8))
            at = box.topLeft()
            painter.drawPolyline([at + QPointF(3, 6.5), at + QPointF(5.5, 9), at + QPointF(10, 4)])

    def _words(self, painter: QPainter, area: QRect, unit: FiringUnit, ticked: bool) -> None:
        colors = self._theme.colors
        line = QRect(area.left(), area.top(), area.width(), 18)
        small = QFont(painter.font())
        small.setPixelSize(FIGURES_PX)
        figures, words = QFontMetrics(small), painter.fontMetrics()
        number = f"#{unit.unit}" if unit.label else f"unit {unit.unit}"
        # A long name gives way: the number is what tells one unit from another.
        taken = figures.horizontalAdvance(number) + figures.horizontalAdvance(unit.share)
        room = line.width() - taken - 2 * GRID
        name = words.elidedText(unit.label, Qt.TextElideMode.ElideRight, room)
        painter.setPen(QColor(colors.text if ticked else colors.muted))
        painter.drawText(line, _LEFT, name)
        after = words.horizontalAdvance(name) + GRID if name else 0
        painter.setFont(small)
        painter.setPen(QColor(colors.muted))
        painter.drawText(line.adjusted(after, 1, 0, 0), _LEFT, number)
        painter.drawText(line, _RIGHT, unit.share)

    def _bar(self, painter: QPainter, area: QRectF, unit: FiringUnit) -> None:
        colors = self._theme.colors
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.border))
        painter.drawRoundedRect(area, _BAR / 2, _BAR / 2)
        beyond = unit.activation > unit.level
        painter.setBrush(QColor(colors.draw if beyond else colors.muted))
        filled = QRectF(area.left(), area.top(), max(area.width() * unit.bar, _BAR), _BAR)
        painter.drawRoundedRect(filled, _BAR / 2, _BAR / 2)
        mark = area.left() + area.width() * _LEVEL_MARK
        painter.setBrush(QColor(colors.text))
        painter.drawRect(QRectF(mark, area.top() - 2, 1, _BAR + 4))

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: _AnyIndex,
    ) -> bool:
        """A click, or Space on the row that the keys are on."""
        clicked = (
            event.type() == QEvent.Type.MouseButtonRelease
            and isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.LeftButton
        )
        pressed = (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
        )
        if (clicked or pressed) and isinstance(model, InspectorModel):
            model.toggle(index.row())
            return True
        return False
