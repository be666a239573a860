"""Make painted pictures look less perfect, so that a segmenter reads generated ones.

What a young generator gets wrong: soft or doubled edges, speckle, tinted light, weak contrast.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def degrade(images: Tensor, generator: torch.Generator) -> Tensor:
    """Random blur, resampling, noise of two scales, color and contrast: (N, 3, S, S) -> same.

    Args:
        images: float, -1..1.
        generator: the only source of chance.
    """

    def chance(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    count, _, size, _ = images.shape
    x = images
    if chance(1).item() < 0.5:
        small = int(size * (0.4 + 0.6 * chance(1).item()))
        x = F.interpolate(x, size=small, mode="bilinear", align_corners=False, antialias=True)
        x = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
    blur = chance(count, 1, 1, 1).square()
    x = torch.lerp(x, F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1), blur)
    fine = torch.randn(x.shape, generator=generator)
    coarse = torch.randn((count, 3, size // 4, size // 4), generator=generator)
    coarse = F.interpolate(coarse, size=size, mode="bilinear", align_corners=False)
    x = x + fine * 0.12 * chance(count, 1, 1, 1).square()
    x = x + coarse * 0.15 * chance(count, 1, 1, 1).square()
    contrast = 1 + 0.3 * (chance(count, 1, 1, 1) - 0.5) * 2
    tint = 0.15 * (chance(count, 3, 1, 1) - 0.5) * 2
    return x * contrast + tint
