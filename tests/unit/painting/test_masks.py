import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.painting.masks import disc, segment


def test_a_disc_covers_its_area_around_its_center() -> None:
    mask = disc((64, 48), 20.0, 30.5, 9.0)
    assert mask.dtype == np.float32
    assert mask.shape == (64, 48)
    assert mask.sum() == pytest.approx(np.pi * 81, rel=0.01)
    rows, columns = np.indices(mask.shape) + 0.5
    assert (mask * columns).sum() / mask.sum() == pytest.approx(20.0, abs=1e-3)
    assert (mask * rows).sum() / mask.sum() == pytest.approx(30.5, abs=1e-3)


def test_known_pixels_of_a_small_disc() -> None:
    # Centers at distances 0, 1 and sqrt 2 from the middle of pixel (1, 1).
    np.testing.assert_allclose(
        disc((3, 3), 1.5, 1.5, 1.0), [[0.0858, 0.5, 0.0858], [0.5, 1, 0.5], [0.0858, 0.5, 0.0858]],
        atol=1e-4,
    )  # fmt: skip


def test_a_segment_is_the_union_of_discs_on_the_way() -> None:
    start, end = (8.0, 40.0), (50.0, 12.0)
    way = segment((64, 64), start, end, 5.0)
    steps = np.linspace(0, 1, 400)
    union = np.max(
        [
            disc(
                (64, 64), start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1]), 5
            )
            for t in steps
        ],
        axis=0,
    )
    np.testing.assert_allclose(way, union, atol=0.01)
    np.testing.assert_allclose(way, segment((64, 64), end, start, 5.0), atol=1e-5)


def test_the_smallest_brush_touches_at_least_one_pixel_anywhere() -> None:
    rng = np.random.default_rng(0)
    for x, y in rng.uniform(0, 8, (50, 2)):
        assert disc((8, 8), x, y, 0.5).max() > 0.2


def test_what_lies_outside_is_cut_off() -> None:
    assert not disc((8, 8), -20.0, 4.0, 3.0).any()
    half = disc((8, 8), 0.0, 4.0, 3.0)
    np.testing.assert_array_equal(half, disc((8, 16), 8.0, 4.0, 3.0)[:, 8:])


@pytest.mark.parametrize("radius", [0.0, -1.0, float("nan"), float("inf")])
def test_a_brush_without_a_size_is_refused(radius: float) -> None:
    with pytest.raises(BadInputError, match="radius above 0"):
        disc((8, 8), 4.0, 4.0, radius)
