import numpy as np
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


def test_how_pictures_are_cut_into_batches_changes_nothing() -> None:
    pictures = torch.rand(30, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    whole = sample_of([pictures], patches=4)
    for size in (1, 7, 25):
        cut = sample_of(pictures.split(size), patches=4)
        assert set(sliced_wasserstein(whole, cut).values()) == {0.0}
    growing = PatchSample(patches=4)
    for part in pictures.split(11):
        growing.add(part)
        assert len(growing.normalized()[0])  # being looked at on the way changes nothing, too
    assert sliced_wasserstein(whole, growing)["mean"] == 0
    with pytest.raises(ValueError, match="after"):
        growing.add(pictures[..., :16, :16])


def test_batches_of_25_are_given_the_places_that_published_figures_have() -> None:
    """Of each batch and level first the tops of all patches, then how far left, in one stream."""
    rng = np.random.default_rng(0)
    levels: list[list[torch.Tensor]] = [[], []]
    pictures = smooth(30, 3, 32)
    for batch in pictures.split(25):
        for kept, level in zip(levels, laplacian_pyramid(batch), strict=True):
            room = level.shape[-1] - 6
            top, left = (rng.integers(0, room, (len(batch), 4)) for _ in "yx")
            for n, picture in enumerate(level):
                for y, x in zip(top[n], left[n], strict=True):
                    kept.append(picture[:, y : y + 7, x : x + 7].permute(1, 2, 0).flatten(0, 1))
    for kept, found in zip(levels, sample_of([pictures], patches=4).normalized(), strict=True):
        patches = torch.stack(kept).half().float()
        wanted = (patches - patches.mean((0, 1))) / patches.std((0, 1)).clamp_min(1e-8)
        assert torch.equal(found, wanted.flatten(1))
