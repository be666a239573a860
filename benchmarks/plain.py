"""The plain way to dissect, as published: one pass of the generator for each statistic, and loops.

Levels, exemplars and IoU are measured in three passes over the sample, each with the generator's
whole forward pass and the upsampled maps of every layer; the IoU with a loop over pictures and the
concepts that each shows (``tally_quantile``, ``tally_topk`` and ``tally_conditional_mean`` of the
published code, which besides take one layer at a time). The levels are exact here, a running
selection of the highest per cent, where the published code sketches them.
"""

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
) -> dict[str, PlainLayer]:
    """Three passes over the sample.

    Args:
        batches: runs the network over the sample, anew each time.
        size: pictures in the sample.
        grid: the measuring grid is grid x grid.
        segment: images to concept maps, int (n, K, grid, grid); 0 is nothing.
        concepts: length of the vocabulary.
        quantile: of the levels.
    """
    rank = int(np.ceil(round((1 - quantile) * size * grid * grid, 6)))
    highest: dict[str, Tensor] = {}
    for _, maps in batches():
        for name, x in maps.items():
            values = upsample(x, grid).transpose(0, 1).flatten(1)
            if name in highest:
                values = torch.cat([highest[name], values], 1)
            highest[name] = values.topk(min(rank, values.shape[1]), dim=1, sorted=False).values
    levels = {name: values.amin(1) for name, values in highest.items()}
    del highest

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
