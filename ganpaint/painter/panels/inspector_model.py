"""The units that fire at the inspected place as a Qt model; each can be left out of a brush."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from dissection.painting.boxes import Box
from ganpaint.painter.analysis.inspection import Inspection
from ganpaint.painter.document.document import Document
from ganpaint.toolkit.plain import as_markup

UNIT_ROLE = Qt.ItemDataRole.UserRole
_AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
#: One position in ten thousand: a bar of that is full.
_FULL = 4.0


@dataclass(frozen=True)
class FiringUnit:
    """One row.

    Attributes:
        unit: its index in the layer.
        activation: the mean over the place.
        level: t_u.
        rarity: the share of positions in the sample where it is at least as active, 0..1.
        counted: whether the rarity is counted, or estimated from levels.
        label: the name of its concept, with its category where names are shared; empty for none.
        iou: with that concept.
    """

    unit: int
    activation: float
    level: float
    rarity: float
    counted: bool
    label: str
    iou: float

    @property
    def share(self) -> str:
        """The rarity as text, such as ``top 0.3 %``."""
        about = "" if self.counted else "≈ "
        if self.rarity < 0.0001:
            return "top < 0.01 %"
        percent = self.rarity * 100
        digits = 0 if percent >= 10 else 1 if percent >= 1 else 2
        return f"{about}top {percent:.{digits}f} %"

    @property
    def bar(self) -> float:
        """How long its bar is, 0..1: half of it is the level t_u, one position in a hundred."""
        return min(-math.log10(max(self.rarity, 10**-_FULL)) / _FULL, 1.0)


class InspectorModel(QAbstractListModel):
    """One row for each of the k units that fire most unusually, the rarest first."""

    def __init__(
        self, document: Document, inspection: Inspection, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._inspection = inspection
        self._count = 20
        self._rows: tuple[FiringUnit, ...] = ()
        self._left_out: set[int] = set()
        self._place: tuple[str | None, Box | None, bool] = (None, None, False)
        inspection.changed.connect(self.refill)

    @property
    def count(self) -> int:
        """How many units are listed at most."""
        return self._count

    def set_count(self, count: int) -> None:
        """List another number of units."""
        self._count = count
        self.refill()

    def refill(self) -> None:
        """Take what fires at the place now; ticks stay while the place does."""
        inspection = self._inspection
        place = (inspection.layer, inspection.box, inspection.pinned)
        if place != self._place:
            self._place = place
            self._left_out.clear()
        rows = self._read()
        if len(rows) == len(self._rows):  # while the mouse moves the list only changes its text
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def ticked(self) -> list[int]:
        """The units that are not left out, the rarest first."""
        return [row.unit for row in self._rows if row.unit not in self._left_out]

    def suggestion(self) -> str:
        """The label that most of these units have; empty where they have none."""
        kept = (row for row in self._rows if row.unit not in self._left_out)
        found = Counter(row.label for row in kept if row.label).most_common(1)
        return found[0][0] if found else ""

    def toggle(self, row: int) -> None:
        """Leave a unit out of the brush, or take it in again."""
        if 0 <= row < len(self._rows):
            self._left_out ^= {self._rows[row].unit}
            self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def _read(self) -> tuple[FiringUnit, ...]:
        found = self._inspection.firing(self._count)
        dissection = self._document.palette.dissection
        if found is None or dissection is None:
            return ()
        names = [
            "" if label == 0 else self._document.palette.label(dissection.vocabulary[label])
            for label in found.labels.tolist()
        ]
        figures = (found.units, found.activations, found.activation_thresholds, found.rarities)
        columns = zip(
            *(column.tolist() for column in figures), names, found.iou.tolist(), strict=True
        )
        return tuple(
            FiringUnit(unit, activation, level, rarity, found.counted, name, iou)
            for unit, activation, level, rarity, name, iou in columns
        )

    def rowCount(self, parent: _AnyIndex = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt calls this."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return f"unit {row.unit}, {row.label or 'no label'}, {row.share}"
            case Qt.ItemDataRole.ToolTipRole:
                return self._describe(row)
            case Qt.ItemDataRole.CheckStateRole:
                out = row.unit in self._left_out
                return Qt.CheckState.Unchecked if out else Qt.CheckState.Checked
            case Qt.ItemDataRole.UserRole:
                return row
        return None

    def flags(self, index: _AnyIndex) -> Qt.ItemFlag:
        """Rows can be ticked; Qt calls this."""
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def setData(self, index: _AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a tick; Qt calls this."""
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        if (Qt.CheckState(value) == Qt.CheckState.Checked) == (
            self._rows[index.row()].unit in self._left_out
        ):
            self.toggle(index.row())
        return True

    def _describe(self, row: FiringUnit) -> str:
        how = "counted" if row.counted else "estimated from its levels"
        label = f"label {as_markup(row.label)}, IoU {row.iou:.2f}" if row.label else "no label"
        return (
            f"<b>unit {row.unit}</b> of {as_markup(self._inspection.layer)}<br>"
            f"activation {row.activation:.2f}, level t_u {row.level:.2f}<br>"
            f"at least as active at {row.rarity:.2%} of all positions ({how})<br>{label}<br>"
            "over the picture: where it is active, with what was painted<br>"
            "double-click to see it closely"
        )
