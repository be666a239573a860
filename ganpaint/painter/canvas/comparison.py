"""Before and after: which picture the canvas shows, and where the line between the two is."""

from enum import StrEnum

import cv2
import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from ganpaint.rendering.requests import to_image

_STEP = 0.05
#: Differences are amplified at most so many times: beyond, rounding would be all one sees.
_MOST_GAIN = 8
_LEAST_GAIN = 2
#: The share of the pixels that must not be amplified beyond the end of the scale.
_WITHIN = 0.97


class View(StrEnum):
    """What the canvas shows."""

    EDITED = "edited"
    SPLIT = "split"
    DIFFERENCE = "difference"


class Comparison(QObject):
    """The view that was chosen, what a held key shows instead, and the line of the split.

    Attributes:
        view: chosen.
        held: the picture before the strokes is shown for as long as a key is held.
        share: where the line is, 0 (left edge of the picture) to 1.

    Signals:
        changed: one of them is another.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = View.EDITED
        self.held = False
        self.share = 0.5
        self._difference = (0, 0)
        self._shown = QImage()
        self.gain = _LEAST_GAIN

    def choose(self, view: View) -> None:
        """Show another view; the one that is shown already gives way to the edited picture."""
        self.view = View.EDITED if view == self.view else view
        self.changed.emit()

    def hold(self, held: bool) -> None:
        """Show the picture before the strokes for as long as this is on."""
        self.held = held
        self.changed.emit()

    def move_line(self, share: float) -> None:
        """Put the line at a share of the picture's width."""
        self.share = min(max(share, 0.0), 1.0)
        self.changed.emit()

    def step_line(self, steps: int) -> None:
        """Move the line to the right by so many twentieths; shows the split if it is hidden."""
        if self.view == View.SPLIT:
            self.move_line(round(self.share / _STEP + steps) * _STEP)
        else:
            self.choose(View.SPLIT)

    def picture(self, before: QImage | None, after: QImage) -> QImage:
        """What fills the canvas: the picture after, before, or their difference.

        Args:
            before: RGB888; None until it is rendered.
            after: RGB888.
        """
        if before is None or before.size() != after.size():
            return after
        if self.held:
            return before
        return self.difference(before, after) if self.view == View.DIFFERENCE else after

    def difference(self, before: QImage, after: QImage) -> QImage:
        """The amplified difference in false colors, RGB888; ``gain`` tells how far amplified."""
        keys = (before.cacheKey(), after.cacheKey())
        if keys != self._difference:
            self._difference = keys
            distance = cv2.absdiff(_pixels(before), _pixels(after)).max(axis=2)
            self.gain = gain_of(distance)
            amplified = np.minimum(distance.astype(np.uint16) * self.gain, 255).astype(np.uint8)
            self._shown = to_image(colors_of(amplified))
        return self._shown


def gain_of(distance: np.ndarray) -> int:
    """The largest of 2, 4 and 8 that keeps nearly all distances (uint8) within 255, or 2."""
    high = float(np.quantile(distance, _WITHIN))
    gain = _LEAST_GAIN
    while 2 * gain <= _MOST_GAIN and 2 * gain * high <= 255:
        gain *= 2
    return gain


def colors_of(levels: np.ndarray) -> np.ndarray:
    """Levels, uint8 (H, W), from black over red to pale yellow: uint8 (H, W, 3), RGB."""
    return np.ascontiguousarray(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1])


def _pixels(image: QImage) -> np.ndarray:
    """A view on the pixels of an RGB888 image, uint8 (H, W, 3)."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
