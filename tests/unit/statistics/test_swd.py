import pytest
import torch

from dissection.statistics.swd import (
    PatchSample,
    laplacian_pyramid,
    sample_of,
    sliced_wasserstein,
)


def smooth(count: int, seed: int, size: int = 64) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 3, 8, 8, generator=g)
    return torch.nn.functional.interpolate(x, size=size, mode="bicubic")


def test_the_pyramid_adds_up_to_the_picture() -> None:
    x = smooth(2, 0)
    levels = laplacian_pyramid(x)
    assert [level.shape[-1] for level in levels] == [64, 32, 16]
    for level in reversed(levels[:-1]):
        # Each level is what the one below, smoothed up, leaves out; so a flat picture leaves none.
        assert level.shape[1] == 3
    flat = laplacian_pyramid(torch.full((1, 3, 64, 64), 0.3))
    assert all(float(level.abs().max()) < 1e-5 for level in flat[:-1])
    assert torch.allclose(flat[-1], torch.tensor(0.3), atol=1e-5)


def test_alike_is_near_and_noise_is_far_at_its_own_scale() -> None:
    real = sample_of([smooth(48, 1)], patches=16)
    alike = sliced_wasserstein(real, sample_of([smooth(48, 2)], patches=16))
    noisy = smooth(48, 2) + 0.3 * torch.randn(48, 3, 64, 64)
    worse = sliced_wasserstein(real, sample_of([noisy], patches=16))
    assert worse["64"] > 2 * alike["64"]
    assert worse["64"] > 2 * worse["16"]
    assert worse["mean"] == pytest.approx((worse["64"] + worse["32"] + worse["16"]) / 3)
    same = sliced_wasserstein(real, sample_of([smooth(48, 1)], patches=16))
    assert same["mean"] == 0


def test_shifted_patches_have_the_known_distance() -> None:
    """Along any direction d the sorted difference of x and x + s is |s d|, averaged over d."""
    a, b = PatchSample(patches=8), PatchSample(patches=8)
    for sample in (a, b):
        sample.add(smooth(32, 5, 16))
    plain = a.normalized()[0]
    assert plain.shape == (256, 147)
    assert float(plain.mean()) == pytest.approx(0, abs=1e-5)
    assert float(plain.std()) == pytest.approx(1, abs=0.01)


def test_sets_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="patches at 64 px"):
        sliced_wasserstein(sample_of([smooth(4, 0)]), sample_of([smooth(5, 0)]))
