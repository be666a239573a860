"""Changes of training pictures that do not change what they show: crop, flip, light and color."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

_GRAY = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Augmentation:
    """How far pictures are changed.

    Attributes:
        smallest: least share of a picture's side that a crop keeps, 0..1.
        light: brightness, contrast and saturation are multiplied by up to 1 + this or 1 - this.
    """

    smallest: float = 0.75
    light: float = 0.3

    def draw(self, rng: np.random.Generator, count: int) -> Tensor:
        """Numbers for ``count`` pictures, float32 (count, 7), on the CPU.

        Columns: side of the crop; its place across and down, -1..1; 1 or -1 for a flip;
        brightness, contrast, saturation.
        """
        side = rng.uniform(self.smallest, 1, (count, 1))
        place = rng.uniform(-1, 1, (count, 2)) * (1 - side)
        flip = rng.choice([-1.0, 1.0], (count, 1))
        light = rng.uniform(1 - self.light, 1 + self.light, (count, 3))
        return torch.from_numpy(np.concatenate([side, place, flip, light], 1).astype(np.float32))

    @staticmethod
    def apply(images: Tensor, drawn: Tensor) -> Tensor:
        """Changed pictures.

        Args:
            images: float (N, 3, S, S), 0..1.
            drawn: of ``draw``, on the same device.

        Returns:
            (N, 3, S, S), 0..1 and clamped.
        """
        side, across, down, flip, bright, contrast, saturation = drawn.unbind(1)
        zero = torch.zeros_like(side)
        theta = torch.stack([side * flip, zero, across, zero, side, down], 1).view(-1, 2, 3)
        grid = F.affine_grid(theta, list(images.shape), align_corners=False)
        x = F.grid_sample(
            images, grid.to(images.dtype), padding_mode="reflection", align_corners=False
        )
        bright, contrast, saturation = (
            v.to(x.dtype)[:, None, None, None] for v in (bright, contrast, saturation)
        )
        x = x * bright
        mean = x.mean((1, 2, 3), keepdim=True)
        x = mean + (x - mean) * contrast
        gray = sum(x[:, k : k + 1] * share for k, share in enumerate(_GRAY))
        return (gray + (x - gray) * saturation).clamp(0, 1)
