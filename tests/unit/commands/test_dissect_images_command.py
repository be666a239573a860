import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError, DissectionError, UnknownNameError
from dissection.results.store import load_dissection
from support.pictures import make_folder
from support.processes import child_environment

OWN = """
import torch
from torch import nn

class Net(nn.Sequential):
    def __init__(self):
        torch.manual_seed(0)
        super().__init__(
            nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(inplace=True), nn.Conv2d(6, 8, 3, 2, 1), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3),
        )
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "ownclassifier.py").write_text(OWN)
    make_folder(folder / "photos", each=8)
    (folder / "photos" / "red" / "bad.jpg").write_text("no picture")
    return folder


def words(here: Path, out: Path, *more: str) -> list[str]:
    return [
        "dissect", "--model", "ownclassifier:Net", "--images", str(here / "photos"),
        "--layers", "1,3", "--segmenter", "support.color_segmenter:ColorSegmenter",
        "--out", str(out), "--size", "20", "--crop", "28", "--device", "cpu", "--batch", "8",
        "--threads", "1", *more,
    ]  # fmt: skip


def invoke(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(autouse=True)
def _inside(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_a_classifier_by_command(here: Path, tmp_path: Path) -> None:
    output = invoke(words(here, tmp_path, "--size", "24", "--effect-size", "10"))
    assert "1 pictures could not be used and were left out (red/bad.jpg: it is no image)" in output
    dissection = load_dissection(tmp_path)
    sample = dissection.provenance["sample"]
    assert sample["size"] == 24
    assert sample["skipped"] == {"count": 1, "files": ["red/bad.jpg: it is no image"]}
    assert sample["crop"] == ["squeeze", 32, 28]
    assert dissection.provenance["levels"]["grid"] == 56
    assert dissection.classes == ("blue", "green", "red")
    assert np.abs(dissection["3"].class_effect).max() > 0
    assert dissection.strengths == []
    invoke(words(here, tmp_path / "b", "--no-normalize", "--grid", "28", "--fit", "cover"))
    other = load_dissection(tmp_path / "b")
    assert other.provenance["levels"]["grid"] == 28
    assert other["3"].class_effect is None
    assert not np.array_equal(other["3"].activation_threshold, dissection["3"].activation_threshold)


def test_workers_by_command_give_the_same_files(here: Path, tmp_path: Path) -> None:
    invoke(words(here, tmp_path / "a", "--progress", "none"))
    lines = invoke(words(here, tmp_path / "b", "--workers", "2", "--progress", "json"))
    stages = {json.loads(line)["stage"] for line in lines.splitlines()[:-1]}
    assert {"looking at images", "sampling", "counting 1"} <= stages
    arrays = [next((tmp_path / name).glob("arrays-*")).name for name in "ab"]
    assert arrays[0] == arrays[1]  # the name holds the SHA-256


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (["--images", "nowhere"], BadInputError, "nowhere is not there"),
        (["--images", "."], BadInputError, "holds no image that can be used"),
        (["--layers", "7"], UnknownNameError, "There is no layer '7'.* 0, 1, 2, 3"),
        (["--layers", "5"], BadInputError, "choose a convolutional layer"),
        (["--size", "0"], BadInputError, "--size 0"),
        (["--crop", "-3"], BadInputError, "--crop -3"),
        (["--fit", "stretch"], BadInputError, "squeeze, cover"),
        (["--dtype", "int8"], BadInputError, "float32, bfloat16, float16"),
        (["--workers", "-1"], BadInputError, "--workers -1"),
        (["--model", "storybook-church"], BadInputError, "makes its own pictures"),
        (["--model", "torchvision:alexnet"], BadInputError, "--weights"),
        (["--weights", "gone.pth"], DissectionError, "no file of weights gone.pth"),
        (["--strength-size", "4"], BadInputError, "--strength-size 4 would .* a classifier"),
        (["--precision", "bfloat16"], BadInputError, "--precision bfloat16 would"),
        (["--std", "0,1,1"], BadInputError, "above 0"),
        (
            ["--model", "storybook-scenes", "--layers", "features.relu5_3", "--no-normalize"],
            BadInputError,
            "normalizes its pictures itself",
        ),
    ],
)
def test_wrong_wishes_are_told(
    here: Path, tmp_path: Path, more: list[str], error: type[DissectionError], message: str
) -> None:
    arguments = words(here, tmp_path / "d", *more)
    if more == ["--images", "."]:
        (here / "empty").mkdir(exist_ok=True)
        (here / "empty" / "a.png").write_text("no picture")
        arguments[arguments.index(".")] = "empty"
    with pytest.raises(error, match=message):
        invoke(arguments)
    assert not (tmp_path / "d" / "dissection.json").exists()


def test_a_classifier_without_pictures_is_told(here: Path, tmp_path: Path) -> None:
    arguments = words(here, tmp_path)
    place = arguments.index("--images")
    del arguments[place : place + 2]
    with pytest.raises(BadInputError, match=r"--crop 28 would .* name some with --images"):
        invoke(arguments)
    place = arguments.index("--crop")
    del arguments[place : place + 2]
    with pytest.raises(BadInputError, match="network does not take inputs"):
        invoke(arguments)


def test_a_disk_that_fills_up_is_told_and_the_job_goes_on(here: Path, tmp_path: Path) -> None:
    """A real limit on the size of files, in a process of its own."""
    out = tmp_path / "d"
    command = [sys.executable, "-m", "dissection", *words(here, out, "--progress", "none")]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    full = subprocess.run(
        command, capture_output=True, text=True, preexec_fn=limit, check=False,
        env=child_environment(),
    )  # fmt: skip
    assert full.returncode == 2
    assert full.stderr.startswith("dissection: Cannot keep")
    assert "free some space" in full.stderr
    assert "Traceback" not in full.stderr
    invoke(words(here, out, "--progress", "none", "--resume"))
    invoke(words(here, tmp_path / "whole", "--progress", "none"))
    names = [next(folder.glob("arrays-*")).name for folder in (out, tmp_path / "whole")]
    assert names[0] == names[1]
