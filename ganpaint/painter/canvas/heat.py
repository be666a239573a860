"""A heat map over the picture, made of a value for each cell, and its scale."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ganpaint.painter.canvas.comparison import colors_of
from ganpaint.painter.canvas.pens import screen_pen
from ganpaint.painter.canvas.pointer import LaidItem
from ganpaint.rendering.requests import to_image
from ganpaint.toolkit.overlay_panel import TEXT, OverlayPanel
from ganpaint.toolkit.theme import GRID

#: Opacity where there is nothing, and at the bright end; what is guessed has less of it.
_NOTHING, _MOST = 0.62, 0.88
_GUESSED = 0.75
#: Smooth between the middles of cells, at so many pixels for each cell.
_FINER = 16
_LINE = 16
_RAMP = 8
_WIDTH = 200


class HeatItem(LaidItem):
    """Values in the colors of the scale; what is only guessed from its neighbors is fainter."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._grid = (1, 1)
        self._cell: tuple[int, int] | None = None
        self.hide()

    def show_cells(self, values: NDArray[np.float32], known: NDArray[np.bool_], top: float) -> None:
        """Show a value for each cell.

        Args:
            values: float32 (h, w); 0 and less is the dark end of the scale.
            known: bool (h, w): measured, not guessed.
            top: the value of the bright end.
        """
        self._grid = values.shape[0], values.shape[1]
        heat = _finer(np.clip(values / top, 0, 1).astype(np.float32))
        opacity = (_NOTHING + (_MOST - _NOTHING) * heat) * _finer(np.where(known, 1, _GUESSED))
        colors = colors_of(np.round(heat * 255).astype(np.uint8))
        pixels = np.dstack([colors, np.round(opacity * 255).astype(np.uint8)])
        height, width = heat.shape
        data = np.ascontiguousarray(pixels).data
        self._image = QImage(data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
        self.show()
        self.update()

    def point_at(self, cell: tuple[int, int] | None) -> None:
        """Outline one cell (row, column); None outlines none."""
        if cell != self._cell:
            self._cell = cell
            self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.area, self._image)
        if self._cell is not None:
            height, width = self.area.height() / self._grid[0], self.area.width() / self._grid[1]
            row, column = self._cell
            pen = screen_pen(painter, TEXT, 1)
            painter.setPen(pen)
            painter.drawRect(QRectF(column * width, row * height, width, height))


class Scale(OverlayPanel):
    """What the colors mean, and a line on what is under the cursor.

    Attributes:
        title: the first line.
        note: the last line.
        top: the value of the bright end.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
        self.title = self.note = self._end = ""
        self.top = 0.0

    def show_scale(self, title: str, top: float, note: str, end: str) -> None:
        """Show a scale from nothing to ``top``, called ``end``, between two lines of text."""
        self.title, self.top, self.note, self._end = title, top, note, end
        self.show()
        self.place()

    def wanted(self) -> QSize:
        """As wide as its texts need."""
        texts = (self.fontMetrics().horizontalAdvance(text) for text in (self.title, self.note))
        return QSize(max(_WIDTH, *texts), 3 * _LINE + _RAMP + GRID // 2)

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Title, ramp, its ends, and the note."""
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        line = QRectF(area.left(), area.top(), area.width(), _LINE)
        painter.drawText(line, left, self.title)
        ramp = to_image(colors_of(np.arange(256, dtype=np.uint8)[None]))
        painter.drawImage(QRectF(area.left(), line.bottom() + 2, area.width(), _RAMP), ramp)
        ends = line.translated(0, _LINE + _RAMP + GRID / 2)
        painter.drawText(ends, left, "0")
        painter.drawText(ends, right, self._end)
        painter.drawText(ends.translated(0, _LINE), left, self.note)


def _finer(cells: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float32]:
    """A value for each cell, smooth between their middles: float32, 16 pixels for each cell."""
    height, width = cells.shape
    size = (width * _FINER, height * _FINER)
    smooth = cv2.resize(cells.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(smooth, np.float32)
