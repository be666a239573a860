import numpy as np
import pytest

from dissection.data.latents import LAST_ROW, parse_rows, standard
from dissection.errors import BadInputError


def test_the_published_rows() -> None:
    latents = standard(10_000)
    assert latents.shape == (10_000, 512)
    assert latents.dtype == np.float32
    np.testing.assert_allclose(
        latents[0, :4], [1.6243454, -0.6117564, -0.5281718, -1.0729686], atol=5e-8
    )
    np.testing.assert_allclose(latents[489, :3], [-0.7076237, 1.1408352, -2.5541694], atol=5e-8)
    assert latents.sum(dtype=np.float64) == pytest.approx(-490.39, abs=0.005)


def test_a_row_depends_on_depth_and_seed_alone() -> None:
    many = standard(1400)
    picked = standard([1362, 0, 7, 1362])
    assert np.array_equal(picked, many[[1362, 0, 7, 1362]])
    assert np.array_equal(standard(np.array([5])), many[5:6])
    assert not np.array_equal(standard(2, depth=511)[1], many[1, :511])
    assert not np.array_equal(standard(1, seed=2), many[:1])


@pytest.mark.parametrize("depth", [1, 3, 100_003])
def test_drawing_in_pieces_is_one_stream(depth: int) -> None:
    # Odd sizes leave the second half of a pair of normals to the next piece.
    whole = np.random.RandomState(4).standard_normal(7 * depth).reshape(7, depth)
    assert np.array_equal(standard(7, depth, seed=4), whole.astype(np.float32))


def test_no_rows() -> None:
    assert standard(0).shape == standard([]).shape == (0, 512)


@pytest.mark.parametrize("rows", [-1, [3, -2], [LAST_ROW + 1], 10**12])
def test_rows_out_of_range(rows: int | list[int]) -> None:
    with pytest.raises(BadInputError, match="go from 0 to 999999, not"):
        standard(rows)


def test_rows_that_are_no_integers() -> None:
    with pytest.raises(BadInputError, match="are integers, not 'ab'"):
        standard("ab")


def test_rows_as_written() -> None:
    assert parse_rows("3,5, 10-13") == [3, 5, 10, 11, 12, 13]
    assert parse_rows("0") == [0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "'' in '' is neither"),
        ("3,,4", "'' in '3,,4' is neither"),
        ("3-", "'3-' in"),
        ("-3", "'-3' in"),
        ("1-2-3", "'1-2-3' in"),
        ("tree", "'tree' in"),
        ("9-4", "runs backwards"),
        ("4294967296", "Seeds go from 0 to 999999"),
        ("0-99999999999999999999", "goes beyond"),
        ("5,1000000", "'1000000' goes beyond"),
    ],
)
def test_rows_written_wrongly(text: str, complaint: str) -> None:
    with pytest.raises(BadInputError, match=complaint):
        parse_rows(text)
