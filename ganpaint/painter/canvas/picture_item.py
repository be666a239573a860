"""The picture: smooth where the view fits it into the window, crisp pixels once zoomed in."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ganpaint.rendering.requests import to_image

#: A zoom beyond this many screen pixels for each picture pixel shows the pixels.
_CRISP_FROM = 2.0
#: The Mitchell-Netravali filter at whole pixels.
_MITCHELL = np.array([1, 16, 1], np.float32) / 18


class PictureItem(QGraphicsItem):
    """One picture; a unit of the scene is a pixel of it.

    Attributes:
        fitted: the view shows the whole picture, so it is enlarged smoothly.
        clip: only this part is drawn, picture pixels; None for all of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fitted = True
        self.clip: QRectF | None = None
        self._image = QImage()
        self._scaled = QImage()
        self._scaled_from = (0, QSize())

    @property
    def image(self) -> QImage:
        """What is shown, RGB888; null before the first picture."""
        return self._image

    @property
    def size(self) -> QSize:
        """Of the picture, in its own pixels."""
        return self._image.size()

    def set_image(self, image: QImage) -> None:
        """Show another picture, RGB888, of any size."""
        if image.size() != self._image.size():
            self.prepareGeometryChange()
        self._image = image
        self.update()

    def boundingRect(self) -> QRectF:
        """The picture's pixels."""
        return QRectF(self._image.rect())

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        if self._image.isNull():
            return
        if self.clip is not None:
            painter.setClipRect(self.clip, Qt.ClipOperation.IntersectClip)
        scale = painter.deviceTransform().m11()
        if self.fitted:
            size = QSize(
                max(1, round(self.size.width() * scale)), max(1, round(self.size.height() * scale))
            )
            painter.drawImage(self.boundingRect(), self._enlarged(size))
            return
        smooth = scale < _CRISP_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(self.boundingRect(), self._image)

    def _enlarged(self, size: QSize) -> QImage:
        """The picture at screen size; kept, since the ring above it repaints at every move."""
        wanted = (self._image.cacheKey(), size)
        if wanted != self._scaled_from:
            self._scaled = resample(self._image, size)
            self._scaled_from = wanted
        return self._scaled


def resample(image: QImage, size: QSize) -> QImage:
    """An RGB888 image at another size: by area when it shrinks, else nearly Mitchell and Netravali.

    Bicubic enlargement alone rings at edges; their filter (1988) equals one behind a slight blur.
    """
    wanted = (size.width(), size.height())
    pixels = to_array(image)
    if size.width() < image.width():
        scaled = cv2.resize(pixels, wanted, interpolation=cv2.INTER_AREA)
    else:
        soft = cv2.sepFilter2D(pixels, -1, _MITCHELL, _MITCHELL)
        scaled = cv2.resize(soft, wanted, interpolation=cv2.INTER_CUBIC)
    return to_image(np.asarray(scaled, np.uint8))


def to_array(image: QImage) -> NDArray[np.uint8]:
    """The pixels of an RGB888 image, uint8 (H, W, 3), a copy."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
