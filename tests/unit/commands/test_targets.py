"""Nothing that is written replaces what is read, or what a stored result or a training needs."""

import os
import shutil
from pathlib import Path

import pytest
from safetensors.torch import save_file
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.commands.targets import require_folder, require_result, require_targets
from dissection.errors import BadInputError, DissectionError
from dissection.models.generators.checkpoints import save_generator
from dissection.models.weights.overlay import Base, overlay_texts
from dissection.runtime.resources import resource
from dissection.training.run_folder import RunFolder
from support.tiny import tiny_generator


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "little.safetensors"
    save_generator(tiny_generator((32, 32, 16, 8)), path)
    return path


@pytest.fixture
def dissection(tmp_path: Path) -> Path:
    """As much of one as a target in its folder is judged by."""
    folder = tmp_path / "dissection"
    folder.mkdir()
    whole = resource("dissections/storybook-church")
    shutil.copyfile(whole / "dissection.json", folder / "dissection.json")
    (folder / "timings.json").write_text("{}")
    return folder


def other_names(file: Path, beside: Path) -> list[Path]:
    """The same file by a link, a hard link and a path of another form."""
    link, hard = beside / "link", beside / "hard"
    link.symlink_to(file)
    os.link(file, hard)
    return [file, link, hard, file.parent / ".." / file.parent.name / file.name]


def test_a_file_that_is_read_is_no_target_by_any_name(model: Path, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    for target in other_names(model, inner):
        with pytest.raises(BadInputError, match="is read"):
            require_targets(target, reads=[None, "", "storybook", str(model)])
    require_targets(tmp_path / "new.json", None, reads=[str(model)])
    with pytest.raises(BadInputError, match="named for two files"):
        require_targets(tmp_path / "new.json", tmp_path / "inner" / ".." / "new.json")


def test_pictures_of_a_folder_that_is_read_are_no_targets(tmp_path: Path) -> None:
    folder, inner = tmp_path / "pictures", tmp_path / "inner"
    (folder / "sub").mkdir(parents=True)
    inner.mkdir()
    picture = folder / "sub" / "1.png"
    picture.write_bytes(b"a picture")
    for target in other_names(picture, inner):
        with pytest.raises(BadInputError, match=f"a file of {folder}"):
            require_targets(target, reads=[folder])
    (folder / "figures.json").write_text("of an earlier call")
    require_targets(folder / "figures.json", reads=[folder])
    assert picture.read_bytes() == b"a picture"


def test_what_a_dissection_needs_is_no_target_and_other_files_beside_it_are(
    dissection: Path, tmp_path: Path
) -> None:
    arrays = next(resource("dissections/storybook-church").glob("arrays*")).name
    link = tmp_path / "link.json"
    link.symlink_to(dissection / "dissection.json")
    own = [dissection / name for name in ("dissection.json", "timings.json", arrays)]
    for target in (*own, dissection / "Dissection.JSON", link):
        with pytest.raises(BadInputError, match="a file of the result"):
            require_targets(target)
    os.link(dissection / "dissection.json", tmp_path / "hard")
    with pytest.raises(BadInputError, match="is read"):
        require_targets(tmp_path / "hard", reads=[dissection])
    (dissection / "gallery.json").write_text("{}")
    require_targets(dissection / "gallery.json", reads=[dissection])


def test_the_network_of_a_dissection_and_the_base_of_an_overlay_are_read(
    model: Path, dissection: Path, tmp_path: Path
) -> None:
    (dissection / "dissection.json").write_text(f'{{"model": "{model}"}}')
    with pytest.raises(BadInputError, match="is read"):
        require_targets(model, reads=[dissection])
    overlay = tmp_path / "over.safetensors"
    save_file({}, overlay, overlay_texts({}, Base(model.stem, "0" * 64)))
    with pytest.raises(BadInputError, match="is read"):
        require_targets(model, reads=[str(overlay)])


def test_a_result_replaces_no_file_of_its_run_or_of_another(tmp_path: Path) -> None:
    run, name = tmp_path / "run", "generator.safetensors"
    for result in (None, run / name, run / "mine.safetensors"):
        require_result(result, run, name)
    assert not run.exists()
    for used in ("state.pt", "STATE.pt", "log.jsonl", "start.safetensors", "state.pt.part",
                 "pictures/x.npy", "snapshots/000001.safetensors"):  # fmt: skip
        with pytest.raises(BadInputError, match="uses itself"):
            require_result(run / used, run, name)
    with RunFolder(run, {"data": "ours"}) as folder:
        folder.save({"step": 1})
    require_result(run / name, run, name)
    link = tmp_path / "link.pt"
    link.symlink_to(run / "state.pt")
    with pytest.raises(BadInputError, match="uses itself"):
        require_result(link, run, name)
    for used in ("state.pt", name, "made-by-dissection.json"):
        with pytest.raises(BadInputError, match="the training in"):
            require_targets(run / used)


def test_a_folder_is_tried_and_not_left(tmp_path: Path) -> None:
    require_folder(tmp_path / "a" / "b")
    require_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DissectionError, match="Cannot make the folder"):
        require_folder(tmp_path / "file" / "b")
    with pytest.raises(DissectionError, match="Cannot make the folder"):
        require_result(None, tmp_path / "file" / "run", "generator.safetensors")


