"""Pictures in other styles."""

import numpy as np
import pytest

from dissection.data.sources import Images
from dissection.data.storybook import Storybook
from dissection.data.styles import RestyledScenes, StylizedPictures, stylize
from dissection.errors import BadInputError


def test_scenes_keep_what_stands_where() -> None:
    scenes = RestyledScenes([3, 54], 100, 64)
    inputs = scenes.inputs([1, 0])
    book = Storybook("scenes")
    painted = book.paint(54, 101, 64)
    assert (
        ((inputs[0] + 1) * 127.5).round().byte().permute(1, 2, 0).numpy() == painted.image
    ).all()
    assert (painted.maps[0] == book.paint(54, None, 64).maps[0]).mean() > 0.9
    assert len(scenes) == 2


def test_a_picture_is_made_of_the_styles_patches_and_keeps_light_and_dark() -> None:
    content = np.full((64, 64, 3), 60, np.uint8)
    content[:, 32:] = 180
    style = np.zeros((64, 64, 3), np.uint8)
    style[:32] = 40, 0, 0  # a dark red, and a bright blue
    style[32:] = 30, 30, 250
    made = stylize(content, style, 1)
    assert (made[:, :24] == (40, 0, 0)).mean() > 0.9
    assert (made[:, 40:] == (30, 30, 250)).mean() > 0.9
    assert (made == stylize(content, style, 1)).all()


def test_nobody_takes_its_own_style() -> None:
    values = np.stack([np.full((3, 32, 32), level) for level in (-1.0, -0.2, 0.6)])
    source = StylizedPictures(Images(values), 5)
    made = source.inputs([0, 1, 2])
    assert sorted(made.mean((1, 2, 3)).tolist()) == pytest.approx([-1, -0.2, 0.6], abs=0.01)
    assert all(
        abs(float(one.mean()) - level) > 0.1
        for one, level in zip(made, (-1, -0.2, 0.6), strict=True)
    )
    with pytest.raises(BadInputError, match="at least 2"):
        StylizedPictures(Images(values[:1]), 5)
