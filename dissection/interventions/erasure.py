"""Sets of a layer's units at zero everywhere, and the pixels of every concept then.

Bau et al. 2020, figure 4A and 4B: the first k units of a concept are set to zero in all cells, for
k from 0 up, and what is left of the concept, and of every other one, is counted over many latents.
Only sums are kept, of pixels, their squares and their products with what was there before, which
is all that a ratio and its standard error over latents need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.interventions.held_out import segment
from dissection.measurement.job import Job
from dissection.models.passes import Passes
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter
from dissection.statistics.concepts import distinct

STAGE = "setting units to zero"


@dataclass(frozen=True, eq=False)
class Erasures:
    """Pixels of each concept in unchanged pictures and without each set of units.

    Attributes:
        latents: how many.
        before: float64 (concepts,), pixels of a picture on average.
        after: float64 (sets, concepts), likewise.
        change: float64 (sets, concepts): after less before, as a share of before; NaN where a
            concept does not occur.
        error: float64 (sets, concepts): its standard error over latents (linearized).
    """

    latents: int
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    change: NDArray[np.float64]
    error: NDArray[np.float64]


@torch.no_grad()
def measure_erasures(
    job: Job, passes: Passes, layer: str, sets: Sequence[Sequence[int]], concepts: int
) -> Erasures:
    """Set each of some sets of units to zero everywhere, in the pictures of all latents.

    What is counted is kept in the job's working folder after every batch.

    Args:
        job: what to run; its processes share the latents.
        passes: of its network.
        layer: whose units.
        sets: of units; an empty one changes nothing.
        concepts: length of the vocabulary.

    Raises:
        Stopped: the job's report asked for it.
        DissectionError: there is too little memory even for one picture.
    """
    zeros = {
        "before": np.zeros((2, concepts), np.int64),  # sums of pixels and of their squares
        "after": np.zeros((3, len(sets), concepts), np.int64),  # and of their products
    }
    kept = Accumulator(job.work, "erasures", zeros)
    own = job.rows
    first = max(kept.place[0], own.start)
    # Of every latent the picture as it is and one for each set: a batch takes long.
    each = 1 + len(sets)
    total = each * len(own)
    meter = Meter(job.report, STAGE, total, each * (first - own.start))

    def count(rows: range, z: Tensor) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        features = passes.features(z, [layer])
        before = _areas(job, passes, passes.changed(z, features, {layer: _same}), concepts)
        after = []
        begun = each * (rows.start - own.start)  # anew where the batch was halved
        meter.reach(begun + len(rows), total)
        for units in sets:
            off = torch.tensor(list(units), dtype=torch.long, device=job.device)
            images = passes.changed(z, features, {layer: partial(without_units, units=off)})
            after.append(_areas(job, passes, images, concepts))
            if len(after) < len(sets):  # the last one is told when it is kept
                meter.reach(begun + len(rows) * (1 + len(after)), total)
        found = np.stack(after, 1) if after else np.zeros((len(rows), 0, concepts), np.int64)
        products = (found, found * found, found * before[:, None])
        return (
            np.stack([before.sum(0), (before * before).sum(0)]),
            np.stack([part.sum(0) for part in products]),
        )

    for rows, (before, after) in job.each_batch(STAGE, range(first, own.stop), count):
        kept["before"][...] += before
        kept["after"][...] += after
        kept.keep(rows.stop)
        meter.reach(each * (rows.stop - own.start), total)
    merged = [job.merge.sum(torch.from_numpy(kept[name])).numpy() for name in ("before", "after")]
    return _ratios(len(job.source), *merged)


def _same(x: Tensor) -> Tensor:
    return x


def without_units(x: Tensor, units: Tensor) -> Tensor:
    """A layer's output (N, C, h, w) with some units, int64 (n,), at zero everywhere."""
    return x.index_fill(1, units, 0) if len(units) else x


def _areas(job: Job, passes: Passes, images: Tensor, concepts: int) -> NDArray[np.int64]:
    """Pixels of each concept in each picture, int64 (N, concepts); each pixel counts once."""
    labels = distinct(segment(job, passes, images)).flatten(1)
    places = labels + torch.arange(len(labels), device=labels.device)[:, None] * concepts
    counts = torch.bincount(places.view(-1), minlength=len(labels) * concepts)
    areas: NDArray[np.int64] = counts.view(len(labels), concepts).cpu().numpy()
    return areas


def _ratios(latents: int, before: NDArray[np.int64], after: NDArray[np.int64]) -> Erasures:
    whole, squares = before.astype(np.float64)
    part, part_squares, products = after.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = part / whole
        rest = part_squares - 2 * ratio * products + ratio**2 * squares
        spread = np.sqrt(np.maximum(rest, 0) * latents / max(latents - 1, 1))
        error = spread / whole if latents > 1 else np.zeros_like(ratio)
    return Erasures(latents, whole / latents, part / latents, ratio - 1, error)
