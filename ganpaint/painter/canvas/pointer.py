"""What the mouse does on the picture in place of painting, and what can lie over the picture."""

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QGraphicsItem


class Pointer(Protocol):
    """A tool that has the left button in place of the brush while it is in use (``Canvas.use``).

    Positions are continuous picture pixels and may lie outside of the picture.

    Attributes:
        cursor: the shape of the cursor over the picture; the brush ring is hidden.
    """

    cursor: Qt.CursorShape

    def press(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """The left button went down over the canvas."""

    def move(self, position: QPointF, down: bool) -> None:
        """The mouse moved; ``down`` while the left button is."""

    def release(self, position: QPointF) -> None:
        """The left button, pressed with this pointer, is up again."""

    def dismiss(self) -> None:
        """Esc was pressed, or another tool is in use now: leave nothing behind."""


class LaidItem(QGraphicsItem):
    """A graphics item over the whole picture (``Canvas.lay``); a scene unit is a picture pixel."""

    def __init__(self) -> None:
        super().__init__()
        self.area = QRectF()

    def set_area(self, area: QRectF) -> None:
        """Where the picture lies in the scene, in its pixels."""
        if area != self.area:
            self.prepareGeometryChange()
            self.area = area

    def boundingRect(self) -> QRectF:
        """The picture's area."""
        return self.area
