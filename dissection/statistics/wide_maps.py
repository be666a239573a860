"""Maps much wider than the measuring grid: counted and searched unit by unit, in the cache.

They have two, four or eight cells for every sample along a side, and a sample is the mean of the
middle four of its cells: it lies at or above a bound only where one of them does, and the others
are not even made. A batch of such maps is many times as large as a processor's cache, but one
unit's part of it is not, so all that wants to see it does so before the next unit's turn.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.statistics.cell_cache import CellCache, Cells
from dissection.statistics.sample_cache import SampleCache
from dissection.statistics.samples import Found

#: Shown one unit and its maps, float32 (n, h, w).
Seen = Callable[[int, NDArray[np.float32]], None]

#: Cells for each sample along a side, and an integer of so many bytes.
WIDER: Mapping[int, type[np.unsignedinteger[Any]]] = {2: np.uint16, 4: np.uint32, 8: np.uint64}
#: Of how many rows of each map's samples levels are guessed, and of every which of their samples.
_PILOT_ROWS, _PILOT_EVERY = 6, 2


class WideMaps:
    """Finds the samples of wide maps, and their cells, in one go; on a CPU.

    Args:
        samples: keeps what was found.
        cells: keeps what was found of cells.
        grid: the measuring grid is grid x grid.
        seen: is shown each unit of each batch, by any thread.
    """

    def __init__(self, samples: SampleCache, cells: CellCache, grid: int, seen: Seen) -> None:
        self.cells = cells
        self._samples, self._grid, self._seen = samples, grid, seen

    def look(self, span: slice, maps: Tensor, sample_bounds: Tensor, cell_bounds: Tensor) -> None:
        """Find and keep what ``find`` gives of one batch.

        Args:
            span: one of the slices of the layer's maps.
            maps: of that batch; see ``find`` for them and what follows.
            sample_bounds: see there.
            cell_bounds: see there.
        """
        samples, cells = self.find(maps, sample_bounds, cell_bounds)
        self._samples.keep(span, sample_bounds, samples)
        self.cells.keep(span, cell_bounds, cells)

    def find(self, maps: Tensor, sample_bounds: Tensor, cell_bounds: Tensor) -> tuple[Found, Cells]:
        """All samples, and all cells, at or above their bounds.

        Args:
            maps: float32 (n, C, side, side), contiguous, finite; their side is the grid's times
                one of ``WIDER``.
            sample_bounds: float32 (C,).
            cell_bounds: float32 (C,).

        Returns:
            What ``Samples.find`` gives with the grid; and each unit's cells, lower ones of the same
            blocks among them.
        """
        values = maps.numpy()
        images, units, side, _ = values.shape
        factor = side // self._grid
        # Cells side by side of one block, which are taken together.
        rows = values.reshape(-1).view(np.dtype((np.void, factor * values.itemsize)))
        first_rows = self._first_rows(images, units, factor)
        high = np.empty((images, side, side), np.bool_)
        finds: list[tuple[NDArray[np.float32], NDArray[np.int64]]] = []
        cells: Cells = []
        bounds = zip(sample_bounds.numpy(), cell_bounds.numpy(), strict=True)
        for unit, (of_samples, of_cells) in enumerate(bounds):
            part = values[:, unit]
            self._seen(unit, part)
            np.greater_equal(part, min(of_samples, of_cells), out=high)
            block = self._blocks(high)
            row = first_rows.take(block)
            row += unit * side * self._grid
            taken = np.empty((factor, len(row) * factor), np.float32)
            for place in taken:
                rows.take(row, out=place.view(rows.dtype), mode="clip")
                row += self._grid
            mean = _means(taken[factor // 2 - 1], taken[factor // 2], factor)
            reached = np.flatnonzero(mean >= of_samples)
            finds.append((mean.take(reached), block.take(reached)))
            cells.append(taken.reshape(-1))
        return _found(finds), cells

    def pilot(self, maps: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Samples here and there, and then cells, each float32 (C, n).

        Args:
            maps: see ``find``; may be a memory map.
        """
        images, units, side, _ = maps.shape
        factor = side // self._grid
        # No power of two: networks that double their maps make each second cell alike.
        step = max(1, self._grid // (_PILOT_ROWS + 1) | 1)
        first = step // 2 * factor + factor // 2 - 1
        upper, lower = (
            np.ascontiguousarray(maps[:, :, row :: step * factor]) for row in (first, first + 1)
        )
        rows = (upper + lower).reshape(-1)
        samples = rows[factor // 2 - 1 :: factor] + rows[factor // 2 :: factor]
        samples *= 0.25
        for values, every in ((samples, _PILOT_EVERY), (upper, _PILOT_EVERY * factor + 1)):
            of_image = values.reshape(images, units, -1)[:, :, ::every]
            yield of_image.transpose(1, 0, 2).reshape(units, -1)

    def _blocks(self, high: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The blocks of cells, one for each sample, in which one is high (n, side, side)."""
        images, side, _ = high.shape
        factor = side // self._grid
        words = high.reshape(images, self._grid, factor, side).view(WIDER[factor])
        either = words[:, :, 0] | words[:, :, 1]
        for row in range(2, factor):
            either |= words[:, :, row]
        return np.flatnonzero(either != 0)

    def _first_rows(self, images: int, units: int, factor: int) -> NDArray[np.int64]:
        """The first row of cells of each block of unit 0, among all rows of blocks."""
        image, down = np.arange(images) * units, np.arange(self._grid)
        first = (image[:, None] * self._grid + down) * (factor * self._grid)
        rows: NDArray[np.int64] = (first[..., None] + down).reshape(-1)
        return rows


def _means(
    upper: NDArray[np.float32], lower: NDArray[np.float32], factor: int
) -> NDArray[np.float32]:
    """Of the middle two rows of some blocks, (M * factor,): down, then across, as ``upsample``."""
    down = upper + lower
    down *= 0.5
    mean: NDArray[np.float32] = down[factor // 2 - 1 :: factor] + down[factor // 2 :: factor]
    mean *= 0.5
    return mean


def _found(finds: Sequence[tuple[NDArray[np.float32], NDArray[np.int64]]]) -> Found:
    """What was found of unit after unit: values and places."""
    values = np.concatenate([found for found, _ in finds])
    values += 0.0  # minus zero is zero
    units = np.repeat(np.arange(len(finds), dtype=np.int32), [len(found) for found, _ in finds])
    places = np.concatenate([where for _, where in finds]).astype(np.int32)
    return Found(torch.from_numpy(units), torch.from_numpy(places), torch.from_numpy(values))
