"""The strokes of the scene on screen as a Qt model, the newest first."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from dissection.edits import Stroke
from ganpaint.document import Document

STROKE_ROLE = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()


class HistoryModel(QAbstractListModel):
    """One row for each finished stroke."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._strokes: tuple[Stroke, ...] = ()
        document.strokes_changed.connect(self.refill)

    def refill(self) -> None:
        """Take the strokes of the scene on screen."""
        self.beginResetModel()
        self._strokes = tuple(reversed(self._document.strokes))
        self.endResetModel()

    def rowCount(  # noqa: N802 - Qt's name
        self, parent: QModelIndex | QPersistentModelIndex = _ROOT
    ) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self._strokes)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Qt calls this."""
        if not index.isValid():
            return None
        stroke = self._strokes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return f"{concept_name(stroke)}, {stroke.mode}"
            case Qt.ItemDataRole.ToolTipRole:
                return describe(stroke)
            case Qt.ItemDataRole.UserRole:
                return stroke
        return None


def concept_name(stroke: Stroke) -> str:
    """What the stroke is about; a restore stroke is about everything beneath it."""
    return stroke.brush.concept.name if stroke.brush else "all edits"


def describe(stroke: Stroke) -> str:
    """Units, layers and strength of a stroke, in one line."""
    said = f"{stroke.mode} {concept_name(stroke)}, strength {stroke.strength:.0%}"
    if stroke.brush:
        parts = (f"{len(p.units)} units of {name}" for name, p in stroke.brush.layers.items())
        said += ", " + " and ".join(parts)
    return f"{said}. Delete takes it away."
