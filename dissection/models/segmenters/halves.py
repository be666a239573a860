"""Each object also as its top, left, bottom and right half.

A half is measured on one connected component (8-connected pixels of one object) and its bounding
box: rows from (top + bottom + 1) // 2 on, first and last row counted from 0, are the bottom half,
columns likewise the right one. The published code leaves the last component of every picture
whole, by an off-by-one; here every component is split.
"""

import hashlib

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.models.segmenters.base import Segmenter, SoftSegmenter
from dissection.vocabulary import Concept, Vocabulary

SUFFIXES = ("t", "l", "b", "r")
"""Top, left, bottom, right: the order of the blocks of concepts, and of the codes 1 to 4."""

_TOP, _LEFT, _BOTTOM, _RIGHT = 1, 2, 3, 4


def half_codes(objects: Tensor) -> Tensor:
    """Where each object's halves are.

    Args:
        objects: integers (N, h, w); 0 and below are no object.

    Returns:
        int64 (N, 2, h, w): in the first channel 1 (top) or 3 (bottom), in the second 2 (left) or
        4 (right), 0 where there is no object; on the device of ``objects``.
    """
    maps = objects.detach().cpu().numpy()
    codes = np.zeros((len(maps), 2, *maps.shape[1:]), np.int64)
    for one, out in zip(maps, codes, strict=True):
        for value in np.unique(one):
            if value > 0:
                _split(one == value, out)
    return torch.from_numpy(codes).to(objects.device)


def _split(mask: NDArray[np.bool_], out: NDArray[np.int64]) -> None:
    """Write the codes of one object's components into ``out`` (2, h, w)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.view(np.uint8), connectivity=8, ltype=cv2.CV_32S
    )
    # A box of n rows from `first` ends at row first + n - 1, so its middle is first + n // 2.
    across = stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] // 2
    down = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] // 2
    rows, columns = np.nonzero(mask)
    component = labels[rows, columns]
    out[0, rows, columns] = np.where(rows < down[component], _TOP, _BOTTOM)
    out[1, rows, columns] = np.where(columns < across[component], _LEFT, _RIGHT)


def add_halves(planes: Tensor, decided: Tensor, halves: Tensor) -> Tensor:
    """Probabilities with those of halves: that of the object, in its half of what was decided.

    Which pixels are a component's half is taken as given, and has no gradient.

    Args:
        planes: float (N, concepts, h, w), zero for halves.
        decided: float (N, 1, h, w): the probability of the object that was decided.
        halves: int64 (N, 2, h, w): indices of its two halves, 0 where there is no object.
    """
    return planes.scatter_add(1, halves, (decided * (halves > 0)).to(planes))


class Halves:
    """A segmenter with the halves of its objects as further concepts.

    The vocabulary is the segmenter's own, then ``NAME-t`` of every object, ``NAME-l``, ``NAME-b``
    and ``NAME-r``, all parts. The maps are the segmenter's own and two more channels: top or
    bottom, left or right. Where several channels name objects, the first that does counts.

    Args:
        segmenter: whose objects to split.

    Raises:
        BadInputError: it sees no objects, or sees halves already.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self.segmenter = segmenter
        own = segmenter.vocabulary
        objects = own.of("object")
        halves = [Concept(f"{own[i].name}-{s}", "part") for s in SUFFIXES for i in objects]
        known = set(own) & set(halves)
        if known or not objects:
            why = f"it sees '{min(known)}' already" if known else "it sees no objects"
            raise BadInputError(f"There is nothing to halve in this segmenter: {why}.")
        self.vocabulary = Vocabulary([*own, *halves])
        self.digest = hashlib.sha256(f"halves 2 of {segmenter.digest}".encode()).hexdigest()
        self._objects = len(objects)
        # From an index to the object's place among the objects, counted from 1; else 0.
        self._place = torch.zeros(len(own), dtype=torch.int64)
        self._place[objects] = torch.arange(1, len(objects) + 1)
        self._object_of = torch.tensor(objects)

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, K + 2, h, w); see ``Segmenter.segment``."""
        return self.extend(self.segmenter.segment(images, size))

    def extend(self, maps: Tensor) -> Tensor:
        """The segmenter's maps (N, K, h, w) with the two channels of halves behind them."""
        places = self._place.to(maps.device)[maps.clamp(min=0)]
        objects = places[:, 0]
        for other in places.unbind(1)[1:]:
            objects = torch.where(objects > 0, objects, other)
        codes = half_codes(objects)
        first = len(self.segmenter.vocabulary) - 1  # the place counts from 1
        halves = first + objects[:, None] + (codes - 1) * self._objects
        return torch.cat([maps, torch.where(codes > 0, halves, 0)], 1)


class SoftHalves(Halves):
    """The same over a segmenter with probabilities; see ``add_halves``."""

    def __init__(self, segmenter: SoftSegmenter) -> None:
        super().__init__(segmenter)
        self._soft = segmenter

    def probabilities(self, images: Tensor) -> Tensor:
        """Float (N, len(vocabulary), h, w); see ``SoftSegmenter.probabilities``."""
        own = self._soft.probabilities(images)
        n, concepts, height, width = own.shape
        with torch.no_grad():
            halves = self.segment(images, width)[:, -2:]
            if halves.shape[-2:] != (height, width):
                halves = F.interpolate(halves.double(), (height, width)).long()
        halves = halves.clone()  # what inference mode made cannot take part in gradients
        # Object j's halves are j, j + objects, j + 2 objects ... places behind the segmenter's own.
        place = (halves[:, :1] - concepts).clamp(min=0) % self._objects
        decided = own.gather(1, self._object_of.to(own.device)[place])
        empty = own.new_zeros(n, len(self.vocabulary) - concepts, height, width)
        return add_halves(torch.cat([own, empty], 1), decided, halves)


def with_halves(segmenter: Segmenter) -> Halves:
    """``SoftHalves`` or ``Halves``, as the segmenter allows; raises as ``Halves`` does."""
    if isinstance(segmenter, SoftSegmenter):
        return SoftHalves(segmenter)
    return Halves(segmenter)
