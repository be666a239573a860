"""Trying brushes on held-out pictures: rendering, segmenting, counting pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.interventions.held_out import HeldOutImages, Trial, block_size, segment
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
)


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
    erasing = [i for i, a in enumerate(attempts) if a.trial.erase is not None]
    rows = [attempts[i].trial.erase or 0 for i in erasing] + [a.trial.draw for a in attempts]
    tried = [attempts[i] for i in erasing] + list(attempts)
    blocks = torch.ones(len(tried), grid, grid, dtype=torch.bool)
    for n in range(len(erasing), len(tried)):
        top, left = tried[n].trial.block
        blocks[n] = False
        blocks[n, top : top + block_size(grid), left : left + block_size(grid)] = True
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
    for n, i in enumerate(erasing):
        outside = ~had[n]
        counts[i, :5] = [1, *_sums(had[n], has[n], outside, others[n] & outside)]
    for n in range(len(erasing), len(tried)):
        room, outside = blocks[n] & ~had[n], ~blocks[n]
        counts[n - len(erasing), 5:] = [
            1,
            *_sums(room, room & has[n], outside, others[n] & outside),
        ]
    return counts


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
