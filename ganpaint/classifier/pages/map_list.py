"""Where every unit is active on a picture: a tile for each, ticked to take the unit out."""

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QListView, QWidget

from ganpaint.classifier.live.picture_questions import Looked
from ganpaint.classifier.removal import Removal
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.tables.images import map_over, scaled
from ganpaint.classifier.tables.wording import percent, points
from ganpaint.toolkit.headed_table import Index
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.theme import GRID

_MAP = 80
_ROOT = QModelIndex()
#: What the tiles can be ordered by.
ORDERS = ("what it loses without", "how active they are", "number")


class MapModel(QAbstractListModel):
    """The units of a layer on one picture."""

    def __init__(self, removal: Removal, parent: QWidget) -> None:
        super().__init__(parent)
        self._removal = removal
        self._study: AblationStudy | None = None
        self.looked: Looked | None = None
        self.order: list[int] = []
        self._by = 0
        self._drawn: dict[int, QPixmap] = {}
        removal.changed.connect(self._follow)

    def show_picture(self, study: AblationStudy | None, looked: Looked | None) -> None:
        """Show another picture; None for none."""
        self.beginResetModel()
        self._study, self.looked = study, looked
        self._drawn.clear()
        self._sort()
        self.endResetModel()

    def order_by(self, by: int) -> None:
        """Order by one of ``ORDERS``."""
        self.beginResetModel()
        self._by = by
        self._sort()
        self.endResetModel()

    def peak(self, unit: int) -> float:
        """The highest activation of a unit on the picture."""
        assert self.looked is not None, "asked only with a picture"
        return float(self.looked.maps[unit].max())

    def _sort(self) -> None:
        if self.looked is None:
            self.order = []
            return
        maps, lost = self.looked.maps, self.looked.lost
        peaks = maps.reshape(len(maps), -1).max(1)
        keys = (-lost, -peaks, np.arange(len(maps)))
        self.order = np.lexsort((-peaks, keys[self._by])).tolist()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self.order)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Tiles can be ticked."""
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One tile."""
        if self.looked is None or self._study is None:
            return None
        unit = self.order[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{unit}  {points(float(self.looked.lost[unit])).removeprefix('+')}"
        if role == Qt.ItemDataRole.CheckStateRole:
            out = unit in self._removal.units
            return Qt.CheckState.Checked if out else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole:
            return self._tile(unit)
        if role == Qt.ItemDataRole.ToolTipRole:
            lost = float(self.looked.lost[unit])
            name = self._study.ablation.classes[self.looked.decided]
            whole = float(self.looked.whole[self.looked.decided])
            return plain_tip(
                f"{self._study.unit_name(unit)}\npeak {self.peak(unit):.2f} on this picture; "
                f"bright where it is active\n{name}: {percent(whole)} with all units, "
                f"{percent(whole - lost)} without this one\nA double click shows it in Units"
            )
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """A tick takes the unit out."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self._removal.tick(self.order[index.row()], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _tile(self, unit: int) -> QPixmap:
        assert self.looked is not None, "asked only with a picture"
        if unit not in self._drawn:
            values = self.looked.maps[unit]
            seen = values if values.ndim == 2 else values.reshape(1, 1)
            self._drawn[unit] = scaled(map_over(self.looked.picture, seen), _MAP)
        return self._drawn[unit]

    def _follow(self) -> None:
        if self.order:
            last = self.index(len(self.order) - 1, 0)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.CheckStateRole])


class MapList(QListView):
    """The tiles.

    Signals:
        asked(int): a unit was double-clicked.
    """

    asked = Signal(int)

    def __init__(self, removal: Removal, parent: QWidget) -> None:
        super().__init__(parent)
        self.units = MapModel(removal, self)
        self.setModel(self.units)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(_MAP, _MAP))
        self.setGridSize(QSize(_MAP + 3 * GRID, _MAP + 3 * GRID))
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.doubleClicked.connect(lambda index: self.asked.emit(self.units.order[index.row()]))
