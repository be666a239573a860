"""The levels of a layer's units, by searches that begin where a small sample has them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.statistics.cell_cache import CellCache
from dissection.statistics.layer_maps import LayerMaps, LayerShard
from dissection.statistics.quantiles import LevelSearch, rank_from_top
from dissection.statistics.sample_cache import SampleCache
from dissection.statistics.samples import SLACK, Samples
from dissection.statistics.upsample import Axis, axis_weights
from dissection.statistics.wide_maps import WideMaps

_PILOT_IMAGES = 128
_PILOT_GRID = 6
#: The search for a level begins where a small sample has about this many times its share above,
#: and goes on lower where the whole sample has less.
PILOT_MARGINS = (1.5, 3.0, 10.0)
_PILOT_EXTRA = 0.001
#: So many samples of all units are sorted by unit at once: it takes a hundred megabytes.
_MOST_AT_ONCE = 2**22


@dataclass(eq=False)
class _Search:
    """The levels of one kind of samples.

    Attributes:
        sample_cache: the samples that matter.
        search: where their levels are.
        at_once: levels are taken of the samples themselves, not of counts in rounds.
    """

    sample_cache: SampleCache | CellCache
    search: LevelSearch
    at_once: bool


def threshold_names(quantiles: Sequence[float]) -> tuple[str, ...]:
    """What the rows of the table of levels are called: "0.99", "0.995", "raw-0.99"."""
    return (*(f"{q:g}" for q in quantiles), f"raw-{quantiles[0]:g}")


def find_levels(
    shard: LayerShard,
    grid: int,
    quantiles: Sequence[float],
    lowest: Tensor,
    highest: Tensor,
    images: int,
    sample_cache: SampleCache,
    seen: Callable[[Tensor], None] | WideMaps = lambda _: None,
) -> Tensor:
    """The levels of all units over a whole sample.

    Args:
        shard: the maps at hand.
        grid: the measuring grid is grid x grid.
        quantiles: of the upsampled samples; the raw level of the first is found beside them.
        lowest: float (units,): each unit's lowest activation in the whole sample.
        highest: float (units,): each unit's highest.
        images: how many the whole sample has.
        sample_cache: of the samples on the measuring grid.
        seen: is shown each batch of maps (n, units, h, w) once, by any thread: they are read here;
            or what sees them unit by unit, and finds samples and cells meanwhile.

    Returns:
        Float32 (threshold names, units).

    Raises:
        BadInputError: a bad quantile.
    """
    layer_maps = shard.layer_maps
    height, width = layer_maps.maps.shape[2:]
    raw: SampleCache | CellCache
    if isinstance(seen, WideMaps):
        raw, pilots = seen.cells, seen.pilot(_pilot_maps(layer_maps))
    else:
        raw = SampleCache(
            layer_maps, Samples(height, width, None, layer_maps.device), sample_cache.room // 2
        )
        pilots = (_pilot(layer_maps, look.samples.grid) for look in (sample_cache, raw))
    looks: list[tuple[SampleCache | CellCache, Sequence[float]]]
    looks = [(sample_cache, quantiles), (raw, quantiles[:1])]
    if sample_cache.samples.same:
        looks.pop()  # the cells are the samples: their levels are those already sought
    searches = []
    for (look, wanted), pilot in zip(looks, pilots, strict=False):
        ranks = [rank_from_top(q, look.samples.count * images) for q in wanted]
        # All processes begin alike.
        guesses = shard.merge.lowest(_guesses(pilot, wanted, layer_maps.device))
        low, high = lowest, highest
        if look.samples.fades:
            low, high = low.clamp(max=0), high.clamp(min=0)
        # The rounding of the upsampling stays within the slack; zero stays zero.
        low, high = low - SLACK * low.abs(), high + SLACK * high.abs()
        few = PILOT_MARGINS[0] * max(ranks) * len(lowest) < _MOST_AT_ONCE
        at_once = few or isinstance(look, CellCache)
        at_once = at_once and shard.merge.ranks == 1 and _on_cpu(layer_maps)
        searches.append(_Search(look, LevelSearch(ranks, low, high, guesses), at_once))
    _round(shard, searches, seen)
    while not all(each.search.done for each in searches):
        _round(shard, searches)
    levels = [each.search.levels for each in searches]
    return torch.cat(levels if len(levels) > 1 else [levels[0], levels[0][:1]])


def _guesses(
    values: NDArray[np.float32], quantiles: Sequence[float], device: torch.device | str
) -> Tensor:
    """Float (guesses, units), falling: values a little below the levels of samples (units, n)."""
    shares = [min(1.0, (1 - min(quantiles)) * margin + _PILOT_EXTRA) for margin in PILOT_MARGINS]
    last = values.shape[1] - 1
    places = [int((1 - share) * last) for share in shares]
    # The lowest place first; the others lie in the few values above it.
    values.partition(places[-1], axis=1)
    top = np.sort(values[:, places[-1] :], axis=1)
    guesses = torch.from_numpy(top[:, [place - places[-1] for place in places]].T.copy())
    return guesses.to(device)


def _pilot_maps(layer_maps: LayerMaps) -> NDArray[np.float32]:
    step = max(1, len(layer_maps.maps) // _PILOT_IMAGES)
    return layer_maps.maps[::step][:_PILOT_IMAGES]


def _pilot(layer_maps: LayerMaps, grid: int | None) -> NDArray[np.float32]:
    """Samples of each unit here and there: many images, few positions; float32 (units, n)."""
    centers = layer_maps.centers
    lying = (centers.rows, centers.columns) if centers else (None, None)
    down, across = (
        _pilot_weights(size, grid, cells)
        for size, cells in zip(layer_maps.maps.shape[2:], lying, strict=True)
    )
    # Of large maps most cells have no part in the samples, and are not even read.
    rows, columns = (np.flatnonzero(weights.any(0)) for weights in (down, across))
    some = _pilot_maps(layer_maps)
    if 2 * len(columns) < some.shape[3]:
        part = some[:, :, rows[:, None], columns]
    else:  # whole rows are quicker to take
        part = some[:, :, rows][..., columns]
    maps = torch.tensor(part)
    maps = maps.to(layer_maps.device)
    samples = torch.from_numpy(down[:, rows]).to(maps) @ maps
    samples = samples @ torch.from_numpy(across[:, columns]).to(maps).T
    values: NDArray[np.float32] = samples.transpose(0, 1).flatten(1).cpu().numpy()
    return values


def _pilot_weights(size: int, grid: int | None, cells: Axis | None) -> NDArray[np.float64]:
    """How the samples of the pilot are made of the cells of one axis, float64 (samples, size)."""
    if grid is None:
        stride = -(-size // _PILOT_GRID)
        return np.eye(size)[stride // 2 :: stride]
    # Not a power of two: positions must fall on, beside and between the cells alike.
    stride = max(1, grid // _PILOT_GRID - 1)
    return axis_weights(size, grid, cells)[stride // 2 :: stride]


def _round(
    shard: LayerShard,
    searches: Sequence[_Search],
    seen: Callable[[Tensor], None] | WideMaps | None = None,
) -> None:
    """Once through the maps, or through what was found in them before."""
    bounds = [each.search.bound for each in searches]

    def look(span: slice) -> None:
        maps = cache(lambda: shard.layer_maps.read(span))  # all want the same
        if isinstance(seen, WideMaps):
            seen.look(span, maps(), *bounds)
        elif seen is not None:
            seen(maps())
        for each, bound in zip(searches, bounds, strict=True):
            if not each.search.done and not (each.at_once and isinstance(seen, WideMaps)):
                found = each.sample_cache.at_least(span, bound, maps)
                if not each.at_once:
                    each.search.add(found.units, found.values, span.start)

    spans = shard.layer_maps.slices
    for _ in shard.over(look):
        pass
    for each in searches:
        if each.search.done:
            continue
        if not each.at_once:
            each.search.narrow(shard.merge.sum(each.search.counts()))
        elif (by_unit := each.sample_cache.by_unit(spans, each.search.unsettled)) is not None:
            each.search.settle(by_unit)
        else:  # there was no room for all of it
            each.at_once = False


def _on_cpu(layer_maps: LayerMaps) -> bool:
    return torch.device(layer_maps.device).type == "cpu"
