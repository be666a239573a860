"""From mouse positions to strokes: one drag is one stroke, with no gaps between mouse events."""

import numpy as np
from PySide6.QtCore import QObject, QPointF, QSize, Qt, Signal

from dissection.painting.edits import Mode
from dissection.painting.masks import Mask, Position, disc, segment
from ganpaint.painter.document.document import Document

SMALLEST_RADIUS = 1.0
_OTHER = {Mode.DRAW: Mode.ERASE, Mode.ERASE: Mode.DRAW, Mode.RESTORE: Mode.DRAW}


def mode_of(
    chosen: Mode, modifiers: Qt.KeyboardModifier, button: Qt.MouseButton | None = None
) -> Mode:
    """The mode in which a stroke begins: Ctrl or the right button mean the other one."""
    ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
    return _OTHER[chosen] if ctrl or button == Qt.MouseButton.RightButton else chosen


def stepped(radius: float, steps: int, largest: float) -> float:
    """A radius that many keystrokes larger or smaller: by 15 %, at least one pixel across."""
    for _ in range(abs(steps)):
        change = max(0.5, radius * 0.15)
        radius += change if steps > 0 else -change
    return float(np.clip(round(radius * 2) / 2, SMALLEST_RADIUS, largest))


class PaintTool(QObject):
    """Turns a drag into one stroke of the document, visible while it grows.

    Signals:
        refused(str): nothing can be painted; one sentence says why.
    """

    refused = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._mask: Mask | None = None
        self._mode = Mode.DRAW
        self._last: Position = (0.0, 0.0)
        self._corner: tuple[Position, Mask] | None = None
        self._resize_from: tuple[float, float] | None = None
        document.scene_changed.connect(self.abort)

    @property
    def painting(self) -> bool:
        """Whether a stroke is in progress."""
        return self._mask is not None

    @property
    def resizing(self) -> bool:
        """Whether a drag changes the brush size."""
        return self._resize_from is not None

    @property
    def mode(self) -> Mode:
        """The mode of the stroke in progress, or of the last one."""
        return self._mode

    def press(self, position: QPointF, size: QSize, mode: Mode) -> None:
        """Begin a stroke.

        Args:
            position: continuous picture pixels.
            size: of the picture.
            mode: of the stroke.
        """
        self._last, self._mode = (position.x(), position.y()), mode
        self._corner = None
        mask = disc((size.height(), size.width()), *self._last, self._document.choice.radius)
        self._show(mask)

    def move(self, position: QPointF, straight: bool = False) -> None:
        """Carry the stroke on to where the mouse is.

        Args:
            position: continuous picture pixels.
            straight: draw one straight line from where that began to be wished for, and draw it
                anew wherever the mouse goes, in place of following its way.
        """
        if self._mask is None:
            return
        here = (position.x(), position.y())
        height, width = self._mask.shape
        if not straight:
            self._corner = None
        elif self._corner is None:
            self._corner = self._last, self._mask
        start, painted = self._corner or (self._last, self._mask)
        way = segment((height, width), start, here, self._document.choice.radius)
        self._last = here
        self._show(np.maximum(painted, way))  # a new array: the thread reads the old one

    def release(self) -> None:
        """The stroke is done; one that never touched the picture is none."""
        mask, self._mask = self._mask, None
        if mask is not None and not mask.any():
            self._document.abort_stroke()
        else:
            self._document.finish_stroke()

    def abort(self) -> None:
        """The stroke never was."""
        self._mask = None
        self._document.abort_stroke()

    def begin_resize(self, x: float) -> None:
        """Let the horizontal way of the mouse change the brush size; ``x`` in picture pixels."""
        self._resize_from = (x, self._document.choice.radius)

    def resize(self, x: float, largest: float) -> None:
        """The mouse moved on while it changes the size."""
        if self._resize_from is not None:
            start, radius = self._resize_from
            radius = float(np.clip(round(radius + x - start, 1), SMALLEST_RADIUS, largest))
            self._document.choose(radius=radius)

    def end_resize(self) -> None:
        """Keep the size."""
        self._resize_from = None

    def _show(self, mask: Mask) -> None:
        stroke = self._document.stroke(mask, self._mode)
        if stroke is None:
            self._mask = None
            self.refused.emit(
                "Pick a concept first."
                if self._document.palette.brushes
                else "This generator has no dissection, so there is nothing to paint with yet."
            )
            return
        self._mask = mask
        self._document.preview(stroke)
