"""The eyedropper: click a thing in the picture, and its concept becomes the brush.

Clicked again, the same place gives the next concept there: the tree, its canopy, foliage.
"""

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal

from dissection.models.segmenters.segmentation import Segmentation
from dissection.painting.edits import Mode
from dissection.results.brushes import MeasuredBrush
from dissection.vocabulary import Concept
from ganpaint.painter.analysis.segmentation_view import SegmentationView
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.mask_item import MaskItem
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.palette import Palette
from ganpaint.toolkit.overlay_panel import CursorTag
from ganpaint.toolkit.theme import Theme

_WAITING = "Looking at the picture …"
_NOTHING = "nothing that has a name"
_WHOLE_FIRST = ("object", "part")
#: Picture pixels: a click no farther from the last one asks for the next thing that is there.
_SAME_PLACE = 3.0


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
        segmentation_view: SegmentationView,
        canvas: Canvas,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._segmentation_view = segmentation_view
        self._canvas = canvas
        self._theme = theme
        self._at: QPointF | None = None
        self._picked: tuple[QPointF, Concept] | None = None
        document.scene_changed.connect(self._forget)
        self.tag = CursorTag(canvas)
        self.mask = MaskItem()
        canvas.lay(self.mask)
        canvas.hovered.connect(self._hover)
        segmentation_view.changed.connect(self._name)

    @property
    def on(self) -> bool:
        """Whether the mouse picks now."""
        return self._canvas.pointer is self

    def switch(self, on: bool) -> None:
        """Give the mouse to the eyedropper, or back to the brush."""
        if on:
            self._segmentation_view.look()
            self._canvas.use(self)
        elif self.on:
            self._canvas.use(None)

    def press(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Pick what is there; the brush has the mouse again, except with Shift."""
        segmentation = self._segmentation_view.segmentation
        if segmentation is None:
            self.told.emit(_WAITING)
            return
        ranked = candidates(segmentation, self._document.palette, position)
        if not ranked:
            self.told.emit(f"There is {_NOTHING} here.")
            return
        concept, brush = ranked[self._turn(ranked, position)]
        self._picked = position, concept
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

    def _turn(self, ranked: list[tuple[Concept, MeasuredBrush | None]], position: QPointF) -> int:
        """Which candidate a click takes: the first, or at the place picked last the one after."""
        if self._picked is None:
            return 0
        at, concept = self._picked
        way = position - at
        again = abs(way.x()) + abs(way.y()) <= _SAME_PLACE
        places = [place for place, (other, _) in enumerate(ranked) if other == concept]
        return (places[0] + 1) % len(ranked) if again and places else 0

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

    def _forget(self) -> None:
        self._picked = None

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
        segmentation, palette = self._segmentation_view.segmentation, self._document.palette
        ranked = candidates(segmentation, palette, self._at) if segmentation else []
        if segmentation is None or not ranked:
            self.mask.clear()
            return _NOTHING if segmentation else _WAITING
        concept, brush = ranked[self._turn(ranked, self._at)]
        mask = segmentation.mask(concept).astype(np.float32)
        self.mask.show_mask(mask, self._theme.colors.mode(Mode.DRAW))
        name = palette.label(concept)
        if brush is None:
            return f"{name} · no brush"
        return f"{name} · weak brush" if brush.weak else name


def candidates(
    segmentation: Segmentation, palette: Palette, position: QPointF
) -> list[tuple[Concept, MeasuredBrush | None]]:
    """The concepts of a place and their brushes, the one that is meant first.

    That is the one with a brush that paints; among several the whole thing before its part, and
    both before what they are made of; among its likes the one that has less of the picture.
    """

    def rank(found: tuple[Concept, MeasuredBrush | None]) -> tuple[bool, bool, int, int]:
        concept, brush = found
        weak = brush is None or brush.weak is not None
        kind = _WHOLE_FIRST.index(concept.category) if concept.category in _WHOLE_FIRST else 2
        return weak, brush is None, kind, segmentation.pixels[concept]

    there = segmentation.at(int(np.floor(position.y())), int(np.floor(position.x())))
    return sorted(((concept, palette.best(concept)) for concept in there), key=rank)
