import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.storybook.vocabulary import STORYBOOK
from dissection.errors import BadInputError, DissectionError, StoreError, UnknownNameError
from dissection.measurement.settings import DissectionSettings
from dissection.models.generators.checkpoints import file_digest, save_generator
from dissection.models.segmenters.storybook import Head, SceneNetwork, save_segmenter
from dissection.results.store import load_dissection
from support.tiny import tiny_generator

HEADS = [
    Head(name, tuple(STORYBOOK.id(STORYBOOK.find(c)) for c in concepts))
    for name, concepts in (
        ("object", ["object:sky", "object:tree", "object:building"]),
        ("part", ["part:door", "part:window"]),
    )
]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_generator(tiny_generator(), folder / "tiny.safetensors", {})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = SceneNetwork(5, (6, 6, 6, 6)).eval()
        for parameter in network.parameters():
            parameter.data *= 3  # decisions that differ from place to place
    save_segmenter(network, HEADS, STORYBOOK, 32, folder / "segmenter.safetensors", {})
    return folder


def words(models: Path, out: Path, *more: str) -> list[str]:
    return [
        "dissect", "--model", str(models / "tiny.safetensors"),
        "--segmenter", str(models / "segmenter.safetensors"), "--layers", "layer3,layer4",
        "--out", str(out), "--size", "40", "--effect-size", "12", "--strength-size", "4",
        "--batch", "6", "--precision", "float32", "--device", "cpu", "--threads", "1", *more,
    ]  # fmt: skip


def invoke(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_dissection_by_command_has_provenance_and_brushes(models: Path, tmp_path: Path) -> None:
    out = tmp_path / "d"
    output = invoke(words(models, out, "--progress", "json"))
    *lines, end = (json.loads(line) for line in output.splitlines())
    assert end == {"version": 1, "result": {"dissection": str(out)}}
    assert {"sampling", "counting layer3", "tracing effects"} <= {line["stage"] for line in lines}
    assert lines[-1]["done"] == lines[-1]["total"]
    dissection = load_dissection(out, file_digest(models / "tiny.safetensors"))
    assert dissection.model == "tiny"
    assert dissection.provenance["sample"]["seed"] == 1
    settings = DissectionSettings.from_json(dissection.provenance["settings"])
    assert dissection.provenance["command"] == settings.command_line()
    assert dissection.provenance["segmenter"]["digest"] == file_digest(
        models / "segmenter.safetensors"
    )
    assert not (out / "work").exists()
    assert json.loads((out / "timings.json").read_text())["sampling"] > 0

    listed = invoke(["brushes", str(out)])
    brush = dissection.brushes()[0]
    assert brush.concept.name in listed
    shown = invoke(["brushes", str(out), "--concept", str(brush.concept), "-k", "3"])
    for name, part in brush.brush.layers.items():
        assert f"{name:10}{part.units[0]:6}" in shown
    with pytest.raises(UnknownNameError, match=r"did you mean|known are"):
        invoke(["brushes", str(out), "--concept", "treee"])


def test_a_job_killed_by_the_system_resumes_to_the_same_files(models: Path, tmp_path: Path) -> None:
    invoke(words(models, tmp_path / "whole", "--progress", "none"))
    command = [sys.executable, "-m", "dissection", *words(models, tmp_path / "killed")]
    with subprocess.Popen([*command, "--progress", "json"], stdout=subprocess.PIPE) as job:
        assert job.stdout is not None
        for line in job.stdout:
            told = json.loads(line)
            if told["stage"].startswith("trying brushes") and told["done"] > 0:
                job.send_signal(signal.SIGKILL)
                break
    assert job.wait() == -signal.SIGKILL
    with pytest.raises(StoreError, match="holds no dissection"):
        load_dissection(tmp_path / "killed")
    invoke(words(models, tmp_path / "killed", "--resume", "--progress", "none"))
    ours, theirs = load_dissection(tmp_path / "killed"), load_dissection(tmp_path / "whole")
    arrays = [next(folder.glob("arrays-*")) for folder in (tmp_path / "killed", tmp_path / "whole")]
    assert arrays[0].name == arrays[1].name  # the name holds the SHA-256
    assert list(ours.strengths) == list(theirs.strengths)


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (["--size", "0"], BadInputError, "--size 0"),
        (["--layers", "layer9"], UnknownNameError, "layer1, layer2"),
        (["--layers", ","], BadInputError, "names nothing"),
        (["--quantile", "1.5"], BadInputError, "quantile"),
        (["--model", "nothing"], UnknownNameError, "nothing"),
        (["--segmenter", "nothing"], UnknownNameError, "nothing"),
        (["--device", "abacus"], BadInputError, "abacus"),
        (["--progress", "loud"], BadInputError, "loud"),
        (["--batch", "0"], BadInputError, "at least 1"),
        (["--seed", "-1"], BadInputError, "seed of the standard latents"),
        (["--memory", "nan"], BadInputError, "--memory nan"),
        (["--memory", "-1"], BadInputError, "--memory -1"),
        (["--threads", "-1"], BadInputError, "--threads -1"),
        (["--workers", "-1"], BadInputError, "--workers -1"),
        (["--crop", "-5"], BadInputError, "--crop -5"),
        (["--strength-size", "-1"], BadInputError, "--strength-size -1"),
        (["--effect-size", "-5"], BadInputError, "--effect-size -5"),
        (["--interpretable", "nan"], BadInputError, "not nan"),
        (["--precision", "float8"], BadInputError, "float8"),
        (["--mean", "0.5,0.5,0.5"], BadInputError, "--mean 0.5,0.5,0.5 would change nothing"),
        (["--std", "0.5,0.5,0.5"], BadInputError, "--std .* is shown no pictures"),
        (["--crop", "64"], BadInputError, "--crop 64 would change nothing"),
        (["--resize", "64"], BadInputError, "--resize 64"),
        (["--fit", "cover"], BadInputError, "--fit cover"),
        (["--interpolation", "lanczos"], BadInputError, "--interpolation lanczos"),
        (["--no-normalize"], BadInputError, "--no-normalize would change nothing"),
        (["--centers", "receptive"], BadInputError, "--centers receptive"),
        (["--channels", "last"], BadInputError, "leave out --channels last"),
        (["--workers", "2"], BadInputError, "--workers 2"),
        (["--provisional", "p"], BadInputError, "give that as well"),
        (["--pause-after", "inf"], BadInputError, "a number of seconds, not inf"),
    ],
)
def test_wrong_wishes_are_told(
    models: Path, tmp_path: Path, more: list[str], error: type[DissectionError], message: str
) -> None:
    with pytest.raises(error, match=message):
        invoke(words(models, tmp_path / "d", *more))
    assert not (tmp_path / "d").exists()  # told before anything is done


def test_brushes_of_nothing_are_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no dissection"):
        invoke(["brushes", str(tmp_path)])


def test_what_was_measured_is_not_lost_where_it_cannot_be_saved(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "d"

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("dissection.results.store.save_dissection", die)
        assert CliRunner().invoke(app, words(models, out)).exit_code != 0
    assert (out / "work").is_dir()

    def again(*_: object) -> None:
        raise AssertionError("sampled again")

    with monkeypatch.context() as patched:
        patched.setattr("dissection.measurement.counting.measure_layer", again)
        invoke(words(models, out, "--resume"))
    assert not (out / "work").exists()
    assert load_dissection(out).brushes()
