"""Maps twice as wide as the grid, searched unit by unit."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dissection.statistics.samples import Found, Samples
from dissection.statistics.wide_maps import WideMaps

GRID = 8


def in_order(found: Found) -> list[tuple[int, int, float]]:
    """Comparable: Found has no order."""
    columns = (found.units.tolist(), found.places.tolist(), found.values.tolist())
    return sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("share", [0.0, 0.97, 1.0])
@pytest.mark.parametrize("rounded", [True, False])
def test_samples_and_cells_are_those_of_other_maps(share: float, rounded: bool) -> None:
    maps = torch.randn(3, 5, 2 * GRID, 2 * GRID, generator=torch.Generator().manual_seed(1))
    maps = maps.mul_(2).round_() if rounded else maps  # with ties, and zeros of both signs
    by_unit = maps.transpose(0, 1).flatten(1)
    bounds = [by_unit.quantile(share, 1), by_unit.quantile(share / 2, 1)]
    bounds[0][2] = torch.inf  # nothing more is to be found of it
    seen: dict[int, NDArray[np.float32]] = {}
    samples, cells = WideMaps(GRID, seen.__setitem__).find(maps, *bounds)
    side = 2 * GRID
    assert in_order(samples) == in_order(Samples(side, side, GRID).find(maps, bounds[0]))
    assert in_order(cells) == in_order(Samples(side, side, None).find(maps, bounds[1]))
    assert not torch.signbit(samples.values[samples.values == 0]).any()
    assert samples.units.dtype == samples.places.dtype == torch.int32
    assert sorted(seen) == [0, 1, 2, 3, 4]
    assert all(np.array_equal(seen[unit], maps[:, unit].numpy()) for unit in seen)
