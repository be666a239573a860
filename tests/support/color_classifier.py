"""A classifier that anyone can follow on paper: its units are the colors, its classes their means.

Unit 0 is the red, unit 1 the green, unit 2 the blue of each cell of 8 px, 0..1; unit 3 is always
silent. The logits of the classes blue, green and red are 10 times the means of those units. So the
network is linear, and the least change that makes green of a red picture is known.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.models.classifiers.transforms import IMAGENET

#: What ``--model`` calls it, and its layer.
MODEL, LAYER = "support.color_classifier:Colors", "units"
CLASSES = ("blue", "green", "red")
GAIN, CELL = 10.0, 8


class Colors(nn.Module):
    """Pictures (N, 3, H, W) as ImageNet's classifiers take them, to logits (N, 3)."""

    digest = "c0" * 32
    classes = CLASSES

    def __init__(self) -> None:
        super().__init__()
        self.units = nn.Identity()
        self.register_buffer("mean", torch.tensor(IMAGENET.mean)[:, None, None])
        self.register_buffer("std", torch.tensor(IMAGENET.std)[:, None, None])

    def forward(self, images: Tensor) -> Tensor:
        colors = images * self.std + self.mean
        cells = F.avg_pool2d(torch.cat([colors, torch.zeros_like(colors[:, :1])], 1), CELL)
        return GAIN * self.units(cells)[:, [2, 1, 0]].mean((2, 3))


def write_pictures(folder: Path, each: int = 4, size: int = 256) -> Path:
    """Pictures of each class in folders, a little different from each other."""
    for name, channel in (("blue", 2), ("green", 1), ("red", 0)):
        (folder / name).mkdir(parents=True)
        for n in range(each):
            picture = np.full((size, size, 3), 80, np.uint8)
            picture[..., channel] = 140 + 8 * n
            Image.fromarray(picture).save(folder / name / f"{n}.png")
    return folder
