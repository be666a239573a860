"""All classes with their accuracies, searched and sorted, following the units that are out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableView, QVBoxLayout, QWidget

from ganpaint.classifier.tables.wording import LEAST_CHANGE, percent, points
from ganpaint.toolkit.headed_table import SORT_ROLE, HeadedTableModel, Index
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.theme import GRID, Theme

#: Of the columns behind the names, in px: names are long, and there may be little room.
_WIDTHS = (66, 68, 74)
#: A table that is narrower leaves the last one out, which the others tell: names can be read.
_WITH_CHANGE = 320
_HEADS = (
    ("Class", "A class of the network"),
    ("All, %", "Balanced accuracy with all units: 50 % is chance"),
    ("Now, %", "Balanced accuracy without the units that are taken out"),
    ("Change", "Points of accuracy gained or lost"),
)


class ClassModel(HeadedTableModel):
    """Rows are classes in the network's order."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(_HEADS, parent)
        self._theme = theme
        self.names: tuple[str, ...] = ()
        self.whole: NDArray[np.float64] = np.zeros(0)
        self.now: NDArray[np.float64] | None = None

    def fill(self, names: Sequence[str], whole: NDArray[np.float64]) -> None:
        """Show other classes, with all units."""
        self.beginResetModel()
        self.names, self.whole, self.now = tuple(names), whole, None
        self.endResetModel()

    def follow(self, now: NDArray[np.float64] | None) -> None:
        """Show accuracies without units; None for none."""
        self.now = now
        if self.names:
            self.dataChanged.emit(self.index(0, 2), self.index(len(self.names) - 1, 3))

    def row_total(self) -> int:
        """As many as classes."""
        return len(self.names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        row, column = index.row(), index.column()
        value = self._value(row, column)
        if role == SORT_ROLE:
            return value if isinstance(value, str) or np.isfinite(value) else -9.0
        if role == Qt.ItemDataRole.DisplayRole:
            if isinstance(value, str):
                return value
            return points(value) if column == 3 else percent(value).removesuffix(" %")
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(value, str):
            return plain_tip(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and column == 3 and not isinstance(value, str):
            colors = self._theme.colors
            if np.isfinite(value) and abs(value) >= LEAST_CHANGE:
                return QColor(colors.draw_text if value > 0 else colors.erase_text)
            return QColor(colors.muted)
        return None

    def _value(self, row: int, column: int) -> str | float:
        if column == 0:
            return self.names[row]
        if column == 1:
            return float(self.whole[row])
        if self.now is None:
            return float("nan")
        now = float(self.now[row])
        return now if column == 2 else now - float(self.whole[row])


class ClassTable(QWidget):
    """The list of classes with its search.

    Signals:
        chosen(int): another class is.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.search = QLineEdit(self, clearButtonEnabled=True)
        self.search.setPlaceholderText("Search classes")
        self.model = ClassModel(theme, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT_ROLE)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._sorted.setFilterKeyColumn(0)
        self._sorted.setDynamicSortFilter(True)
        self.table = QTableView(self)
        self.table.setModel(self._sorted)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        header = self.table.horizontalHeader()
        for place, wide in enumerate(_WIDTHS, 1):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(place, wide)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        self.search.textChanged.connect(self._sorted.setFilterFixedString)
        self.table.selectionModel().currentRowChanged.connect(self._choose)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names have room before the change has."""
        super().resizeEvent(event)
        self.table.setColumnHidden(len(_WIDTHS), self.width() < _WITH_CHANGE)

    def choose(self, number: int) -> None:
        """Choose a class."""
        index = self._sorted.mapFromSource(self.model.index(number, 0))
        if not index.isValid():  # the search hides it
            self.search.clear()
            index = self._sorted.mapFromSource(self.model.index(number, 0))
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.table.scrollTo(index)

    def _choose(self, current: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self._sorted.mapToSource(current).row())
