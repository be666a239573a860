"""How good a generator is: distance to held-out scenes, and how much of each concept it shows."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection import latents
from dissection.generators.progressive import ProgressiveGenerator
from dissection.segmenters.base import Segmenter
from dissection.statistics.swd import sample_of, sliced_wasserstein

_BATCH = 25
#: Quality is measured on latents that nothing else uses.
QUALITY_SEED = 7


def generated(generator: ProgressiveGenerator, count: int, device: str = "cpu") -> Iterator[Tensor]:
    """Batches of pictures (N, 3, R, R), clamped to -1..1, float32 on the CPU."""
    network = generator.to(device).to(memory_format=torch.channels_last)
    z = torch.from_numpy(latents.standard(count, generator.depth, seed=QUALITY_SEED))
    with torch.inference_mode():
        for part in z.split(_BATCH):
            yield network(part.to(device)).float().cpu().clamp(-1, 1)


def pictured(images: NDArray[np.uint8], count: int) -> Iterator[Tensor]:
    """Batches of stored pictures uint8 (N, S, S, 3) as images (N, 3, S, S), -1..1."""
    for start in range(0, min(count, len(images)), _BATCH):
        block = np.asarray(images[start : min(start + _BATCH, count)])
        yield torch.from_numpy(block).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def distance(
    generator: ProgressiveGenerator,
    held_out: NDArray[np.uint8],
    device: str = "cpu",
    tick: Callable[[int], None] = lambda _: None,
) -> dict[str, float]:
    """Sliced Wasserstein distance (times 1000) of as many generated pictures as are held out."""

    def ticking(batches: Iterator[Tensor]) -> Iterator[Tensor]:
        for batch in batches:
            yield batch
            tick(len(batch))

    count = len(held_out)
    real = sample_of(ticking(pictured(held_out, count)))
    return sliced_wasserstein(real, sample_of(ticking(generated(generator, count, device))))


def areas(batches: Iterator[Tensor], segmenter: Segmenter) -> NDArray[np.float64]:
    """(concepts,) share of all pixels that shows each concept; index 0 is 0."""
    counts, pixels = np.zeros(len(segmenter.vocabulary), np.int64), 0
    for batch in batches:
        maps = segmenter.segment(batch)
        counts += np.bincount(maps.flatten().cpu().numpy(), minlength=len(counts))
        pixels += maps.shape[0] * maps.shape[2] * maps.shape[3]
    counts[0] = 0
    return counts / max(pixels, 1)


def histogram_gap(real: NDArray[np.float64], fake: NDArray[np.float64]) -> float:
    """Half the summed difference of two class histograms over objects: 0 alike, 1 disjoint."""
    return float(np.abs(real - fake).sum() / 2)
