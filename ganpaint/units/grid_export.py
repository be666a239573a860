"""The units that are shown as a file: a sheet of tiles, or a table."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter

from ganpaint.toolkit.chart_export import write_drawing
from ganpaint.toolkit.csv_text import as_csv
from ganpaint.units.grid import UnitGrid
from ganpaint.units.unit_table import UnitTable
from ganpaint.units.unit_tile import TILE, UnitTile

_COLUMNS = 4
#: More tiles than these make no sheet that anyone looks at; a table has all of them.
MOST = 400


def write_grid(path: Path, grid: UnitGrid, table: UnitTable, units: Sequence[int]) -> None:
    """Write the tiles as PNG or SVG, or the figures as CSV.

    Pictures that are not there yet are empty places.

    Args:
        path: ends in .png, .svg or .csv.
        grid: whose tiles are drawn.
        table: of the layer.
        units: that are shown, in order.

    Raises:
        DissectionError: another ending, or the file cannot be written.
    """
    shown = min(len(units), MOST)
    rows = -(-shown // _COLUMNS)
    size = QSize(_COLUMNS * TILE.width(), max(rows, 1) * TILE.height())
    model, tile = grid.model(), grid.itemDelegate()
    assert isinstance(tile, UnitTile), "the grid's tiles are those of units"

    def draw(painter: QPainter) -> None:
        painter.setFont(grid.font())
        for place in range(shown):
            corner = (place % _COLUMNS * TILE.width(), place // _COLUMNS * TILE.height())
            tile.draw(painter, QRect(*corner, TILE.width(), TILE.height()), model.index(place, 0))

    write_drawing(path, size, QColor(grid.palette().base().color()), draw, _csv(table, units))


def _csv(table: UnitTable, units: Sequence[int]) -> str:
    rows: list[Sequence[object]] = [
        ("layer", "unit", "label", "category", "iou", "held_out_iou", "detector_accuracy")
    ]
    for unit in units:
        row = table.rows[unit]
        held = "" if row.held_out is None else f"{row.held_out:.6f}"
        accuracy = "" if row.accuracy is None else f"{row.accuracy:.6f}"
        label = (row.label.name, row.label.category, f"{row.iou:.6f}")
        rows.append((row.layer, unit, *label, held, accuracy))
    return as_csv(rows)
