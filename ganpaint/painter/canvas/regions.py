"""Squares cut out of the picture, for cards."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage

from dissection.data.images import Picture
from ganpaint.painter.canvas.picture_item import resample, to_array


def cut_out(image: QImage, area: QRectF, side: int) -> Picture:
    """A square of a picture around an area, for a card: uint8 (h, w, 3), ``side`` at most.

    Small areas keep some of what is around them, so that one sees where they are.
    """
    whole = min(image.width(), image.height())
    wanted = round(min(max(area.width(), area.height(), whole / 4), whole))
    left = min(max(round(area.center().x() - wanted / 2), 0), image.width() - wanted)
    top = min(max(round(area.center().y() - wanted / 2), 0), image.height() - wanted)
    cut = image.copy(left, top, wanted, wanted)
    return to_array(resample(cut, QSize(side, side)) if wanted != side else cut)
