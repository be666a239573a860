"""How far apart the pictures of two generators are."""

import torch

from dissection.data.latents import standard
from dissection.errors import BadInputError
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.precision import full_float32
from dissection.models.generators.progressive import ProgressiveGenerator, as_latents
from dissection.runtime.progress import Meter, Report

_LEVELS = 255
_BINS = 64  # for each level


def difference(
    one: ProgressiveGenerator,
    other: ProgressiveGenerator,
    count: int = 64,
    device: torch.device | str = "cpu",
    report: Report | None = None,
) -> tuple[float, float]:
    """How much the pictures of two generators differ, in levels of 255 before they become bytes.

    Args:
        one: any generator.
        other: of the same latents and size.
        count: of the first standard latents, rendered in float32.
        device: where to render.
        report: told of every batch.

    Returns:
        The mean over all values of all pictures, and what 1 value in 1000 exceeds (to 1 / 64).

    Raises:
        BadInputError: there is nothing to compare.
    """
    if count < 1 or (one.depth, one.size) != (other.depth, other.size):
        raise BadInputError("Pictures are compared on at least one latent, of generators alike.")
    networks = [FoldedGenerator(g, torch.device(device), torch.float32) for g in (one, other)]
    bins = torch.zeros(_LEVELS * _BINS + 1, dtype=torch.int64)
    total = 0.0
    meter = Meter(report, "comparing", count)
    for part in torch.from_numpy(standard(count, one.depth)).split(8):
        with torch.inference_mode(), full_float32(torch.device(device)):
            z = as_latents(part.to(device), one.depth)
            first, second = (((n.run(z) + 1) * _LEVELS / 2).clamp(0, _LEVELS) for n in networks)
            apart = (first - second).abs().cpu().flatten()
        total += float(apart.double().sum())
        bins += (apart * _BINS).long().bincount(minlength=len(bins))
        meter.step(len(part))
    above = bins.flip(0).cumsum(0).flip(0)  # values in this bin or a higher one
    values = int(above[0])
    highest = int((above > values // 1000).sum()) - 1
    return total / values, (highest + 1) / _BINS if highest else 0.0
