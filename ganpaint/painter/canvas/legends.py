"""What lines and colors over the picture mean: plates of the canvas's one stack of legends."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from ganpaint.painter.canvas.comparison import colors_of
from ganpaint.rendering.requests import to_image
from ganpaint.toolkit.overlay_panel import TEXT, OverlayPanel
from ganpaint.toolkit.theme import GRID

_ROW = 18
_SWATCH = 20
_RAMP, _RAMP_WIDTH = 8, 128

#: A text, the color of its line, and whether that is dashed.
Row = tuple[str, QColor, bool]


class LineLegend(OverlayPanel):
    """Lines, dashed or not, and what they mean."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; none hides it."""
        if tuple(rows) != self.rows:
            self.rows = tuple(rows)
            self.setVisible(bool(rows))
            self.place()

    def wanted(self) -> QSize:
        """A row for each line."""
        advance = self.fontMetrics().horizontalAdvance
        width = max((advance(text) for text, _, _ in self.rows), default=0)
        return QSize(width + _SWATCH + GRID, len(self.rows) * _ROW)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Line and text of each."""
        for place, (text, color, dashed) in enumerate(self.rows):
            pen = QPen(color, 2)
            if dashed:
                pen.setDashPattern((3.0, 2.0))
            painter.setPen(pen)
            middle = area.top() + (place + 0.5) * _ROW
            painter.drawLine(QPointF(area.left(), middle), QPointF(area.left() + _SWATCH, middle))
            painter.setPen(TEXT)
            words = area.adjusted(_SWATCH + GRID, 0, 0, 0)
            words.setTop(middle - _ROW / 2)
            words.setHeight(_ROW)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)


class DifferenceScale(OverlayPanel):
    """The scale of amplified differences."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.gain: int | None = None

    def show_gain(self, gain: int | None) -> None:
        """Show how far differences are amplified; None hides it."""
        if gain != self.gain:
            self.gain = gain
            self.setVisible(gain is not None)
            self.place()

    def wanted(self) -> QSize:
        """A title, the ramp and its ends."""
        return QSize(_RAMP_WIDTH, 2 * _ROW + _RAMP)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """From no difference to the largest that is told apart."""
        gain = self.gain or 1
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        line = QRectF(area.left(), area.top(), area.width(), _ROW)
        painter.drawText(line, left, f"Difference  × {gain}")
        ramp = to_image(colors_of(np.arange(256, dtype=np.uint8)[None]))
        painter.drawImage(QRectF(area.left(), line.bottom(), area.width(), _RAMP), ramp)
        ends = line.translated(0, _ROW + _RAMP + 2)
        painter.drawText(ends, left, "0")
        painter.drawText(ends, right, f"{255 // gain} or more of 255")
