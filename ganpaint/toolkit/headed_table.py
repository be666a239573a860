"""A table whose columns have heads with tips: what every table model of the window begins with."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from dissection.errors import printable
from ganpaint.toolkit.plain import plain_tip, shortened

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()
#: Letters of a head, which a class or a file may have named.
_LONGEST_HEAD = 32


class HeadedTableModel(QAbstractTableModel):
    """Columns by their heads; a model of this kind tells its ``row_total`` and its ``data``.

    Args:
        heads: (name, tip) of each column.
        parent: whose child it is.

    Attributes:
        heads: as given; may be replaced between ``beginResetModel`` and ``endResetModel``.
    """

    def __init__(self, heads: Sequence[tuple[str, str]], parent: QObject) -> None:
        super().__init__(parent)
        self.heads = tuple(heads)

    def row_total(self) -> int:
        """How many rows there are."""
        raise NotImplementedError(f"{type(self).__name__} does not tell how many rows it has")

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else self.row_total()

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self.heads)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Qt calls this."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self.heads):
            return None
        name, tip = self.heads[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return shortened(printable(name), _LONGEST_HEAD)
        return plain_tip(tip) if role == Qt.ItemDataRole.ToolTipRole else None
