"""All statistics of one layer from its kept maps: levels, exemplars and the tally of the IoU."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.statistics.iou import count_pixels, distinct
from dissection.statistics.parallel import each, side_by_side
from dissection.statistics.quantiles import LevelSearch, rank_from_top
from dissection.statistics.samples import SLACK, Samples
from dissection.statistics.tally import Tally
from dissection.statistics.topk import TopImages, peaks_of
from dissection.statistics.upsample import axis_weights

_BATCH_VALUES = 2**21
_PILOT_IMAGES = 256
_PILOT_GRID = 8
#: The search for a level begins where a small sample has about this many times its share above,
#: and goes on lower where the whole sample has less.
_PILOT_MARGINS = (1.5, 3.0, 10.0)
_PILOT_EXTRA = 0.001
Tick = Callable[[int], None]
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Kept:
    """A layer's output over a whole sample.

    Attributes:
        maps: float32 (N, C, h, w); may be a memory map.
        device: where to compute.
    """

    maps: NDArray[np.float32]
    device: torch.device | str = "cpu"

    @property
    def slices(self) -> list[slice]:
        """Batches of images in order, each of some megabytes."""
        count, *rest = self.maps.shape
        step = min(64, max(1, _BATCH_VALUES // int(np.prod(rest))))
        return [slice(first, min(first + step, count)) for first in range(0, count, step)]

    def read(self, part: slice) -> Tensor:
        """The maps of some images, float32 (n, C, h, w)."""
        return torch.tensor(self.maps[part], device=self.device)


@dataclass(frozen=True, eq=False)
class LayerStatistics:
    """What was counted of one layer; see ``dissection.measured.LayerDissection``."""

    level_names: tuple[str, ...]
    level_table: NDArray[np.float32]
    tally: Tally
    exemplars: NDArray[np.int64]
    peaks: NDArray[np.float32]


def measure_layer(
    kept: Kept,
    labels: NDArray[np.integer],
    concepts: int,
    quantiles: Sequence[float] = (0.99, 0.995),
    images: int = 5,
    tick: Tick = lambda _: None,
) -> LayerStatistics:
    """Levels, exemplars and counts of one layer.

    Args:
        kept: the layer's output over the sample.
        labels: integers (N, K, grid, grid), concept maps of the sample; 0 is nothing.
        concepts: length of the vocabulary.
        quantiles: of the upsampled samples; the first gives t_u, the level of the IoU. The raw,
            not upsampled level of the first is measured beside them.
        images: exemplars to keep of each unit.
        tick: called with numbers of images; about four times the sample in all.

    Raises:
        BadInputError: an activation that is not a finite number, or a bad quantile.
    """
    with side_by_side(kept.device) as workers:
        return _measure(kept, labels, concepts, quantiles, images, workers, tick)


def _measure(
    kept: Kept,
    labels: NDArray[np.integer],
    concepts: int,
    quantiles: Sequence[float],
    images: int,
    workers: int,
    tick: Tick,
) -> LayerStatistics:
    grid = labels.shape[-1]
    height, width = kept.maps.shape[2:]
    grid_samples = Samples(height, width, grid, kept.device)
    raw_samples = Samples(height, width, None, kept.device)
    floor, ceiling, top = _extremes(kept, images, workers, tick)
    upsampled = _search(kept, grid_samples, quantiles, floor, ceiling)
    raw = _search(kept, raw_samples, quantiles[:1], floor, ceiling)
    while not (upsampled.done and raw.done):
        _round(kept, [(grid_samples, upsampled), (raw_samples, raw)], workers, tick)
    levels = torch.cat([upsampled.levels, raw.levels])

    def count(part: slice) -> Tally:
        batch = torch.tensor(labels[part].astype(np.int32), device=kept.device)
        maps = kept.read(part)
        return count_pixels(grid_samples, maps, levels[0], distinct(batch), concepts, part.start)

    tally = reduce(Tally.__add__, _over(kept, count, workers, tick))
    return LayerStatistics(
        level_names(quantiles),
        levels.cpu().numpy(),
        tally,
        top.images.cpu().numpy(),
        top.values.cpu().numpy(),
    )


def level_names(quantiles: Sequence[float]) -> tuple[str, ...]:
    """What the rows of the table of levels are called: "0.99", "0.995", "raw-0.99"."""
    return (*(f"{q:g}" for q in quantiles), f"raw-{quantiles[0]:g}")


def _extremes(
    kept: Kept, images: int, workers: int, tick: Tick
) -> tuple[Tensor, Tensor, TopImages]:
    """Each unit's lowest and highest activation, and its best images."""

    def look(part: slice) -> tuple[Tensor, Tensor, TopImages]:
        maps = kept.read(part)
        peaks = peaks_of(maps)
        return maps.amin((0, 2, 3)), peaks.amax(0), TopImages.of(peaks, part.start, images)

    lows, highs, tops = zip(*_over(kept, look, workers, tick), strict=True)
    low, high = torch.stack(lows).amin(0), torch.stack(highs).amax(0)
    finite = torch.isfinite(low) & torch.isfinite(high)
    if not finite.all():
        unit = int((~finite).nonzero()[0])
        raise BadInputError(
            f"Unit {unit} has activations that are not finite numbers; the network or its input "
            "is broken."
        )
    return low, high, reduce(TopImages.merge, tops)


