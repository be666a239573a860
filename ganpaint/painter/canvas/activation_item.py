"""A unit's activation over the picture: bright where it is active, outlined above its level."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ganpaint.painter.canvas.comparison import colors_of
from ganpaint.painter.canvas.pointer import LaidItem

#: Opacity where the unit is silent, and at the bright end.
_SILENT, _MOST = 0.45, 0.85
_YELLOW = (255, 255, 0, 255)
_AROUND = np.ones((3, 3), np.uint8)


def _scale() -> NDArray[np.uint8]:
    """Color and opacity of each of 256 levels, uint8 (256, 4)."""
    colors = colors_of(np.arange(256, dtype=np.uint8)[None])[0]
    opacity = np.linspace(_SILENT, _MOST, 256) * 255
    return np.ascontiguousarray(np.column_stack([colors, np.round(opacity)]).astype(np.uint8))


class ActivationItem(LaidItem):
    """Draws a map in the colors of the scale, over the whole picture."""

    def __init__(self) -> None:
        super().__init__()
        self._scale = _scale()
        self.image = QImage()
        self.hide()

    def show_map(self, activations: NDArray[np.float32], level: float | None, top: float) -> None:
        """Show a map.

        Args:
            activations: float32 (h, w), upsampled; 0 and less is the dark end of the scale.
            level: a line goes around what is above it; None draws none.
            top: the activation of the bright end.
        """
        share = np.clip(activations * (255 / max(top, 1e-6)), 0, 255).astype(np.uint8)
        pixels = self._scale[share]
        if level is not None:
            region = (activations > level).astype(np.uint8)
            pixels[(cv2.dilate(region, _AROUND) > 0) & (region == 0)] = _YELLOW
        height, width = share.shape
        form = QImage.Format.Format_RGBA8888
        self.image = QImage(pixels.data, width, height, 4 * width, form).copy()
        self.show()
        self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.area, self.image)
