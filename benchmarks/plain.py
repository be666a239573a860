"""The plain way to dissect, as published: one pass of the generator for each statistic, and loops.

Levels, exemplars and IoU are measured in three passes over the sample, each with the generator's
whole forward pass and the upsampled maps of every layer; the IoU with a loop over pictures and the
concepts that each shows (``tally_quantile``, ``tally_topk`` and ``tally_conditional_mean`` of the
published code, which besides take one layer at a time). The levels come from a streaming sketch of
all samples with the published settings, or, which is faster and exact, from a running selection
of the highest per cent.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dissection.statistics.upsample import upsample

#: Images and their layers' maps, batch by batch, from the first on.
Batches = Callable[[], Iterator[tuple[Tensor, dict[str, Tensor]]]]


@dataclass(frozen=True, eq=False)
class PlainLayer:
    """What the plain way finds of a layer.

    Attributes:
        levels: float (units,).
        exemplars: int64 (units, up to 5): places in the sample.
        iou: float64 (concepts, units).
    """

    levels: Tensor
    exemplars: Tensor
    iou: Tensor


def dissect_plainly(
    batches: Batches,
    size: int,
    grid: int,
    segment: Callable[[Tensor], Tensor],
    concepts: int,
    quantile: float = 0.99,
    sketched: bool = False,
) -> dict[str, PlainLayer]:
    """Three passes over the sample.

    Args:
        batches: runs the network over the sample, anew each time.
        size: pictures in the sample.
        grid: the measuring grid is grid x grid.
        segment: images to concept maps, int (n, K, grid, grid); 0 is nothing.
        concepts: length of the vocabulary.
        quantile: of the levels.
        sketched: take the levels from a sketch, as published; their ranks are off by a little.
    """
    levels = (_sketched if sketched else _selected)(batches, size, grid, quantile)

    peaks: dict[str, list[Tensor]] = {name: [] for name in levels}
    for _, maps in batches():
        for name, x in maps.items():
            peaks[name].append(x.amax((2, 3)))
    exemplars = {
        name: torch.cat(parts).topk(min(5, size), dim=0).indices.T for name, parts in peaks.items()
    }

    above = {name: torch.zeros(len(t), dtype=torch.float64) for name, t in levels.items()}
    both = {name: torch.zeros(concepts, len(t), dtype=torch.float64) for name, t in levels.items()}
    area = torch.zeros(concepts, dtype=torch.float64)
    for images, maps in batches():
        labels = segment(images)
        for image in range(len(images)):
            named = labels[image]
            masks = {c: (named == c).any(0) for c in named.unique().tolist() if c}
            for concept, mask in masks.items():
                area[concept] += mask.sum()
            for name, x in maps.items():
                hit = upsample(x[image : image + 1], grid)[0] > levels[name][:, None, None]
                hit = hit.float()
                above[name] += hit.sum((1, 2))
                for concept, mask in masks.items():
                    both[name][concept] += (hit * mask).sum((1, 2))
    found = {}
    for name, level in levels.items():
        union = above[name] + area[:, None] - both[name]
        found[name] = PlainLayer(level, exemplars[name], both[name] / union.clamp(min=1))
    return found


def _selected(batches: Batches, size: int, grid: int, quantile: float) -> dict[str, Tensor]:
    """Exact levels: the highest per cent of all samples so far is kept."""
    rank = int(np.ceil(round((1 - quantile) * size * grid * grid, 6)))
    highest: dict[str, Tensor] = {}
    for _, maps in batches():
        for name, x in maps.items():
            values = upsample(x, grid).transpose(0, 1).flatten(1)
            if name in highest:
                values = torch.cat([highest[name], values], 1)
            highest[name] = values.topk(min(rank, values.shape[1]), dim=1, sorted=False).values
    return {name: values.amin(1) for name, values in highest.items()}


def _sketched(batches: Batches, size: int, grid: int, quantile: float) -> dict[str, Tensor]:
    """Levels from a sketch of all samples."""
    sketches: dict[str, Sketch] = {}
    for _, maps in batches():
        for name, x in maps.items():
            values = upsample(x, grid).transpose(0, 1).flatten(1)
            sketches.setdefault(name, Sketch(x.shape[1])).add(values)
    return {name: sketch.quantile(quantile) for name, sketch in sketches.items()}


class Sketch:
    """A KLL sketch of every unit's samples (Karnin, Lang and Liberty 2016).

    Buffers of falling size: the samples go into the lowest; a full buffer is sorted, and every
    second of its samples goes on into the next, where it stands for twice as many. The sizes are
    the published ones: the highest holds 6,144 samples, each other 0.67 times as many as the one
    above it, at least 128.

    Args:
        units: how many sketches are kept side by side.
        resolution: size of the highest buffer.
    """

    def __init__(self, units: int, resolution: int = 6144) -> None:
        self._units, self._resolution = units, resolution
        self._buffers: list[list[Tensor]] = [[]]
        self._chance = np.random.default_rng(0)

    def add(self, values: Tensor) -> None:
        """Samples, float (units, M)."""
        first = 0
        while first < values.shape[1]:
            room = self._capacity(0) - self._held(0)
            self._buffers[0].append(values[:, first : first + room])
            first += room
            level = 0
            while level < len(self._buffers) and self._held(level) >= self._capacity(level):
                self._compact(level)
                level += 1

    def quantile(self, quantile: float) -> Tensor:
        """Float (units,)."""
        weights = [
            torch.full((self._held(level),), 2.0**level) for level in range(len(self._buffers))
        ]
        values = torch.cat([v for buffer in self._buffers for v in buffer], 1)
        values, order = values.sort(1)
        reached = torch.cat(weights)[order].cumsum(1)
        place = torch.searchsorted(reached, quantile * reached[:, -1:]).clamp(
            max=order.shape[1] - 1
        )
        return values.gather(1, place).squeeze(1)

    def _held(self, level: int) -> int:
        return sum(v.shape[1] for v in self._buffers[level])

    def _capacity(self, level: int) -> int:
        size = self._resolution * 0.67 ** (len(self._buffers) - 1 - level)
        return max(128, math.ceil(size / 8) * 8)

    def _compact(self, level: int) -> None:
        if level + 1 == len(self._buffers):
            self._buffers.append([])
        values = torch.cat(self._buffers[level], 1).sort(1).values
        self._buffers[level + 1].append(values[:, self._chance.integers(2) :: 2])
        self._buffers[level] = []
