"""Make painted pictures look less perfect, so that a segmenter reads generated ones.

What a young generator gets wrong: soft or doubled edges, speckle, tinted light, weak contrast.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

# Of shrunk pictures: px that outlines are bent by, the range of blur and sharpening, of noise.
_BEND, _SHARPEN, _NOISE = 0.35, (-0.5, 0.7), 0.03


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


def degrade_shrunk(low: Tensor, chance: torch.Generator) -> Tensor:
    """Shrunk pictures as a generator might have made them: (N, 3, h, w), -1..1 -> same, unclamped.

    Outlines are bent by about a third of a pixel, and all of it is blurred or sharpened, and noisy.

    Args:
        low: on the CPU.
        chance: the only source of chance.
    """
    count, _, height, width = low.shape

    def share() -> Tensor:
        return torch.rand((count, 1, 1, 1), generator=chance)

    coarse = (count, 2, height // 4 + 1, width // 4 + 1)
    bend = torch.randn(coarse, generator=chance) * (_BEND * share())
    bend = F.interpolate(bend, size=(height, width), mode="bicubic", align_corners=True)
    bend = bend.permute(0, 2, 3, 1) * (2 / torch.tensor([width, height]))
    still = F.affine_grid(
        torch.eye(2, 3).expand(count, 2, 3), [count, 3, height, width], align_corners=False
    )
    bent = F.grid_sample(
        low, still + bend, mode="bicubic", padding_mode="border", align_corners=False
    )
    blurred = F.avg_pool2d(F.pad(bent, (1, 1, 1, 1), mode="replicate"), 3, 1)
    least, most = _SHARPEN
    sharpened = bent + (bent - blurred) * (least + (most - least) * share())
    return sharpened + torch.randn(low.shape, generator=chance) * (_NOISE * share())
