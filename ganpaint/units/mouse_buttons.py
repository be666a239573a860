"""The mouse's own buttons for back and forward, wherever in the tab the mouse is."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget


class MouseButtons(QObject):
    """Calls something where a button for back or forward is pressed.

    Lists, tables and plots keep what is pressed on them to themselves, so they are asked first;
    everything else hands it to the tab.

    Args:
        over: the tab's view, with all that is in it.
        back: called for the one button.
        forward: called for the other.
    """

    def __init__(
        self, over: QWidget, back: Callable[[], object], forward: Callable[[], object]
    ) -> None:
        super().__init__(over)
        self._does = {Qt.MouseButton.BackButton: back, Qt.MouseButton.ForwardButton: forward}
        self._over = over
        over.installEventFilter(self)
        self.watch()

    def watch(self) -> None:
        """Ask those too that have come since: plots are made when they are first shown."""
        for area in self._over.findChildren(QAbstractScrollArea):
            area.viewport().installEventFilter(self)  # once, however often it is said

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt asks this before every event of these widgets."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            do = self._does.get(event.button())
            if do is not None:
                do()
                return True
        return False
