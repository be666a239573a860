"""The decoders of the published segmenters: pyramid pooling, and what comes after it.

Module names are those of the published weight files. Every interpolation is bilinear with
half-pixel centers (align_corners=False), and scores come out before any softmax.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.models.segmenters.prroi import PreciseRoIPool

SCALES = (1, 2, 3, 6)
_FPN = 512


def resized(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps (N, C, H, W) at another (height, width), bilinear, half-pixel centers."""
    if maps.shape[-2:] == size:
        return maps
    return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)


def _normed(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    """Convolution without bias, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class UnifiedScores(NamedTuple):
    """Scores (N, channels, h, w) of the unified network's heads, at 1/4 of its input."""

    object: Tensor
    part: Tensor
    material: Tensor


class UnifiedDecoder(nn.Module):
    """UPerNet (Xiao et al. 2018, figure 4): one feature pyramid, several heads.

    The object and part heads read all levels of the pyramid fused, the material head its finest
    level alone. The scene head is there because the published files hold it; it says nothing
    about places in the picture and is not computed.

    Args:
        objects: channels of the object head, nothing among them.
        parts: channels of the part head, all groups side by side.
        materials: channels of the material head, nothing among them.
        scenes: channels of the scene head.
        widths: channels of the encoder's four maps, finest first.
    """

    def __init__(
        self,
        objects: int = 336,
        parts: int = 427,
        materials: int = 26,
        scenes: int = 365,
        widths: Sequence[int] = (256, 512, 1024, 2048),
    ) -> None:
        super().__init__()
        deepest = widths[-1]
        self.ppm_pooling = nn.ModuleList(PreciseRoIPool(scale) for scale in SCALES)
        self.ppm_conv = nn.ModuleList(_normed(deepest, 512, 1) for _ in SCALES)
        self.ppm_last_conv = _normed(deepest + 512 * len(SCALES), _FPN, 3)
        self.fpn_in = nn.ModuleList(_normed(width, _FPN, 1) for width in widths[:-1])
        self.fpn_out = nn.ModuleList(nn.Sequential(_normed(_FPN, _FPN, 3)) for _ in widths[:-1])
        self.conv_fusion = _normed(_FPN * len(widths), _FPN, 3)
        self.scene_head = nn.Sequential(
            _normed(_FPN, _FPN, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(_FPN, scenes, 1)
        )
        self.object_head = _head(objects)
        self.part_head = _head(parts)
        self.material_head = _head(materials)

    def forward(self, maps: Sequence[Tensor]) -> UnifiedScores:
        """Scores from the encoder's four maps, finest first."""
        deepest = maps[-1]
        size = _size(deepest)
        pooled = [
            conv(resized(pool(deepest), size))
            for pool, conv in zip(self.ppm_pooling, self.ppm_conv, strict=True)
        ]
        x = self.ppm_last_conv(torch.cat([deepest, *pooled], 1))
        levels = [x]
        for lateral, out, finer in reversed(
            list(zip(self.fpn_in, self.fpn_out, maps[:-1], strict=True))
        ):
            x = lateral(finer) + resized(x, _size(finer))
            levels.insert(0, out(x))
        finest = levels[0]
        fused = self.conv_fusion(torch.cat([resized(y, _size(finest)) for y in levels], 1))
        return UnifiedScores(
            self.object_head(fused), self.part_head(fused), self.material_head(finest)
        )


def _head(channels: int) -> nn.Sequential:
    return nn.Sequential(_normed(_FPN, _FPN, 3), nn.Conv2d(_FPN, channels, 1))


def _size(maps: Tensor) -> tuple[int, int]:
    return maps.shape[-2], maps.shape[-1]


class ColorDecoder(nn.Module):
    """Pyramid pooling (Zhao et al. 2017) with ordinary adaptive average pooling.

    The ``deepsup`` branch helped training; it is there because the published files hold it.

    Args:
        colors: channels of the answer.
        width: channels of the encoder's last map.
    """

    def __init__(self, colors: int = 11, width: int = 512) -> None:
        super().__init__()
        self.ppm = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(scale), *_normed(width, 512, 1)) for scale in SCALES
        )
        self.cbr_deepsup = _normed(width // 2, width // 4, 3)
        self.conv_last = nn.Sequential(
            *_normed(width + 512 * len(SCALES), 512, 3),
            nn.Dropout2d(0.1),
            nn.Conv2d(512, colors, 1),
        )
        self.conv_last_deepsup = nn.Conv2d(width // 4, colors, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Scores (N, colors, h, w) from the encoder's maps, of which the last is read."""
        deepest = maps[-1]
        pooled = [resized(branch(deepest), _size(deepest)) for branch in self.ppm]
        scores: Tensor = self.conv_last(torch.cat([deepest, *pooled], 1))
        return scores
