"""The painter's pieces: vocabulary, canvas, noise, and the colors of the legend."""

import cv2
import numpy as np
import pytest

from dissection.data.storybook import STORYBOOK
from dissection.data.storybook.canvas import Box, Canvas
from dissection.data.storybook.legend import LABEL_COLORS
from dissection.data.storybook.noise import Noise, Profile
from dissection.data.storybook.palette import rgb
from dissection.data.storybook.vocabulary import label
from dissection.errors import UnknownNameError

RED = rgb(1, 0, 0)


def test_the_vocabulary_numbers_objects_then_parts_then_materials() -> None:
    assert len(STORYBOOK) == 1 + 16 + 11 + 11
    assert STORYBOOK.of("object") == list(range(1, 17))
    assert STORYBOOK.of("part") == list(range(17, 28))
    assert STORYBOOK.of("material") == list(range(28, 39))
    assert STORYBOOK.id(STORYBOOK.find("material:water")) != STORYBOOK.id(STORYBOOK.find("water"))


def test_labels_hold_an_index_for_each_channel() -> None:
    door = label("building", "door", "wood")
    assert [STORYBOOK[index].name for index in door] == ["building", "door", "wood"]
    assert label("sky") == (1, 0, 0)
    with pytest.raises(UnknownNameError, match="no part named 'wheel'"):
        label("building", "wheel")


def test_concepts_of_a_channel_have_colors_of_their_own() -> None:
    assert LABEL_COLORS.shape == (len(STORYBOOK), 3)
    assert LABEL_COLORS[0].tolist() == [0, 0, 0]
    for category in ("object", "part", "material"):
        colors = LABEL_COLORS[STORYBOOK.of(category)].astype(int)
        gaps = np.abs(colors[:, None] - colors[None]).sum(axis=2)
        assert gaps[~np.eye(len(colors), dtype=bool)].min() > 30


def test_a_rectangle_colors_and_labels_its_pixels() -> None:
    canvas = Canvas(128)
    # Coordinates count from the center of the first pixel: rows 31.5..63.5 are 32..63.
    canvas.put(canvas.rectangle(31.5 / 128, 15.5 / 128, 63.5 / 128, 23.5 / 128), RED, label("sky"))
    inside = np.zeros((128, 128), bool)
    inside[16:24, 32:64] = True
    assert (canvas.maps[0][inside] == 1).all()
    # The rasteriser fattens a shape by half a pixel, which may tip the pixels beside it, no more.
    rows, columns = np.nonzero(canvas.maps[0])
    assert rows.min() in (15, 16)
    assert rows.max() in (23, 24)
    assert columns.min() in (31, 32)
    assert columns.max() in (63, 64)
    assert (canvas.image()[inside] == [255, 0, 0]).all()
    assert canvas.picture[1:].max() == 0
    assert canvas.image()[40, 40].tolist() == [0, 0, 0]


def test_shapes_are_cut_at_the_edge_and_outside_paint_nothing() -> None:
    canvas = Canvas(64)
    canvas.put(canvas.ellipse((0.0, 0.5), (0.25, 0.25)), RED, label("sky"))
    covered = (canvas.maps[0] > 0).mean()
    assert covered == pytest.approx(np.pi * 0.25**2 / 2, rel=0.12)
    before = canvas.picture.copy()
    canvas.put(canvas.ellipse((2.0, 0.5), (0.25, 0.25)), RED, label("cloud"))
    canvas.put(canvas.rectangle(-1, -1, -0.5, -0.5), RED, label("cloud"))
    np.testing.assert_array_equal(canvas.picture, before)
    assert canvas.maps.max() == 1


def test_half_covered_pixels_mix_and_keep_the_label_below() -> None:
    canvas = Canvas(64)
    box = canvas.band(0, 1)
    full = np.ones(box.shape, np.float32)
    canvas.put(canvas.rectangle(-1, -1, 2, 2), rgb(0, 0, 1), label("sky"))
    canvas.put(canvas.rectangle(-1, -1, 2, 2)._replace(alpha=full * 0.4), RED, label("cloud"))
    np.testing.assert_allclose(canvas.picture[:, 30, 30], [0.4, 0, 0.6], atol=1e-6)
    assert (canvas.maps[0] == label("sky").object).all()
    canvas.shade(canvas.rectangle(-1, -1, 2, 2), 0.5)
    np.testing.assert_allclose(canvas.picture[:, 30, 30], [0.2, 0, 0.3], atol=1e-6)


@pytest.mark.parametrize("base", [2, 3, 28])
@pytest.mark.parametrize("size", [64, 150])
def test_a_window_of_noise_is_cut_from_the_whole(base: int, size: int) -> None:
    noise = Noise.draw(np.random.default_rng(base), base, 3, stretch=1.5)
    whole = noise.on(size, Box(slice(0, size), slice(0, size)))
    by_hand = sum(
        cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC) * weight
        for grid, weight in zip(noise.grids, (4 / 7, 2 / 7, 1 / 7), strict=True)
    )
    np.testing.assert_allclose(whole, by_hand, atol=1e-5)
    for rows, columns in (((0, 20), (0, 11)), ((33, 52), (41, 64)), ((5, 5), (0, 9))):
        box = Box(slice(*rows), slice(*columns))
        np.testing.assert_allclose(noise.on(size, box), whole[box.rows, box.columns], atol=1e-4)


def test_noise_has_the_same_shape_at_every_size() -> None:
    noise = Noise.draw(np.random.default_rng(0), 3, 4)
    small = noise.on(64, Box(slice(0, 64), slice(0, 64)))
    large = noise.on(256, Box(slice(0, 256), slice(0, 256)))
    shrunk = cv2.resize(large, (64, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(small - shrunk).mean() < 0.01
    assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("base", [2, 3, 8])
def test_a_profile_is_a_cut_through_noise(base: int) -> None:
    profile = Profile.draw(np.random.default_rng(1), base, 3)
    rng, lines = np.random.default_rng(2), []
    for _ in range(300):
        field = Noise.draw(rng, base, 3).on(65, Box(slice(32, 33), slice(0, 65)))
        lines.append(field[0])
    expected = np.std(lines, axis=0).mean()
    found = np.std([Profile.draw(rng, base, 3).along(65) for _ in range(300)], axis=0).mean()
    assert found == pytest.approx(expected, rel=0.08)
    assert profile.along(200).shape == (200,)
