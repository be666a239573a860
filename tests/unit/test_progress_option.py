"""All commands that take a while tell how far they are, in one way, and stop when asked to."""

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.commands.reporting import Reporter
from dissection.errors import DissectionError
from dissection.runtime.progress import Failed, Finished, Progress, Stopped, read_line
from dissection.training.pieces import write_pieces
from support.every_command import BASES, every_command, make_whole_files, words_of

#: What reads a dissection and prints it: under a second.
QUICK = {"brushes", "summary"}
#: What names something that has to be there, if a command has it.
NAMED = {"--model", "--data", "--networks", "--run", "--dissections", "--dissection", "--names",
         "folder", "name", "model"}  # fmt: skip
#: Of commands that make pictures: what names the file, and words for more than one picture.
MAKERS = {
    "render": ("--out", "--seeds 0-3"),
    "paint": ("--out", "--before-after --movie {movie}"),
    "units": ("--out", "--images 2"),
    "gallery": ("--out", ""),
}


STAGES = {
    "render": ["rendering"],
    "paint": ["rendering", "writing the movie"],
    "units": ["taking pictures of units of layer3"],
    "gallery": ["looking at scenes"],
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Whole files of all kinds."""
    return make_whole_files(tmp_path_factory.mktemp("whole"))


def given(more: str, folder: Path) -> list[str]:
    """Further words of ``MAKERS``."""
    return more.format(movie=folder / "made.gif").split()


def invoke(words: list[str]) -> tuple[Result, list[object]]:
    """What a command does, and the lines that it tells in the protocol."""
    ran = CliRunner().invoke(app, words)
    return ran, [read_line(line) for line in ran.stdout.splitlines()]


def test_every_command_that_takes_a_while_has_the_option() -> None:
    found = {
        name
        for name, command in every_command()
        if not any("--progress" in parameter.opts for parameter in command.params)
    }
    assert found == QUICK


@pytest.mark.parametrize("name", MAKERS)
def test_lines_of_json_tell_the_pictures_and_the_file(
    name: str, files: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "made.png"
    option, more = MAKERS[name]
    words = [*words_of(name, option, str(out), files, out), *given(more, tmp_path)]
    ran, told = invoke([*words, "--progress", "json"])
    assert ran.exit_code == 0, ran.output
    assert all(isinstance(line, Progress) for line in told[:-1])
    assert any(isinstance(line, Progress) and line.done == line.total > 1 for line in told)
    stages = {line.stage for line in told if isinstance(line, Progress) and line.done == line.total}
    assert stages == set(STAGES[name])
    assert isinstance(told[-1], Finished)
    assert str(out) in str(told[-1].result)
    assert out.is_file()


@pytest.mark.parametrize("name", MAKERS)
def test_a_job_that_is_asked_to_stop_writes_nothing(
    name: str, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "made.png"
    option, more = MAKERS[name]
    monkeypatch.setattr(Reporter, "__call__", lambda _self, _progress: False)
    before = set(tmp_path.iterdir())
    ran, _ = invoke([*words_of(name, option, str(out), files, out), *given(more, tmp_path)])
    assert isinstance(ran.exception, Stopped)
    assert set(tmp_path.iterdir()) == before


def test_pieces_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.safetensors"
    file.write_bytes(bytes(2500))
    write_pieces(file, tmp_path / "pieces", 1, piece_bytes=1000)
    ran, told = invoke(["train", "join", str(tmp_path / "pieces"), "--progress", "json"])
    assert ran.exit_code == 0, ran.output
    last = [line for line in told if isinstance(line, Progress) and line.done == line.total]
    assert [line.total for line in last] == [3, 3]
    assert told[-1] == Finished({"files": [str(tmp_path / "pieces" / "a.safetensors")]})


@pytest.mark.parametrize("name", sorted(set(BASES) - QUICK))
def test_the_last_line_tells_what_is_wrong(
    name: str, files: dict[str, Path], tmp_path: Path
) -> None:
    """A program that started the job reads it; a job without a last line has crashed."""
    command = dict(every_command())[name]
    wrong = next((p.opts[0] for p in command.params if p.opts[0] in NAMED), "--out")
    below_a_file = str(files["model"] / "x")
    words = words_of(name, wrong, below_a_file, files, tmp_path / "new")
    ran, told = invoke([*words, *(["--verify"] if name == "models" else []), "--progress", "json"])
    assert isinstance(ran.exception, DissectionError)
    assert told[-1] == Failed(str(ran.exception))
    assert all(isinstance(line, Progress) and not line.done for line in told[:-1])
