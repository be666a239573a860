"""What a stroke achieved: which concepts came and went, its own first, and whether any did."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.models.segmenters.segmentation import Segmentation, changes
from dissection.painting.edits import Mode, Stroke
from dissection.vocabulary import Concept

_THINGS = ("object", "part")
#: A change that is smaller than the largest one by this factor is not worth a word.
_LEAST_CHANGE = 0.1
#: Less of the place painted on than this has become the concept, or has ceased to be it.
_ALMOST_NOTHING = 0.05
#: A place that shows this much of a concept already needs none of it.
_THERE_ALREADY = 0.5
#: Where a stroke changed its own concept.
_HERE, _BESIDE, _NOWHERE = "here", "beside", "nowhere"


@dataclass(frozen=True, eq=False)
class StrokeOutcome:
    """A picture before and after a change.

    Attributes:
        before: what the segmenter saw before.
        after: what it sees now.
        stroke: the stroke that is new, or that went; None where the change was another.
        added: whether the stroke is new.
    """

    before: Segmentation
    after: Segmentation
    stroke: Stroke | None = None
    added: bool = False

    @property
    def concept(self) -> Concept | None:
        """What the stroke was painted with, if the segmenter knows it."""
        brush = self.stroke.brush if self.stroke else None
        if brush is None or brush.concept not in self.after.vocabulary:
            return None
        return brush.concept

    def told(self, most: int) -> list[tuple[Concept, int]]:
        """The few changes that are worth telling, in pixels.

        The stroke's own concept comes first, however little of it came or went. Then the largest
        changes of concepts of its kind: things and parts, or materials where it is a material;
        without a concept those of things, or else of what they are made of.

        Args:
            most: how many at most.
        """
        found, own = changes(self.before, self.after), self.concept
        things = own is None or own.category in _THINGS
        alike = {c: n for c, n in found.items() if (c.category in _THINGS) == things}
        if own is None:
            alike = alike or found
        told = [(own, found.get(own, 0))] if own is not None and found else []
        least = max((abs(pixels) for pixels in alike.values()), default=0) * _LEAST_CHANGE
        told += [(c, n) for c, n in alike.items() if c != own and abs(n) >= least]
        return told[:most]

    @property
    def beside(self) -> bool:
        """Whether what a new stroke did to its own concept is nearly all outside of its place."""
        return self._reached == _BESIDE

    @property
    def failure(self) -> str:
        """One sentence where a new stroke achieved almost nothing where it was painted.

        What came of the concept, or went, anywhere in the picture counts as ``told`` counts it: of
        a stroke that drew beside itself it is said that it did. Empty where it did what it should.
        """
        own, stroke, reached = self.concept, self.stroke, self._reached
        if own is None or stroke is None or reached == _HERE:
            return ""
        name, beside, had = own.name, reached == _BESIDE, self._had
        if stroke.mode == Mode.DRAW:
            if had >= _THERE_ALREADY * self._place.sum():
                return ""
            return (
                f"The {name} came beside this stroke, and almost none of it here."
                if beside
                else f"Almost no {name} came of this stroke: the network would not put it here."
            )
        if not had:
            return (
                f"There was no {name} here to erase; what went was beside this stroke."
                if beside
                else f"There is no {name} here to erase."
            )
        return (
            f"The {name} here stayed; what went was beside this stroke."
            if beside
            else f"The {name} stayed: this stroke erased next to nothing."
        )

    @cached_property
    def _place(self) -> NDArray[np.bool_]:
        """Where the stroke was painted; bool (h, w)."""
        if self.stroke is None:
            return np.zeros(self.after.size, np.bool_)
        return _fitted(self.stroke.mask, self.after.size)

    @cached_property
    def _had(self) -> int:
        """Pixels of the own concept that were there where the stroke was painted."""
        own = self.concept
        return 0 if own is None else int((self.before.mask(own) & self._place).sum())

    @cached_property
    def _reached(self) -> str:
        """Where a new stroke changed its own concept; here, too, where nothing can be said."""
        own, stroke, area = self.concept, self.stroke, int(self._place.sum())
        if own is None or stroke is None or not (self.added and area):
            return _HERE
        if stroke.mode == Mode.RESTORE:
            return _HERE
        was, now = (segmentation.mask(own) for segmentation in (self.before, self.after))
        if stroke.mode == Mode.ERASE:
            was, now = now, was  # what went is what comes when it is looked at backwards
        much = _ALMOST_NOTHING * (area if stroke.mode == Mode.DRAW else self._had or area)
        here = int((now & ~was & self._place).sum())
        if here >= much:
            return _HERE
        return _BESIDE if int(now.sum()) - int(was.sum()) >= much else _NOWHERE


def _fitted(mask: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Where a mask is at least half, at the size (h, w) of a picture."""
    if mask.shape != size:
        image = Image.fromarray(np.asarray(mask, np.float32))
        mask = np.asarray(image.resize((size[1], size[0]), Image.Resampling.BILINEAR))
    painted: NDArray[np.bool_] = mask >= 0.5
    return painted
