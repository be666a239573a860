"""What a stroke achieved: which concepts came and went, its own first, and whether any did."""

from dataclasses import dataclass

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
    def failure(self) -> str:
        """One sentence where a new stroke achieved almost nothing; empty where it did."""
        own, stroke = self.concept, self.stroke
        if own is None or stroke is None or not self.added or stroke.mode == Mode.RESTORE:
            return ""
        place = _fitted(stroke.mask, self.after.size)
        area = int(place.sum())
        if not area:
            return ""
        before, after = (segmentation.mask(own) for segmentation in (self.before, self.after))
        had = int((before & place).sum())
        if stroke.mode == Mode.DRAW:
            gained = int((after & ~before & place).sum())
            if gained < _ALMOST_NOTHING * area and had < _THERE_ALREADY * area:
                return (
                    f"Almost no {own.name} came of this stroke: the network would not put it here."
                )
            return ""
        lost = int((before & ~after & place).sum())
        if not had:
            return f"There is no {own.name} here to erase."
        return (
            f"The {own.name} stayed: this stroke erased next to nothing."
            if (lost < _ALMOST_NOTHING * had)
            else ""
        )


def _fitted(mask: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Where a mask is at least half, at the size (h, w) of a picture."""
    if mask.shape != size:
        image = Image.fromarray(np.asarray(mask, np.float32))
        mask = np.asarray(image.resize((size[1], size[0]), Image.Resampling.BILINEAR))
    painted: NDArray[np.bool_] = mask >= 0.5
    return painted
