"""Maps much wider than the grid, searched unit by unit."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from dissection.runtime.merge import ALONE, Alone, Merge
from dissection.statistics import layer, levels
from dissection.statistics.cell_cache import CellCache, flattened
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.layer_maps import LayerMaps
from dissection.statistics.sample_cache import SampleCache
from dissection.statistics.samples import Found, Samples
from dissection.statistics.wide_maps import WideMaps

GRID = 8


def in_order(found: Found) -> list[tuple[int, int, float]]:
    """Comparable: Found has no order."""
    columns = (found.units.tolist(), found.places.tolist(), found.values.tolist())
    return sorted(zip(*columns, strict=True))


def made_up(shape: tuple[int, ...], rounded: bool = False) -> torch.Tensor:
    maps = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    return maps.mul_(2).round_() if rounded else maps  # with ties, and zeros of both signs


@pytest.mark.parametrize("share", [0.0, 0.97, 1.0])
@pytest.mark.parametrize("rounded", [True, False])
@pytest.mark.parametrize("factor", [2, 4, 8])
def test_samples_and_cells_are_those_of_other_maps(
    factor: int, share: float, rounded: bool
) -> None:
    side = factor * GRID
    maps = made_up((3, 5, side, side), rounded)
    by_unit = maps.transpose(0, 1).flatten(1)
    bounds = [by_unit.quantile(share, 1), by_unit.quantile(share / 2, 1)]
    bounds[0][2] = torch.inf  # nothing more is to be found of it
    seen: dict[int, NDArray[np.float32]] = {}
    kept = LayerMaps(maps.numpy())
    on_grid = Samples(side, side, GRID)
    cache, cell_cache = SampleCache(kept, on_grid, 2**20), CellCache(kept, 2**20)
    wide = WideMaps(cache, cell_cache, GRID, seen.__setitem__)
    samples, cells = wide.find(maps, *bounds)
    assert in_order(samples) == in_order(on_grid.find(maps, bounds[0]))
    for unit, bound in enumerate(bounds[1].tolist()):
        wanted = by_unit[unit][by_unit[unit] >= bound]
        assert sorted(cells[unit][cells[unit] >= bound].tolist()) == sorted(wanted.tolist())
    assert not torch.signbit(samples.values[samples.values == 0]).any()
    assert samples.units.dtype == samples.places.dtype == torch.int32
    assert sorted(seen) == [0, 1, 2, 3, 4]
    assert all(np.array_equal(seen[unit], maps[:, unit].numpy()) for unit in seen)


@pytest.mark.parametrize("room", [0, 2000, 2**20])
def test_cells_that_were_kept_serve_other_bounds(room: int) -> None:
    maps = made_up((4, 3, 16, 16))
    cache = CellCache(LayerMaps(maps.numpy()), room)
    spans = [slice(0, 2), slice(2, 4)]
    bounds = [torch.tensor([1.0, 0.5, torch.inf]), torch.tensor([1.5, 0.2, 2.0])]
    for bound in bounds:
        for span in spans:
            found = cache.at_least(span, bound)
            wanted = Samples(16, 16, None).find(maps[span], bound)
            enough = found.values >= bound[found.units]
            assert sorted(found.values[enough].tolist()) == sorted(wanted.values.tolist())
    by_unit = cache.by_unit(spans, np.array([True, True, False]))
    assert (by_unit is None) == (room < 2**20)
    if by_unit is not None:
        assert (by_unit[1] >= 0.5).sum() == int((maps[:, 1] >= 0.5).sum())
        assert len(by_unit[2]) == 0
    assert not torch.signbit(flattened([np.array([-0.0], np.float32)]).values).any()


@pytest.mark.parametrize("grid", [32, 16, 8])
@pytest.mark.parametrize("rounded", [True, False])
@pytest.mark.parametrize("margin", [1.5, 0.3])
def test_a_layer_of_wide_maps_has_the_same_figures(
    grid: int, rounded: bool, margin: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = made_up((7, 6, 64, 64), rounded)
    maps[:, 2] = 0.0
    maps[:, 3] = maps[:, 3].relu()
    labels = np.random.default_rng(0).integers(0, 5, (7, 2, grid, grid))
    concepts = ConceptMaps(labels, np.array([-1, 0, 0, 0, 0]))
    looked = []
    look = WideMaps.look
    monkeypatch.setattr(WideMaps, "look", lambda *a: (looked.append(a[1]), look(*a))[1])
    monkeypatch.setattr(levels, "PILOT_MARGINS", (margin, 3.0, 10.0))

    def measured(merge: Merge = ALONE) -> dict[str, NDArray[np.generic]]:
        return layer.measure_layer(LayerMaps(maps.numpy()), concepts, merge=merge).to_arrays()

    figures = [measured()]
    assert looked
    counting = Alone()
    counting.ranks = 2  # levels are counted, as by several processes
    figures.append(measured(counting))
    monkeypatch.setattr(layer, "ROOM", 1)
    figures.append(measured())
    monkeypatch.setattr(layer, "WIDER", {})
    looked.clear()
    other = measured()
    assert not looked
    for found in figures:
        for name, array in other.items():
            np.testing.assert_array_equal(found[name], array, name)
