import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dissection import __main__ as command_line
from dissection import __version__


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
