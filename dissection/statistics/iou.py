"""Counts of units above their level against concepts: what every IoU is made of.

The intersections of all units with all concepts are the product of two indicator matrices, units
by pixels and pixels by concepts. Both are nearly empty, by definition: a unit is above its level
at no more than 1 % of the pixels, and a pixel has at most one concept in each channel. So the
product is taken sparsely, as a count of (unit, concept) pairs over the pixels that are above a
level: in integers, for all units and concepts at once, several times faster on a CPU than the
dense product and independent of the number of concepts.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from dissection.statistics.concepts import Named
from dissection.statistics.samples import Found
from dissection.statistics.tally import HALVES, Counts, ImageAreas, Tally, group_count


class Overlaps(NamedTuple):
    """What is counted of a layer's units, int64; see ``Tally`` for the axes.

    Attributes:
        intersection: (2, concepts, units).
        activated: (2, categories, units).
    """

    intersection: Tensor
    activated: Tensor

    def plus(self, other: "Overlaps") -> "Overlaps":
        """The counts of both."""
        return Overlaps(self.intersection + other.intersection, self.activated + other.activated)


def count_overlaps(found: Found, count: int, units: int, named: Named, first: int) -> Overlaps:
    """The pixels of one batch at which units are above their levels.

    Args:
        found: the samples strictly above their units' levels.
        count: samples of a unit in one image.
        units: C.
        named: the concepts of the batch.
        first: place in the sample of the batch's first image; even and odd places make the halves.
    """
    concepts = len(named.categories)
    half = (found.places // count + first) % HALVES
    # Labels in the order (image, pixel): the place of a sample is its row.
    at = _rows(named.labels).index_select(0, found.places)  # (M, K)
    pair = (half[:, None] * concepts + at) * units + found.units[:, None]
    intersection = torch.bincount(pair.view(-1), minlength=HALVES * concepts * units)
    intersection = intersection.view(HALVES, concepts, units)
    intersection[:, named.categories < 0] = 0  # nothing is no concept
    groups = group_count(named.categories.cpu().numpy())
    size = HALVES * groups * units
    if named.counted is None:
        above = torch.bincount(half * units + found.units, minlength=HALVES * units)
        activated = above.view(HALVES, 1, units).expand(HALVES, groups, units)
    else:
        counts = _rows(named.counted).index_select(0, found.places)  # (M, categories)
        group = torch.arange(groups, device=counts.device)
        place = (half[:, None] * groups + group) * units + found.units[:, None]
        activated = torch.bincount(place[counts], minlength=size).view(HALVES, groups, units)
    return Overlaps(intersection, activated)


def make_tally(overlaps: Overlaps, areas: ImageAreas, categories: Counts) -> Tally:
    """The tally of a sample.

    Args:
        overlaps: of the whole sample.
        areas: of all its images, from place 0 on.
        categories: see ``Tally``.
    """
    return Tally(
        overlaps.intersection.cpu().numpy(),
        np.ascontiguousarray(overlaps.activated.cpu().numpy()),
        np.stack([areas.area[half::HALVES].sum(0, dtype=np.int64) for half in range(HALVES)]),
        np.stack([areas.pixels[half::HALVES].sum(0, dtype=np.int64) for half in range(HALVES)]),
        categories,
    )


def _rows(maps: Tensor) -> Tensor:
    """(n, K, grid, grid) as (n * grid * grid, K)."""
    return maps.flatten(2).transpose(1, 2).reshape(-1, maps.shape[1])
