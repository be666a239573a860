import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.statistics.swd import PatchSample, sample_of, sliced_wasserstein
from dissection.training.quality import generated, pictured, sampled


def test_a_larger_generator_is_read_at_the_size_of_a_smaller_one() -> None:
    torch.manual_seed(0)
    generator = ProgressiveGenerator((8, 8, 8), depth=8).eval().requires_grad_(False)
    (own,) = generated(generator, 5)
    (half,) = generated(generator, 5, size=8)
    assert own.shape == (5, 3, 16, 16)
    assert torch.equal(half, F.avg_pool2d(own, 2))
    with pytest.raises(BadInputError, match="16 px cannot be compared at 12 px"):
        generated(generator, 5, size=12)
    with pytest.raises(BadInputError, match="at 32 px"):
        generated(generator, 5, size=32)


def test_patches_are_gathered_on_the_way_and_the_pictures_stay_the_same() -> None:
    torch.manual_seed(0)
    generator = ProgressiveGenerator((4, 4, 4, 4, 4), depth=4).eval().requires_grad_(False)
    pictures = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), np.uint8)
    real, fake = PatchSample(), PatchSample()
    seen = torch.cat([*sampled(generated(generator, 40, size=32), fake)])
    assert torch.equal(seen, torch.cat([*generated(generator, 40, size=32)]))
    for _ in sampled(pictured(pictures, 40), real):
        pass
    distance = sliced_wasserstein(real, fake)
    assert set(distance) == {"32", "16", "mean"}
    apart = sample_of(pictured(pictures, 40)), sample_of(generated(generator, 40, size=32))
    assert distance == sliced_wasserstein(*apart)


def test_scenes_are_made_smaller_as_generated_pictures_are() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), np.uint8)
    (large,) = pictured(pictures, 7)
    (small,) = pictured(pictures, 7, size=8)
    assert torch.equal(small, F.avg_pool2d(large, 4))
    assert torch.equal(torch.cat([*pictured(pictures, 5, size=32)]), large[:5])
