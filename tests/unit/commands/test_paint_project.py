"""``dissection paint --project``: what was painted in the window, without a window."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Edit, Mode, Stroke
from dissection.painting.history import Painted
from dissection.painting.masks import disc
from dissection.painting.project import PaintedScene, Project, to_bytes, write_project
from support.synthetic import make_dissection
from support.tiny import tiny_generator


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "little.safetensors"
    save_generator(tiny_generator((32, 32, 16, 8)), path)
    return path


@pytest.fixture
def strokes() -> tuple[Stroke, Stroke]:
    tree, door = (b.brush for b in make_dissection().brushes()[:2])
    return (
        Stroke(disc((32, 32), 8, 8, 4), tree, Mode.DRAW, 0.5),
        Stroke(disc((32, 32), 20, 24, 4), door, Mode.ERASE),
    )


@pytest.fixture
def project(model: Path, strokes: tuple[Stroke, Stroke]) -> Project:
    digest = load_generator(model).digest
    first, second = strokes
    return Project(
        (
            PaintedScene(str(model), digest, 7, None, (Painted(first), Painted(second, False))),
            PaintedScene(str(model), digest, 9, None, (Painted(second),)),
        )
    )


def rendered(model: Path, z: np.ndarray, edit: Edit) -> np.ndarray:
    renderer = Renderer(load_generator(model), "cpu", "float32")
    renderer.set_latent(z)
    return renderer.render(edit, exact=True)


def paint(tmp_path: Path, *arguments: str) -> tuple[str, np.ndarray]:
    out = tmp_path / "out.png"
    given = ["paint", "--project", str(tmp_path / "p.ganpaint"), "--out", str(out)]
    result = CliRunner().invoke(app, [*given, "--device", "cpu", *arguments])
    assert result.exit_code == 0, (result.output, result.exception)
    with Image.open(out) as image:
        return result.output, np.asarray(image)


def test_the_scene_on_screen_or_another_one(
    tmp_path: Path, model: Path, project: Project, strokes: tuple[Stroke, Stroke]
) -> None:
    write_project(tmp_path / "p.ganpaint", project)
    said, picture = paint(tmp_path)
    assert "seed 7 of little with 1 strokes" in said  # the other one is off
    wanted = rendered(model, standard([7], 16), Edit(strokes[:1]))
    np.testing.assert_array_equal(picture, wanted)
    _, picture = paint(tmp_path, "--seed", "9")
    wanted = rendered(model, standard([9], 16), Edit(strokes[1:]))
    np.testing.assert_array_equal(picture, wanted)
    (tmp_path / "out.png").rename(tmp_path / "p.ganpaint")  # a picture is a project of one scene
    said, again = paint(tmp_path)
    np.testing.assert_array_equal(again, wanted)


def test_the_projects_own_latent_counts(
    tmp_path: Path, model: Path, project: Project, strokes: tuple[Stroke, Stroke]
) -> None:
    z = np.linspace(-1, 1, 16, dtype=np.float32)
    own = replace(project, scenes=(replace(project.scene, latent=z),))
    write_project(tmp_path / "p.ganpaint", own)
    _, picture = paint(tmp_path)
    np.testing.assert_array_equal(picture, rendered(model, z[None], Edit(strokes[:1])))


def test_what_a_damaged_project_has_lost_is_said(tmp_path: Path, project: Project) -> None:
    lines = to_bytes(project).split(b"\n")
    (tmp_path / "p.ganpaint").write_bytes(b"\n".join(lines[:2] + lines[3:]))
    said, _ = paint(tmp_path)
    assert "1 of 2 strokes of seed 7 could not be read" in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--stroke", "tree:draw:8,8,3"], "A project brings its own strokes"),
        (["--seed", "3"], "no scene of seed 3; it has 7, 9"),
        (["--model", "OTHER"], "name the generator that it was painted with by --model"),
    ],
)
def test_mistakes(arguments: list[str], complaint: str, tmp_path: Path, project: Project) -> None:
    write_project(tmp_path / "p.ganpaint", project)
    other = tmp_path / "other.safetensors"
    save_generator(tiny_generator((32, 16)), other)
    given = ["paint", "--project", str(tmp_path / "p.ganpaint"), "--out", str(tmp_path / "o.png")]
    words = [str(other) if word == "OTHER" else word for word in arguments]
    result = CliRunner().invoke(app, [*given, *words])
    assert complaint in str(result.exception)
    assert not (tmp_path / "o.png").exists()


def test_something_must_be_painted(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["paint", "--out", str(tmp_path / "o.png")])
    assert "give --stroke, or --project" in str(result.exception)
