"""The unit's figures with every concept: IoU, both halves, ceiling, effect, precision-recall."""

from typing import Any

import numpy as np
from PySide6.QtCore import QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from dissection.results.colors import category_color
from dissection.vocabulary import Concept
from ganpaint.toolkit.headed_table import SORT_ROLE, HeadedTableModel, Index
from ganpaint.toolkit.plain import plain_tip, shortened
from ganpaint.toolkit.theme import Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.section import UnitSection
from ganpaint.units.unit_table import UnitTable

_COLUMNS = {
    "concept": ("Concept", "What a segmenter, or labels, told in the sample's pictures"),
    "iou": ("IoU", "Over the whole sample: intersection over union of the unit above its level "
            "with the concept"),
    "even": ("even", "IoU on the images at even places of the sample: one half"),
    "odd": ("odd", "IoU on the images at odd places of the sample: the other half"),
    "reached": ("reached", "IoU as a share of the most that the areas of unit and concept allow"),
    "area": ("PR area", "Area under the precision-recall curve: how well the unit's activation "
             "ranks pixels with the concept before those without; measured for its five best"),
    "effect": ("effect", "Pixels of the concept that the unit's activation makes in a picture, to "
               "first order; signed"),
}  # fmt: skip
CONCEPT_ROLE = Qt.ItemDataRole.UserRole + 1


class ConceptTableModel(HeadedTableModel):
    """One row for each concept that the unit has to do with."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__((), parent)
        self._theme = theme
        self._columns: list[str] = []
        self._rows: list[dict[str, Any]] = []

    def show_unit(self, table: UnitTable | None, unit: int | None) -> None:
        """Take the figures of another unit."""
        self.beginResetModel()
        self._rows, self._columns = [], []
        if table is not None and unit is not None:
            self._rows = _figures(table, unit)
            found = {key for row in self._rows for key, value in row.items() if value is not None}
            self._columns = [key for key in _COLUMNS if key in found]
        self.heads = tuple(_COLUMNS[key] for key in self._columns)
        self.endResetModel()

    def row_total(self) -> int:
        """As many as concepts that have to do with the unit."""
        return len(self._rows)

    def column(self, key: str) -> int:
        """The place of a column, or -1."""
        return self._columns.index(key) if key in self._columns else -1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt calls this."""
        if not index.isValid():
            return None
        row, key = self._rows[index.row()], self._columns[index.column()]
        value = row.get(key)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _said(key, value)
            case _ if role == SORT_ROLE:
                return (
                    value.name if isinstance(value, Concept) else -1.0 if value is None else value
                )
            case _ if role == CONCEPT_ROLE:
                return row["concept"]
            case Qt.ItemDataRole.DecorationRole if key == "concept":
                return self._theme.hue(category_color(row["concept"].category))
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(f"{row['concept'].name} ({row['concept'].category})")
            case Qt.ItemDataRole.TextAlignmentRole if key != "concept":
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class ConceptSection(UnitSection):
    """The table, ordered by a click on its heads.

    Signals:
        concept_chosen(Concept): a row was double-clicked.
    """

    concept_chosen = Signal(object)

    def __init__(self, browsed: Browsed, theme: Theme, parent: QWidget) -> None:
        super().__init__("Concepts", parent)
        self._browsed = browsed
        self.model = ConceptTableModel(theme, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT_ROLE)
        self.view = QTableView(self)
        self.view.setModel(self._sorted)
        self.view.setSortingEnabled(True)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(22)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setAccessibleName("Concepts of the unit")
        self.view.setToolTip("Double-click a concept to see its units")
        self.view.setFixedHeight(22 * 9)
        self.view.doubleClicked.connect(
            lambda index: self.concept_chosen.emit(index.data(CONCEPT_ROLE))
        )
        self.body.addWidget(self.view)

    def show_unit(self) -> None:
        """Show the figures of the unit that is looked at."""
        table, unit = self._browsed.table, self._browsed.unit
        self.model.show_unit(table, unit)
        head = self.view.horizontalHeader()
        if self.model.columnCount():
            head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
            self.view.sortByColumn(self.model.column("iou"), Qt.SortOrder.DescendingOrder)
        if table is not None:
            self.say(table.missing_figures)


def _figures(table: UnitTable, unit: int) -> list[dict[str, Any]]:
    """What is known of a unit and each concept; None where it is not."""
    layer = table.layer
    iou = layer.iou[:, unit]
    halves = [layer.tally.iou(half)[:, unit] for half in (0, 1)] if layer.tally else None
    ceiling = layer.ceiling()[:, unit] if layer.tally else None
    areas = table.pr_areas(unit)
    rows = []
    for index, concept in enumerate(layer.vocabulary):
        known = bool(np.isfinite(iou[index]))
        effect = None if layer.effect is None else float(layer.effect[index, unit])
        if index == 0 or not known or (iou[index] <= 0 and not effect):
            continue
        rows.append(
            {
                "concept": concept,
                "iou": float(iou[index]),
                "even": None if halves is None else float(halves[0][index]),
                "odd": None if halves is None else float(halves[1][index]),
                "reached": None
                if ceiling is None
                else float(iou[index] / ceiling[index])
                if ceiling[index] > 0
                else 0.0,
                "area": areas.get(index),
                "effect": effect,
            }
        )
    return rows


def _said(key: str, value: Any) -> str:
    if value is None:
        return ""
    match key:
        case "concept":
            return shortened(str(value))
        case "reached":
            return f"{value:.0%}"
        case "effect":
            return f"{value:+.2g}"
    return f"{value:.3f}"
