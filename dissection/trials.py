"""Trying brushes on held-out pictures: rendering, segmenting, counting pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.edits import Brush, CellRule, mask_to_cells
from dissection.passes import Change, Passes, autocast
from dissection.progress import Meter
from dissection.sampling import Job
from dissection.sources import Source

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
#: Width of the block that is drawn into, as a share of the picture's.
BLOCK = 3 / 8
#: Blocks begin at multiples of this share of the picture, so that all layers have the same block.
_STEP = 1 / 8


@dataclass(frozen=True, eq=False)
class Pool:
    """Held-out pictures, unedited.

    Attributes:
        latents: float32 (P, d), on the device.
        features: of each layer (P, C, h, w), as the passes take them.
        labels: integers (P, K, grid, grid), what the segmenter says, on the CPU.
    """

    latents: Tensor
    features: Mapping[str, Tensor]
    labels: Tensor

    def area(self, concept: int) -> NDArray[np.int64]:
        """Pixels of a concept in each picture, int64 (P,)."""
        area: NDArray[np.int64] = (self.labels == concept).any(1).sum((1, 2)).numpy()
        return area

    def mask(self, row: int, concept: int) -> NDArray[np.bool_]:
        """Where a concept stands in a picture, bool (grid, grid)."""
        mask: NDArray[np.bool_] = (self.labels[row] == concept).any(0).numpy()
        return mask


@dataclass(frozen=True)
class Trial:
    """One erasure and one drawing of a concept.

    Attributes:
        erase: row of the pool that shows the concept; None where there are no more.
        draw: row of the pool that has room for it.
        block: (top, left) on the measuring grid.
    """

    erase: int | None
    draw: int
    block: tuple[int, int]


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


def block_size(grid: int) -> int:
    """Width of the block on the measuring grid."""
    return max(1, round(BLOCK * grid))


def block_around(y: int, x: int, grid: int) -> tuple[int, int]:
    """(top, left) of the block whose centre is nearest to a pixel, at multiples of its step."""
    step, size = max(1, round(_STEP * grid)), block_size(grid)
    last = (grid - size) // step
    top, left = (min(max(round((p - size / 2) / step), 0), last) for p in (y, x))
    return top * step, left * step


@torch.no_grad()
def make_pool(job: Job, passes: Passes, source: Source, rows: int, layers: Sequence[str]) -> Pool:
    """Render and segment the first rows of a held-out source."""
    meter = Meter(job.report, "rendering held-out pictures", rows)
    features: dict[str, list[Tensor]] = {name: [] for name in layers}
    latents, labels = [], []
    for first in range(0, rows, job.batch):
        z = source.inputs(range(first, min(first + job.batch, rows))).to(job.device)
        seen = passes.features(z, layers)
        for name in layers:
            features[name].append(seen[name])
        start = {name: (lambda x: x) for name in layers[:1]}
        labels.append(_segment(job, passes, passes.changed(z, seen, start)).cpu())
        latents.append(z)
        meter.step(len(z))
    kept = {name: torch.cat(parts) for name, parts in features.items()}
    return Pool(torch.cat(latents), kept, torch.cat(labels))


@torch.no_grad()
def try_brushes(
    job: Job, passes: Passes, pool: Pool, attempts: Sequence[Attempt]
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
        name: _change(
            name, [a.brush for a in tried], len(erasing), blocks, pool.features[name], job.device
        )
        for name in pool.features
        if name in tried[0].brush.layers
    }
    index = torch.tensor(rows)
    here = index.to(job.device)
    features = {name: pool.features[name][here] for name in changes}
    images = passes.changed(pool.latents[here], features, changes)
    after = _segment(job, passes, images).cpu()
    before = pool.labels[index]
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


def _change(
    layer: str,
    brushes: Sequence[Brush],
    erasing: int,
    blocks: Tensor,
    like: Tensor,
    device: torch.device,
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


def _segment(job: Job, passes: Passes, images: Tensor) -> Tensor:
    with autocast(passes, job.device):
        return job.segmenter.segment(images, size=job.grid)


def _sums(*masks: Tensor) -> list[int]:
    return [int(mask.sum()) for mask in masks]
