"""Maps twice as wide as the measuring grid: counted and searched unit by unit, in the cache.

They have four cells for every sample. A sample is the mean of four cells, so it lies at or above a
bound only where one of them does: the others are not even made. A batch of such maps is many times
as large as a processor's cache, but one unit's part of it is not, so all that wants to see it does
so before the next unit's turn.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.statistics.samples import Found

#: Shown one unit and its maps, float32 (n, h, w).
Seen = Callable[[int, NDArray[np.float32]], None]


class WideMaps:
    """Finds the samples of maps (n, C, 2 grid, 2 grid), and their cells, in one go; on a CPU.

    Args:
        grid: the measuring grid is grid x grid.
        seen: is shown each unit of each batch, by any thread.
    """

    def __init__(self, grid: int, seen: Seen) -> None:
        self._grid, self._seen = grid, seen

    def find(self, maps: Tensor, sample_bounds: Tensor, cell_bounds: Tensor) -> tuple[Found, Found]:
        """All samples, and all cells, at or above their bounds.

        Args:
            maps: float32 (n, C, 2 grid, 2 grid), contiguous, finite.
            sample_bounds: float32 (C,).
            cell_bounds: float32 (C,).

        Returns:
            What ``Samples.find`` gives with the grid, and without one.
        """
        values = maps.numpy()
        units, flat = values.shape[1], values.reshape(-1)
        area = 4 * self._grid**2
        corners = self._corners(len(values), units)
        samples, cells = _Finds(), _Finds()
        bounds = zip(sample_bounds.numpy(), cell_bounds.numpy(), strict=True)
        for unit, (of_samples, of_cells) in enumerate(bounds):
            part = values[:, unit]
            self._seen(unit, part)
            place = self._promising(part, of_samples)
            corner = corners.take(place)
            corner += unit * area
            mean = self._means(flat, corner)
            samples.add(unit, place, mean, mean >= of_samples)
            place = np.flatnonzero(part >= of_cells)
            samples_of = place + (place // area * (units - 1) + unit) * area
            cells.add(unit, place, flat.take(samples_of))
        return samples.found(), cells.found()

    def _corners(self, images: int, units: int) -> NDArray[np.int64]:
        """The upper left of the four cells of each sample, in the flat maps of unit 0."""
        side = 2 * self._grid
        rows, columns = np.arange(0, side, 2)[:, None] * side, np.arange(0, side, 2)
        first = np.arange(images)[:, None, None] * (units * side * side)
        corners: NDArray[np.int64] = (first + (rows + columns)).reshape(-1)
        return corners

    def _promising(self, part: NDArray[np.float32], bound: np.float32) -> NDArray[np.int64]:
        """The samples of one unit with a cell at or above a bound; no mean is above its cells."""
        high = np.greater_equal(part, bound).view(np.uint16)  # two columns at once
        rows = high.reshape(len(part), self._grid, 2, self._grid)
        return np.flatnonzero(np.bitwise_or(rows[:, :, 0], rows[:, :, 1]) != 0)

    def _means(self, flat: NDArray[np.float32], corner: NDArray[np.int64]) -> NDArray[np.float32]:
        """In the order of ``upsample``: down, then across."""
        side = 2 * self._grid
        left = flat.take(corner)
        corner += side
        left += flat.take(corner)
        corner += 1
        right = flat.take(corner)
        corner -= side
        right += flat.take(corner)
        left *= 0.5
        right *= 0.5
        left += right
        left *= 0.5
        return left


class _Finds:
    """What was found of unit after unit."""

    def __init__(self) -> None:
        self._units: list[int] = []
        self._places: list[NDArray[np.int64]] = []
        self._values: list[NDArray[np.float32]] = []

    def add(
        self,
        unit: int,
        places: NDArray[np.int64],
        values: NDArray[np.float32],
        chosen: NDArray[np.bool_] | None = None,
    ) -> None:
        if chosen is not None:
            places, values = places[chosen], values[chosen]
        self._units.append(unit)
        self._places.append(places)
        self._values.append(values)

    def found(self) -> Found:
        counts = [len(places) for places in self._places]
        values = np.concatenate(self._values)
        values += 0.0  # minus zero is zero
        return Found(
            torch.from_numpy(np.repeat(np.array(self._units, np.int32), counts)),
            torch.from_numpy(np.concatenate(self._places).astype(np.int32)),
            torch.from_numpy(values),
        )
