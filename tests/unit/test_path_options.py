"""Every option of every command that names a file is given what is no file: one sentence each.

The options are found by walking the command line, of the commands that have a row in ``BASES``.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import DissectionError
from dissection.experiments.registry import experiments
from support.every_command import BASES, complaint, every_command, make_whole_files, words_of

#: What names a file or a folder, whatever the type of the option.
NAMES = {
    *("--out", "--json", "--csv", "--html", "--movie", "--result", "--provisional", "--work"),
    *("--model", "--weights", "--images", "--labels", "--segmenter", "--dissection", "--project"),
    *("--train", "--val", "--classes-file", "--data", "--start", "--discriminator", "--cache"),
    *("--pieces", "--ablation", "--dissections", "--run", "--names", "--merge", "--networks"),
    *("--upscaler", "--base"),
    *("folder", "model", "name", "pictures"),
}
#: Of experiments, ``--pictures`` names a folder; elsewhere it is a number.
_EXPERIMENTS_TOO = {"--pictures"}
#: Words before a name that say what is in the folder.
PREFIXES = {"--labels": ("maps:", "broden:")}
#: Looked at only when something else happens that these words do not bring about.
UNUSED: set[tuple[str, str]] = set()
#: What is right, and takes seconds.
MEASURED = {("evaluate segmenter", "--cache", "a folder")}
#: What is tried of the experiments, each of which has some five options that name files.
_FEW = ("half a character", "a path below a file", "a pipe")


def _names_a_file(parameter: Any) -> bool:
    return parameter.opts[0] in NAMES and not getattr(parameter, "is_flag", False)


def path_options(name: str, command: Any) -> list[str]:
    """Options and arguments of a command that name files."""
    experiment = experiments().get(name.removeprefix("experiment "))
    if experiment is None:
        return [p.opts[0] for p in command.params if _names_a_file(p)]
    texts = {s.option for s in experiment.settings.described() if s.type in (str, tuple)}
    return [*sorted(texts & (NAMES | _EXPERIMENTS_TOO)), "--out"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Whole files of all kinds."""
    return make_whole_files(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, str]:
    """What a person may give in place of a file, by what it is."""
    pipe, locked = tmp_path / "pipe", tmp_path / "locked"
    os.mkfifo(pipe)
    locked.write_text("secret")
    locked.chmod(0)
    given = {
        "somebody's home": "~nobody-of-this-name/x",
        "a NUL": "a\0b",
        "half a character": "half \udc00 \ud800",
        "5,000 letters": "n" * 5000,
        "a path below a file": f"{locked}/x",
        "a pipe": str(pipe),
        "a device": "/dev/zero",
        "a folder": str(tmp_path),
    }
    if os.geteuid() != 0:  # root may read everything
        given["unreadable"] = str(locked)
    return given


@pytest.mark.parametrize("name", sorted(set(BASES) - {"fetch"}))  # which needs a host
def test_the_same_words_with_a_file_do_well(
    name: str, files: dict[str, Path], tmp_path: Path
) -> None:
    """Or else what follows would take one complaint for another."""
    words = [word.format(new=tmp_path / "new", **files) for word in BASES[name].split()]
    ran = CliRunner().invoke(app, [*name.split(), *words])
    assert ran.exit_code == 0, (ran.exception, ran.output)


@pytest.mark.parametrize("name", BASES)
def test_what_is_no_file_is_told(
    name: str, files: dict[str, Path], bad: dict[str, str], tmp_path: Path
) -> None:
    command = dict(every_command())[name]
    found = {}
    for option in path_options(name, command):
        for number, (kind, value) in enumerate(bad.items()):
            if name.startswith("experiment ") and kind not in _FEW:
                continue  # there are many, and they read what they are given by the same readers
            if (name, option, kind) in MEASURED:
                continue
            for prefix in PREFIXES.get(option, ("",)):
                new = tmp_path / f"new-{option}-{number}"
                words = words_of(name, option, f"{prefix}{value}", files, new)
                said = complaint(words)
                if said.startswith("done") and (kind == "a folder" or (name, option) in UNUSED):
                    said = ""  # as a place for what is made a folder is right
                if said:
                    found[f"{option} {prefix}: {kind}"] = said
    assert found == {}, "\n".join(f"{key}: {said}" for key, said in found.items())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("evaluate segmenter", "--model none --json"),
        ("evaluate generator", "--model none --json"),
        ("evaluate classifier", "--model none --json"),
        ("train generator", "--out {new} --data none --result"),
        ("train details", "storybook-church --out {new} --data none --result"),
        ("train upscaler", "--out {new} --data none --result"),
        ("train sharpness", "storybook-church --upscaler none --out {new} --result"),
        ("train segmenter", "--out {new} --data none --result"),
        ("train classifier", "--out {new} --data none --result"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    name: str, words: str, tmp_path: Path
) -> None:
    place = tmp_path / "missing" / "figures"
    given = [*name.split(), *words.format(new=tmp_path / "new").split(), str(place)]
    ran = CliRunner().invoke(app, given)
    assert isinstance(ran.exception, DissectionError)
    assert str(place) in str(ran.exception)
