"""How good a generator is: distance to held-out scenes, and how much of each concept it shows."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dissection.data import latents
from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.models.generators.precision import full_float32
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.statistics.swd import PatchSample

_BATCH = 25
#: Quality is measured on latents that nothing else uses.
QUALITY_SEED = 7


def generated(
    generator: ProgressiveGenerator, count: int, device: str = "cpu", size: int | None = None
) -> Iterator[Tensor]:
    """Batches of pictures, clamped to -1..1, float32 on the CPU.

    Args:
        generator: R px wide.
        count: how many, of latents that nothing else uses.
        device: where they are computed.
        size: width and height, R halved any number of times by taking means; R if None. Generators
            of different sizes can be compared at the smaller one's.

    Returns:
        (N, 3, size, size) each.

    Raises:
        BadInputError: the size is not R halved.
    """
    smaller = size or generator.size
    if smaller not in [generator.size >> k for k in range(generator.size.bit_length())]:
        raise BadInputError(
            f"Pictures of {generator.size} px cannot be compared at {smaller} px; take "
            f"{generator.size}, or half of it any number of times."
        )

    def batches() -> Iterator[Tensor]:
        network = generator.to(device).to(memory_format=torch.channels_last)
        z = torch.from_numpy(latents.standard(count, generator.depth, seed=QUALITY_SEED))
        with torch.inference_mode(), full_float32(torch.device(device)):
            for part in z.split(_BATCH):
                x = network(part.to(device)).float().clamp(-1, 1)
                yield F.avg_pool2d(x, generator.size // smaller).cpu()

    return batches()


def pictured(images: NDArray[np.uint8], count: int, size: int | None = None) -> Iterator[Tensor]:
    """Batches of stored pictures, made smaller as ``generated`` makes its own.

    Scenes that are painted small have sharper edges than large ones whose means are taken: 21 at
    128 px by the sliced Wasserstein distance, where scenes of one kind are 7 apart. So what a
    generator is compared with has to be painted at its own size.

    Args:
        images: uint8 (N, S, S, 3).
        count: how many of them at most.
        size: width and height, S halved any number of times; S if None.

    Returns:
        (N, 3, size, size) each, -1..1.
    """
    for start in range(0, min(count, len(images)), _BATCH):
        block = np.asarray(images[start : min(start + _BATCH, count)])
        x = from_bytes(block)
        yield F.avg_pool2d(x, x.shape[-1] // size) if size else x


def sampled(batches: Iterable[Tensor], sample: PatchSample) -> Iterator[Tensor]:
    """The same batches; their patches are gathered on the way."""
    for batch in batches:
        sample.add(batch)
        yield batch


def histogram_gap(real: NDArray[np.float64], fake: NDArray[np.float64]) -> float:
    """Half the summed difference of two class histograms over objects: 0 alike, 1 disjoint."""
    return float(np.abs(real - fake).sum() / 2)
