"""Pictures that drive a unit hardest, side by side and small."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPixmap

from dissection.data.images import Picture
from ganpaint.classifier.tables.images import as_image

_SIDE, _GAP, _MOST = 34, 2, 4
STRIP_HEIGHT, STRIP_WIDTH = _SIDE, _MOST * (_SIDE + _GAP)


def exemplar_strip(pictures: NDArray[np.uint8], side: int = _SIDE, most: int = _MOST) -> QPixmap:
    """The first pictures of a unit in a row.

    Args:
        pictures: uint8 (n, S, S, 3).
        side: px of each on the screen.
        most: how many.
    """
    shown = pictures[:most]
    strip = QPixmap(len(shown) * (side + _GAP), side)
    strip.fill(Qt.GlobalColor.transparent)
    painter = QPainter(strip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for place, picture in enumerate(shown):
        seen: Picture = picture
        painter.drawImage(QRect(place * (side + _GAP), 0, side, side), as_image(seen))
    painter.end()
    return strip
