"""Stamped patches in files: whole, shared, damaged; and files of the form before there were any."""

import json
import zlib
from dataclasses import replace

import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.painting.boxes import Box
from dissection.painting.edits import Mode, Stroke
from dissection.painting.history import Painted, UnitChoice
from dissection.painting.patches import Patch, Stamp
from dissection.painting.project import PaintedScene, Project, from_bytes, to_bytes
from dissection.painting.recipe import Recipe
from dissection.painting.serialize import Room, patch_row, read_patch

FEATURES = np.random.default_rng(2).normal(0, 40, (6, 4, 4)).astype(np.float32)


def stamped(patch: Patch, row: int, column: int) -> Painted:
    stamp = Stamp(patch, row, column)
    return Painted(Stroke(stamp.mask((4, 4), (16, 16)), None, strength=0.5, stamp=stamp))


@pytest.fixture
def project() -> Project:
    first = Patch.taken("layer4", FEATURES, Box(0, 1, 2, 3), "patch of seed 3")
    other = Patch.taken("layer3", FEATURES, Box(0, 0, 1, 1), "patch of seed 9")
    return Project(
        (
            PaintedScene("m", "ab" * 32, 3, None, (stamped(first, 2, -1), stamped(other, 0, 0))),
            PaintedScene("m", "ab" * 32, 9, None, (stamped(first, 1, 1),)),
        )
    )


def test_stamps_come_back_bit_for_bit_and_share_their_patch(project: Project) -> None:
    back = from_bytes(to_bytes(project), "x")
    assert back.left_out == ()
    for one, other in zip(project.scenes, back.scenes, strict=True):
        for before, after in zip(one.history, other.history, strict=True):
            first, second = before.stroke.stamp, after.stroke.stamp
            assert first is not None
            assert second is not None
            assert (first.row, first.column) == (second.row, second.column)
            assert (first.patch.layer, first.patch.name) == (second.patch.layer, second.patch.name)
            np.testing.assert_array_equal(first.patch.values, second.patch.values)
            assert second.patch.values.dtype == np.float16
            assert (after.stroke.brush, after.stroke.strength) == (None, 0.5)
    shared = back.scenes[0].history[0].stroke.stamp, back.scenes[1].history[0].stroke.stamp
    assert shared[0].patch is shared[1].patch
    assert to_bytes(project).count(b'"zlib"') == 3 + 2  # masks, and each patch once


def test_a_lost_patch_costs_the_strokes_that_stamp_it(project: Project) -> None:
    lines = to_bytes(project).split(b"\n")
    garbled = [line.replace(b'"shape": [6, 2, 2]', b'"shape": [6, 2, 3]') for line in lines]
    assert garbled != lines
    back = from_bytes(b"\n".join(garbled), "x")
    assert back.left_out == ("1 of 2 strokes of seed 3", "1 of 1 strokes of seed 9")
    assert back.scenes[0].history[0].stroke.stamp is not None
    assert back.scenes[0].history[0].stroke.stamp.patch.layer == "layer3"


def test_a_picture_carries_its_patches(project: Project) -> None:
    history = project.scene.history
    shown = (replace(history[0], shown=False), history[1])
    back = Recipe.from_text(Recipe.of_history("m", "ab" * 32, 3, shown).to_text())
    for before, after in zip(history, back.history, strict=True):
        assert after.stroke.stamp is not None
        assert before.stroke.stamp is not None
        np.testing.assert_array_equal(
            after.stroke.stamp.patch.values, before.stroke.stamp.patch.values
        )
    text = Recipe.of_history("m", "ab" * 32, 3, shown).to_text()
    with pytest.raises(BadInputError, match="no recipe"):
        Recipe.from_text(json.dumps({**json.loads(text), "patches": {}}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shape", [6, 2, 3]),
        ("shape", [6, 4]),
        ("shape", [0, 2, 2]),
        ("shape", [10**6, 10**3, 10**3]),
        ("zlib", "no base64!"),
        ("zlib", "AAAA"),
    ],
)
def test_damaged_patches_are_refused(project: Project, field: str, value: object) -> None:
    stamp = project.scene.history[0].stroke.stamp
    assert stamp is not None
    row = {**patch_row(stamp.patch), field: value}
    with pytest.raises((ValueError, zlib.error)):
        read_patch(row, Room())


def test_a_patch_of_no_numbers_is_refused(project: Project) -> None:
    with pytest.raises(ValueError, match="no finite numbers"):
        Patch("layer4", np.full((2, 1, 1), np.inf, np.float16), "x")


#: As versions before 0.2 wrote it: one drawn stroke, and one that restores and is off.
OLD_HEADER = (
    '4b9c9617 {"schema": 1, "versions": {"ganpaint": "0.1.0"}, "shown": 0, "dissection": "", '
    '"origin": "", "scenes": [{"model": "storybook-church", "network": '
    '"abababababababababababababababababababababababababababababababab", "seed": 12, '
    '"latent": null, "strokes": 2}]}'
)
OLD_PROJECT = "\n".join(
    (
        "GANPaint project",
        OLD_HEADER,
        'bee30ff3 {"scene": 0, "place": 0, "stroke": {"mode": "draw", "strength": 0.7, "rule": '
        '"touch", "mask": {"shape": [4, 4], "zlib": "eJxjYMAJ7AnwwQAADoYAfw=="}, "brush": '
        '{"concept": ["tree", "object"], "layers": {"layer4": {"units": [7, 3], "levels": '
        '[1.5, 0.25]}}}, "choice": {"order": "iou", "units": 2, "level": "", "boost": 1.0}}}',
        '7d3061e3 {"scene": 0, "place": 1, "stroke": {"mode": "restore", "strength": 1.0, '
        '"rule": "touch", "mask": {"shape": [4, 4], "zlib": "eJxjYMAJ7AnwwQAADoYAfw=="}, '
        '"brush": null, "shown": false}}',
        OLD_HEADER,
        "",
    )
)


def test_projects_and_pictures_of_the_form_before_still_open() -> None:
    back = from_bytes(OLD_PROJECT.encode(), "old")
    assert back.left_out == ()
    drawn, restored = back.scene.history
    assert drawn.choice == UnitChoice("iou", 2)
    assert drawn.stroke.brush is not None
    assert drawn.stroke.brush.layers["layer4"].levels == (1.5, 0.25)
    assert drawn.stroke.mask[:, 2].tolist() == [0, 0.5, 0.5, 0]
    assert (restored.stroke.mode, restored.shown) == (Mode.RESTORE, False)
    rows = [json.loads(line[9:]) for line in OLD_PROJECT.splitlines()[2:4]]
    text = {
        "schema": 1,
        "version": "0.1.0",
        "model": "storybook-church",
        "network": "ab" * 32,
        "seed": 12,
        "strokes": [row["stroke"] for row in rows],
    }
    recipe = Recipe.from_text(json.dumps(text))
    np.testing.assert_array_equal(recipe.history[0].stroke.mask, drawn.stroke.mask)
    with pytest.raises(BadInputError, match="schema 0"):
        Recipe.from_text(json.dumps({**text, "schema": 0}))
