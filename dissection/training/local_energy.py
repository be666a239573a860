"""How strong details are around each place, whatever they look like in single pixels.

A mean absolute difference is smallest where half-known rows of bricks are painted faintly: it asks
for the middle of what may be there. How strong they are is known far better than where each lies,
so it is compared apart: the absolute answers to 4 x 4 cosine patterns (those of a block transform),
averaged over 10 px.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

_BLOCK = 4  # px to a side of a pattern
_STRIDE = 2  # px between answers
_POOLED = 4  # answers to a side that are averaged, every second one
#: Px to a side of what one value sees, and px between values.
REACH, SPACING = _STRIDE * (_POOLED - 1) + _BLOCK, _STRIDE * _POOLED // 2
# Patterns seen in the two color channels: straight and diagonal ones, less finely than in light.
_IN_COLOR = (0, 3, 4, 9, 14)


def local_energy(images: Tensor) -> Tensor:
    """Mean absolute answer to each pattern around each place.

    Args:
        images: (N, 3, h, w), h and w at least 10.

    Returns:
        (N, 25, (h - 10) // 4 + 1, (w - 10) // 4 + 1), 0 or more; 0 where a picture is plain.

    Example:
        >>> local_energy(torch.full((1, 3, 16, 16), 0.5)).abs().max().item() < 1e-6
        True
    """
    patterns = _patterns().to(images)
    answers = F.conv2d(images, patterns, stride=_STRIDE).abs()
    return F.avg_pool2d(answers, _POOLED, 2)


def energy_difference(made: Tensor, goals: Tensor, judged: Tensor) -> Tensor:
    """Mean absolute difference of ``local_energy``, 0-d.

    Args:
        made: (N, 3, h, w), with gradients.
        goals: likewise, without.
        judged: (N, 1, h, w), 1 where it counts: a value counts if all that it sees does.
    """
    counts = -F.max_pool2d(-judged, REACH, SPACING)
    apart = (local_energy(made) - local_energy(goals)).abs() * counts
    return apart.sum() / (apart.shape[1] * counts.sum().clamp_min(1))


def _patterns() -> Tensor:
    """Cosine patterns without the plain one, each of length 1: (25, 3, 4, 4)."""
    n = torch.arange(float(_BLOCK))
    waves = torch.stack(
        [torch.cos(math.pi * (2 * n + 1) * k / (2 * _BLOCK)) for k in range(_BLOCK)]
    )
    waves = F.normalize(waves, dim=1)
    blocks = torch.einsum("ki,lj->klij", waves, waves).reshape(-1, 1, _BLOCK, _BLOCK)[1:]
    colors = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
    light, red_blue, green = F.normalize(colors, dim=1).view(3, 1, 3, 1, 1)
    few = blocks[list(_IN_COLOR)]
    return torch.cat([light * blocks, red_blue * few, green * few])