def _search(
    kept: Kept, samples: Samples, quantiles: Sequence[float], floor: Tensor, ceiling: Tensor
) -> LevelSearch:
    """A search that begins a little below the levels of a small part of the sample."""
    count = samples.count * len(kept.maps)
    ranks = [rank_from_top(q, count) for q in quantiles]
    values = _pilot(kept, samples.grid)
    shares = [min(1.0, (1 - min(quantiles)) * margin + _PILOT_EXTRA) for margin in _PILOT_MARGINS]
    places = [int((1 - share) * (values.shape[1] - 1)) for share in shares]
    guesses = torch.from_numpy(np.partition(values, places, axis=1)[:, places].T.copy())
    if samples.fades:
        floor, ceiling = floor.clamp(max=0), ceiling.clamp(min=0)
    # The rounding of the upsampling stays within the slack; zero stays zero.
    return LevelSearch(
        ranks, floor - SLACK * floor.abs(), ceiling + SLACK * ceiling.abs(), guesses.to(kept.device)
    )


def _pilot(kept: Kept, grid: int | None) -> NDArray[np.float32]:
    """Samples of each unit here and there: many images, few positions; float32 (units, n)."""
    step = max(1, len(kept.maps) // _PILOT_IMAGES)
    maps = torch.tensor(kept.maps[::step][:_PILOT_IMAGES], device=kept.device)
    for axis in (2, 3):
        size = maps.shape[axis]
        positions = size if grid is None else grid
        # Not a power of two: positions must fall on, beside and between the cells alike.
        stride = max(1, positions // _PILOT_GRID - 1)
        weights = np.eye(size) if grid is None else axis_weights(size, grid)
        chosen = torch.from_numpy(weights[stride // 2 :: stride]).to(maps)
        maps = torch.tensordot(maps, chosen, ([axis], [1])).movedim(-1, axis)
    values: NDArray[np.float32] = maps.transpose(0, 1).flatten(1).cpu().numpy()
    return values


def _round(
    kept: Kept, searches: Sequence[tuple[Samples, LevelSearch]], workers: int, tick: Tick
) -> None:
    bounds = [search.bound for _, search in searches]

    def look(part: slice) -> None:
        maps = kept.read(part)
        for (samples, search), bound in zip(searches, bounds, strict=True):
            if not search.done:
                found = samples.find(maps, bound)
                search.add(found.units, found.values)

    for _ in _over(kept, look, workers, tick):
        pass
    for _, search in searches:
        if not search.done:
            search.narrow()


def _over(
    kept: Kept, function: Callable[[slice], Result], workers: int, tick: Tick
) -> Iterator[Result]:
    for part, result in zip(kept.slices, each(function, kept.slices, workers), strict=True):
        tick(part.stop - part.start)
        yield result
