"""Project files: whole, cut short, garbled, and files that are none."""

import json
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dissection.data.images import write_picture
from dissection.errors import BadInputError
from dissection.painting.edits import Brush, LayerUnits, Mode, Stroke
from dissection.painting.history import Painted, UnitChoice, shown_edit
from dissection.painting.masks import disc
from dissection.painting.project import (
    PaintedScene,
    Project,
    from_bytes,
    read_project,
    to_bytes,
    write_project,
)
from dissection.painting.recipe import KEYWORD, Recipe
from dissection.vocabulary import Concept

BRUSH = Brush(Concept("tree", "object"), {"layer4": LayerUnits((7, 3), (1.5, 0.1))})


def painted(x: int, shown: bool = True) -> Painted:
    stroke = Stroke(disc((16, 20), x, 6, 3), BRUSH, Mode.DRAW, 0.7)
    return Painted(stroke, shown, UnitChoice("effect", 2, "0.995", 1.5))


@pytest.fixture
def project() -> Project:
    z = np.linspace(-2, 2, 24, dtype=np.float32)
    return Project(
        (
            PaintedScene("storybook-church", "ab" * 32, 104, z, (painted(3), painted(9, False))),
            PaintedScene("/else/where.pth", "cd" * 32, 7, None, (painted(5),)),
        ),
        shown=1,
        dissection="/some/folder",
    )


def same(one: Painted, other: Painted) -> bool:
    first, second = one.stroke, other.stroke
    return bool(
        np.array_equal(first.mask, second.mask)
        and (first.brush, first.mode, first.strength, first.rule)
        == (second.brush, second.mode, second.strength, second.rule)
        and (one.shown, one.choice) == (other.shown, other.choice)
    )


def test_a_project_comes_back_bit_for_bit(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "two.ganpaint"
    write_project(path, project)
    back = read_project(path)
    assert (back.shown, back.dissection, back.left_out) == (1, "/some/folder", ())
    assert {"ganpaint", "torch", "numpy"} <= set(back.versions)
    for one, other in zip(project.scenes, back.scenes, strict=True):
        assert (one.model, one.network, one.seed) == (other.model, other.network, other.seed)
        assert all(map(same, one.history, other.history))
        assert len(one.history) == len(other.history)
    np.testing.assert_array_equal(back.scenes[0].latent, project.scenes[0].latent)
    assert back.scenes[1].latent is None
    assert len(shown_edit(back.scenes[0].history).strokes) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["two.ganpaint"]


def test_a_damaged_stroke_is_left_out_and_counted(project: Project) -> None:
    lines = to_bytes(project).split(b"\n")
    lines[2] = lines[2].replace(b'"strength": 0.7', b'"strength": 0.9')
    back = from_bytes(b"\n".join(lines), "x")
    assert back.left_out == ("1 of 2 strokes of seed 104",)
    assert same(back.scenes[0].history[0], project.scenes[0].history[1])
    assert same(back.scenes[1].history[0], project.scenes[1].history[0])


def test_whichever_header_is_lost_the_other_one_serves(project: Project) -> None:
    lines = to_bytes(project).split(b"\n")
    for garbled in (0, 1, len(lines) - 2):
        rest = [line[::-1] if place == garbled else line for place, line in enumerate(lines)]
        back = from_bytes(b"\n".join(rest), "x")
        assert back.left_out == ()
        assert [len(scene.history) for scene in back.scenes] == [2, 1]


def test_wherever_the_file_is_cut_what_is_whole_is_opened(project: Project) -> None:
    data = to_bytes(project)
    header_ends = data.index(b"\n", data.index(b"\n") + 1)
    for end in range(0, len(data), 37):
        if end < header_ends:
            with pytest.raises(BadInputError, match=r"no project|beyond repair"):
                from_bytes(data[:end], "x")
            continue
        back = from_bytes(data[:end], "x")
        lost = 3 - sum(len(scene.history) for scene in back.scenes)
        assert lost == sum(int(text.split()[0]) for text in back.left_out)
        for scene in back.scenes:
            for stroke in scene.history:
                assert any(same(stroke, p) for s in project.scenes for p in s.history)


def test_random_damage_never_shows_as_anything_but_a_sentence(project: Project) -> None:
    rng = np.random.default_rng(3)
    data = np.frombuffer(to_bytes(project), np.uint8)
    for _ in range(150):
        garbled = data.copy()
        garbled[rng.integers(0, len(data), rng.integers(1, 30))] = rng.integers(0, 256)
        with suppress(BadInputError):
            back = from_bytes(garbled.tobytes(), "x")
            assert sum(len(s.history) for s in back.scenes) <= 3


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("schema", 3, "schema 3"),
        ("shown", 5, "scene 5 of 2"),
        ("scenes", "many", "damaged"),
        ("scenes", [{"model": "m", "network": "", "seed": -1, "latent": None, "strokes": 0}],
         "seed -1"),
        ("scenes", [{"model": "m", "network": "", "seed": 1, "latent": "AAAA", "strokes": 0}],
         "damaged"),
        ("versions", [], "damaged"),
    ],
)  # fmt: skip
def test_a_header_with_wrong_values_is_named(
    project: Project, key: str, value: object, complaint: str
) -> None:
    header = json.loads(to_bytes(project).split(b"\n")[1][9:])
    text = json.dumps({**header, key: value}).encode()
    line = b"%08x %s" % (zlib.crc32(text), text)
    with pytest.raises(BadInputError, match=complaint):
        from_bytes(b"GANPaint project\n" + line, "x")


