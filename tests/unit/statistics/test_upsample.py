import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.statistics.upsample import axis_weights, upsample


def published(features: torch.Tensor, grid: int) -> torch.Tensor:
    """The reference's way: grid_sample over a half-pixel-centered grid, zeros beyond the border."""
    height, width = features.shape[2:]

    def axis(cells: int) -> torch.Tensor:
        position = (torch.arange(grid, dtype=torch.float64) + 0.5) * cells / grid - 0.5
        return position / max(cells - 1, 1) * 2 - 1

    y, x = torch.meshgrid(axis(height), axis(width), indexing="ij")
    points = torch.stack([x, y], -1).expand(len(features), -1, -1, -1)
    return F.grid_sample(
        features.double(), points, mode="bilinear", padding_mode="zeros", align_corners=True
    )


@pytest.mark.parametrize(
    ("source", "target", "first", "rows"),
    [
        (4, 64, 0.53125, 8),
        (8, 64, 0.5625, 4),
        (16, 64, 0.625, 2),
        (32, 64, 0.75, 1),
        (7, 56, 0.5625, 4),
        (14, 56, 0.625, 2),
        (28, 56, 0.75, 1),
    ],
)
def test_border_weights_are_the_golden_ones(
    source: int, target: int, first: float, rows: int
) -> None:
    sums = axis_weights(source, target).sum(1)
    assert sums[0] == pytest.approx(first)
    assert sums[-1] == pytest.approx(first)
    assert (sums < 1).sum() == 2 * rows


def test_equal_and_larger_maps() -> None:
    np.testing.assert_array_equal(axis_weights(64, 64), np.eye(64))
    averages = axis_weights(128, 64)
    assert averages[5, 10:12].tolist() == [0.5, 0.5]
    assert (averages > 0).sum() == 128
    middle = axis_weights(256, 64)
    assert middle[5, 20:24].tolist() == [0, 0.5, 0.5, 0]


@pytest.mark.parametrize(
    ("shape", "grid"), [((4, 4), 64), ((8, 16), 64), ((13, 13), 56), ((128, 128), 64), ((7, 7), 56)]
)
def test_it_is_what_grid_sample_gives(shape: tuple[int, int], grid: int) -> None:
    features = torch.randn(2, 3, *shape, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(
        upsample(features.double(), grid), published(features, grid), atol=1e-9, rtol=1e-9
    )
    assert upsample(features, grid).dtype == torch.float32


def test_gradients_pass_through() -> None:
    features = torch.ones(1, 1, 8, 8, requires_grad=True)
    upsample(features, 64).sum().backward()
    assert features.grad is not None
    # Each cell has a share of 64 samples; those at the border lose some to the zeros beyond.
    assert features.grad[0, 0, 4, 4] == pytest.approx(64)
    assert features.grad[0, 0, 0, 0] < 64


def test_no_cells_are_told() -> None:
    with pytest.raises(BadInputError, match="0 cells"):
        axis_weights(0, 64)


@pytest.mark.parametrize("factor", [2, 4])
def test_larger_maps_are_sampled_as_the_matrix_says_bit_for_bit(factor: int) -> None:
    chance = torch.Generator().manual_seed(factor)
    x = torch.randn(2, 3, 8 * factor, 8 * factor, generator=chance)
    weights = torch.from_numpy(axis_weights(8 * factor, 8)).float()
    assert torch.equal(upsample(x, 8), weights @ x @ weights.T)
