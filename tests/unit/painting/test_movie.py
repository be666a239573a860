from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from dissection.errors import BadInputError, DissectionError
from dissection.painting.edits import Brush, LayerUnits, Mode, Stroke
from dissection.painting.history import Painted
from dissection.painting.movie import MovieSettings, growth, seconds_of, write_movie
from dissection.runtime.progress import Progress, Stopped
from dissection.vocabulary import Concept

TREE = Brush(Concept("tree", "object"), {"layer4": LayerUnits((1, 2), (3.0, 4.0))})


def stroke(strength: float = 1.0) -> Stroke:
    return Stroke(np.ones((8, 8), np.float32), TREE, Mode.DRAW, strength)


def pictures(count: int = 9, size: int = 32) -> list[np.ndarray]:
    """A square that wanders over a gradient which stays."""
    ground = np.zeros((size, size, 3), np.uint8)
    ground[..., 2] = np.linspace(60, 250, size)[:, None]
    frames = []
    for place in range(count):
        frame = ground.copy()
        frame[4:12, 2 * place : 2 * place + 8] = (220, 40, 30)
        frames.append(frame)
    return frames


def test_each_stroke_comes_in_with_growing_strength() -> None:
    history = (Painted(stroke()), Painted(stroke(), shown=False), Painted(stroke(0.6)))
    edits = growth(history, MovieSettings(fps=8, stroke_seconds=0.5))
    strengths = [[s.strength for s in edit.strokes] for edit in edits]
    assert strengths[:5] == [[], [0.25], [0.5], [0.75], [1.0]]
    assert strengths[5:] == [[1.0, pytest.approx(0.6 * k / 4)] for k in (1, 2, 3, 4)]
    assert edits[-1].strokes == (history[0].stroke, history[2].stroke)  # the very edit
    with pytest.raises(BadInputError, match="no stroke"):
        growth((Painted(stroke(), shown=False),), MovieSettings())


def test_a_gif_holds_its_ends_and_shares_one_palette(tmp_path: Path) -> None:
    path, settings = tmp_path / "out.gif", MovieSettings(fps=7, side=64, hold_seconds=2)
    write_movie(path, pictures(), settings)
    with Image.open(path) as movie:
        assert movie.size == (64, 64)
        assert movie.info["loop"] == 0
        assert movie.n_frames == 9
        durations, frames = [], []
        for index in range(movie.n_frames):
            movie.seek(index)
            durations.append(movie.info["duration"])
            frames.append(np.asarray(movie.convert("RGB"), np.int64))
            assert index == 0 or not movie.tile or movie.tile[0][1] != (0, 0, 64, 64)
    assert (durations[0], durations[-1]) == (2000, 2000)
    assert sum(durations) == pytest.approx(1000 * (14 + 14 + 7) / 7, abs=5)
    for frame, picture in zip(frames, pictures(), strict=True):
        wanted = np.asarray(Image.fromarray(picture).resize((64, 64), Image.Resampling.BICUBIC))
        assert np.abs(frame - wanted).mean() < 6
        np.testing.assert_array_equal(frame[40:], frames[0][40:])  # what stays does not flicker


def test_an_mp4_has_all_frames(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write_movie(path, pictures(size=33), MovieSettings(fps=10, hold_seconds=0.5))
    movie = cv2.VideoCapture(str(path))
    assert movie.get(cv2.CAP_PROP_FPS) == pytest.approx(10)
    frames = []
    while (got := movie.read())[0]:
        frames.append(got[1][:, :, ::-1].astype(np.int64))
    movie.release()
    assert len(frames) == 5 + 7 + 5
    assert frames[0].shape == (264, 264, 3)
    for frame, picture in ((frames[0], pictures(size=33)[0]), (frames[-1], pictures(size=33)[-1])):
        wanted = np.asarray(Image.fromarray(picture).resize((264, 264), Image.Resampling.BICUBIC))
        assert np.abs(frame - wanted).mean() < 8


@pytest.mark.parametrize("name", ["out.gif", "out.mp4"])
def test_a_movie_that_is_stopped_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    told: list[Progress] = []

    def report(progress: Progress) -> bool:
        told.append(progress)
        return progress.done < 3

    with pytest.raises(Stopped):
        write_movie(tmp_path / name, pictures(), MovieSettings(), report)
    assert [p.done for p in told] == [0, 1, 2, 3]
    assert told[0].total == 9
    assert list(tmp_path.iterdir()) == []


def test_without_a_codec_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2.VideoWriter, "isOpened", lambda _: False)
    with pytest.raises(DissectionError, match="export a GIF instead"):
        write_movie(tmp_path / "out.mp4", pictures(), MovieSettings())
    assert list(tmp_path.iterdir()) == []


def test_settings_that_no_movie_can_have() -> None:
    for wrong in ({"fps": 0}, {"fps": 60}, {"side": 4}, {"hold_seconds": 100}):
        with pytest.raises(BadInputError):
            MovieSettings(**wrong)
    with pytest.raises(BadInputError, match=r"ends in \.gif or \.mp4"):
        write_movie("out.avi", pictures(), MovieSettings())
    assert MovieSettings().side_of(128) == 256
    assert MovieSettings().side_of(1024) == 1024
    assert seconds_of(2, MovieSettings(fps=10, stroke_seconds=1, hold_seconds=1)) == 3.9
