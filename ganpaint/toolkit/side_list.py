"""A list beside the page that it leads to: the page has the room, wherever that is little."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

#: Share of the whole that the list has at most; what was dragged wider stays until a resize.
_MOST = 0.27


class SideList(QSplitter):
    """A list and a page, side by side.

    Args:
        side: the list; it keeps its width where there is room.
        page: takes all other room.
        width: pixels of the list.
        parent: where they stand.
    """

    def __init__(self, side: QWidget, page: QWidget, width: int, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.addWidget(side)
        self.addWidget(page)
        self.setStretchFactor(1, 1)
        self.setSizes([width, round(width / _MOST) - width])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A window that becomes narrow takes from the list first."""
        super().resizeEvent(event)
        narrower = event.size().width() < event.oldSize().width()
        most = round(event.size().width() * _MOST)
        if narrower and self.sizes()[0] > most:
            self.setSizes([most, event.size().width() - most])
