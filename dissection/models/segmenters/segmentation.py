"""What a segmenter sees in one picture: which concepts, where, and how many pixels of each.

Free of torch, so that the window can hold it; ``segmenters.see`` makes it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dissection.vocabulary import Concept, Vocabulary


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The concept map of one picture.

    Attributes:
        vocabulary: what the map's values mean.
        labels: int16 (K, H, W) at the picture's resolution, K channels such as object, part and
            material; a pixel has a concept if any channel names it, 0 is nothing.
    """

    vocabulary: Vocabulary
    labels: NDArray[np.int16]

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the picture."""
        return self.labels.shape[1], self.labels.shape[2]

    @cached_property
    def pixels(self) -> dict[Concept, int]:
        """The number of pixels of each concept that is seen anywhere, most first."""
        found = {
            self.vocabulary[index]: int((self.labels == index).any(0).sum())
            for index in np.unique(self.labels).tolist()
            if index
        }
        return dict(sorted(found.items(), key=lambda entry: (-entry[1], entry[0])))

    def area_share(self, concept: Concept) -> float:
        """The concept's part of the picture, 0..1."""
        height, width = self.size
        return self.pixels.get(concept, 0) / (height * width)

    def mask(self, concept: Concept) -> NDArray[np.bool_]:
        """Where a concept is seen: bool (H, W).

        Raises:
            UnknownNameError: the vocabulary does not hold it.
        """
        mask: NDArray[np.bool_] = (self.labels == self.vocabulary.id(concept)).any(0)
        return mask

    def at(self, row: int, column: int) -> tuple[Concept, ...]:
        """The concepts of one pixel, each once, in the order of the channels; none outside."""
        height, width = self.size
        if not (0 <= row < height and 0 <= column < width):
            return ()
        named = dict.fromkeys(self.labels[:, row, column].tolist())
        return tuple(self.vocabulary[index] for index in named if index)

    def thing_at(self, row: int, column: int) -> Concept | None:
        """The one concept that says most about a pixel; None where nothing is seen.

        A thing or its part goes before what it is made of, and what has less of the picture
        before what has more: the door before the building.
        """
        return min(
            self.at(row, column),
            key=lambda c: (c.category not in ("object", "part"), self.pixels[c]),
            default=None,
        )

    def cell_share(self, concept: Concept, cell: tuple[int, int], grid: tuple[int, int]) -> float:
        """A concept's part of one cell (row, column) of a feature map (h, w): 0..1.

        Where cells are smaller than pixels it is that of the pixel there.
        """
        spans = []
        for place, cells, pixels in zip(cell, grid, self.size, strict=True):
            start = place * pixels // cells
            spans.append(slice(start, max(start + 1, (place + 1) * pixels // cells)))
        return float(self.mask(concept)[spans[0], spans[1]].mean())

    def flat(self, *categories: str) -> NDArray[np.int16]:
        """One map value for each pixel, int16 (H, W): the first that is of one of some categories.

        Args:
            categories: an earlier one goes before a later one, whatever the channels' order.

        Returns:
            0 where no channel names a concept of these categories.
        """
        rank = {category: place for place, category in enumerate(categories)}
        ranks = np.array([rank.get(c.category, len(rank)) for c in self.vocabulary])
        labels = np.where(ranks[self.labels] < len(rank), self.labels, 0)
        best = ranks[self.labels].argmin(0)[None]
        flat: NDArray[np.int16] = np.take_along_axis(labels, best, 0)[0]
        return flat


def changes(before: Segmentation, after: Segmentation) -> dict[Concept, int]:
    """How many pixels of each concept came (positive) or went (negative), largest changes first."""
    concepts = dict.fromkeys([*before.pixels, *after.pixels])
    found = {c: after.pixels.get(c, 0) - before.pixels.get(c, 0) for c in concepts}
    ordered = sorted(found.items(), key=lambda entry: (-abs(entry[1]), entry[0]))
    return {concept: pixels for concept, pixels in ordered if pixels}
