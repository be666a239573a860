"""Single words over the picture that any picture leaves readable."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from ganpaint.toolkit.theme import CORNER, GRID

_PLATE = QColor(0, 0, 0, 170)
_TEXT = QColor("#ffffff")
#: Height of a word on its plate.
TAG_PX = 24


def draw_tag(painter: QPainter, corner: QPointF, text: str, right: bool = False) -> None:
    """One word on a dark plate; ``corner`` is its top left one, or its top right one."""
    width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 2 * GRID
    plate = QRectF(corner.x() - (width if right else 0), corner.y(), width, TAG_PX)
    _plate(painter, plate)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _plate(painter: QPainter, area: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(area, CORNER, CORNER)
    painter.setPen(_TEXT)
