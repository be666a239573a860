"""Concept maps of a sample: which concepts each pixel has, and for which categories it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.runtime.merge import ALONE, Merge
from dissection.statistics.parallel import each, side_by_side
from dissection.statistics.tally import Counts, ImageAreas, group_count
from dissection.vocabulary import Vocabulary

_BATCH_VALUES = 2**21
#: The place of a channel's category where it may name concepts of any.
ANY_CATEGORY = -1


class Named(NamedTuple):
    """The concepts of a batch.

    Attributes:
        labels: int64 (n, K, grid, grid): indices into the vocabulary, each concept once at a
            pixel; 0 is nothing, and stands where a pixel does not count for the concept, too.
        counted: bool (n, categories, grid, grid), or None where every pixel counts for all.
        categories: int64 (concepts,), see ``Tally``.
    """

    labels: Tensor
    counted: Tensor | None
    categories: Tensor


@dataclass(frozen=True, eq=False)
class ConceptMaps:
    """What a segmenter or labels say of a sample.

    Attributes:
        maps: integers (N, K, grid, grid): indices into the vocabulary, 0 is nothing, -1 pixels
            that nobody labeled; may be a memory map.
        categories: int64 (concepts,): each concept's category, -1 for nothing.
        channels: each channel's category, or -1 for one that may name concepts of any; None if
            that is true of all. A pixel counts for a category where no channel that could name
            its concepts is -1.
        device: where to compute.
    """

    maps: NDArray[np.integer]
    categories: Counts
    channels: tuple[int, ...] | None = None
    device: torch.device | str = "cpu"

    @classmethod
    def of(
        cls,
        maps: NDArray[np.integer],
        vocabulary: Vocabulary,
        channels: Sequence[str] | None = None,
        device: torch.device | str = "cpu",
    ) -> "ConceptMaps":
        """Concept maps with the concepts of a vocabulary.

        Args:
            maps: see the class.
            vocabulary: the ordered list of concepts.
            channels: the category of each channel; another word stands for any category.
            device: where to compute.
        """
        places = {name: place for place, name in enumerate(vocabulary.categories)}
        known = None
        if channels is not None:
            known = tuple(places.get(name, ANY_CATEGORY) for name in channels)
        return cls(maps, np.array(vocabulary.category_indices()), known, device)

    @property
    def concepts(self) -> int:
        """Length of the vocabulary."""
        return len(self.categories)

    @property
    def grid(self) -> int:
        """Pixels along a side of the maps."""
        return int(self.maps.shape[-1])

    def read(self, span: slice) -> Named:
        """The concepts of some images."""
        maps = torch.tensor(self.maps[span].astype(np.int64), device=self.device)
        categories = torch.from_numpy(self.categories).to(maps.device)
        counted = self._counted(maps)
        if counted is not None:
            of_label = categories[maps.clamp(min=0)].clamp(min=0)
            maps = torch.where(counted.gather(1, of_label), maps, 0).clamp(min=0)
        return Named(distinct(maps), counted, categories)

    def _counted(self, maps: Tensor) -> Tensor | None:
        ignored = maps < 0
        if not ignored.any():
            return None
        groups = range(group_count(self.categories))
        channels = self.channels or (ANY_CATEGORY,) * maps.shape[1]
        naming = [[k for k, c in enumerate(channels) if c in (g, ANY_CATEGORY)] for g in groups]
        return torch.stack([~ignored[:, named].any(1) for named in naming], 1)

    def areas(self, merge: Merge = ALONE) -> ImageAreas:
        """Pixels of each concept in each image, of the images that all processes have."""
        count, channels = self.maps.shape[:2]
        groups = group_count(self.categories)
        area = np.zeros((count, self.concepts), np.int32)
        pixels = np.full((count, groups), self.grid**2, np.int32)
        step = max(1, _BATCH_VALUES // (channels * self.grid**2))

        def look(first: int) -> None:
            span = slice(first, min(first + step, count))
            named = self.read(span)
            images = torch.arange(len(named.labels), device=named.labels.device)
            places = named.labels.flatten(1) + images[:, None] * self.concepts
            found = torch.bincount(
                places.view(-1), minlength=len(named.labels) * self.concepts
            ).view(-1, self.concepts)
            found[:, named.categories < 0] = 0
            area[span] = found.cpu().numpy()
            if named.counted is not None:
                pixels[span] = named.counted.sum((2, 3)).cpu().numpy()

        with side_by_side(self.device) as workers:
            for _ in each(look, range(0, count, step), workers):
                pass
        return ImageAreas(merge.join(area), merge.join(pixels))


def distinct(labels: Tensor) -> Tensor:
    """Concept maps (N, K, ...) in which a pixel names each concept once; repeats become 0.

    A pixel has a concept if *any* channel names it, and then has it once.
    """
    labels = labels.clone()
    for channel in range(1, labels.shape[1]):
        repeated = (labels[:, :channel] == labels[:, channel : channel + 1]).any(1)
        labels[:, channel].masked_fill_(repeated, 0)
    return labels
