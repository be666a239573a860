"""What was kept of a layer, and how it is gone through: in batches, by threads, by processes."""

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.runtime.merge import ALONE, Merge
from dissection.statistics.parallel import each
from dissection.statistics.upsample import Centers

#: Of one batch: few enough that what is computed of it stays near the processor.
_BATCH_VALUES, _BATCH_MAPS = 2**21, 2**13
#: Maps of so many cells come in batches with so many of each unit, and of at most so many in all.
_WIDE_MAP, _UNIT_VALUES, _MOST_VALUES = 2**14, 2**18, 2**24
Tick = Callable[[int], None]
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """A layer's output over a sample, or over the share of it that this process has.

    Attributes:
        maps: float32 (N, C, h, w); may be a memory map.
        device: where to compute.
        centers: where the cells lie in the picture; None is evenly.
        first: the place in the whole sample of the first image here; the others follow.
    """

    maps: NDArray[np.float32]
    device: torch.device | str = "cpu"
    centers: Centers | None = None
    first: int = 0

    @property
    def slices(self) -> list[slice]:
        """Batches of images in order, each of some megabytes."""
        count, *rest = self.maps.shape
        step = min(64, max(1, _BATCH_VALUES // int(np.prod(rest))))
        step = max(1, min(step, _BATCH_MAPS // rest[0]))
        if (cells := rest[1] * rest[2]) >= _WIDE_MAP:  # these are gone through unit by unit
            step = max(step, min(_UNIT_VALUES // cells, _MOST_VALUES // int(np.prod(rest))))
        return [slice(first, min(first + step, count)) for first in range(0, count, step)]

    def read(self, span: slice) -> Tensor:
        """The maps of some images, float32 (n, C, h, w), contiguous; not to be changed.

        They may be what was kept itself: ``done`` says that nobody looks at it any more.
        """
        maps = self.maps[span]
        kept = maps.flags.writeable and maps.flags.c_contiguous
        if kept and torch.device(self.device).type == "cpu":
            return torch.from_numpy(np.asarray(maps))
        return torch.tensor(maps, device=self.device)

    def done(self, span: slice) -> None:
        """The maps of some images are not needed for now."""
        give_pages_back(self.maps, span)


def give_pages_back(maps: NDArray[np.float32], span: slice) -> None:
    """Give the memory of some images of a memory map back, as far as the system can.

    They stay in the file. Otherwise a process that has gone through a map of many gigabytes seems
    to need them all, and is the first to be ended where memory is short.
    """
    # Not so maps that are no file's own: what was written to them would be lost.
    if not isinstance(maps, np.memmap) or maps.mode not in ("r", "r+", "w+"):
        return
    mapped: Any = maps
    while isinstance(mapped, np.ndarray):
        mapped = mapped.base
    if not isinstance(mapped, mmap.mmap) or not hasattr(mmap, "MADV_DONTNEED"):
        return
    # Images of a layer lie one behind the other, and blocks of their units within them.
    first, size = span.start * maps.strides[0], (span.stop - span.start) * maps.strides[0]
    start = -(-first // mmap.PAGESIZE) * mmap.PAGESIZE
    if size > start - first:
        mapped.madvise(mmap.MADV_DONTNEED, start, size - (start - first))


@dataclass(frozen=True, eq=False)
class LayerShard:
    """One process's part in measuring a layer.

    Attributes:
        layer_maps: the maps at hand.
        workers: batches to compute side by side.
        merge: how the counts of several processes come together.
        tick: told how many images were gone through.
    """

    layer_maps: LayerMaps
    workers: int = 1
    merge: Merge = ALONE
    tick: Tick = lambda _: None

    def over(self, function: Callable[[slice], Result]) -> Iterator[Result]:
        """A function of each batch of images, in order."""
        slices = self.layer_maps.slices

        def once(span: slice) -> Result:
            result = function(span)
            self.layer_maps.done(span)
            return result

        for span, result in zip(slices, each(once, slices, self.workers), strict=True):
            self.tick(span.stop - span.start)
            yield result

    def of_units(self, units: slice) -> "LayerShard":
        """The same for some of the units; it ticks for their part of each image."""
        maps = self.layer_maps.maps[:, units]
        part, carried = maps.shape[1] / self.layer_maps.maps.shape[1], 0.0

        def tick(images: int) -> None:
            nonlocal carried
            carried += images * part
            self.tick(int(carried))
            carried -= int(carried)

        return replace(self, layer_maps=replace(self.layer_maps, maps=maps), tick=tick)
