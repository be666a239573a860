"""``dissection storybook``: scenes as files, resumed and never mixed."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.storybook import STORYBOOK, Storybook
from dissection.data.storybook.folder import write_folder
from dissection.errors import BadInputError, DissectionError
from dissection.vocabulary import Vocabulary

CHANNELS = ("object", "part", "material")


def run(out: Path, *options: str) -> str:
    arguments = ["storybook", "--out", str(out), "--size", "64", *options]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_files_hold_what_was_painted(tmp_path: Path) -> None:
    out = tmp_path / "new" / "scenes"
    run(out, "--count", "3", "--seed", "7")
    assert sorted(p.name for p in (out / "images").iterdir()) == [
        f"{layout:06d}.png" for layout in (7, 8, 9)
    ]
    vocabulary = Vocabulary.from_json(json.loads((out / "vocabulary.json").read_text()))
    assert vocabulary == STORYBOOK
    for layout in (7, 8, 9):
        scene = Storybook().paint(layout, size=64)
        name = f"{layout:06d}.png"
        with Image.open(out / "images" / name) as picture:
            np.testing.assert_array_equal(np.asarray(picture), scene.image)
        for channel, labels in zip(CHANNELS, scene.maps, strict=True):
            with Image.open(out / channel / name) as picture:
                assert picture.mode == "P"
                np.testing.assert_array_equal(np.asarray(picture), labels)
    assert not [p for p in out.rglob("*") if p.name.startswith(".tmp")]


def test_scenes_have_a_vocabulary_of_their_own(tmp_path: Path) -> None:
    told = run(tmp_path, "--domain", "scenes", "--count", "2", "--seed", "3")
    assert "2 scenes painted" in told
    book = Storybook("scenes")
    written = Vocabulary.from_json(json.loads((tmp_path / "vocabulary.json").read_text()))
    assert written == book.vocabulary
    with Image.open(tmp_path / "object" / "000003.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), book.paint(3, size=64).maps[0])


def test_the_sheet_shows_scenes_maps_and_names(tmp_path: Path) -> None:
    run(tmp_path, "--count", "2")
    with Image.open(tmp_path / "contact-sheet.png") as picture:
        sheet = np.asarray(picture)
    scenes = [Storybook().paint(layout, size=64) for layout in (0, 1)]
    np.testing.assert_array_equal(sheet[:64, :64], scenes[0].image)
    np.testing.assert_array_equal(sheet[:64, 4 * 66 : 4 * 66 + 64], scenes[1].image)
    colors = {tuple(c) for c in sheet[:64, 66 : 66 + 64].reshape(-1, 3).tolist()}
    assert len(colors) == len(np.unique(scenes[0].maps[0]))
    legend = sheet[:, 8 * 66 :]
    assert colors <= {tuple(c) for c in legend.reshape(-1, 3).tolist()}
    assert (legend.sum(axis=2) < 100).sum() > 500  # the names, in black


def test_running_again_keeps_whole_files_and_repairs_others(tmp_path: Path) -> None:
    run(tmp_path, "--count", "3")
    first, second, third = (tmp_path / "images" / f"{i:06d}.png" for i in range(3))
    good = second.read_bytes()
    second.write_bytes(good[: len(good) // 2])
    (tmp_path / "part" / "000002.png").unlink()
    stamps = {path: path.stat().st_mtime_ns for path in (first, second, third)}
    assert "3 scenes painted, 1 were there" in run(tmp_path, "--count", "4")
    assert first.stat().st_mtime_ns == stamps[first]
    assert second.read_bytes() == good
    assert (tmp_path / "part" / "000002.png").exists()
    assert "0 scenes painted, 4 were there" in run(tmp_path, "--count", "4")


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    scenes = write_folder(Storybook(), range(4), 64, tmp_path)
    assert [next(scenes), next(scenes)] == [True, True]
    del scenes
    assert list(write_folder(Storybook(), range(4), 64, tmp_path)) == [False, False, True, True]


def test_scenes_of_two_sizes_are_not_mixed(tmp_path: Path) -> None:
    list(write_folder(Storybook(), [0], 64, tmp_path))
    with pytest.raises(BadInputError, match=r"size 64.*than asked for.*size 128"):
        write_folder(Storybook(), [0], 128, tmp_path)
    (tmp_path / "storybook.json").write_text("{")
    with pytest.raises(BadInputError, match=r"storybook\.json is damaged"):
        write_folder(Storybook(), [0], 64, tmp_path)


def test_bad_values_leave_no_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(BadInputError, match="64 to 512"):
        write_folder(Storybook(), [0], 32, out)
    with pytest.raises(BadInputError, match="at least 1"):
        write_folder(Storybook(), [], 64, out)
    assert not out.exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(DissectionError, match="Cannot make the folder"):
        write_folder(Storybook(), [0], 64, tmp_path / "file" / "out")


def test_a_folder_of_other_files_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.json").write_text("mine")
    with pytest.raises(BadInputError, match="not empty and holds no scenes"):
        write_folder(Storybook(), [0], 64, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["vocabulary.json"]
    assert (tmp_path / "vocabulary.json").read_text() == "mine"
