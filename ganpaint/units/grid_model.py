"""The units that are shown as a Qt model; their pictures come when they are looked at."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from dissection.results.rows import UnitRow
from dissection.vocabulary import NOTHING, Concept
from ganpaint.units.browsed import Browsed
from ganpaint.units.notes import Notes
from ganpaint.units.unit_pictures import UnitPictures
from ganpaint.units.unit_table import UnitTable, held_out_words

ROW_ROLE = Qt.ItemDataRole.UserRole
STRIP_ROLE = Qt.ItemDataRole.UserRole + 1
TITLE_ROLE = Qt.ItemDataRole.UserRole + 2
NOTED_ROLE = Qt.ItemDataRole.UserRole + 3
RARITY_ROLE = Qt.ItemDataRole.UserRole + 4
AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class TileContent:
    """All that a tile shows, at once: asking Qt for one thing after the other takes longer.

    Attributes:
        row: the unit's figures.
        strip: its exemplars; None while they are not there.
        title: the user's name for it.
        noted: whether the user wrote a note.
        rarity: of its peak on a picture, where units are compared on one.
        other: a concept that the units are compared by and that is not the unit's label, and the
            IoU with it.
    """

    row: UnitRow
    strip: QPixmap | None
    title: str
    noted: bool
    rarity: float | None
    other: tuple[str, float] | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Tiles of the same key look the same."""
        shown = 0 if self.strip is None else self.strip.cacheKey()
        unit = (self.row.layer, self.row.unit, shown)
        return *unit, self.title, self.noted, self.rarity, self.other


class UnitModel(QAbstractListModel):
    """One row for each unit that is shown, in order."""

    def __init__(
        self, browsed: Browsed, pictures: UnitPictures, notes: Notes, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._pictures = pictures
        self._notes = notes
        self._table: UnitTable | None = None
        self._units: list[int] = []
        self._rarities: NDArray[np.floating] | None = None
        self._compared: tuple[Concept, NDArray[np.float32]] | None = None
        self._rows: dict[int, int] = {}
        pictures.ready.connect(self._redraw)
        notes.changed.connect(self._redraw_all)

    def show_units(
        self,
        table: UnitTable | None,
        units: list[int],
        rarities: NDArray[np.floating] | None = None,
        concept: Concept | None = None,
    ) -> None:
        """Show some units of a layer.

        Args:
            table: of the layer.
            units: numbers, in order.
            rarities: float (units of the layer,): how rare each one's peak on a picture is, where
                they are compared on one.
            concept: that they are compared by; None is each one's label.
        """
        self.beginResetModel()
        known = table is not None and concept is not None and concept in table.layer.vocabulary
        self._compared = (concept, table.iou_with(concept)) if known and table and concept else None
        self._rarities = rarities
        self._table, self._units = table, units
        self._rows = {unit: row for row, unit in enumerate(units)}
        self.endResetModel()

    @property
    def units(self) -> list[int]:
        """The units that are shown, in order."""
        return self._units

    def row_of(self, unit: int | None) -> int:
        """The row of a unit, or -1."""
        return self._rows.get(unit, -1) if unit is not None else -1

    def tile(self, place: int) -> TileContent | None:
        """What the tile at a place of the order shows; its pictures are fetched if need be."""
        table = self._table
        if table is None or not 0 <= place < len(self._units):
            return None
        unit, layer = self._units[place], table.name
        row, other = table.rows[unit], None
        if self._compared is not None and row.label != self._compared[0]:
            other = (self._compared[0].name, float(self._compared[1][unit]))
        return TileContent(
            row,
            self._pictures.strip(layer, unit),
            self._notes.name_of(layer, unit),
            bool(self._notes.note_of(layer, unit)),
            None if self._rarities is None else float(self._rarities[unit]),
            other,
        )

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self._units)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt calls this."""
        if not index.isValid() or self._table is None or index.row() >= len(self._units):
            return None
        unit = self._units[index.row()]
        row = self._table.rows[unit]
        match role:
            case Qt.ItemDataRole.UserRole:
                return row
            case _ if role == STRIP_ROLE:
                return self._pictures.strip(self._table.name, unit)
            case _ if role == TITLE_ROLE:
                return self._notes.name_of(self._table.name, unit)
            case _ if role == RARITY_ROLE:
                return None if self._rarities is None else float(self._rarities[unit])
            case _ if role == NOTED_ROLE:
                return bool(self._notes.note_of(self._table.name, unit))
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                label = "no label" if row.label == NOTHING else row.label.name
                return f"unit {unit}, {label}, IoU {row.iou:.3f}"
            case Qt.ItemDataRole.ToolTipRole:
                return self._describe(unit)
        return None

    def _describe(self, unit: int) -> str:
        assert self._table is not None, "only a table has rows"
        row = self._table.rows[unit]
        lines = [f"<b>unit {unit}</b> of {escape(row.layer)}"]
        if row.label == NOTHING:
            lines.append("no label: it overlaps with no concept")
        else:
            lines.append(escape(f"{row.label.name} ({row.label.category}), IoU {row.iou:.3f}"))
            if row.held_out is not None:
                lines.append(held_out_words(row))
            if not row.matches:
                lines.append("below 0.04: not counted as a match")
        if self._rarities is not None:
            lines.append(f"its peak on the picture is in the top {self._rarities[unit]:.2%}")
        if row.accuracy is not None:
            lines.append(f"tells pictures with it from those without: {row.accuracy:.0%}")
        if row.classes:
            lines.append(escape(f"matters most to {', '.join(row.classes)}"))
        note = self._notes.note_of(self._table.name, unit)
        if note:
            lines.append(f"<i>{escape(note[:200])}</i>")
        return "<br>".join(lines)

    def _redraw(self, layer: str, units: list[int]) -> None:
        if self._table is None or layer != self._table.name:
            return
        for row in map(self.row_of, units):
            if row >= 0:
                self.dataChanged.emit(self.index(row, 0), self.index(row, 0), [STRIP_ROLE])

    def _redraw_all(self) -> None:
        if self._units:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._units) - 1, 0))
