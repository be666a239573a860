"""Two processes dissect by the command line, as torchrun starts them, die, and go on."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.sources import Latents
from dissection.errors import BadInputError, StoreError
from dissection.models.generators.checkpoints import save_generator
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from dissection.runtime.distributed import processes
from dissection.runtime.merge import ALONE, Alone
from support.color_segmenter import ColorSegmenter
from support.processes import free_port, start_dissection
from support.tiny import tiny_generator

SEGMENTER = "support.color_segmenter:ColorSegmenter"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save_generator(tiny_generator(), tmp_path / "tiny.safetensors", {})
    return tmp_path / "tiny.safetensors"


def words(model: Path, out: Path, *more: str) -> list[str]:
    return [
        "dissect", "--model", str(model), "--segmenter", SEGMENTER, "--layers", "layer3,layer4",
        "--out", str(out), "--size", "40", "--effect-size", "14", "--strength-size", "2",
        "--batch", "6", "--precision", "float32", "--device", "cpu", "--threads", "1", *more,
    ]  # fmt: skip


def alone(model: Path, out: Path, *more: str) -> None:
    arguments = words(model, out, "--progress", "none", *more)
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output


@contextmanager
def two(arguments: list[str]) -> Iterator[list[subprocess.Popen[str]]]:
    """The command in two processes with the environment that torchrun gives them."""
    port = free_port()
    started = [start_dissection(arguments, rank, 2, port) for rank in range(2)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def arrays(folder: Path) -> tuple[str, Dissection]:
    """The file of the arrays, whose name holds its SHA-256, and the dissection."""
    return next(folder.glob("arrays-*")).name, load_dissection(folder)


def test_two_processes_killed_and_resumed_measure_what_one_does(
    model: Path, tmp_path: Path
) -> None:
    alone(model, tmp_path / "one")
    with two(words(model, tmp_path / "two")) as (first, second):
        assert first.stdout is not None
        for line in first.stdout:
            if json.loads(line)["stage"] == "tracing effects":
                second.send_signal(signal.SIGKILL)
                break
        assert "Another process of this job has ended" in first.communicate(timeout=600)[1]
        assert first.returncode == 2
    assert (tmp_path / "two" / "work" / "process-1" / "layer-layer3.safetensors").exists()
    with pytest.raises(StoreError, match="processes 2, not 1"):
        alone(model, tmp_path / "two", "--resume")
    with two(words(model, tmp_path / "two", "--resume")) as (first, second):
        told, trouble = first.communicate(timeout=600)
        assert (first.returncode, second.wait(60)) == (0, 0), trouble
    assert "tracing effects" in told
    assert "counting layer" not in told  # what was finished was not done again
    ours, theirs = arrays(tmp_path / "two"), arrays(tmp_path / "one")
    assert ours[0] == theirs[0]
    assert list(ours[1].strengths) == list(theirs[1].strengths)
    sprites = [next((tmp_path / name).glob("pictures-*")).name for name in ("one", "two")]
    assert sprites[0] == sprites[1]
    assert not (tmp_path / "two" / "work").exists()


def test_more_processes_than_batches_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Alone, "ranks", 3)
    with pytest.raises(BadInputError, match="3 processes cannot share 4 inputs in batches of 2"):
        dissect(tiny_generator(), ["layer3"], Latents.of_seed(4, 16), ColorSegmenter(), batch=2)


def test_wrong_backends_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInputError, match="not 'mpi'"), processes(False, "mpi"):
        pass
    with processes(False) as merge:  # without torchrun
        assert merge is ALONE
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(BadInputError, match="take --backend gloo"), processes(False, "nccl"):
        pass
