"""Which row of a list is pointed at, by the mouse or by the keys."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, Signal
from PySide6.QtGui import QCursor

from ganpaint.toolkit.list_view import TileView


class PointedRow(QObject):
    """Follows the mouse over a list, and the keys in it, until either leaves.

    Signals:
        changed: another row, or none.

    Attributes:
        row: its number; None for none.
    """

    changed = Signal()

    def __init__(self, view: TileView) -> None:
        super().__init__(view)
        self._view = view
        self.row: int | None = None
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)
        view.entered.connect(lambda index: self._point_at(index.row()))
        view.viewportEntered.connect(lambda: self._point_at(None))
        view.verticalScrollBar().valueChanged.connect(self._scrolled)
        view.selectionModel().currentChanged.connect(self._move)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt asks this first: the mouse left, or the keys did, or the list is gone."""
        left = event.type() == QEvent.Type.Leave and watched is self._view.viewport()
        unfocused = event.type() == QEvent.Type.FocusOut and not self._view.underMouse()
        if left or unfocused or (event.type() == QEvent.Type.Hide and watched is self._view):
            self._point_at(None)
        return False

    def _scrolled(self) -> None:
        """The mouse rests, and another row is below it."""
        viewport = self._view.viewport()
        if self.row is not None and viewport.underMouse():
            index = self._view.indexAt(viewport.mapFromGlobal(QCursor.pos()))
            self._point_at(index.row() if index.isValid() else None)

    def _move(self, index: QModelIndex) -> None:
        """The keys are on another row; a press of the mouse is where that is already."""
        if self._view.hasFocus() and not self._view.held:
            self._point_at(index.row() if index.isValid() else None)

    def _point_at(self, row: int | None) -> None:
        if row != self.row:
            self.row = row
            self.changed.emit()
