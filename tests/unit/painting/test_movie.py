import resource
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from dissection.errors import BadInputError, DissectionError
from dissection.painting import movie, movie_video
from dissection.painting.edits import Brush, LayerUnits, Mode, Stroke
from dissection.painting.history import Painted
from dissection.painting.movie import MovieSettings, growth, movie_note, seconds_of, write_movie
from dissection.runtime.progress import Progress, Stopped
from dissection.vocabulary import Concept

TREE = Brush(Concept("tree", "object"), {"layer4": LayerUnits((1, 2), (3.0, 4.0))})


@pytest.fixture(params=["PyAV", "OpenCV"])
def writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the extra ``movies``, and as if it were not installed."""
    if request.param == "OpenCV":
        without_extra(monkeypatch)
    return str(request.param)


def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (movie, movie_video):
        monkeypatch.setattr(module, "has_h264", lambda: False)


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


@pytest.mark.parametrize("name", ["out.mp4", "out.webm"])
def test_a_video_has_all_frames(tmp_path: Path, writer: str, name: str) -> None:
    path = tmp_path / name
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


def test_an_mp4_is_what_ordinary_players_open(tmp_path: Path) -> None:
    write_movie(tmp_path / "out.mp4", pictures(), MovieSettings())
    with av.open(str(tmp_path / "out.mp4")) as file:
        (stream,) = file.streams
        assert isinstance(stream, av.VideoStream)
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"  # others play in few programs
        assert stream.codec_context.colorspace == 1  # BT.709 is told, not guessed
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # it begins before all of it is read
    write_movie(tmp_path / "out.webm", pictures(), MovieSettings())
    with av.open(str(tmp_path / "out.webm")) as file:
        assert file.streams.video[0].codec_context.name == "vp9"


def test_colors_are_those_of_the_pictures(tmp_path: Path) -> None:
    colors = [(220, 40, 30), (20, 200, 60), (30, 60, 230), (250, 250, 250), (5, 5, 5)]
    flat = [np.full((64, 64, 3), color, np.uint8) for color in colors]
    write_movie(tmp_path / "out.mp4", flat, MovieSettings(side=64, hold_seconds=0))
    with av.open(str(tmp_path / "out.mp4")) as file:
        shown = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    for frame, color in zip(shown, colors, strict=True):
        assert np.abs(frame[32, 32].astype(int) - color).max() <= 4


def test_an_mp4_that_may_not_play_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [movie_note(suffix) for suffix in movie.FORMATS] == ["", "", ""]
    without_extra(monkeypatch)
    notes = {suffix: movie_note(suffix) for suffix in movie.FORMATS}
    assert "pip install 'ganpaint[movies]'" in notes.pop(".mp4")
    assert set(notes.values()) == {""}


FULL = """
import sys
import numpy as np
from pathlib import Path
from dissection.errors import DissectionError
from dissection.painting import movie, movie_video
if sys.argv[2] == "OpenCV":
    movie_video.has_h264 = lambda: False
noise = np.random.default_rng(0).integers(0, 255, (9, 256, 256, 3), np.uint8)
try:
    movie.write_movie(Path(sys.argv[1]), list(noise), movie.MovieSettings())
except DissectionError as error:
    print(error)
"""


@pytest.mark.parametrize("name", ["out.gif", "out.mp4", "out.webm"])
def test_a_full_disk_is_told_and_leaves_what_was_there(
    tmp_path: Path, writer: str, name: str
) -> None:
    """A real limit on the size of files, in a process of its own."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    path = tmp_path / name
    path.write_bytes(b"the movie before")
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(path), writer],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=True,
    )
    assert "Traceback" not in ran.stderr
    assert "disk is full" in ran.stdout or "is the disk full?" in ran.stdout
    assert "some space" in ran.stdout
    assert path.read_bytes() == b"the movie before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["out.gif", "out.mp4", "out.webm"])
def test_a_movie_that_is_stopped_leaves_nothing_behind(
    tmp_path: Path, writer: str, name: str
) -> None:
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
    without_extra(monkeypatch)
    monkeypatch.setattr(cv2.VideoWriter, "isOpened", lambda _: False)
    with pytest.raises(DissectionError, match="export a GIF instead"):
        write_movie(tmp_path / "out.mp4", pictures(), MovieSettings())
    assert list(tmp_path.iterdir()) == []


def test_settings_that_no_movie_can_have() -> None:
    for wrong in ({"fps": 0}, {"fps": 60}, {"side": 4}, {"hold_seconds": 100}):
        with pytest.raises(BadInputError):
            MovieSettings(**wrong)
    with pytest.raises(BadInputError, match=r"ends in \.gif, \.mp4 or \.webm"):
        write_movie("out.avi", pictures(), MovieSettings())
    assert MovieSettings().side_of(128) == 256
    assert MovieSettings().side_of(1024) == 1024
    assert seconds_of(2, MovieSettings(fps=10, stroke_seconds=1, hold_seconds=1)) == 3.9
