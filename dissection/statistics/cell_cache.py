"""The cells of wide maps above some bound, kept by batch and unit: of each its value alone.

Cells are wanted for their level only, which is one of their values. So neither places nor units are
written down, and values that are at hand are kept even where some are too low.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.statistics.layer_maps import LayerMaps
from dissection.statistics.samples import Found, Samples

#: One batch's cells of each unit, float32 arrays of any length.
Cells = list[NDArray[np.float32]]
_NONE: NDArray[np.float32] = np.zeros(0, np.float32)


class CellCache:
    """Does for cells what ``SampleCache`` does for samples, on a CPU.

    Args:
        layer_maps: the layer's output.
        room: bytes for what is kept; batches beyond are gone through again every time.

    Attributes:
        samples: the cells, as samples without a grid.
    """

    def __init__(self, layer_maps: LayerMaps, room: int) -> None:
        self._layer_maps, self._room = layer_maps, room
        height, width = layer_maps.maps.shape[2:]
        self.samples = Samples(height, width, None, layer_maps.device)
        self._batches: dict[int, tuple[Tensor, Cells]] = {}
        self._lock = Lock()

    def keep(self, span: slice, bound: Tensor, cells: Cells) -> None:
        """Use what somebody found of a batch, while there is room.

        Args:
            span: see ``at_least``.
            bound: float (units,): all cells at or above it are among them, each once.
            cells: of each unit.
        """
        size = sum(values.nbytes for values in cells)
        with self._lock:
            old = self._batches.pop(span.start, None)
            if old is not None:
                self._room += sum(values.nbytes for values in old[1])
            if size > self._room:
                return
            self._room -= size
            self._batches[span.start] = bound, cells

    def at_least(
        self, span: slice, bound: Tensor, maps: Callable[[], Tensor] | None = None
    ) -> Found:
        """All cells of a batch at or above a bound, and maybe lower ones; without their places.

        Args:
            span: one of the slices of what was kept; a batch is asked for by one thread at a time.
            bound: float (units,).
            maps: gives the batch's maps, where somebody reads them anyway.
        """
        before, cells = self._batches.get(span.start, (None, []))
        if before is None or bool((bound < before).any()):
            read = (maps or (lambda: self._layer_maps.read(span)))().numpy()
            lower = np.ones(len(bound), np.bool_) if before is None else (bound < before).numpy()
            cells = list(cells) or [_NONE] * len(bound)
            for unit in np.flatnonzero(lower & (bound < torch.inf).numpy()):
                part = read[:, unit]
                cells[unit] = part[part >= bound[unit].numpy()]
            before = bound if before is None else torch.minimum(bound, before)
            self.keep(span, before, cells)
        return flattened(cells)

    def by_unit(self, spans: Sequence[slice], wanted: NDArray[np.bool_]) -> Cells | None:
        """What was found of some units, where every batch of some is kept; see ``SampleCache``."""
        kept = [self._batches.get(span.start) for span in spans]
        found = [batch[1] for batch in kept if batch is not None]
        if not found or len(found) < len(spans):
            return None
        return [
            np.concatenate([cells[unit] for cells in found]) if wanted[unit] else _NONE
            for unit in range(len(wanted))
        ]


def flattened(cells: Cells) -> Found:
    """Cells one unit after the other, as what is found is given elsewhere; without their places."""
    counts: list[Any] = [len(values) for values in cells]
    values = np.concatenate(cells)
    values += 0.0  # minus zero is zero
    units = np.repeat(np.arange(len(cells), dtype=np.int32), counts)
    no_places = torch.zeros(0, dtype=torch.int32)
    return Found(torch.from_numpy(units), no_places, torch.from_numpy(values))
