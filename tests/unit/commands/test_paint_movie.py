from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.latents import Blend, latent_of
from dissection.errors import BadInputError
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting import movie, movie_video
from dissection.painting.edits import Edit, Mode, Stroke
from dissection.painting.history import Painted
from dissection.painting.masks import disc
from dissection.painting.project import PaintedScene, Project, write_project
from dissection.runtime.files import file_digest
from support.synthetic import make_dissection
from support.tiny import tiny_generator


@pytest.fixture
def project(tmp_path: Path) -> Path:
    model = tmp_path / "little.safetensors"
    save_generator(tiny_generator((32, 32, 16, 8)), model)
    tree, door = (b.brush for b in make_dissection().brushes()[:2])
    history = (
        Painted(Stroke(disc((32, 32), 8, 8, 4), tree, Mode.DRAW)),
        Painted(Stroke(disc((32, 32), 20, 24, 4), door, Mode.ERASE)),
    )
    scene = PaintedScene(str(model), file_digest(model), 7, None, history, Blend(9, 0.4))
    path = tmp_path / "p.ganpaint"
    write_project(path, Project((scene,)))
    return path


def test_a_movie_of_a_project_begins_without_strokes_and_ends_with_all(
    project: Path, tmp_path: Path
) -> None:
    path, out = tmp_path / "out.gif", tmp_path / "out.png"
    given = ("--movie", str(path), "--side", "32", "--fps", "4", "--hold", "0.5")
    ran = CliRunner().invoke(
        app, ["paint", "--project", str(project), "--out", str(out), "--device", "cpu", *given]
    )
    assert ran.exit_code == 0, ran.output
    assert f"with 2 strokes in {out} and {path}" in ran.output
    renderer = Renderer(load_generator(tmp_path / "little.safetensors"), "cpu", "float32")
    renderer.set_latent(latent_of(7, 16, Blend(9, 0.4)))
    before = renderer.render(Edit(), exact=True).astype(int)
    with Image.open(out) as image:
        after = np.asarray(image).astype(int)
    with Image.open(path) as frames:
        assert frames.size == (32, 32)
        assert frames.n_frames <= 1 + 2 * 3
        first = np.asarray(frames.convert("RGB")).astype(int)
        frames.seek(frames.n_frames - 1)
        last = np.asarray(frames.convert("RGB")).astype(int)
    assert np.abs(before - after).mean() > 4
    for frame, picture, other in ((first, before, after), (last, after, before)):
        assert np.abs(frame - picture).mean() < np.abs(frame - other).mean() / 2


def test_an_mp4_that_may_not_play_is_told(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("--side", "32", "--fps", "4", "--hold", "0", "--device", "cpu")
    arguments = ["paint", "--project", str(project), "--movie", str(tmp_path / "out.mp4"), *given]
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    assert "ganpaint[movies]" not in ran.output
    for module in (movie, movie_video):
        monkeypatch.setattr(module, "has_h264", lambda: False)
    ran = CliRunner().invoke(app, arguments)
    assert ran.exit_code == 0, ran.output
    assert "pip install 'ganpaint[movies]'" in ran.stderr


def test_it_says_what_is_missing(project: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["paint", "--project", str(project)])
    assert isinstance(ran.exception, BadInputError)
    assert "--out" in str(ran.exception)
    assert "--movie" in str(ran.exception)
    given = ["paint", "--project", str(project), "--movie", str(tmp_path / "out.avi")]
    ran = CliRunner().invoke(app, given)
    assert "ends in .gif, .mp4 or .webm" in str(ran.exception)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--fps", "5"), ("--side", "64"), ("--stroke-seconds", "1"), ("--hold", "2")],
)
def test_what_is_said_of_no_movie_is_refused(
    project: Path, tmp_path: Path, option: str, value: str
) -> None:
    given = ["paint", "--project", str(project), "--out", str(tmp_path / "p.png"), option, value]
    ran = CliRunner().invoke(app, given)
    assert f"{option} goes with --movie" in str(ran.exception)
    assert not (tmp_path / "p.png").exists()
