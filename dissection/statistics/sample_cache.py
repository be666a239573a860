"""What was found above a bound in each batch, kept while there is room, and used again.

The search for the levels goes through the same samples two or three times, each time from a
higher bound on, and the tally once more from the level on. What the first round has found holds
all that the later ones look for.
"""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.statistics.layer_maps import LayerMaps
from dissection.statistics.samples import Found, Samples, where

#: Of one sample that is kept.
BYTES_OF_A_FIND = 12


class SampleCache:
    """The samples of a layer that lie above some bound, batch by batch.

    Args:
        layer_maps: the layer's output.
        samples: how it is seen.
        room: bytes for what is kept; batches beyond are gone through again every time.

    Attributes:
        samples: as given.
        room: bytes that are left.
    """

    def __init__(self, layer_maps: LayerMaps, samples: Samples, room: int) -> None:
        self._layer_maps, self.samples, self.room = layer_maps, samples, room
        self._batches: dict[int, tuple[Tensor, Found]] = {}
        self._lock = Lock()

    def at_least(
        self, span: slice, bound: Tensor, maps: Callable[[], Tensor] | None = None
    ) -> Found:
        """All samples of a batch at or above a bound, and maybe lower ones.

        Args:
            span: one of the slices of what was kept; a batch is asked for by one thread at a time.
            bound: float (units,); the first is best the lowest.
            maps: gives the batch's maps, where somebody reads them anyway.
        """
        maps = maps or (lambda: self._layer_maps.read(span))
        known = self._batches.get(span.start)
        if known is None:
            found = self.samples.find(maps(), bound)
            self.keep(span, bound, found)
            return found
        before, found = known
        lower = where(bound < before)
        if len(lower):  # a guess was too high: the rest of these units
            rest = self.samples.find(maps()[:, lower], bound[lower])
            units = lower.int().index_select(0, rest.units)
            new = where(rest.values < before.index_select(0, units))
            more = (column.index_select(0, new) for column in (units, rest.places, rest.values))
            found = Found(*(torch.cat(both) for both in zip(_columns(found), more, strict=True)))
            self.keep(span, torch.minimum(bound, before), found)
        return found

    def keep(self, span: slice, bound: Tensor, found: Found) -> None:
        """Use what somebody found of a batch at or above a bound, while there is room."""
        size = BYTES_OF_A_FIND * len(found.units)
        with self._lock:
            old = self._batches.pop(span.start, None)
            if old is not None:
                self.room += BYTES_OF_A_FIND * len(old[1].units)
            if size > self.room:
                return
            self.room -= size
        self._batches[span.start] = bound, found

    def by_unit(
        self, spans: Sequence[slice], wanted: NDArray[np.bool_]
    ) -> list[NDArray[np.float32]] | None:
        """The values of what was found, where every batch of some is kept; on a CPU.

        Args:
            spans: the batches.
            wanted: bool (units,): of which units.

        Returns:
            Of each unit its values, in an array that nobody else has; empty where none are wanted.
        """
        kept = [self._batches.get(span.start) for span in spans]
        found = [batch[1] for batch in kept if batch is not None]
        if not found or len(found) < len(spans):
            return None
        of = torch.cat([part.units for part in found]).numpy()
        values = torch.cat([part.values for part in found]).float().numpy()
        if not wanted.all():
            chosen = np.flatnonzero(wanted[of])
            of, values = of[chosen], values[chosen]
        # Short integers are sorted by their digits, in one go.
        narrow = of.astype(np.uint16) if len(wanted) <= np.iinfo(np.uint16).max else of
        sorted_values = values[np.argsort(narrow, kind="stable")]
        ends = np.cumsum(np.bincount(of, minlength=len(wanted)))
        return np.split(sorted_values, ends[:-1])

    def above(self, span: slice, levels: Tensor) -> Found:
        """The samples of a batch strictly above a level, float (units,)."""
        infinity = torch.full_like(levels, torch.inf)
        bound = torch.nextafter(levels, infinity)
        found = self.at_least(span, bound)
        hit = where(found.values >= bound.index_select(0, found.units))
        if len(hit) == len(found.values):
            return found
        return Found(*(column.index_select(0, hit) for column in _columns(found)))


def _columns(found: Found) -> tuple[Tensor, Tensor, Tensor]:
    return found.units, found.places, found.values
