"""Output that goes nowhere, and jobs that take too much memory, are told in a sentence."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dissection.commands.echo import echo, writing
from dissection.commands.reporting import reporting
from dissection.errors import DissectionError
from support.processes import child_environment

_FULL = Path("/dev/full")


@pytest.mark.skipif(not _FULL.exists(), reason="the system has no disk that is always full")
@pytest.mark.parametrize("words", [["models"], ["--help"], ["models", "--progress"]])
def test_a_full_disk_is_one_sentence(words: list[str]) -> None:
    with _FULL.open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "dissection", *words],
            env=child_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
            check=False,
        )
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    if words != ["models", "--progress"]:  # which says what is wrong with the words instead
        assert ended.stderr.startswith("dissection: The output cannot be written: no space left")
        assert ended.stderr.count("\n") == 1


def test_a_reader_that_has_gone_is_no_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(number: int) -> None:
        def write(*_: object, **__: object) -> None:
            raise OSError(number, "told")

        monkeypatch.setattr("dissection.commands.echo.typer.echo", write)

    fail(errno.EPIPE)
    with pytest.raises(BrokenPipeError):
        echo("a line")
    fail(errno.EIO)
    with pytest.raises(DissectionError, match="send it elsewhere"):
        echo("a line")
    with writing():
        pass


def test_a_job_that_takes_too_much_memory_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for work in (
        lambda: torch.empty(2**60),
        lambda: torch.empty(2**62, 2**62),
        lambda: bytearray(2**60),
    ):
        with pytest.raises(DissectionError, match="too little memory for what is asked"):  # noqa: SIM117
            with reporting("json"):
                work()
        assert '"kind": "error"' in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="another"), reporting("none"):
        raise RuntimeError("another")
