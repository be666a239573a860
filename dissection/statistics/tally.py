"""Integer counts behind every IoU, exact. Free of torch.

The sample is counted in two halves (images at even and at odd places of the sample), so that a
label chosen on one half can be checked on the other: with many concepts the best is partly luck.

Where a labeled data set leaves pixels without a label, they count in neither intersection nor
union. Which pixels those are depends on the category of the concept (an image may have objects
labeled and no colors), so what is counted of a unit alone is counted for each category.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
HALVES = 2


class ImageAreas(NamedTuple):
    """Pixels counted in each image of a sample; the same whatever layer is looked at.

    Attributes:
        area: int32 (N, concepts): pixels of the concept; 0 for nothing.
        pixels: int32 (N, categories): all pixels that count for the category.
    """

    area: NDArray[np.int32]
    pixels: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Tally:
    """Pixels counted over a sample on the measuring grid.

    Attributes:
        intersection: int64 (2, concepts, units): pixels of the concept where the unit is above
            its level.
        activated: int64 (2, categories, units): pixels where the unit is above its level, of
            those that count for the category.
        area: int64 (2, concepts): pixels of the concept.
        pixels: int64 (2, categories): all pixels that count for the category.
        categories: int64 (concepts,): each concept's category, -1 for nothing; see
            ``Vocabulary.category_indices``.
    """

    intersection: Counts
    activated: Counts
    area: Counts
    pixels: Counts
    categories: Counts

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Counts], categories: Counts) -> "Tally":
        """The inverse of ``to_arrays``.

        Raises:
            KeyError: an array is missing.
        """
        return cls(**{key: arrays[key] for key in TALLY_ARRAYS}, categories=categories)

    def to_arrays(self) -> dict[str, Counts]:
        """The counts by name, for a file."""
        return {key: getattr(self, key) for key in TALLY_ARRAYS}

    def iou(self, half: int | None = None) -> NDArray[np.float64]:
        """IoU(u, c) over the whole sample (Bau et al. 2020, equation 1): float64 (concepts, units).

        It is a ratio of sums over the data set, not a mean of ratios of images. Where the union
        is empty (a unit that never fires and a concept that never occurs) it is 0. Nothing is 0:
        it is never a label.

        Args:
            half: 0 or 1 for one half of the sample; None for all of it.
        """
        chosen = slice(None) if half is None else slice(half, half + 1)
        intersection = self.intersection[chosen].sum(0)
        union = self.activated[chosen].sum(0)[self._groups]
        union += self.area[chosen].sum(0)[:, None]
        union -= intersection
        iou = np.zeros(union.shape, np.float64)
        np.divide(intersection, union, out=iou, where=union > 0)
        iou[self.categories < 0] = 0.0
        return iou

    def labels(self, half: int | None = None) -> Counts:
        """Each unit's best concept, int64 (units,), ties to the lower index; 0 if none.

        IoU that agree in single precision, as which they are stored, are ties.
        """
        labels: Counts = self.iou(half).astype(np.float32).argmax(0)
        return labels

    def area_share(self) -> NDArray[np.float64]:
        """Each concept's share of the sample's pixels that count, float64 (concepts,), 0..1."""
        pixels = self.pixels.sum(0)[self._groups]
        share: NDArray[np.float64] = self.area.sum(0) / np.maximum(pixels, 1)
        share[self.categories < 0] = 0.0
        return share

    @property
    def _groups(self) -> Counts:
        groups: Counts = np.maximum(self.categories, 0)
        return groups


#: The parts of a tally that are counted, by which files know them.
TALLY_ARRAYS = ("intersection", "activated", "area", "pixels")


def group_count(categories: Counts) -> int:
    """How many categories there are; at least 1."""
    return int(categories.max(initial=0)) + 1
