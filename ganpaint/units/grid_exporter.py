"""Export of the grid as a person asks for it: where to, and when all its pictures are there."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from dissection.errors import DissectionError
from ganpaint.toolkit.chart_export import ask_path
from ganpaint.toolkit.notice import Notice
from ganpaint.units.browsed import Browsed
from ganpaint.units.grid import UnitGrid
from ganpaint.units.grid_export import MOST, write_grid
from ganpaint.units.grid_model import UnitModel
from ganpaint.units.unit_pictures import UnitPictures


class GridExporter(QObject):
    """Writes the units that are shown; a sheet of tiles waits for pictures that are being made.

    Args:
        browsed: says of which layer they are.
        grid: whose tiles are drawn.
        model: the units that are shown.
        pictures: theirs.
        message: tells what is waited for, and what was written.
        parent: of the dialog.
    """

    def __init__(
        self,
        browsed: Browsed,
        grid: UnitGrid,
        model: UnitModel,
        pictures: UnitPictures,
        message: Notice,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._browsed, self._grid, self._model = browsed, grid, model
        self._pictures, self._message, self._over = pictures, message, parent
        self._waiting: Path | None = None
        pictures.ready.connect(self._look)
        pictures.changed.connect(self._look)
        browsed.layer_changed.connect(self._forget)

    def export(self, path: Path | None = None) -> None:
        """Write the units that are shown; None asks where."""
        table = self._browsed.table
        if table is None:
            return
        if path is None:
            name = f"{table.dissection.model}-{table.name}.png"
            path = ask_path(self._over, "Export the units", name)
        if path is None:
            return
        missing = 0 if path.suffix.lower() == ".csv" else self._missing()
        if not missing:
            self._write(path)
            return
        self._waiting = path
        self._message.say(
            f"{path.name} is written when the pictures of {missing} more units are there.",
            "info",
            "Write it now",
            partial(self._write, path),
            about="export",
        )

    def _missing(self) -> int:
        """How many of the units have no picture that will come; those are asked for."""
        if self._pictures.reason:
            return 0
        layer, units = self._browsed.layer, self._model.units[:MOST]
        return sum(self._pictures.strip(layer, unit) is None for unit in units)

    def _look(self) -> None:
        if self._waiting is not None and not self._missing():
            self._write(self._waiting)

    def _forget(self) -> None:
        if self._waiting is not None:
            self._waiting = None
            self._message.hide()

    def _write(self, path: Path) -> None:
        self._waiting = None
        table = self._browsed.table
        if table is None:
            return
        try:
            write_grid(path, self._grid, table, self._model.units)
        except DissectionError as error:
            self._message.say(str(error), "error", about="export")
        else:
            self._message.say(f"The units are in {path}.", passing=True, about="export")
