"""The palette's concepts as a Qt model, and the filter of the search line."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from dissection.results.brushes import MeasuredBrush
from dissection.results.rarity import OWN_CATEGORY
from ganpaint.painter.document.document import Document
from ganpaint.rendering.requests import to_image
from ganpaint.toolkit.plain import as_markup

BRUSH_ROLE = Qt.ItemDataRole.UserRole
NUMBER_ROLE = Qt.ItemDataRole.UserRole + 1
#: The concept whose card stands for this one where both are shown; None for most.
FOLDED_ROLE = Qt.ItemDataRole.UserRole + 2
#: Labels of the concepts that the card stands for besides its own.
ALSO_ROLE = Qt.ItemDataRole.UserRole + 3
_AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class ConceptModel(QAbstractListModel):
    """One row for each measured brush, in the order of the palette."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._brushes: tuple[MeasuredBrush, ...] = ()
        self._pictures: dict[int, QPixmap] = {}
        self._numbers: dict[object, int] = {}
        self.refill()
        document.palette_changed.connect(self.refill)

    def refill(self) -> None:
        """Take the concepts of the palette in use."""
        self.beginResetModel()
        palette = self._document.palette
        self._brushes = palette.brushes
        self._pictures = {}
        self._numbers = {concept: i + 1 for i, concept in enumerate(palette.numbered())}
        self.endResetModel()

    def row_of(self, concept: object) -> int:
        """The row of a concept, or -1."""
        return next((i for i, b in enumerate(self._brushes) if b.concept == concept), -1)

    def rowCount(self, parent: _AnyIndex = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self._brushes)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt calls this."""
        if not index.isValid():
            return None
        brush = self._brushes[index.row()]
        palette = self._document.palette
        if role == FOLDED_ROLE:
            return palette.folded.get(brush.concept)
        if role == ALSO_ROLE:
            return [palette.label(concept) for concept in palette.folded_into(brush.concept)]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return palette.label(brush.concept)
            case Qt.ItemDataRole.DecorationRole:
                return self._picture(index.row())
            case Qt.ItemDataRole.ToolTipRole:
                return describe(brush, index.data(ALSO_ROLE))
            case Qt.ItemDataRole.UserRole:
                return brush
        return self._numbers.get(brush.concept) if role == NUMBER_ROLE else None

    def _picture(self, row: int) -> QPixmap:
        if row not in self._pictures:
            self._pictures[row] = QPixmap.fromImage(to_image(self._brushes[row].picture()))
        return self._pictures[row]


def describe(brush: MeasuredBrush, also: Sequence[str] = ()) -> str:
    """What the dissection knows of a concept's brush, as rich text of a few lines."""
    order = {"iou": "IoU", "effect": "effect"}.get(brush.order, brush.order)
    several = " of each of " if "+" in brush.layer else " of "
    name, category = as_markup(brush.concept.name), as_markup(brush.concept.category)
    layers = as_markup(brush.layer)
    title = f"<b>{name}</b> ({category})"
    if brush.order == OWN_CATEGORY:
        units = f"{brush.k} units of {layers}, chosen by you"
        return f"{title}<br>{units}<br>F2 renames it, Delete takes it away"
    lines = [
        title,
        f"{brush.k} units by {order}{several}{layers.replace('+', ', ')}"
        + (f", levels × {brush.boost:g}" if brush.boost != 1 else ""),
        f"IoU of its best unit {brush.iou:.2f}",
    ]
    if brush.erased is not None:
        lines.append(f"erased everywhere: {max(brush.erased, 0):.0%} of it goes")
    if brush.drawn is not None:
        lines.append(f"drawn into a block: {brush.drawn:.0%} of the block becomes it")
    if brush.elsewhere is not None:
        lines.append(f"changes elsewhere: {brush.elsewhere:.1%}")
    if also:
        lines.append(
            f"the same pixels and units: {as_markup(', '.join(also))}; search for them by name"
        )
    if not brush.draws and not brush.weak:
        lines.append("<i>Good for erasing; little of it appears where it is drawn.</i>")
    if brush.weak:
        lines.append(f"<i>Weak. {as_markup(brush.weak)}</i>")
    return "<br>".join(lines)