@pytest.mark.parametrize("data", [b"", b"hello\nworld\n", bytes(range(256)), b"PK\x03\x04 zip"])
def test_files_that_are_no_project(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "notes.ganpaint"
    path.write_bytes(data)
    with pytest.raises(BadInputError, match="is no project"):
        read_project(path)
    with pytest.raises(BadInputError, match="cannot be opened: no such file"):
        read_project(tmp_path / "gone.ganpaint")
    with pytest.raises(BadInputError, match="cannot be opened: is a directory"):
        read_project(tmp_path)


def test_a_saved_picture_opens_with_its_strokes(project: Project, tmp_path: Path) -> None:
    history = project.scenes[0].history
    recipe = Recipe.of_history("storybook-church", "ab" * 32, 104, history)
    assert len(recipe.edit.strokes) == 1
    path = tmp_path / "picture.png"
    write_picture(path, np.zeros((8, 8, 3), np.uint8), {KEYWORD: recipe.to_text()})
    back = read_project(path)
    assert (back.scene.model, back.scene.seed) == ("storybook-church", 104)
    assert all(map(same, back.scene.history, history))
    assert len(back.scene.history) == 2


def test_pictures_that_carry_nothing_are_named(tmp_path: Path) -> None:
    plain = tmp_path / "holiday.png"
    Image.new("RGB", (4, 4)).save(plain)
    with pytest.raises(BadInputError, match=r"holiday\.png is a picture that carries no strokes"):
        read_project(plain)
    for name in ("a.jpg", "a.webp", "a.gif", "a.tif", "a.bmp"):
        Image.new("RGB", (4, 4)).save(tmp_path / name)
        with pytest.raises(BadInputError, match=r"One picture.* units in the tab Units"):
            read_project(tmp_path / name)
    plain.write_bytes(plain.read_bytes()[:20])
    with pytest.raises(BadInputError, match=r"holiday\.png is damaged"):
        read_project(plain)
    write_picture(plain, np.zeros((8, 8, 3), np.uint8), {KEYWORD: "{}"})
    with pytest.raises(BadInputError, match=r"holiday\.png cannot be opened"):
        read_project(plain)


def test_a_scene_is_found_by_its_seed(project: Project) -> None:
    assert project.at(7) is project.scenes[1]
    with pytest.raises(BadInputError, match="no scene of seed 104; it has 7"):
        project.at(104)  # of another network than the one that is shown
    assert replace(project, shown=0).at(104) is project.scenes[0]
