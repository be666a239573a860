"""Which feature-map cells the brush touches, and which the last stroke changed.

What one paints and what changes differ: a network changes whole cells, and through its later
layers their surroundings. This shows the first half of that.
"""

from collections.abc import Iterable

from PySide6.QtCore import QObject, QPointF, QSize, Signal
from PySide6.QtGui import QColor

from dissection.painting.edits import CellRule, Mode, Stroke
from dissection.painting.masks import disc
from ganpaint.painter.canvas.cells_item import Cells, CellsItem
from ganpaint.painter.document.document import Document
from ganpaint.toolkit.theme import Theme


class CellsOverlay(QObject):
    """Keeps the item that shows cells true to the brush and to the document.

    Attributes:
        item: for ``Canvas.lay``.
        on: whether it is shown.

    Signals:
        changed: other cells are shown.
    """

    changed = Signal()

    def __init__(self, document: Document, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._theme = theme
        self._brush: tuple[QPointF, QSize, Mode] | None = None
        self.item = CellsItem()
        self.on = False
        document.strokes_changed.connect(self.refresh)
        document.edit_changed.connect(self.refresh)
        document.palette_changed.connect(self.refresh)

    def switch(self, on: bool) -> None:
        """Show cells, or hide them."""
        self.on = on
        self.refresh()

    def follow(self, brush: tuple[QPointF, QSize, Mode] | None) -> None:
        """The brush is somewhere else.

        Args:
            brush: its position and the picture's size, in picture pixels, and the mode in which a
                stroke would begin; None while it is not over the canvas.
        """
        self._brush = brush
        if self.on:
            self.refresh()

    def refresh(self) -> None:
        """Show what is true now."""
        if not self.on:
            self.item.show_cells((), ())
            self.changed.emit()
            return
        history = self._document.history
        last = next((painted.stroke for painted in reversed(history) if painted.shown), None)
        self.item.show_cells(self._cells(self._touching(), figures=True), self._cells(last))
        self.changed.emit()

    @property
    def captions(self) -> list[tuple[str, QColor, bool]]:
        """What the lines mean: text, color, and whether the line is dashed."""
        said = [(f"Under the brush  {c.caption}", c.color, False) for c in self.item.touched]
        said += [(f"Last stroke  {c.caption}", c.color, True) for c in self.item.changed]
        return said

    def _touching(self) -> Stroke | None:
        """The stroke in progress, or the dab that a press would paint now."""
        if self._document.live is not None:
            return self._document.live
        if self._brush is None:
            return None
        position, size, mode = self._brush
        shape = (size.height(), size.width())
        mask = disc(shape, position.x(), position.y(), self._document.choice.radius)
        return self._document.stroke(mask, mode)

    def _cells(self, stroke: Stroke | None, figures: bool = False) -> list[Cells]:
        if stroke is None:
            return []
        palette = self._document.palette
        grids: dict[tuple[int, int], list[str]] = {}
        for layer in self._layers(stroke):
            if layer in palette.layers:
                grids.setdefault(palette.grid(layer), []).append(layer)
        color = self._theme.colors.mode(stroke.mode)
        shares = figures and stroke.rule == CellRule.COVERAGE
        made = (
            Cells(tuple(names), stroke.cells(height, width), color, shares)
            for (height, width), names in sorted(grids.items())
        )
        return [cells for cells in made if cells.cells.any()]

    def _layers(self, stroke: Stroke) -> Iterable[str]:
        """The layers that a stroke changes; restoring reaches all that are edited."""
        if stroke.mode == Mode.RESTORE:
            return self._document.edit.layers()
        return stroke.layers
