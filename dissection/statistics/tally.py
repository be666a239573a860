"""Integer counts behind every IoU, mergeable and exact. Free of torch.

The sample is counted in two halves (images at even and at odd places of the sample), so that a
label chosen on one half can be checked on the other: with many concepts the best is partly luck.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
HALVES = 2


@dataclass(frozen=True, eq=False)
class Tally:
    """Pixels counted over a sample on the measuring grid; add tallies of parts to merge them.

    Attributes:
        intersection: int64 (2, concepts, units): pixels of the concept where the unit is above
            its level.
        activated: int64 (2, units): pixels where the unit is above its level.
        area: int64 (2, concepts): pixels of the concept.
        pixels: int64 (2,): all pixels.
    """

    intersection: Counts
    activated: Counts
    area: Counts
    pixels: Counts

    @classmethod
    def zeros(cls, concepts: int, units: int) -> "Tally":
        """The tally of an empty sample."""
        return cls(
            np.zeros((HALVES, concepts, units), np.int64),
            np.zeros((HALVES, units), np.int64),
            np.zeros((HALVES, concepts), np.int64),
            np.zeros(HALVES, np.int64),
        )

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)))

    def iou(self, half: int | None = None) -> NDArray[np.float64]:
        """IoU(u, c) over the whole sample (Bau et al. 2020, equation 1): float64 (concepts, units).

        It is a ratio of sums over the data set, not a mean of ratios of images. Where the union
        is empty (a unit that never fires and a concept that never occurs) it is 0. Row 0, nothing,
        is 0: nothing is never a label.

        Args:
            half: 0 or 1 for one half of the sample; None for all of it.
        """
        chosen = slice(None) if half is None else slice(half, half + 1)
        intersection = self.intersection[chosen].sum(0)
        area = self.area[chosen].sum(0)[:, None]
        union = area + self.activated[chosen].sum(0)[None, :] - intersection
        iou = np.zeros(union.shape, np.float64)
        np.divide(intersection, union, out=iou, where=union > 0)
        iou[0] = 0.0
        return iou

    def share(self) -> NDArray[np.float64]:
        """Each concept's share of the sample's pixels, float64 (concepts,), 0..1."""
        share: NDArray[np.float64] = self.area.sum(0) / max(int(self.pixels.sum()), 1)
        return share
