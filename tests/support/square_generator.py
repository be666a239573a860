"""A generator that anyone can follow on paper: three units, each a color, 4 x 4 cells of 8 px.

Unit 0 paints a red square over the four cells of the upper left corner, over green. Unit 1 paints
the lower half green, too. Unit 2, forced on, paints blue where green is and nothing elsewhere. What
no unit paints is gray. Units are a little stronger in some pictures than in others.
"""

import torch
from torch import nn

#: What ``--model`` and ``--segmenter`` call them.
MODEL, SEGMENTER, LAYER = (
    "support.square_generator:Squares",
    "support.color_segmenter:ColorSegmenter",
    "units",
)
CELL = 8


class Squares(nn.Module):
    """Latents (N, 8) to pictures (N, 3, 32, 32)."""

    depth = 8
    digest = "59" * 32

    def __init__(self) -> None:
        super().__init__()
        self.units = nn.Identity()

    def paint(self, z: torch.Tensor) -> torch.Tensor:
        """What the units are, (N, 3, 4, 4)."""
        strength = 1 + 0.05 * z[:, 0].tanh()
        where = torch.zeros(3, 4, 4)
        where[0, :2, :2] = 1
        where[1, 2:, :] = 1
        where[1, :2, :2] = 1  # behind the red
        return where * strength[:, None, None, None]

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        units = self.units(self.paint(z))
        red, green, blue = units.repeat_interleave(CELL, 2).repeat_interleave(CELL, 3).unbind(1)
        blue = blue * (green > 0.5)
        red = red * (1 - blue.clamp(max=1))
        green = green * (1 - red.clamp(max=1)) * (1 - blue.clamp(max=1))
        colors = torch.tensor([[0.6, -0.4, -0.4], [-0.4, 0.6, -0.4], [-0.4, -0.4, 0.6]])
        return torch.einsum("unhw,uc->nchw", torch.stack([red, green, blue]), colors)


class Sometimes(Squares):
    """The same, with the red square in about half of the pictures."""

    digest = "5a" * 32

    def paint(self, z: torch.Tensor) -> torch.Tensor:
        """What the units are."""
        units = super().paint(z)
        units[:, 0] *= (z[:, 1] > 0).float()[:, None, None]
        return units
