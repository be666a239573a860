import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.text import Text
from typer.main import get_command
from typer.testing import CliRunner

from dissection import __main__ as command_line
from dissection import __version__, commands
from dissection.errors import DissectionError


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(command_line.app, ["--help"])
    assert result.exit_code == 0
    for name in (
        "render",
        "paint",
        "dissect",
        "brushes",
        "check",
        "storybook",
        "train",
        "evaluate",
    ):
        assert name in result.output


@pytest.mark.parametrize(
    "words",
    [("render",), ("paint",), ("dissect",), ("brushes",), ("storybook",), ("compact",),
     ("units",),
     ("train", "generator"),
     ("train", "segmenter"), ("evaluate", "segmenter"), ("evaluate", "generator"),
     ("check", "units"), ("check", "effect")],
)  # fmt: skip
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(command_line.app, [*words, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    assert result.output.count("--") > 3


def help_texts(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """All that a command and those below it say of themselves and their options."""
    yield words, command.help or ""
    for parameter in command.params:
        yield (*words, parameter.name), getattr(parameter, "help", "") or ""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from help_texts(command.get_command(None, name), (*words, name))


def test_nothing_of_the_help_is_taken_for_markup() -> None:
    told = list(help_texts(get_command(command_line.app)))
    assert len(told) > 300
    for words, text in told:  # of "[the first]" nothing would be seen
        assert Text.from_markup(text).plain == text, words


def test_an_option_that_several_commands_have_is_said_once() -> None:
    said: Counter[str] = Counter()
    for module in Path(commands.__path__[0]).glob("*.py"):
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("typer."):
                words = (k.value for k in call.keywords if k.arg == "help")
                said.update(ast.unparse(word) for word in words if not isinstance(word, ast.Name))
    assert len(said) > 100
    assert not [words for words, times in said.items() if times > 1]


def seeded(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that takes a --seed."""
    if any("--seed" in p.opts for p in command.params):
        yield words
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from seeded(command.get_command(None, name), (*words, name))


def test_a_seed_below_zero_is_refused_by_every_command() -> None:
    """NumPy takes none, and its sentence would come with a traceback."""
    found = set(seeded(get_command(command_line.app)))
    # These give theirs to the standard latents, which say themselves what they take.
    others = {("paint",), ("dissect",), ("strengths",)}
    assert found > others
    for words in sorted(found - others):
        ran = CliRunner().invoke(command_line.app, [*words, "--seed", "-1"])
        said = str(ran.exception) if isinstance(ran.exception, DissectionError) else ran.output
        assert "--seed" in said, (words, said)
        assert isinstance(ran.exception, (DissectionError, SystemExit)), words


@pytest.mark.parametrize(
    "kind",
    [
        "generator",
        "details storybook-church",
        "upscaler",
        "sharpness storybook-church --upscaler none",
        "segmenter",
        "classifier",
    ],
)
def test_a_seed_that_torch_does_not_take_is_refused(kind: str, tmp_path: Path) -> None:
    given = f"train {kind} --out {tmp_path / 'run'} --seed {2**70}"
    ran = CliRunner().invoke(command_line.app, given.split())
    assert ran.exit_code == 2
    assert not (tmp_path / "run").exists()


def test_version() -> None:
    assert CliRunner().invoke(command_line.app, ["--version"]).output.split()[-1] == __version__


def test_an_error_is_one_sentence_and_exit_code_two() -> None:
    words = ["render", "--model", "nowhere.pth", "--seeds", "0", "--out", "x.png"]
    done = subprocess.run(
        [sys.executable, "-m", "dissection", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "nowhere.pth" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_help_does_not_wait_for_torch() -> None:
    code = "import sys, dissection.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (["--normalise"], ["--normalize"]),
        (["--no-normalise"], ["--no-normalize"]),
        (["--centres", "even"], ["--centers", "even"]),
        (["--centres=even"], ["--centers=even"]),
    ],
)
def test_options_go_on_under_earlier_names(before: list[str], now: list[str]) -> None:
    root = typer.main.get_command(command_line.app)
    command = root.commands["dissect"]  # type: ignore[attr-defined]
    needed = ["--layers", "layer4", "--out", "d"]
    made = [command.make_context("dissect", [*needed, *words]).params for words in (before, now)]
    assert made[0] == made[1]
    shown = CliRunner().invoke(command_line.app, ["dissect", "--help"]).output
    assert "normalise" not in shown
    assert "centres" not in shown
