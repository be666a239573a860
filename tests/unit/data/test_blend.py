from itertools import pairwise

import numpy as np
import pytest
import torch

from dissection.data.latents import Blend, blend, latent_of, standard
from dissection.errors import BadInputError
from support.tiny import tiny_generator


def test_a_blend_is_as_long_as_a_standard_latent() -> None:
    rows = standard(400)
    lengths = np.linalg.norm(rows, axis=1)
    one, other = rows[12], rows[57]
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        made = blend(one, other, share)
        assert made.dtype == np.float32
        assert lengths.min() < np.linalg.norm(made) < lengths.max()
    assert np.linalg.norm((one + other) / 2) < lengths.min()  # a straight line leaves them


def test_it_goes_evenly_from_one_to_the_other() -> None:
    one, other = standard([12, 57])

    def angle(a: np.ndarray, b: np.ndarray) -> float:
        cosine = float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        return float(np.arccos(np.clip(cosine, -1, 1)))

    assert np.array_equal(blend(one, other, 0), one)
    assert np.array_equal(blend(one, other, 1), other)
    whole = angle(one, other)
    steps = [blend(one, other, share) for share in (0, 0.2, 0.4, 0.6, 0.8, 1)]
    for before, after in pairwise(steps):
        assert angle(before, after) == pytest.approx(whole / 5, rel=1e-3)


def test_the_straight_line_shows_the_same_pictures_at_another_pace() -> None:
    generator = tiny_generator(depth=16)
    one, other = standard([3, 8], 16)
    middle = (one / np.linalg.norm(one) + other / np.linalg.norm(other)) / 2
    pictures = generator(torch.from_numpy(np.stack([middle, blend(one, other, 0.5)])))
    torch.testing.assert_close(pictures[0], pictures[1], atol=1e-4, rtol=0)


def test_a_scene_is_a_row_or_a_blend_of_two() -> None:
    one, other = standard([12, 57], 24)
    assert np.array_equal(latent_of(12, 24), one)
    made = latent_of(12, 24, Blend(57, 0.4))
    assert np.array_equal(made, blend(one, other, 0.4))
    latent_of(12, 24)[:] = 0  # the caller's own
    assert np.array_equal(latent_of(12, 24), one)


def test_opposite_latents_are_blended_along_the_line() -> None:
    one = standard([0], 8)[0]
    np.testing.assert_allclose(blend(one, -one, 0.25), one / 2, rtol=1e-5)
    with pytest.raises(BadInputError, match="from 0 to 1"):
        blend(one, one, 1.1)
    with pytest.raises(BadInputError, match="one size"):
        blend(one, one[:4], 0.5)


def test_far_rows_are_the_same_when_the_stream_is_taken_up_again() -> None:
    whole = np.random.RandomState(9).standard_normal(9000 * 64).reshape(9000, 64)
    for row in (8999, 5000, 8500, 8191, 8192, 3):
        assert np.array_equal(standard([row], 64, seed=9)[0], whole[row].astype(np.float32))