@pytest.mark.parametrize("out", ["{new}/nope/g.json", "{new}"])
def test_a_gallery_that_cannot_be_written_is_told_before_the_work(
    out: str, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "new").mkdir()
    place = out.format(new=tmp_path / "new")
    words = ["gallery", "--model", str(model), "--segmenter", "none", "--out", place]
    ran = CliRunner().invoke(app, words)
    assert isinstance(ran.exception, DissectionError)
    assert f"Cannot write {place}" in str(ran.exception)


@pytest.mark.parametrize(
    "words",
    [
        "gallery --model {model} --seeds 0-5 --count 2 --out {model}",
        "gallery --model {model} --seeds 0-5 --count 2 --out {dissection}/dissection.json",
        "check effect {dissection} --size 2 --units 2 --out {dissection}/dissection.json",
        "check units {dissection} --size 2 --units 2 --out {dissection}/timings.json",
        "evaluate generator --model {model} --count 4 --json {model}",
        "evaluate segmenter --model {model} --count 4 --json {model}",
        "evaluate classifier --model {model} --count 4 --json {model}",
        "evaluate generator --count 4 --json {run}/state.pt",
        "compact {model} --out {run}/generator.safetensors",
        "export {dissection} --html {dissection}/dissection.json",
        "units {dissection} --concepts tree --out {new}.png --json {dissection}/timings.json",
        "paint --stroke tree:draw:9,9,9 --model {model} --out {linked}",
        "render --model {model} --seeds 0 --out {linked}",
        "train join {pieces} --out {pieces}/a.piece",
        "train generator --out {new} --data {pictures} --size 8 --units 4,4 --result {picture}",
        "train generator --out {run} --data {pictures} --result {run}/state.pt",
        "train generator --out {new} --start {model} --data {pictures} --result {model}",
        "train details {model} --out {new} --resolutions 1 --result {model}",
        "train sharpness {model} --upscaler {upscaler} --out {new} --result {upscaler}",
        "train upscaler --out {new} --data {pictures} --result {picture}",
        "train segmenter --out {new} --data {pictures} --result {dissection}/dissection.json",
        "train classifier --out {new} --data {pictures} --result {picture}",
    ],
)
def test_every_command_that_writes_a_file_asks(
    words: str, model: Path, dissection: Path, tmp_path: Path
) -> None:
    run, pictures, pieces = (tmp_path / name for name in ("run", "pictures", "pieces"))
    with RunFolder(run, {"data": "ours"}) as folder:
        folder.save({"step": 1})
    pictures.mkdir()
    pieces.mkdir()
    picture, linked, upscaler = pictures / "1.png", tmp_path / "l.png", tmp_path / "up.safetensors"
    for file in (picture, pieces / "a.piece", upscaler):
        file.write_bytes(b"something")
    linked.symlink_to(model)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    given = words.format(
        model=model, dissection=dissection, run=run, new=tmp_path / "new", pictures=pictures,
        pieces=pieces, picture=picture, linked=linked, upscaler=upscaler,
    )  # fmt: skip
    ran = CliRunner().invoke(app, [*given.split(), "--progress", "none"])
    assert isinstance(ran.exception, BadInputError), ran.output
    assert "another name" in str(ran.exception)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
