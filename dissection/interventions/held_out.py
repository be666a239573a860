"""Held-out pictures, and where in them a concept is erased and drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.data.sources import Source
from dissection.measurement.job import Job
from dissection.models.passes import Change, Passes, autocast
from dissection.runtime.progress import Meter

#: A concept stands in a picture that has at least this share of its pixels.
LEAST_SHARE = 1 / 512
#: A block is wanted of which this share is without the concept, so that there is something to draw.
LEAST_OPEN = 0.5
#: Blocks to look at for one; the emptiest is taken where none has so much room.
ATTEMPTS = 16
#: Blocks begin at multiples of this share of the picture, and are so many of them wide, so that
#: all layers have the same block.
_STEP = 1 / 8
_NARROWEST, _WIDEST = 1, 3
#: A thing reaches from one to the other quantile of its pixels, so that strays do not count.
_EXTENT = (0.02, 0.98)
#: Bytes of feature maps to keep of a pool; layers beyond are computed when they are needed.
MEMORY = 2**30


@dataclass(frozen=True, eq=False)
class HeldOutImages:
    """Held-out pictures, unedited.

    Attributes:
        latents: float32 (P, d), on the device.
        layers: all layers that brushes may change, in the order of the network.
        features: (P, C, h, w), as the passes take them, of those layers that fit into memory.
        labels: integers (P, K, grid, grid), what the segmenter says, on the CPU.
    """

    latents: Tensor
    layers: tuple[str, ...]
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

    def showing(self, concept: int) -> NDArray[np.int64]:
        """Rows of the pictures that show a concept, int64 (M,), ascending."""
        shown: NDArray[np.int64] = np.flatnonzero(self.area(concept) >= self.least_area)
        return shown

    @property
    def least_area(self) -> float:
        """Pixels from which on a picture shows a concept."""
        return max(1.0, LEAST_SHARE * self.labels.shape[-1] ** 2)

    def typical_area(self, concept: int) -> float:
        """Mean pixels of a concept in pictures that show it; the least area where none does."""
        shown = self.area(concept)[self.showing(concept)]
        return float(shown.mean()) if len(shown) else self.least_area


@dataclass(frozen=True)
class Trial:
    """One erasure and one drawing of a concept.

    Attributes:
        erase: row of the pool that shows the concept; None where there are no more.
        draw: row of the pool that has room for it.
        block: (top, left) on the measuring grid.
        width: of the block, pixels of the measuring grid.
    """

    erase: int | None
    draw: int
    block: tuple[int, int]
    width: int


@torch.no_grad()
def make_pool(
    job: Job, passes: Passes, source: Source, rows: range, layers: Sequence[str], stage: str
) -> HeldOutImages:
    """Render and segment some rows of a held-out source.

    Args:
        job: what to run.
        passes: of its network.
        source: of latents.
        rows: places in it.
        layers: that will be changed, in the order of the network.
        stage: what to call this in reports.
    """
    meter = Meter(job.report, stage, len(rows))
    start: dict[str, Change] = {name: (lambda x: x) for name in layers[:1]}
    kept: list[str] = []

    def look(span: range, z: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        activations = passes.features(z, layers)
        if span.start == rows.start:
            kept[:] = _fitting(activations, len(rows) / len(span))
        labels = segment(job, passes, passes.changed(z, activations, start)).cpu()
        return z, {name: activations[name] for name in kept}, labels

    parts = []
    for span, part in replace(job, source=source).each_batch(stage, rows, look):
        parts.append(part)
        meter.step(len(span))
    latents, features, labels = zip(*parts, strict=True)
    maps = {name: torch.cat([part[name] for part in features]) for name in kept}
    return HeldOutImages(torch.cat(latents), tuple(layers), maps, torch.cat(labels))


def _fitting(activations: Mapping[str, Tensor], times: float) -> list[str]:
    """The layers, smallest first, whose maps fit into memory that many times."""
    room, chosen = float(MEMORY), []
    for name in sorted(activations, key=lambda n: activations[n].nbytes):
        room -= activations[name].nbytes * times
        if room >= 0:
            chosen.append(name)
    return chosen


def segment(job: Job, passes: Passes, images: Tensor) -> Tensor:
    """What the job's segmenter says of pictures, on its grid, in the precision of the passes.

    Args:
        job: whose segmenter and grid.
        passes: whose precision.
        images: float (N, 3, H, W), RGB, -1..1, unclamped as generated.

    Returns:
        Whole numbers (N, K, grid, grid), indices into the vocabulary; 0 is nothing.
    """
    with autocast(passes, job.device):
        return job.segmenter.segment(images, size=job.grid)


def block_width(area: float, grid: int) -> int:
    """Width of the block for a concept, as a person would choose the brush.

    The smallest multiple of 1/8 of the picture's width whose square holds the concept's usual
    area, at most 3/8: forced on in a much larger block, the units of a door paint no larger door,
    but spoil a wall.

    Args:
        area: pixels that the concept has in pictures that show it.
        grid: width of the picture in such pixels.
    """
    step = max(1, round(_STEP * grid))
    return step * min(max(ceil(sqrt(area) / step), _NARROWEST), _WIDEST)


def block_around(y: int, x: int, width: int, grid: int) -> tuple[int, int]:
    """(top, left) of the block whose center is nearest to a pixel, at multiples of its step."""
    step = max(1, round(_STEP * grid))
    last = (grid - width) // step
    top, left = (min(max(round((p - width / 2) / step), 0), last) for p in (y, x))
    return top * step, left * step


def trials_of(pool: HeldOutImages, concept: int, count: int, seed: int) -> list[Trial]:
    """Where to try a concept's brushes, decided by the seed, the concept and the pool.

    A thing is drawn where it stands in another picture. A part, or what a thing is made of, is
    drawn at the same place of its thing: a door at the foot of this picture's building, wherever
    that stands, and a dome on its top.
    """
    rng = np.random.default_rng([seed, concept])
    showing = pool.showing(concept)
    width = block_width(pool.typical_area(concept), pool.labels.shape[-1])
    thing = thing_of(pool, concept)
    trials = []
    for number, draw in enumerate(np.resize(rng.permutation(len(pool.labels)), count)):
        stands = pool.mask(int(draw), concept)
        others = showing[showing != draw]
        # Where the concept stands in other pictures it may stand in this one, too (the sky).
        blocks = (
            _block(pool, concept, others, width, rng, int(draw), thing) for _ in range(ATTEMPTS)
        )
        block, _ = _roomiest((block, _covered(stands, block, width)) for block in blocks)
        erase = int(showing[number]) if number < len(showing) else None
        trials.append(Trial(erase, int(draw), block, width))
    return trials


def thing_of(pool: HeldOutImages, concept: int) -> int | None:
    """The object that a part or a material mostly belongs to; None for an object itself."""
    here = pool.labels == concept
    if not bool(here[:, 1:].any()):
        return None
    objects = pool.labels[:, 0][here[:, 1:].any(1)].numpy()
    counts = np.bincount(objects[objects > 0])
    return int(counts.argmax()) if counts.any() else None


def _moved(y: int, x: int, there: NDArray[np.bool_], here: NDArray[np.bool_]) -> tuple[int, int]:
    """The pixel that lies in one thing where (y, x) lies in another."""
    moved = []
    for at, theirs, ours in zip((y, x), np.nonzero(there), np.nonzero(here), strict=True):
        first, last = np.quantile(theirs, _EXTENT)
        start, end = np.quantile(ours, _EXTENT)
        share = (at - first) / max(last - first, 1)
        moved.append(min(max(round(start + share * (end - start)), 0), len(here) - 1))
    return moved[0], moved[1]


def _roomiest(
    blocks: Iterable[tuple[tuple[int, int], float]],
) -> tuple[tuple[int, int], float]:
    """The first block with enough room, or else the one with the most, and how full it is."""
    best = None
    for block, covered in blocks:
        if best is None or covered < best[1]:
            best = block, covered
        if covered <= 1 - LEAST_OPEN:
            break
    assert best is not None
    return best


def _covered(mask: NDArray[np.bool_], block: tuple[int, int], width: int) -> float:
    top, left = block
    return float(mask[top : top + width, left : left + width].mean())


def _block(
    pool: HeldOutImages,
    concept: int,
    showing: NDArray[np.int64],
    width: int,
    rng: np.random.Generator,
    draw: int,
    thing: int | None,
) -> tuple[int, int]:
    """A block where the concept stands in some other picture; anywhere if in none."""
    grid = pool.labels.shape[-1]
    if len(showing):
        other = int(rng.choice(showing))
        ys, xs = np.nonzero(pool.mask(other, concept))
        pixel = int(rng.integers(len(ys)))
        y, x = int(ys[pixel]), int(xs[pixel])
        if thing is not None:
            there, here = pool.mask(other, thing), pool.mask(draw, thing)
            if there.any() and here.sum() >= pool.least_area:
                y, x = _moved(y, x, there, here)
        return block_around(y, x, width, grid)
    y, x = rng.integers(grid, size=2)
    return block_around(int(y), int(x), width, grid)
