"""A list that keeps the arrow keys to itself, so that they move in it and not between scenes."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QDropEvent, QKeyEvent, QMouseEvent
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
    """A list of tiles of one size, one of which is the current one.

    Nothing moves while a mouse button is down: what was pressed is what is released upon. Scrolling
    that is asked for meanwhile is made up for afterwards.

    Signals:
        released: the mouse button that was pressed here is up again.
    """

    released = Signal()
    held = False  # Qt scrolls while it builds the view
    _late: tuple[QPersistentModelIndex, QAbstractItemView.ScrollHint] | None = None

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """From here on nothing moves."""
        self.held = True
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Things may move again."""
        super().mouseReleaseEvent(event)
        if not event.buttons():
            self.held = False
            self.released.emit()
            late, self._late = self._late, None
            if late is not None and late[0].isValid():
                self.scrollTo(self.model().index(late[0].row(), late[0].column()), late[1])

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """Qt calls this, too, whenever another tile becomes the current one."""
        if self.held:
            self._late = QPersistentModelIndex(index), hint
        else:
            super().scrollTo(index, hint)

    def dropEvent(self, event: QDropEvent) -> None:
        """A drag has no release."""
        self.held = False
        super().dropEvent(event)
        self.released.emit()

    def keyboardSearch(self, search: str) -> None:
        """Letters are shortcuts here, not a search."""
