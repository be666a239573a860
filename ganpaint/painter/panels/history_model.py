"""The strokes of the scene on screen as a Qt model, the newest first."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from dissection.painting.edits import Mode, Stroke
from dissection.painting.history import Painted
from dissection.painting.masks import Mask
from ganpaint.painter.document.document import Document
from ganpaint.toolkit.plain import plain_tip

PAINTED_ROLE = Qt.ItemDataRole.UserRole
_AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class HistoryModel(QAbstractListModel):
    """One row for each finished stroke; rows can be dragged to another place.

    A stroke keeps its mask whatever else of it is changed: by its mask it is known.
    """

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._history: tuple[Painted, ...] = ()
        document.strokes_changed.connect(self.refill)

    def refill(self) -> None:
        """Take the strokes of the scene on screen."""
        history = tuple(reversed(self._document.history))
        if _masks(history) == _masks(self._history):  # the same strokes, changed: rows stay
            self._history = history
            if history:
                self.dataChanged.emit(self.index(0, 0), self.index(len(history) - 1, 0))
            return
        self.beginResetModel()
        self._history = history
        self.endResetModel()

    def row_of(self, mask: Mask | None) -> int:
        """The row of the stroke with this very mask; -1 where there is none."""
        masks = [painted.stroke.mask is mask for painted in self._history]
        return masks.index(True) if True in masks else -1

    def painted_at(self, row: int) -> Painted | None:
        """The stroke of a row; None beyond the rows."""
        return self._history[row] if 0 <= row < len(self._history) else None

    def move(self, painted: Painted, up: int) -> None:
        """Move a stroke some rows up, towards the newer ones; down if negative."""
        place = len(self._history) - 1 - self._history.index(painted)
        self._document.move_stroke(painted, place + up)

    def moveRows(
        self,
        source: _AnyIndex,
        row: int,
        count: int,
        target: _AnyIndex,
        child: int,
    ) -> bool:
        """A drag ended: the row goes in front of another one; Qt calls this."""
        painted = self.painted_at(row)
        if painted is None or count != 1 or source.isValid() or target.isValid():
            return False
        self.move(painted, row - child if child <= row else row - child + 1)
        return True

    def flags(self, index: _AnyIndex) -> Qt.ItemFlag:
        """Rows can be dragged, and dropped between others; Qt calls this."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:
        """Qt calls this."""
        return Qt.DropAction.MoveAction

    def rowCount(self, parent: _AnyIndex = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self._history)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt calls this."""
        painted = self.painted_at(index.row()) if index.isValid() else None
        if painted is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                off = "" if painted.shown else ", off"
                named = painted.name or concept_name(painted.stroke)
                return f"{named}, {mode_name(painted.stroke)}{off}"
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(describe(painted))
            case Qt.ItemDataRole.UserRole:
                return painted
        return None


def _masks(history: tuple[Painted, ...]) -> list[int]:
    return [id(painted.stroke.mask) for painted in history]


def concept_name(stroke: Stroke) -> str:
    """What the stroke is about; a restore stroke is about everything beneath it."""
    return "all edits" if stroke.mode == Mode.RESTORE else stroke.subject


def mode_name(stroke: Stroke) -> str:
    """What the stroke does, in one word."""
    return "stamp" if stroke.stamp and stroke.mode == Mode.DRAW else stroke.mode.value


def describe(painted: Painted) -> str:
    """Units, layers, strength and level of a stroke, and the keys that change it."""
    stroke, choice = painted.stroke, painted.choice
    said = f"{mode_name(stroke)} {concept_name(stroke)}, strength {stroke.strength:.0%}"
    if stroke.stamp and stroke.mode != Mode.RESTORE:
        height, width = stroke.stamp.patch.size
        said += f", {height} × {width} cells of {stroke.stamp.patch.layer}"
    if stroke.brush and stroke.mode != Mode.RESTORE:
        parts = (f"{len(p.units)} units of {name}" for name, p in stroke.brush.layers.items())
        said += ", " + " and ".join(parts)
        if choice and choice.boost != 1 and stroke.mode == Mode.DRAW:
            said += f", level × {choice.boost:.1f}"
    state = "" if painted.shown else " It is off."
    keys = "Space switches it off and on, Alt+Up and Alt+Down move it, Delete takes it away."
    return f"{said}.{state}\n{keys}"
