"""Precise RoI pooling over a whole map, as two small constant matrices.

Precise RoI pooling (Jiang et al. 2018, "Acquisition of localization confidence", equation 4) takes
the mean of the bilinearly interpolated map over each bin. The hat function of bilinear
interpolation is a product of a vertical and a horizontal one, and so is the pooling: for one map F
it is ``A_h F A_w^T``. No compiled extension is needed, gradients come for free, and it runs on any
device.
"""

from functools import cache

import torch
from torch import Tensor, nn


@cache
def pooling_matrix(length: int, bins: int) -> Tensor:
    """The weights of precise RoI pooling along one axis, for the region [0, length].

    Samples lie at 0 .. length - 1 and the map is zero outside of them, as the published network
    has it: the first sample counts half, and the last bin runs into the zero beyond the last
    sample, so that rows sum to less than 1 there.

    Args:
        length: samples along the axis, at least 1.
        bins: bins along the axis, at least 1.

    Returns:
        float64 (bins, length): the integral of each sample's hat over each bin, over the bin's
        width. Shared; not to be written to.
    """
    edges = torch.arange(bins + 1, dtype=torch.float64) * (length / bins)
    samples = torch.arange(length, dtype=torch.float64)
    reached = _hat_integral(edges[:, None] - samples[None, :])
    return (reached[1:] - reached[:-1]) / (length / bins)


def _hat_integral(t: Tensor) -> Tensor:
    """The integral from minus infinity to t of the hat function max(0, 1 - |x|)."""
    t = t.clamp(-1, 1)
    return torch.where(t < 0, (t + 1) ** 2 / 2, 1 - (1 - t) ** 2 / 2)


class PreciseRoIPool(nn.Module):
    """Pools whole maps (N, C, H, W) to (N, C, bins, bins); has no parameters and no buffers."""

    def __init__(self, bins: int) -> None:
        super().__init__()
        self.bins = bins

    def forward(self, maps: Tensor) -> Tensor:
        """Float (N, C, bins, bins), dtype and device of ``maps``."""
        rows = pooling_matrix(maps.shape[-2], self.bins).to(maps)
        columns = pooling_matrix(maps.shape[-1], self.bins).to(maps)
        return rows @ maps @ columns.T

    def extra_repr(self) -> str:
        """What ``print`` shows."""
        return str(self.bins)
