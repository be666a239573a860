"""A table of a result: sorted by any column, units are opened by a double click."""

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import QTableView, QVBoxLayout, QWidget

from dissection.experiments.result import Table
from dissection.report.figures import Link, SceneLink, UnitLink
from dissection.vocabulary import readable_name
from ganpaint.toolkit.headed_table import SORT_ROLE, HeadedTableModel, Index
from ganpaint.toolkit.plain import plain_tip

_WIDEST = 260


class _Cells(HeadedTableModel):
    def __init__(self, table: Table, parent: QObject) -> None:
        super().__init__([(name.replace("_", " "), name) for name in table], parent)
        self._columns = [list(cells) for cells in table.values()]
        self.names = list(table)

    def row_total(self) -> int:
        """See ``HeadedTableModel``."""
        return len(self._columns[0]) if self._columns else 0

    def cell(self, row: int, name: str) -> object:
        """A cell by the name of its column; None where there is no such column."""
        return self._columns[self.names.index(name)][row] if name in self.names else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt calls this."""
        value = self._columns[index.column()][index.row()]
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if role == SORT_ROLE:
            if value is None:
                return float("-inf") if self._numeric(index.column()) else ""
            return value
        if role == Qt.ItemDataRole.DisplayRole:
            if value is None:
                return "–"
            return f"{value:.4g}" if isinstance(value, float) else readable_name(str(value))
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(value, str):
            return plain_tip(readable_name(value))
        if role == Qt.ItemDataRole.TextAlignmentRole and number:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _numeric(self, column: int) -> bool:
        known = next((v for v in self._columns[column] if v is not None), 0)
        return isinstance(known, (int, float))


class ResultTable(QWidget):
    """One table; rows that name a unit or a scene lead there.

    Signals:
        linked(object): the row that was double-clicked leads to this link.
    """

    linked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = QTableView(self)
        self.view.setSortingEnabled(True)
        self.view.setAlternatingRowColors(False)
        self.view.setShowGrid(False)
        self.view.verticalHeader().hide()
        self.view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.view.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSortRole(SORT_ROLE)
        self.view.setModel(self._sorted)
        self.view.doubleClicked.connect(self._follow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self._cells: _Cells | None = None

    def show_table(self, table: Table) -> None:
        """Show another table, in the order in which it is stored."""
        before = self._cells
        self._cells = _Cells(table, self)
        self._sorted.setSourceModel(self._cells)
        self._sorted.sort(-1)
        self.view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.resizeColumnsToContents()
        for place in range(self._cells.columnCount()):
            self.view.setColumnWidth(place, min(self.view.columnWidth(place) + 12, _WIDEST))
        if before is not None:
            before.deleteLater()

    def link_of(self, row: int) -> Link | None:
        """What a row leads to, as it is sorted now."""
        cells = self._cells
        if cells is None:
            return None
        source = self._sorted.mapToSource(self._sorted.index(row, 0)).row()
        layer, unit, scene = (cells.cell(source, name) for name in ("layer", "unit", "scene"))
        if isinstance(layer, str) and isinstance(unit, int):
            return UnitLink(layer, unit)
        return SceneLink(scene) if isinstance(scene, int) else None

    def _follow(self, index: QModelIndex) -> None:
        link = self.link_of(index.row())
        if link is not None:
            self.linked.emit(link)
