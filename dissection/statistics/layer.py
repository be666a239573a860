"""All statistics of one layer from its kept maps."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.runtime.merge import ALONE, Merge
from dissection.statistics.bins import BinCounts, PairCounts
from dissection.statistics.cell_cache import CellCache
from dissection.statistics.concept_sets import ConceptSets
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.detector import Detectors, measure_detectors
from dissection.statistics.histogram import BINS, Histogram, bin_scale
from dissection.statistics.iou import OverlapCounts, Overlaps, make_tally
from dissection.statistics.layer_maps import LayerMaps, LayerShard, Tick
from dissection.statistics.levels import find_levels, threshold_names
from dissection.statistics.parallel import side_by_side
from dissection.statistics.sample_cache import BYTES_OF_A_FIND, SampleCache
from dissection.statistics.samples import Samples
from dissection.statistics.tally import Counts, ImageAreas, Tally
from dissection.statistics.topk import TopImages, peaks_of
from dissection.statistics.wide_maps import WIDER, WideMaps

#: Bytes for what is found of a block of units on the measuring grid.
ROOM = 2**29
#: A search begins below the level, and so finds more than lies above it.
_SPARE = 2.0
#: Units of a block, however little room there is.
LEAST_UNITS = 8
#: Values that a processor's second cache holds.
_NEAR_VALUES = 2**18
#: Cells of a unit in a batch from which on it is worth a step of its own.
_MANY_CELLS = 2**14

__all__ = ["LayerMaps", "LayerStatistics", "measure_layer", "threshold_names"]


@dataclass(frozen=True, eq=False)
class LayerStatistics:
    """What was counted of one layer; see ``dissection.results.dissection.LayerDissection``."""

    threshold_names: tuple[str, ...]
    threshold_table: NDArray[np.float32]
    tally: Tally
    exemplars: NDArray[np.int64]
    peaks: NDArray[np.float32]
    histogram: Histogram
    detectors: Detectors

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """All figures by name, for a file."""
        return {
            "levels": self.threshold_table,
            "exemplars": self.exemplars,
            "peaks": self.peaks,
            **self.tally.to_arrays(),
            **self.histogram.to_arrays(),
            **self.detectors.to_arrays(),
        }

    @classmethod
    def from_arrays(
        cls, names: tuple[str, ...], arrays: Mapping[str, NDArray[Any]], categories: Counts
    ) -> "LayerStatistics":
        """The inverse of ``to_arrays``.

        Args:
            names: of the levels.
            arrays: what ``to_arrays`` gave.
            categories: each concept's category; see ``Tally``.

        Raises:
            KeyError: an array is missing.
        """
        return cls(
            names,
            arrays["levels"],
            Tally.from_arrays(arrays, categories),
            arrays["exemplars"],
            arrays["peaks"],
            Histogram.from_arrays(arrays),
            Detectors.from_arrays(arrays),
        )


def measure_layer(
    layer_maps: LayerMaps,
    concepts: ConceptMaps,
    quantiles: Sequence[float] = (0.99, 0.995),
    images: int = 5,
    tick: Tick = lambda _: None,
    areas: ImageAreas | None = None,
    merge: Merge = ALONE,
    sets: ConceptSets | None = None,
) -> LayerStatistics:
    """Everything that is counted of one layer.

    Where several processes share a sample, each calls this with its share, and all get the
    figures of the whole.

    Args:
        layer_maps: the layer's output over the sample.
        concepts: concept maps of the same images.
        quantiles: of the upsampled samples; the first gives t_u, the level of the IoU. The raw,
            not upsampled level of the first is measured beside them.
        images: exemplars to keep of each unit.
        tick: called with numbers of images; about four times those here in all.
        areas: what ``concepts.areas`` gives of the whole sample, where it is known already.
        merge: how the counts of several processes come together.
        sets: what ``ConceptSets.of`` gives of ``concepts``, where it is known already.

    Raises:
        BadInputError: an activation that is not a finite number, or a bad quantile.
    """
    if areas is None:
        areas = concepts.areas(merge)
    if sets is None:
        sets = ConceptSets.of(concepts)
    with side_by_side(layer_maps.device) as workers:
        shard = LayerShard(layer_maps, workers, merge, tick)
        lowest, highest, peaks = _extremes(shard)
        scale = bin_scale(lowest.cpu().numpy(), highest.cpu().numpy())
        bins_per_one = torch.from_numpy(scale).to(lowest.device)
        found = [
            _count(
                shard.of_units(units),
                sets,
                concepts.grid,
                quantiles,
                (lowest[units], highest[units], bins_per_one[units]),
                len(peaks),
            )
            for units in _blocks(layer_maps, concepts.grid, min(quantiles, default=0))
        ]
    levels = torch.cat([block.levels for block in found], 1)
    bins = torch.cat([block.bins for block in found])
    overlaps = Overlaps(
        *(torch.cat(part, -1) for part in zip(*(b.overlaps for b in found), strict=True))
    )
    tally = make_tally(overlaps, areas, concepts.categories)
    top = TopImages.of(torch.from_numpy(peaks), 0, images)
    return LayerStatistics(
        threshold_names(quantiles),
        levels.cpu().numpy(),
        tally,
        top.images.numpy(),
        top.values.numpy(),
        Histogram(lowest.cpu().numpy(), highest.cpu().numpy(), bins.cpu().numpy()),
        measure_detectors(peaks, tally.labels(), areas, concepts.categories),
    )


def _extremes(shard: LayerShard) -> tuple[Tensor, Tensor, NDArray[np.float32]]:
    """Each unit's lowest and highest activation (units,), and its peak in each image (N, units)."""

    def look(span: slice) -> tuple[Tensor, Tensor]:
        maps = shard.layer_maps.read(span)
        # Image by image: the second look finds what the first has brought near the processor.
        both = [
            (image.amin((0, 2, 3)), peaks_of(image))
            for image in maps.split(max(1, _NEAR_VALUES // maps[0].numel()))
        ]
        lows, tops = zip(*both, strict=True)
        return torch.stack(lows).amin(0), torch.cat(tops)

    lows, tops = zip(*shard.over(look), strict=True)
    # Minus zero is zero: which of them an extreme is would depend on the order.
    peaks = torch.cat(tops) + 0.0
    low, high = torch.stack(lows).amin(0) + 0.0, peaks.amax(0)
    broken = shard.merge.highest((~(torch.isfinite(low) & torch.isfinite(high))).int())
    if broken.any():
        unit = int(broken.nonzero()[0])
        raise BadInputError(
            f"Unit {unit} has activations that are not finite numbers; the network or its input "
            "is broken."
        )
    return shard.merge.lowest(low), shard.merge.highest(high), shard.merge.join(peaks.cpu().numpy())


class _Counted(NamedTuple):
    """What is counted of a block of units.

    Attributes:
        levels: float32 (threshold names, units).
        overlaps: with all concepts.
        bins: int64 (units, BINS), of the histogram.
    """

    levels: Tensor
    overlaps: Overlaps
    bins: Tensor


def _blocks(layer_maps: LayerMaps, grid: int, quantile: float) -> list[slice]:
    """The units in blocks, so that what is found of a block above its levels can be kept."""
    images, units = layer_maps.maps.shape[:2]
    expected = (1 - quantile) * images * grid**2 * BYTES_OF_A_FIND
    size = max(LEAST_UNITS, int(ROOM / (_SPARE * max(expected, 1))))
    return [slice(first, min(first + size, units)) for first in range(0, units, size)]


def _count(
    shard: LayerShard,
    sets: ConceptSets,
    grid: int,
    quantiles: Sequence[float],
    scale: tuple[Tensor, Tensor, Tensor],
    images: int,
) -> _Counted:
    """The levels of a block of units, its overlaps and its histograms.

    Args:
        shard: the maps of the block.
        sets: the concepts of the same images.
        grid: of the concept maps.
        quantiles: see ``measure_layer``.
        scale: lowest activation, highest, and bins for an activation of 1, each (units,).
        images: how many the whole sample has.
    """
    layer_maps, (lowest, highest, bins_per_one) = shard.layer_maps, scale
    units, height, width = layer_maps.maps.shape[1:]
    samples = Samples(height, width, grid, layer_maps.device, layer_maps.centers)
    cache = SampleCache(layer_maps, samples, ROOM)
    bins = _HistogramCounts(layer_maps, lowest, bins_per_one)
    seen: WideMaps | Callable[[Tensor], None] = bins.add
    if bins.by_pairs and samples.halved in WIDER:
        seen = WideMaps(cache, CellCache(layer_maps, ROOM // 2), grid, bins.add_unit)
    levels = find_levels(shard, grid, quantiles, lowest, highest, images, cache, seen)
    overlaps = OverlapCounts(sets, units, layer_maps.device)

    def count(span: slice) -> None:
        overlaps.add(cache.above(span, levels[0]), span, layer_maps.first + span.start)

    for _ in shard.over(count):
        pass
    merged = Overlaps(*(shard.merge.sum(counts) for counts in overlaps.overlaps()))
    return _Counted(levels, merged, shard.merge.sum(bins.counts()))


class _HistogramCounts:
    """Counts the activations of a block of units in the bins of ``Histogram``.

    Attributes:
        by_pairs: whether the units of a batch are counted one by one.
    """

    def __init__(self, layer_maps: LayerMaps, lowest: Tensor, bins_per_one: Tensor) -> None:
        self._lowest, self._bins_per_one = lowest, bins_per_one
        units, *cells = layer_maps.maps.shape[1:]
        first = layer_maps.slices[0] if len(layer_maps.maps) else slice(0, 0)
        many = (first.stop - first.start) * math.prod(cells) >= _MANY_CELLS
        self.by_pairs = many and lowest.device.type == "cpu"
        self._lowest_of = lowest.cpu().numpy()
        self._bins_per_one_of = bins_per_one.cpu().numpy()
        self._pairs = PairCounts(units if self.by_pairs else 0, BINS + 1)
        self._bins = BinCounts(0 if self.by_pairs else units * BINS, lowest.device)

    def add(self, maps: Tensor) -> None:
        """Count maps (n, units, h, w)."""
        if not self.by_pairs:
            self._bins.add(_bins(maps, self._lowest, self._bins_per_one))
            return
        for unit in range(maps.shape[1]):
            self.add_unit(unit, maps[:, unit].numpy())

    def add_unit(self, unit: int, values: NDArray[np.float32]) -> None:
        """Count one unit's activations, of any shape; where units are counted one by one."""
        place = np.subtract(values, self._lowest_of[unit])
        place *= self._bins_per_one_of[unit]
        # The highest is in a bin of its own here: it is one of the last bin.
        self._pairs.add(unit, place.astype(np.uint8))

    def counts(self) -> Tensor:
        """So far, int64 (units, BINS)."""
        if not self.by_pairs:
            return self._bins.counts().view(-1, BINS)
        counts = self._pairs.counts()
        counts[:, BINS - 1] += counts[:, BINS]
        return torch.from_numpy(counts[:, :BINS].copy())


def _bins(maps: Tensor, lowest: Tensor, bins_per_one: Tensor) -> Tensor:
    """Each activation's bin and unit, int32: unit * BINS + bin; see ``Histogram``."""
    units = maps.shape[1]
    place = (maps.flatten(2) - lowest[:, None]).mul_(bins_per_one[:, None])
    place = place.clamp_(max=BINS - 1).int()
    place += torch.arange(units, device=maps.device, dtype=torch.int32)[:, None] * BINS
    return place.view(-1)
