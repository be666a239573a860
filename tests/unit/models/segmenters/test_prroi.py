import pytest
import torch

from dissection.models.segmenters.prroi import PreciseRoIPool, pooling_matrix

SCALES = (1, 2, 3, 6)


def interpolated(values: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Linear interpolation at t of samples at 0 .. W - 1, zero outside, straight by definition."""
    hats = (1 - (t[:, None] - torch.arange(len(values))).abs()).clamp(min=0)
    return hats @ values


@pytest.mark.parametrize("bins", SCALES)
@pytest.mark.parametrize("length", [2, 7, 8, 13])
def test_matrix_is_the_mean_of_the_interpolated_row(length: int, bins: int) -> None:
    values = torch.randn(length, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    steps = 20_000
    t = (torch.arange(bins * steps, dtype=torch.float64) + 0.5) * length / (bins * steps)
    integral = interpolated(values, t).view(bins, steps).mean(1)
    torch.testing.assert_close(pooling_matrix(length, bins) @ values, integral, atol=1e-6, rtol=0)


def test_golden_weights_of_eight_samples() -> None:
    one = pooling_matrix(8, 1)[0]
    torch.testing.assert_close(one, torch.tensor([1 / 16] + [1 / 8] * 7, dtype=torch.float64))
    last = [pooling_matrix(8, bins)[-1].sum().item() for bins in SCALES]
    assert last == pytest.approx([0.9375, 0.875, 0.8125, 0.625])
    for bins in SCALES[1:]:
        sums = pooling_matrix(8, bins)[:-1].sum(1)
        torch.testing.assert_close(sums, torch.ones(bins - 1, dtype=torch.float64))


def test_pooling_of_maps_is_separable_and_differentiable() -> None:
    maps = torch.randn(2, 3, 5, 8, generator=torch.Generator().manual_seed(2), requires_grad=True)
    pooled = PreciseRoIPool(3)(maps)
    rows, columns = pooling_matrix(5, 3).float(), pooling_matrix(8, 3).float()
    expected = torch.einsum("ph,nchw,qw->ncpq", rows, maps, columns)
    torch.testing.assert_close(pooled, expected)
    pooled.sum().backward()
    torch.testing.assert_close(maps.grad[0, 0], rows.sum(0)[:, None] * columns.sum(0)[None])
    assert not list(PreciseRoIPool(3).state_dict())
