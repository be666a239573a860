"""Trying brushes on held-out pictures: rendering, segmenting, counting pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.interventions.held_out import HeldOutImages, Trial, segment
from dissection.measurement.job import Job
from dissection.models.passes import Change, Passes
from dissection.painting.edits import Brush, CellRule, mask_to_cells

#: What is counted of each brush; pixels on the measuring grid but for the numbers of trials.
COUNTS = (
    "erasures",
    "before",
    "after",
    "erase_others",
    "erase_changed",
    "drawings",
    "open",
    "gained",
    "draw_others",
    "draw_changed",
    "spoiled",
)
#: A concept, the units of each layer, and the row of the pool.
_Erasure = tuple[int, tuple[tuple[str, tuple[int, ...]], ...], int]
#: The first maps of a segmentation are those of objects and of their parts.
_OBJECT_AND_PART = 2


@dataclass(frozen=True, eq=False)
class Attempt:
    """A brush at one trial.

    Attributes:
        place: row of the table of counts.
        concept: index in the vocabulary.
        brush: units and levels.
        trial: where.
    """

    place: int
    concept: int
    brush: Brush
    trial: Trial


@torch.no_grad()
def try_brushes(
    job: Job, passes: Passes, pool: HeldOutImages, attempts: Sequence[Attempt]
) -> NDArray[np.int64]:
    """Counts of some attempts, whose brushes have the same layers: int64 (attempts, COUNTS)."""
    grid = pool.labels.shape[-1]
    counts = np.zeros((len(attempts), len(COUNTS)), np.int64)
    # Erasing is the same at every level: what attempts share is rendered once.
    shared = [_erasure(a) for a in attempts]
    erasing = {key: i for i, key in reversed([*enumerate(shared)]) if key is not None}
    place = {key: n for n, key in enumerate(erasing)}
    rows = [key[-1] for key in erasing] + [a.trial.draw for a in attempts]
    tried = [attempts[i] for i in erasing.values()] + list(attempts)
    blocks = torch.ones(len(tried), grid, grid, dtype=torch.bool)
    for n in range(len(erasing), len(tried)):
        (top, left), width = tried[n].trial.block, tried[n].trial.width
        blocks[n] = False
        blocks[n, top : top + width, left : left + width] = True
    changes = {
        name: _change(name, [a.brush for a in tried], len(erasing), blocks, job.device)
        for name in pool.layers
        if name in tried[0].brush.layers
    }
    images = passes.changed(*_start(passes, pool, rows, next(iter(changes))), changes)
    after = segment(job, passes, images).cpu()
    before = pool.labels[torch.tensor(rows)]
    concepts = torch.tensor([a.concept for a in tried])[:, None, None, None]
    had, has = (before == concepts).any(1), (after == concepts).any(1)
    others = after[:, 0] != before[:, 0]
    # A pixel is spoiled that is another object now, or whose part is gone, and is no gain either.
    gone = ((after != before) & (before != 0))[:, :_OBJECT_AND_PART].any(1)
    spoiled = (others | gone) & ~had & ~has
    for i, key in enumerate(shared):
        if key is None:
            continue
        n = place[key]
        outside = ~had[n]
        counts[i, :5] = [1, *_sums(had[n], has[n], outside, others[n] & outside)]
    for n in range(len(erasing), len(tried)):
        room, outside = blocks[n] & ~had[n], ~blocks[n]
        counts[n - len(erasing), 5:] = [
            1,
            *_sums(room, room & has[n], outside, others[n] & outside, spoiled[n]),
        ]
    return counts


def _erasure(attempt: Attempt) -> _Erasure | None:
    """What decides the picture of an erasure; None where nothing is erased."""
    if attempt.trial.erase is None:
        return None
    units = tuple((name, layer_units.units) for name, layer_units in attempt.brush.layers.items())
    return attempt.concept, units, attempt.trial.erase


def _start(
    passes: Passes, pool: HeldOutImages, rows: Sequence[int], layer: str
) -> tuple[Tensor, dict[str, Tensor]]:
    """Latents and the unedited maps of the first changed layer for some rows of the pool."""
    here = torch.tensor(rows, device=pool.latents.device)
    z = pool.latents[here]
    kept = pool.features.get(layer)
    return z, passes.features(z, [layer]) if kept is None else {layer: kept[here]}


def _change(
    layer: str, brushes: Sequence[Brush], erasing: int, blocks: Tensor, device: torch.device
) -> Change:
    """Sets each picture's own units to zero (the first ``erasing``) or to their levels."""
    parts = [brush.layers[layer] for brush in brushes]

    def change(x: Tensor) -> Tensor:
        chosen = torch.zeros(len(parts), x.shape[1], dtype=torch.bool)
        levels = torch.zeros(len(parts), x.shape[1])
        for n, part in enumerate(parts):
            units = torch.tensor(part.units)
            chosen[n, units] = True
            if n >= erasing:
                levels[n, units] = torch.tensor(part.levels)
        height, width = x.shape[2:]
        cells = torch.stack(
            [
                torch.from_numpy(
                    mask_to_cells(b.numpy().astype(np.float32), height, width, CellRule.TOUCH)
                )
                for b in blocks
            ]
        ).bool()
        where = (chosen[:, :, None, None] & cells[:, None]).to(device)
        return torch.where(where, levels[:, :, None, None].to(device, x.dtype), x)

    return change


def _sums(*masks: Tensor) -> list[int]:
    return [int(mask.sum()) for mask in masks]
