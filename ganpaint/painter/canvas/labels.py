"""Small words over the picture that any picture leaves readable: captions, legends, scales."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from ganpaint.painter.canvas.comparison import colours_of
from ganpaint.rendering.requests import to_image
from ganpaint.toolkit.theme import CORNER, FIGURES_PX, GRID

_PLATE = QColor(0, 0, 0, 170)
_TEXT = QColor("#ffffff")
_TAG = 24.0
_ROW = 18.0
_SWATCH = 20.0
_SCALE = 128.0


def draw_tag(painter: QPainter, corner: QPointF, text: str, right: bool = False) -> None:
    """One word on a dark plate; ``corner`` is its top left one, or its top right one."""
    width = QFontMetricsF(painter.font()).horizontalAdvance(text) + 2 * GRID
    plate = QRectF(corner.x() - (width if right else 0), corner.y(), width, _TAG)
    _plate(painter, plate)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def draw_legend(
    painter: QPainter, corner: QPointF, rows: Sequence[tuple[str, QColor, bool]]
) -> None:
    """Lines (dashed or not) and what they mean; ``corner`` is the top left one."""
    if not rows:
        return
    painter.save()
    _small(painter)
    metrics = QFontMetricsF(painter.font())
    width = max(metrics.horizontalAdvance(text) for text, _, _ in rows) + _SWATCH + 3 * GRID
    height = len(rows) * _ROW + GRID
    plate = QRectF(corner.x(), corner.y(), width, height)
    _plate(painter, plate)
    for place, (text, colour, dashed) in enumerate(rows):
        top = plate.top() + GRID / 2 + place * _ROW
        pen = QPen(colour, 2)
        if dashed:
            pen.setDashPattern((3.0, 2.0))
        painter.setPen(pen)
        middle = top + _ROW / 2
        left = plate.left() + GRID
        painter.drawLine(QPointF(left, middle), QPointF(left + _SWATCH, middle))
        painter.setPen(_TEXT)
        words = QRectF(left + _SWATCH + GRID, top, width, _ROW)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    painter.restore()


def draw_scale(painter: QPainter, corner: QPointF, gain: int) -> None:
    """The scale of amplified differences, 56 high; ``corner`` is its top left one."""
    painter.save()
    _small(painter)
    plate = QRectF(corner.x(), corner.y(), _SCALE + 2 * GRID, 56)
    _plate(painter, plate)
    inner = plate.adjusted(GRID, GRID / 2, -GRID, -GRID / 2)
    title = f"Difference  × {gain}"
    painter.drawText(
        QRectF(inner.left(), inner.top(), _SCALE, 16), Qt.AlignmentFlag.AlignLeft, title
    )
    ramp = to_image(colours_of(np.arange(256, dtype=np.uint8)[None]))
    painter.drawImage(QRectF(inner.left(), inner.top() + 19, _SCALE, 8), ramp)
    figures = QRectF(inner.left(), inner.top() + 31, _SCALE, 16)
    painter.drawText(figures, Qt.AlignmentFlag.AlignLeft, "0")
    painter.drawText(figures, Qt.AlignmentFlag.AlignRight, f"{255 // gain} or more of 255")
    painter.restore()


def _small(painter: QPainter) -> None:
    font = painter.font()
    font.setPixelSize(FIGURES_PX)
    painter.setFont(font)


def _plate(painter: QPainter, area: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(area, CORNER, CORNER)
    painter.setPen(_TEXT)
