"""A list that keeps the arrow keys to itself, so that they move in it and not between scenes."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class KeepArrows(QObject):
    """Event filter: the watched widget gets arrow keys before shortcuts do."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt asks this before it looks for a shortcut."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.KeypadModifier,
            )
            if plain and event.key() in _ARROWS:
                event.accept()
                return True
        return False


class TileView(QListView):
    """A list of tiles of one size, one of which is the current one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self._keep = KeepArrows(self)
        self.installEventFilter(self._keep)

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts here, not a search."""
