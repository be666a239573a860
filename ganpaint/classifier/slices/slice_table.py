"""Slices with what the network tells rightly on each, with all units and without some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from ganpaint.classifier.slices.slice import Slice
from ganpaint.classifier.tables.wording import BALANCED, LEAST_CHANGE, PLAIN, percent, points
from ganpaint.toolkit.headed_table import SORT_ROLE, HeadedTableModel, Index
from ganpaint.toolkit.plain import plain_tip, shortened
from ganpaint.toolkit.theme import Theme

#: Letters of the class in the head of its column.
_LETTERS = 14
#: Width of the column of names at least.
_NAME_PX = 112
#: Columns that those before them tell: left out where there is no room for all.
_CHANGES = (4, 7)


@dataclass(frozen=True)
class SliceRow:
    """One slice.

    Attributes:
        slice: which.
        pictures: how many.
        all_classes: share told rightly with all units, and without those that are out.
        own: balanced accuracy of the chosen class, the same two.
        own_without: that of the class without its most important units, as it was measured.
    """

    slice: Slice
    pictures: int
    all_classes: tuple[float, float]
    own: tuple[float, float]
    own_without: float


def heads(name: str, number: int) -> tuple[tuple[str, str], ...]:
    """Of the columns.

    Args:
        name: of the chosen class.
        number: how many of its units were taken out when it was measured.
    """
    return (
        ("Slice", "A double click judges everything on these pictures"),
        ("Pictures", "How many there are"),
        ("All", f"All classes, with all units. {PLAIN}"),
        ("now", "The same without the units that are out"),
        ("change", "Points gained or lost"),
        (
            shortened(name, _LETTERS) or "Class",
            f"{name}, with all units. {BALANCED}",
        ),
        ("now", "The same without the units that are out"),
        ("change", "Points gained or lost"),
        (f"without its {number}", f"The class without its {number} most important units"),
    )


class SliceModel(HeadedTableModel):
    """Rows are slices."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(heads("", 20), parent)
        self._theme = theme
        self.slices: list[SliceRow] = []

    def fill(self, name: str, number: int, rows: Sequence[SliceRow]) -> None:
        """Show others; see ``heads``."""
        self.beginResetModel()
        self.heads = heads(name, number)
        self.slices = list(rows)
        self.endResetModel()

    def row_total(self) -> int:
        """As many as slices."""
        return len(self.slices)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        row, column = self.slices[index.row()], index.column()
        if column == 0:
            if role == Qt.ItemDataRole.ToolTipRole:
                return plain_tip(row.slice.said)
            return row.slice.said if role in (SORT_ROLE, Qt.ItemDataRole.DisplayRole) else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        value = self._value(row, column)
        if role == SORT_ROLE:
            return value if np.isfinite(value) else -9.0
        if role == Qt.ItemDataRole.DisplayRole:
            if column == 1:
                return f"{row.pictures:,}"
            return points(value) if column in _CHANGES else percent(value)
        if role == Qt.ItemDataRole.ForegroundRole and column in _CHANGES:
            colors = self._theme.colors
            if np.isfinite(value) and abs(value) >= LEAST_CHANGE:
                return QColor(colors.draw_text if value > 0 else colors.erase_text)
            return QColor(colors.muted)
        return None

    @staticmethod
    def _value(row: SliceRow, column: int) -> float:
        every, own = row.all_classes, row.own
        changes = every[1] - every[0], own[1] - own[0]
        cells = (float(row.pictures), *every, changes[0], *own, changes[1], row.own_without)
        return cells[column - 1]


class SliceTable(QTableView):
    """The table of slices.

    Signals:
        asked(object): a slice was double-clicked.
    """

    asked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._fitting = False
        self.slices = SliceModel(theme, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.slices)
        self._sorted.setSortRole(SORT_ROLE)
        self.setModel(self._sorted)
        self.setSortingEnabled(True)
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(lambda column, *_: self._fit() if column else None)
        self.doubleClicked.connect(self._ask)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt calls this."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Names have the room that figures leave, and can be read where that is little."""
        if self._fitting:
            return
        self._fitting = True
        header, left = self.horizontalHeader(), 0
        for shown in (True, False):
            for column in _CHANGES:
                self.setColumnHidden(column, not shown)
            others = sum(map(header.sectionSize, range(1, header.count())))
            left = self.viewport().width() - others
            if left >= _NAME_PX:
                break
        header.resizeSection(0, max(left, _NAME_PX))
        self._fitting = False

    @property
    def current(self) -> Slice | None:
        """The slice of the row that is chosen."""
        index = self.currentIndex()
        return self._slice(index) if index.isValid() else None

    def _slice(self, index: QModelIndex) -> Slice:
        return self.slices.slices[self._sorted.mapToSource(index).row()].slice

    def _ask(self, index: QModelIndex) -> None:
        self.asked.emit(self._slice(index))
