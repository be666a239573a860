"""A list that tells which of its rows is pointed at, by the mouse or by the keys."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Signal
from PySide6.QtGui import QCursor, QEnterEvent, QFocusEvent, QHideEvent
from PySide6.QtWidgets import QWidget

from ganpaint.toolkit.list_view import TileView


class PointedList(TileView):
    """Follows the mouse over its rows, and the keys in them, until either leaves.

    Signals:
        pointed: at another row, or at none.

    Attributes:
        row: the number of the row; None for none.
    """

    pointed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.row: int | None = None
        self._by_keys = False
        self.entered.connect(self._point_at)
        self.viewportEntered.connect(lambda: self._point_at(QModelIndex()))
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def currentChanged(
        self,
        current: QModelIndex | QPersistentModelIndex,
        previous: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The keys are on another row; a press of the mouse is where that is already."""
        super().currentChanged(current, previous)
        if self.hasFocus() and not self.held:
            self._point_at(current, by_keys=True)

    def viewportEvent(self, event: QEvent) -> bool:
        """The mouse leaves, or is over a list that came below it."""
        if isinstance(event, QEnterEvent):
            self._point_at(self.indexAt(event.position().toPoint()))
        elif event.type() == QEvent.Type.Leave:
            self._point_at(QModelIndex())
        return super().viewportEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keys leave."""
        super().focusOutEvent(event)
        if self._by_keys:
            self._point_at(QModelIndex())

    def hideEvent(self, event: QHideEvent) -> None:
        """There are no rows."""
        super().hideEvent(event)
        self._point_at(QModelIndex())

    def _scrolled(self) -> None:
        """The mouse rests, and another row is below it."""
        if self.row is not None and self.viewport().underMouse():
            self._point_at(self.indexAt(self.viewport().mapFromGlobal(QCursor.pos())))

    def _point_at(self, index: QModelIndex | QPersistentModelIndex, by_keys: bool = False) -> None:
        row = index.row() if index.isValid() else None
        self._by_keys = by_keys
        if row != self.row:
            self.row = row
            self.pointed.emit()
