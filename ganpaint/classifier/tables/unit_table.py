"""The units of the layer for one class, the most important first, with a tick to take each out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from dissection.interventions.ablation.result import Ablation
from ganpaint.classifier.removal import Removal
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.tables.exemplar_strip import STRIP_HEIGHT, STRIP_WIDTH, exemplar_strip
from ganpaint.classifier.tables.wording import points
from ganpaint.toolkit.headed_table import SORT_ROLE, HeadedTableModel, Index
from ganpaint.toolkit.plain import plain_tip

#: Of the columns beside the concept's, in px.
_WIDTHS = {0: 62, 1: STRIP_WIDTH + 8, 3: 50, 4: 68, 5: 68}
_HEADS = (
    ("Unit", "Tick it to take the unit out; a double click shows it in Units"),
    ("Pictures", "The pictures that drive it hardest"),
    ("Concept", "The concept that it matches best, by the dissection of the layer"),
    ("IoU", "How well it matches"),
    (
        "Lost",
        "Points of the class's accuracy lost without this unit alone, on training pictures: the "
        "rank",
    ),
    ("held out", "The same on held-out pictures"),
)


class UnitModel(HeadedTableModel):
    """Rows are the units, in the order of their importance for a class."""

    def __init__(self, removal: Removal, parent: QWidget) -> None:
        super().__init__(_HEADS, parent)
        self._removal = removal
        self._study: AblationStudy | None = None
        self._training: NDArray[np.float64] = np.zeros(0)
        self._held_out: NDArray[np.float64] = np.zeros(0)
        self._strips: dict[int, QPixmap | None] = {}
        self.order: tuple[int, ...] = ()
        removal.changed.connect(self._follow)

    def fill(self, study: AblationStudy, judged: Ablation, number: int) -> None:
        """Show the units for a class.

        Args:
            study: that names the units.
            judged: its figures, of the pictures that it is judged on.
            number: the class.
        """
        self.beginResetModel()
        if study is not self._study:
            self._strips.clear()
        self._study = study
        found = study.ablation
        self.order = tuple(int(unit) for unit in found.order[number])
        self._training = found.importance[number]
        self._held_out = judged.held_out.importance[number]
        self._silent = found.silent
        self.endResetModel()

    def strip(self, unit: int) -> QPixmap | None:
        """The pictures that drive a unit hardest, side by side; None where none are stored."""
        if unit not in self._strips:
            pictures = self._study.exemplars(unit) if self._study is not None else None
            self._strips[unit] = exemplar_strip(pictures) if pictures is not None else None
        return self._strips[unit]

    def row_total(self) -> int:
        """As many as units."""
        return len(self.order)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The first column can be ticked."""
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        unit, column = self.order[index.row()], index.column()
        assert self._study is not None, "there are rows only with a study"
        if role == Qt.ItemDataRole.CheckStateRole and column == 0:
            out = unit in self._removal.units
            return Qt.CheckState.Checked if out else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.TextAlignmentRole and column > 2:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DecorationRole and column == 1:
            return self.strip(unit)
        concept = self._study.concept(unit)
        if role == Qt.ItemDataRole.ToolTipRole:
            said = f"{self._study.unit_name(unit)}; a double click shows it in Units"
            if self._silent[unit]:
                said += "\nsilent: taking it out changed nothing on any picture"
            return plain_tip(said)
        if role not in (SORT_ROLE, Qt.ItemDataRole.DisplayRole):
            return None
        shown = role == Qt.ItemDataRole.DisplayRole
        match column:
            case 0:
                return f"{unit}" if shown else unit
            case 1:
                return "" if shown else unit
            case 2:
                return concept[0].name if concept else "–"
            case 3:
                iou = concept[1] if concept else 0.0
                return (f"{iou:.2f}" if concept else "–") if shown else iou
            case _:
                lost = float((self._training if column == 4 else self._held_out)[unit])
                if not shown and column == 4:
                    return float(-index.row())  # rows are in this order, ties as ranked
                if not shown:
                    return lost if np.isfinite(lost) else -9.0
                return "silent" if self._silent[unit] else points(lost).removeprefix("+")

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A tick takes the unit out."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self._removal.tick(self.order[index.row()], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _follow(self) -> None:
        if self.order:
            last = self.index(len(self.order) - 1, 0)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.CheckStateRole])


class UnitTable(QTableView):
    """The table of units.

    Signals:
        asked(int): a unit was double-clicked.
    """

    asked = Signal(int)

    def __init__(self, removal: Removal, parent: QWidget) -> None:
        super().__init__(parent)
        self.units = UnitModel(removal, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.units)
        self._sorted.setSortRole(SORT_ROLE)
        self.setModel(self._sorted)
        self.setSortingEnabled(True)
        self.sortByColumn(4, Qt.SortOrder.DescendingOrder)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.setIconSize(QSize(STRIP_WIDTH, STRIP_HEIGHT))
        header = self.horizontalHeader()
        for column, wide in _WIDTHS.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, wide)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.doubleClicked.connect(self._ask)

    def show_units(self, study: AblationStudy, judged: Ablation, number: int) -> None:
        """Show the units for a class; see ``UnitModel.fill``."""
        pictured = study.exemplars(0) is not None
        self.setColumnHidden(1, not pictured)
        self.verticalHeader().setDefaultSectionSize(STRIP_HEIGHT + 6 if pictured else 24)
        self.units.fill(study, judged, number)

    def _ask(self, index: QModelIndex) -> None:
        self.asked.emit(self.units.order[self._sorted.mapToSource(index).row()])
