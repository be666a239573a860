import numpy as np
import pytest
import torch
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.training.quality import distance, generated


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


def test_distance_is_taken_at_the_size_of_the_held_out_pictures() -> None:
    torch.manual_seed(0)
    generator = ProgressiveGenerator((4, 4, 4, 4, 4), depth=4).eval().requires_grad_(False)
    pictures = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), np.uint8)
    assert set(distance(generator, pictures)) == {"32", "16", "mean"}
