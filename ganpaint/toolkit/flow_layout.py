"""Widgets side by side, in as many rows as the width takes."""

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from ganpaint.toolkit.theme import GRID


class FlowLayout(QLayout):
    """Lays widgets out like words of a text; hidden ones take no room."""

    def __init__(self, parent: QWidget | None = None, spacing: int = GRID) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins(0, 0, 0, 0))
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        """Qt calls this."""
        self._items.append(item)

    def count(self) -> int:
        """Qt calls this."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Qt calls this."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Qt calls this."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Qt calls this."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Qt calls this."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Qt calls this."""
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, area: QRect) -> None:
        """Qt calls this."""
        super().setGeometry(area)
        self._place(area, move=True)

    def sizeHint(self) -> QSize:
        """Qt calls this."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Qt calls this."""
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, area: QRect, move: bool) -> int:
        x, y, tallest = area.x(), area.y(), 0
        row: list[tuple[QLayoutItem, QRect]] = []

        def finish() -> None:
            for item, at in row:
                if move:
                    at.moveTop(at.top() + (tallest - at.height()) // 2)
                    item.setGeometry(at)
            row.clear()

        for item in self._items:
            if item.isEmpty():
                continue
            widget, size = item.widget(), item.sizeHint()
            grows = (
                widget is not None
                and widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Expanding
            )
            if grows:
                size.setWidth(max(item.minimumSize().width(), 120))
            size.setWidth(min(size.width(), max(area.width(), 1)))
            if x + size.width() > area.right() + 1 and row:
                finish()
                x, y, tallest = area.x(), y + tallest + self.spacing(), 0
            row.append((item, QRect(QPoint(x, y), size)))
            x += size.width() + self.spacing()
            tallest = max(tallest, size.height())
        finish()
        return y + tallest - area.y()
