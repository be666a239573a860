import numpy as np
import pytest
import torch

from dissection.data.storybook.book import Storybook
from dissection.models.segmenters.storybook import load_segmenter
from dissection.training.picture_readings import PictureReadings, read_pictures


def test_areas_kinds_and_errors_are_those_of_the_pictures() -> None:
    areas = np.zeros((4, 3), np.float32)
    areas[:, 2] = [0.1, 0.3, 0.5, 0.7]
    night = np.array([True, True, False, False])
    read = PictureReadings(areas, night, np.zeros(4, bool), torch.zeros(4, 2), 2)
    assert read.shares[2] == pytest.approx(0.4)
    assert read.errors[2] == pytest.approx(np.std([0.1, 0.3, 0.5, 0.7], ddof=1) / 2)
    kinds = read.kinds()
    assert (kinds["night"].pictures, kinds["night"].share) == (2, 0.5)
    assert kinds["night"].building == pytest.approx(0.2)
    assert kinds["snow"].share == kinds["snow"].building == 0


def test_nights_and_snow_are_told_from_other_scenes() -> None:
    """Scenes painted in styles known to be so, and in one that is neither."""
    book = Storybook()
    styles = {"night": 0, "snow": 0, "plain": 0}
    from dissection.data.storybook.style import Style

    for seed in range(200):
        style = Style.draw(np.random.default_rng([1, seed]))
        kind = "night" if style.time == "night" else "snow" if style.snow else "plain"
        if style.time == "night" and style.snow:
            continue
        styles[kind] = seed
    scenes = [book.paint(7, style=styles[kind]).image for kind in ("night", "snow", "plain")]
    images = torch.from_numpy(np.stack(scenes)).permute(0, 3, 1, 2) / 127.5 - 1
    read = read_pictures([images[:2], images[2:]], load_segmenter("storybook"))
    assert read.night.tolist() == [True, False, False]
    assert read.snow.tolist() == [False, True, False]
    assert read.areas[:, read.building].min() > 0.02
    assert read.features.shape[0] == 3
    assert not torch.allclose(read.features[0], read.features[2])
