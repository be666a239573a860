"""Pictures and units' maps as images for the screen."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap

from dissection.data.images import Picture


def as_image(picture: Picture) -> QImage:
    """A picture for the screen, of uint8 (H, W, 3)."""
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture)
    return QImage(data.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def map_over(picture: Picture, values: NDArray[np.float32]) -> QImage:
    """A picture that is bright where a unit is active.

    Args:
        picture: uint8 (H, W, 3).
        values: float32 (h, w), the unit's map.
    """
    height, width = picture.shape[:2]
    rows = np.arange(height) * values.shape[0] // height
    columns = np.arange(width) * values.shape[1] // width
    top = float(values.max())
    share = np.clip(values / top, 0, 1) if top > 0 else np.zeros_like(values)
    light = 0.2 + 0.8 * share[rows][:, columns][..., None]
    return as_image((picture * light).astype(np.uint8))


def scaled(image: QImage, side: int) -> QPixmap:
    """An image as large as a square of this many px holds."""
    smooth = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image).scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smooth)
