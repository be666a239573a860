from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dissection.data.storybook.book import Storybook
from dissection.errors import BadInputError, UnknownNameError
from dissection.training.pictures import open_pictures


def test_scenes_are_those_of_their_layouts(tmp_path: Path) -> None:
    pictures = open_pictures("storybook:churches", 64, 40, tmp_path, first=100)
    scene = Storybook("churches").paint(137, size=64)
    assert pictures.maps is not None
    assert np.array_equal(pictures.images[37], scene.image)
    assert np.array_equal(pictures.maps[37], scene.maps)


def test_interrupted_painting_goes_on(tmp_path: Path) -> None:
    def stop_at_once(done: int, _: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_pictures("storybook:churches", 64, 70, tmp_path, stop_at_once)
    (ledger,) = tmp_path.glob("*.done")
    assert ledger.read_text() == "0\n"
    ledger.write_text("0\n3")  # a torn line counts for nothing
    done: list[int] = []
    pictures = open_pictures("storybook:churches", 64, 70, tmp_path, lambda d, _: done.append(d))
    assert len(done) == 2
    assert pictures.images.any((1, 2, 3)).all()


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "deeper").mkdir(parents=True)
    wide = np.zeros((40, 80, 3), np.uint8)
    wide[:, 20:60] = (10, 200, 30)  # the central square
    Image.fromarray(wide).save(photos / "a.png")
    Image.new("L", (8, 8), 90).save(photos / "deeper" / "b.jpg")
    (photos / "c.png").write_bytes(b"no picture")
    (photos / "notes.txt").write_text("not looked at")
    for _ in range(2):  # the second time from the cache
        pictures = open_pictures(str(photos), 16, 0, tmp_path / "cache")
        assert pictures.maps is None
        assert pictures.images.shape == (2, 16, 16, 3)
        assert (pictures.images[0] == (10, 200, 30)).all()
        assert abs(int(pictures.images[1, 5, 5, 0]) - 90) < 3
        assert "1 unreadable" in pictures.source


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no folder"):
        open_pictures(str(tmp_path / "none"), 16, 0, tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match="no readable picture"):
        open_pictures(str(tmp_path / "empty"), 16, 0, tmp_path / "cache")
    with pytest.raises(BadInputError, match="not 0"):
        open_pictures("storybook:churches", 64, 0, tmp_path)
    with pytest.raises(UnknownNameError, match="churches"):
        open_pictures("storybook:castles", 64, 5, tmp_path)
