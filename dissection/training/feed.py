"""Batches of training pictures on the device, from as much of the set as is there.

A set may still be painted while the low resolutions train. What a batch is drawn from depends on
the images shown alone (``known``), never on how fast painting goes, so that two runs see the same;
a run that is ahead of the painters waits.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.training.growing import Growing, Whole, never
from dissection.training.growth import GrowthPlan

#: Pictures that there have to be before the first step.
FIRST = 512
_EARLY_SIZE = 32  # px: the whole set is there when this resolution is done
_BLOCK = 512


def known(plan: GrowthPlan, shown: int, count: int) -> int:
    """How many of ``count`` pictures the next batch is drawn from.

    It grows evenly with the images shown, from ``FIRST`` to all of them when the resolutions up
    to 32 px are done (of a smaller generator: all but the last).
    """
    last = len(plan.images) - 1
    early = sum(n for k, n in enumerate(plan.images[:last]) if 4 << k <= _EARLY_SIZE)
    if not early:
        return count
    return min(count, max(FIRST, count * shown // early))


class Feed:
    """Pictures on their way to the device.

    On a GPU all pictures lie in its memory, as bytes, and a batch is gathered there; elsewhere a
    batch is copied from where they are.

    Args:
        pictures: uint8 (N, S, S, 3), all there or growing.
        device: where batches are wanted.
    """

    def __init__(self, pictures: NDArray[np.uint8] | Growing, device: torch.device) -> None:
        self.pictures = Whole(pictures) if isinstance(pictures, np.ndarray) else pictures
        self.device = device
        self._loaded = 0
        self._store: Tensor | None = None
        if device.type == "cuda":
            self._store = torch.empty(self.pictures.images.shape, dtype=torch.uint8, device=device)

    def __len__(self) -> int:
        return len(self.pictures.images)

    def supply(self, wanted: int, stop: Callable[[], bool] = never) -> bool:
        """See to it that the first ``wanted`` pictures can be drawn; False if stopped before.

        Raises:
            DissectionError: what the painters failed with.
        """
        if wanted <= self._loaded:
            return True
        there = self.pictures.wait(wanted, stop)
        if there < wanted:
            return False
        if self._store is not None:
            for start in range(self._loaded, there, _BLOCK):
                stop_at = min(start + _BLOCK, there)
                block = np.ascontiguousarray(self.pictures.images[start:stop_at])
                self._store[start:stop_at].copy_(torch.from_numpy(block))
        self._loaded = there
        return True

    def drawn(self, chosen: NDArray[np.int64]) -> NDArray[np.int64] | NDArray[np.uint8]:
        """What has to go to the device for these pictures: places in its store, or the pictures."""
        return chosen if self._store is not None else self.pictures.images[chosen]

    def batch(self, drawn: Tensor) -> Tensor:
        """The pictures of what was ``drawn``, on the device: uint8 (N, S, S, 3)."""
        return drawn if self._store is None else self._store.index_select(0, drawn)
