"""Lines that keep their width on the screen, at any zoom and on any screen."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

#: Below a line of any color: so it can be seen on any picture.
SHADOW = QColor(0, 0, 0, 150)


def screen_pen(painter: QPainter, color: QColor, width: float) -> QPen:
    """A pen whose width is in device-independent pixels, whatever the painter's scale.

    Qt measures the width of a cosmetic pen in the pixels of the device.
    """
    pen = QPen(color, width * painter.device().devicePixelRatioF())
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
