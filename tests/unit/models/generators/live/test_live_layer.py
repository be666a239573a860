"""Layers of the live network, before anything is rounded."""

import torch
from torch.nn import functional as F

from dissection.models.generators.live.layer import corner_kernel


def test_cells_around_corners_are_those_of_doubling_and_a_convolution() -> None:
    torch.manual_seed(1)
    x, weight = torch.randn(1, 3, 5, 4), torch.randn(6, 3, 3, 3)
    expected = F.conv2d(F.interpolate(x, scale_factor=2.0), weight, padding=1)
    corners = F.conv2d(x, corner_kernel(weight), padding=1)[0].view(2, 2, 6, 6, 5)
    cells = corners.permute(2, 3, 0, 4, 1).reshape(6, 12, 10)[:, 1:-1, 1:-1]
    torch.testing.assert_close(cells, expected[0])
