"""IoU of a unit with itself on two versions of the same pictures (Bau et al. 2020, figure S3).

On each version a unit has a level of its own, above which it is on the same share of positions; the
IoU tells whether it is on in the same places. Exact, and the same however processes share the
pictures.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.runtime.merge import ALONE, Merge
from dissection.statistics.layer_maps import LayerMaps, Tick
from dissection.statistics.quantiles import rank_from_top
from dissection.statistics.upsample import upsample

#: Upsampled values that are held at a time: about a second of work of one core, between which the
#: job can be stopped.
_ROOM = 2**23


@dataclass(frozen=True, eq=False)
class SelfOverlap:
    """What was counted of C units.

    Attributes:
        activation_threshold: float32 (2, C): t_u on each version.
        iou: float64 (C,): of each unit with itself, picture by picture; 0 of one that is never on.
        shifted: float64 (C,): the same with the next picture's other version: by chance.
    """

    activation_threshold: NDArray[np.float32]
    iou: NDArray[np.float64]
    shifted: NDArray[np.float64]


def measure_self_overlap(
    one: LayerMaps,
    other: LayerMaps,
    grid: int,
    quantile: float,
    images: int,
    block: int,
    merge: Merge = ALONE,
    tick: Tick = lambda _: None,
) -> SelfOverlap:
    """Compare where units are on.

    Args:
        one: maps of the pictures.
        other: maps of the same pictures in the other version.
        grid: the measuring grid is grid x grid.
        quantile: share of the positions at or below a unit's level.
        images: pictures of all processes.
        block: a picture's next one is looked for among so many, which processes share whole.
        merge: the processes that share the pictures.
        tick: called with numbers of units.
    """
    units = one.maps.shape[1]
    step = max(1, _ROOM // max(1, 2 * len(one.maps) * grid**2))
    rank = rank_from_top(quantile, images * grid**2)
    following = next_places(len(one.maps), block)
    thresholds, counts = [], []
    for first in range(0, units, step):
        span = slice(first, min(first + step, units))
        maps = [_upsampled(version, span, grid) for version in (one, other)]
        threshold = [_threshold(values, rank, merge) for values in maps]
        on = [values > bound for values, bound in zip(maps, threshold, strict=True)]
        next_one = on[1].unflatten(1, (-1, grid**2))[:, following].flatten(1)
        pairs = (on[0] & on[1]).sum(1), (on[0] & next_one).sum(1)
        counts.append(merge.sum(torch.stack([on[0].sum(1), on[1].sum(1), *pairs])))
        thresholds.append(torch.stack(threshold).squeeze(2))
        tick(span.stop - span.start)
    area, styled, both, chance = torch.cat(counts, 1).cpu().numpy().astype(np.float64)
    return SelfOverlap(
        torch.cat(thresholds, 1).cpu().numpy(),
        _iou(both, area, styled),
        _iou(chance, area, styled),
    )


def _upsampled(version: LayerMaps, units: slice, grid: int) -> Tensor:
    """Float32 (units, pictures * grid * grid)."""
    maps = torch.tensor(np.ascontiguousarray(version.maps[:, units]), device=version.device)
    return upsample(maps, grid, version.centers).transpose(0, 1).flatten(1)


def _threshold(values: Tensor, rank: int, merge: Merge) -> Tensor:
    """The rank-th largest value of each unit over all processes, (units, 1)."""
    top = values.topk(min(rank, values.shape[1]), 1, sorted=False).values
    if merge.ranks > 1:
        joined = merge.join(np.ascontiguousarray(top.cpu().numpy().T)).T
        top = torch.from_numpy(np.ascontiguousarray(joined)).to(values.device)
    return top.topk(rank, 1).values[:, -1:]


def next_places(count: int, block: int) -> Tensor:
    """Each picture's next one in its block of so many, cyclic; int64 (count,)."""
    places = torch.arange(count)
    first = places // block * block
    size = (count - first).clamp(max=block)
    return first + (places - first + 1) % size


def _iou(
    both: NDArray[np.float64], one: NDArray[np.float64], other: NDArray[np.float64]
) -> NDArray[np.float64]:
    union = one + other - both
    found = np.zeros_like(union)
    np.divide(both, union, out=found, where=union > 0)
    return found
