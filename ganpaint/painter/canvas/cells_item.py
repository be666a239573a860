"""Cells of feature maps over the picture: filled by how far they are meant, with their grid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ganpaint.painter.canvas.mask_item import tinted
from ganpaint.painter.canvas.pens import SHADOW, screen_pen
from ganpaint.painter.canvas.pointer import LaidItem
from ganpaint.toolkit.theme import FIGURES_PX

_TOUCHED_FILL = 0.45
_CHANGED_FILL = 0.25
_DASHES = (4.0, 3.0)
#: Cells at least so many screen pixels wide have room for their share in per cent.
_FIGURES_FROM = 26.0


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of one grid.

    Attributes:
        layers: names of the layers that have it.
        cells: float32 (h, w) in 0..1: how far each cell is meant.
        color: of the mode.
        shares: cells are meant by the share that is covered, which figures tell.
    """

    layers: tuple[str, ...]
    cells: NDArray[np.float32]
    color: QColor
    shares: bool = False

    @property
    def caption(self) -> str:
        """Layers and grid, such as ``layer5, layer6: 16 × 16``."""
        height, width = self.cells.shape
        share = ", per cent covered" if self.shares else ""
        return f"{', '.join(self.layers)}: {height} × {width}{share}"


class CellsItem(LaidItem):
    """Shows what the brush touches, and inside a dashed line what the last stroke changed."""

    def __init__(self) -> None:
        super().__init__()
        self.touched: tuple[Cells, ...] = ()
        self.changed: tuple[Cells, ...] = ()
        self.hide()

    def show_cells(self, touched: Sequence[Cells], changed: Sequence[Cells]) -> None:
        """Show other cells; coarser grids should come first."""
        self.touched, self.changed = tuple(touched), tuple(changed)
        self.setVisible(bool(touched or changed))
        self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for block in self.changed:
            self._fill(painter, block, _CHANGED_FILL)
            outline, _ = self._lines(block.cells)
            _stroke(painter, outline, block.color, 1.5, dashed=True)
        for block in self.touched:
            self._fill(painter, block, _TOUCHED_FILL)
            outline, inner = self._lines(block.cells)
            faint = QColor(block.color)
            faint.setAlphaF(0.7)
            _stroke(painter, inner, faint, 1.0)
            _stroke(painter, outline, block.color, 2.0)
            if block.shares:
                self._figures(painter, block)

    def _fill(self, painter: QPainter, block: Cells, opacity: float) -> None:
        image: QImage = tinted(block.cells * np.float32(opacity), block.color)
        painter.drawImage(self.area, image)

    def _lines(self, cells: NDArray[np.float32]) -> tuple[list[QLineF], list[QLineF]]:
        """Edges between a meant cell and another, and between two meant ones."""
        height, width = cells.shape
        step_x, step_y = self.area.width() / width, self.area.height() / height
        meant = np.pad(cells > 0, 1)
        outline: list[QLineF] = []
        inner: list[QLineF] = []
        for across in (True, False):
            near = meant[:-1, 1:-1] if across else meant[1:-1, :-1]
            far = meant[1:, 1:-1] if across else meant[1:-1, 1:]
            for edges, lines in ((near != far, outline), (near & far, inner)):
                for row, column in np.argwhere(edges):
                    start = QPointF(column * step_x, row * step_y) + self.area.topLeft()
                    way = QPointF(step_x, 0) if across else QPointF(0, step_y)
                    lines.append(QLineF(start, start + way))
        return outline, inner

    def _figures(self, painter: QPainter, block: Cells) -> None:
        height, width = block.cells.shape
        scale = painter.transform().m11()
        step_x, step_y = self.area.width() / width, self.area.height() / height
        if step_x * scale < _FIGURES_FROM or step_y * scale < FIGURES_PX * 1.5:
            return
        painter.save()
        font = painter.font()
        font.setPixelSize(FIGURES_PX)
        whole = painter.transform()
        painter.resetTransform()
        painter.setFont(font)
        for row, column in np.argwhere(block.cells > 0):
            cell = QRectF(column * step_x, row * step_y, step_x, step_y)
            place = whole.mapRect(cell.translated(self.area.topLeft()))
            text = f"{100 * block.cells[row, column]:.0f}"
            for color, shift in ((SHADOW, 1.0), (QColor("#ffffff"), 0.0)):
                painter.setPen(color)
                painter.drawText(place.translated(shift, shift), Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()


def _stroke(
    painter: QPainter, lines: list[QLineF], color: QColor, width: float, dashed: bool = False
) -> None:
    """Draw lines that keep their width at any zoom, readable on any picture."""
    for shade, wide in ((SHADOW, width + 1.5), (color, width)):
        pen = screen_pen(painter, shade, wide)
        if dashed and shade is color:
            pen.setDashPattern(_DASHES)
        painter.setPen(pen)
        painter.drawLines(lines)
