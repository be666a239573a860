"""Painted masks over the picture, in the colors of their modes."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QAbstractAnimation, QPropertyAnimation, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from dissection.painting.masks import Mask

OPACITY = 0.35
FADE_MILLISECONDS = 300


class MaskItem(QGraphicsObject):
    """Covers the whole picture; hidden until there is something to show."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._area = QRectF()
        self._fade = QPropertyAnimation(self, b"opacity", self)
        self._fade.setDuration(FADE_MILLISECONDS)
        self._fade.setEndValue(0.0)
        self._fade.finished.connect(self.hide)
        self.hide()

    def set_area(self, area: QRectF) -> None:
        """Where the picture lies in the scene."""
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area

    def show_mask(self, mask: Mask, color: QColor) -> None:
        """Show a mask, float32 (H, W) in 0..1, until it fades or is hidden."""
        self.show_masks([(mask, color)])

    def show_masks(self, masks: Sequence[tuple[Mask, QColor]]) -> None:
        """Show masks, later ones over earlier ones, until they fade or are hidden."""
        self._fade.stop()
        self._image = tinted(*masks[0])
        for mask, color in masks[1:]:
            painter = QPainter(self._image)
            painter.drawImage(self._image.rect(), tinted(mask, color))
            painter.end()
        self.setOpacity(OPACITY)
        self.show()
        self.update()

    @property
    def fading(self) -> bool:
        """Whether the mask is on its way out."""
        return self._fade.state() == QAbstractAnimation.State.Running

    def fade(self) -> None:
        """Let the mask vanish within 300 ms."""
        if self.isVisible() and not self.fading:
            self._fade.setStartValue(self.opacity())
            self._fade.start()

    def clear(self) -> None:
        """Hide the mask at once."""
        self._fade.stop()
        self.hide()

    def boundingRect(self) -> QRectF:
        """The picture's area."""
        return self._area

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._area, self._image)


def tinted(mask: Mask, color: QColor) -> QImage:
    """A mask as an image of one color whose opacity is the mask."""
    height, width = mask.shape
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3] = (color.red(), color.green(), color.blue())
    pixels[..., 3] = np.round(mask * 255)
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
