"""Pictures with polygons beside them, laid out as a folder of label maps."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.label_folder import FolderLabels
from dissection.data.label_layout import lay_out, read_merge, read_numbered_names
from dissection.errors import BadInputError, StoreError
from dissection.runtime.own_files import LIST
from dissection.vocabulary import Concept

NAMES = "sky 0\ntree 1\npalm tree 2\ncar 3\n"


@pytest.fixture
def labeled(tmp_path: Path) -> Path:
    folder = tmp_path / "labeled"
    (folder / "train").mkdir(parents=True)
    values = np.array([[0, 0, 1, 1], [0, 0, 2, 2], [3, 3, 255, 255], [3, 3, 255, 255]], np.uint8)
    for number in range(3):
        picture = np.full((4, 4, 3), (0, 0, 250), np.uint8)
        Image.fromarray(picture).save(folder / "train" / f"{number}.jpg")
        Image.fromarray(np.roll(values, number, 0)).save(folder / "train" / f"{number}.png")
    Image.fromarray(picture).save(folder / "train" / "alone.jpg")
    (tmp_path / "names.txt").write_text(NAMES)
    (tmp_path / "merge.json").write_text(json.dumps({"sky": "sky", "plant": "tree palm_tree"}))
    return folder


def test_it_is_read_as_labels(labeled: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text(NAMES.replace("palm tree", "palm_tree"))
    command = ["labels", str(labeled), "--out", str(tmp_path / "out"), "--colors"]
    command += ["--names", str(tmp_path / "names.txt"), "--merge", str(tmp_path / "merge.json")]
    result = CliRunner().invoke(app, [*command, "--progress", "none"])
    assert result.exit_code == 0, result.output
    assert "3 labeled pictures" in result.output
    source = FolderLabels(tmp_path / "out", size=4)
    assert len(source) == 3
    assert source.vocabulary[1] == Concept("sky", "object")
    assert source.vocabulary[2] == Concept("plant", "object")
    assert Concept("blue", "color") in list(source.vocabulary)
    object_map = np.asarray(Image.open(tmp_path / "out" / "object" / "0.png"))
    # What is in no concept is labeled as nothing of these; what nobody labeled stays that.
    assert object_map.tolist() == [[1, 1, 2, 2], [1, 1, 2, 2], [0, 0, 255, 255], [0, 0, 255, 255]]
    blue = [c.name for c in source.vocabulary].index("blue")
    assert (np.asarray(Image.open(tmp_path / "out" / "color" / "0.png")) == blue).all()
    # The same again changes nothing.
    before = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    assert CliRunner().invoke(app, [*command, "--progress", "none"]).exit_code == 0
    assert before == {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}


def test_without_a_merge_all_names_are_kept(labeled: Path, tmp_path: Path) -> None:
    names = read_numbered_names(tmp_path / "names.txt")
    assert names[2] == "palm tree"
    assert lay_out(labeled, tmp_path / "out", names) == 3
    kept = json.loads((tmp_path / "out" / "vocabulary.json").read_text())
    assert [name for name, _ in kept[1:]] == ["sky", "tree", "palm tree", "car"]
    assert not (tmp_path / "out" / "color").exists()
    assert lay_out(labeled, tmp_path / "two", names, count=2) == 2
    assert [p.stem for p in sorted((tmp_path / "two" / "object").glob("*.png"))] == ["0", "1"]


def test_what_is_wrong_is_told(labeled: Path, tmp_path: Path) -> None:
    names = read_numbered_names(tmp_path / "names.txt")
    with pytest.raises(BadInputError, match="no picture with a map"):
        lay_out(tmp_path / "out", tmp_path / "out", names)
    with pytest.raises(BadInputError, match="makes plant of palm_tree, and no object is called so"):
        lay_out(labeled, tmp_path / "out", names, {"plant": ["palm_tree"]})
    assert read_merge(tmp_path / "merge.json")["plant"] == ("tree", "palm_tree")
    with pytest.raises(BadInputError, match="not from 0 to 254"):
        lay_out(labeled, tmp_path / "out", {300: "sky"})
    with pytest.raises(BadInputError, match="do not fit"):
        lay_out(labeled, tmp_path / "out", {n: f"thing{n}" for n in range(255)})
    (tmp_path / "names.txt").write_text("sky\n")
    with pytest.raises(BadInputError, match="no list of names"):
        read_numbered_names(tmp_path / "names.txt")
    (tmp_path / "merge.json").write_text("[1]")
    with pytest.raises(BadInputError, match="no merge of names"):
        read_merge(tmp_path / "merge.json")
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(labeled / "train" / "0.png")
    with pytest.raises(BadInputError, match="no map of numbers"):
        lay_out(labeled, tmp_path / "out", names)


def test_pictures_of_one_name_in_two_folders_are_two(labeled: Path, tmp_path: Path) -> None:
    (labeled / "val").mkdir()
    for name in ("0.jpg", "0.png"):
        (labeled / "val" / name).write_bytes((labeled / "train" / name).read_bytes())
    out = tmp_path / "out"
    assert lay_out(labeled, out, read_numbered_names(tmp_path / "names.txt")) == 4
    laid_out = {path.name for path in (out / "images").glob("*.jpg")}
    assert laid_out == {"train_0.jpg", "val_0.jpg", "1.jpg", "2.jpg"}
    assert {path.stem for path in (out / "object").glob("*.png")} == {
        Path(n).stem for n in laid_out
    }
    assert len(FolderLabels(out, size=4)) == 4


def test_what_others_put_there_is_not_replaced(labeled: Path, tmp_path: Path) -> None:
    names, theirs = read_numbered_names(tmp_path / "names.txt"), tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years")
    with pytest.raises(StoreError, match="is not empty"):
        lay_out(labeled, theirs, names)
    lay_out(labeled, tmp_path / "whole", names)
    (tmp_path / "whole" / "object" / "3.png").write_text("mine")
    for suffix in (".jpg", ".png"):
        (labeled / "train" / f"3{suffix}").write_bytes(
            (labeled / "train" / f"0{suffix}").read_bytes()
        )
    with pytest.raises(StoreError, match="was not made by this program"):
        lay_out(labeled, tmp_path / "whole", names)
    assert (tmp_path / "whole" / "object" / "3.png").read_text() == "mine"


def test_what_earlier_versions_laid_out_is_taken_over(labeled: Path, tmp_path: Path) -> None:
    names, out = read_numbered_names(tmp_path / "names.txt"), tmp_path / "out"
    lay_out(labeled, out, names)
    for path in out.rglob(LIST):
        path.unlink()
    assert lay_out(labeled, out, names) == 3


@pytest.mark.parametrize("read", [read_numbered_names, read_merge])
def test_lists_that_never_end_are_told(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "deep").write_text("[" * 100_000)
    for path in (tmp_path / "pipe", tmp_path / "deep", Path("/dev/zero"), tmp_path):
        with pytest.raises(BadInputError, match=r"is no (list|merge) of names"):
            read(path)
