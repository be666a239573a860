"""The eyedropper: click a thing in the picture, and its concept becomes the brush."""

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal

from dissection.models.segmenters.segmentation import Seen
from dissection.results.brushes import MeasuredBrush
from dissection.vocabulary import Concept
from ganpaint.painter.analysis.segmentation_view import Sight
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.mask_item import MaskItem
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.palette import Palette
from ganpaint.toolkit.overlay_panel import CursorTag
from ganpaint.toolkit.theme import Theme

_WAITING = "Looking at the picture …"
_NOTHING = "nothing that has a name"


class Eyedropper(QObject):
    """A ``Pointer``: names what is under the cursor, and takes it as the brush.

    Attributes:
        tag: the name beside the cursor.
        mask: where in the picture the named concept is.

    Signals:
        told(str): what was picked, or why nothing was.
    """

    told = Signal(str)
    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self,
        document: Document,
        sight: Sight,
        canvas: Canvas,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._sight = sight
        self._canvas = canvas
        self._theme = theme
        self._at: QPointF | None = None
        self.tag = CursorTag(canvas)
        self.mask = MaskItem()
        canvas.lay(self.mask)
        canvas.hovered.connect(self._hover)
        sight.changed.connect(self._name)

    @property
    def on(self) -> bool:
        """Whether the mouse picks now."""
        return self._canvas.pointer is self

    def switch(self, on: bool) -> None:
        """Give the mouse to the eyedropper, or back to the brush."""
        if on:
            self._sight.look()
            self._canvas.use(self)
        elif self.on:
            self._canvas.use(None)

    def press(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Pick what is there; the brush has the mouse again, except with Shift."""
        seen = self._sight.seen
        if seen is None:
            self.told.emit(_WAITING)
            return
        ranked = candidates(seen, self._document.palette, position)
        if not ranked:
            self.told.emit(f"There is {_NOTHING} here.")
            return
        concept, brush = ranked[0]
        name = self._document.palette.label(concept)
        if brush is None:
            self.told.emit(f"There is no brush for {name}.")
            return
        self._document.choose_concept(brush.concept)
        self.told.emit(f"Brush: {name}" + (" (weak)" if brush.weak else ""))
        if brush.weak:
            self._canvas.message.say(brush.weak, passing=True)
        if not modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._canvas.use(None)

    def move(self, position: QPointF, down: bool) -> None:
        """Name what is there."""
        self._at = position
        self._name()

    def release(self, position: QPointF) -> None:
        """What was pressed is done."""

    def dismiss(self) -> None:
        """Name nothing any more."""
        self._at = None
        self._name()

    def _hover(self, position: QPointF | None) -> None:
        if self.on:
            self._at = position
            self._name()

    def _name(self) -> None:
        if self._at is None:
            self.tag.hide()
            self.mask.clear()
            return
        self.tag.say(self._words(), self._canvas.mapFromScene(self._at))

    def _words(self) -> str:
        assert self._at is not None, "only a place has a name"
        seen, palette = self._sight.seen, self._document.palette
        ranked = candidates(seen, palette, self._at) if seen else []
        if seen is None or not ranked:
            self.mask.clear()
            return _NOTHING if seen else _WAITING
        concept, brush = ranked[0]
        mask = seen.mask(concept).astype(np.float32)
        self.mask.show_mask(mask, self._theme.colours.mode("draw"))
        name = palette.label(concept)
        if brush is None:
            return f"{name} · no brush"
        return f"{name} · weak brush" if brush.weak else name


def candidates(
    seen: Seen, palette: Palette, position: QPointF
) -> list[tuple[Concept, MeasuredBrush | None]]:
    """The concepts of a place and their brushes, the one that is meant first.

    That is the one with a brush that paints; among several a thing or its part before what it is
    made of, and the one that has the smaller share of the picture before what it is a part of.
    """

    def rank(found: tuple[Concept, MeasuredBrush | None]) -> tuple[bool, bool, bool, int]:
        concept, brush = found
        thing = concept.category in ("object", "part")
        weak = brush is None or brush.weak is not None
        return weak, brush is None, not thing, seen.pixels[concept]

    there = seen.at(int(np.floor(position.y())), int(np.floor(position.x())))
    return sorted(((concept, palette.best(concept)) for concept in there), key=rank)
