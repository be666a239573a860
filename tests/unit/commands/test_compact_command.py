import re
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app, main
from dissection.errors import BadInputError, UnknownNameError
from dissection.models.generators.checkpoints import load_generator, save_generator
from support.tiny import tiny_generator


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "little.safetensors"
    save_generator(tiny_generator((24, 24, 24), 32), path, {"images": "7"})
    return path


def test_it_writes_the_file_and_says_what_that_cost(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "compact.safetensors"
    words = ["compact", str(model), "--out", str(out), "--sample", "64", "--latents", "4"]
    result = CliRunner().invoke(app, [*words, "--device", "cpu", "--progress", "none"])
    assert result.exit_code == 0, result.output
    before, after = model.stat().st_size, out.stat().st_size
    assert f"{before:,} -> {after:,} bytes" in result.output
    said = re.search(r"4 latents moved by ([\d.]+) of 255 .* more than ([\d.]+)", result.output)
    assert said is not None
    assert 0 < float(said[1]) < float(said[2]) < 10
    assert load_generator(out).metadata == {"images": "7"}
    again = CliRunner().invoke(app, ["compact", str(out), "--out", str(tmp_path / "b.safetensors")])
    assert "is compact already" in str(again.exception)
    assert not (tmp_path / "b.safetensors").exists()


@pytest.mark.parametrize(
    ("out", "complaint"),
    [
        ("little.safetensors", "is the model itself"),
        ("../{folder}/little.safetensors", "is the model itself"),
        ("a.pth", "a name that ends in .safetensors"),
        ("nowhere/a.safetensors", "there is no folder"),
    ],
)
def test_the_model_is_never_written_over(
    out: str,
    complaint: str,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(model.parent)
    data = model.read_bytes()
    given = ["compact", str(model), "--out", out.format(folder=model.parent.name)]
    monkeypatch.setattr(sys, "argv", ["dissection", *given, "--sample", "8", "--progress", "none"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert complaint in message
    assert message.strip().count("\n") == 0
    assert model.read_bytes() == data
    assert list(model.parent.iterdir()) == [model]


@pytest.fixture
def base(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model as a fetched one, called church."""
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    monkeypatch.setattr("dissection.runtime.model_names.fetched_folder", lambda: fetched)
    return Path(shutil.copy(model, fetched / "church.safetensors"))


def test_with_a_base_only_what_differs_is_written(model: Path, base: Path, tmp_path: Path) -> None:
    tuned, out = load_generator(model), tmp_path / "over.safetensors"
    tuned.layer6.conv.weight.mul_(1.5)
    save_generator(tuned, model)
    words = ["compact", str(model), "--base", "church", "--out", str(out), "--latents", "2"]
    result = CliRunner().invoke(app, [*words, "--device", "cpu", "--progress", "none"])
    assert result.exit_code == 0, result.output
    assert "1 of 14 tensors differ from church; the others are read from it" in result.output
    assert f"-> {out.stat().st_size:,} bytes" in result.output
    assert "moved by 0.00 of 255" in result.output
    assert out.stat().st_size < 0.3 * model.stat().st_size
    whole = tmp_path / "whole.safetensors"
    words = ["compact", str(out), "--out", str(whole), "--sample", "8", "--latents", "2"]
    result = CliRunner().invoke(app, [*words, "--device", "cpu", "--progress", "none"])
    assert result.exit_code == 0, result.output
    assert load_generator(whole).metadata == {"images": "7"}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("{model} --base church --out new.safetensors", "has the weights of church, and nothing"),
        ("{model} --base {model} --out new.safetensors", "no bundled or fetched model is called"),
        ("{model} --base chapel --out new.safetensors", "No model is called 'chapel'"),
        ("{model} --base church --out little.safetensors", "is the model itself"),
        ("{model} --base church --out fetched/church.safetensors", "is the base itself"),
    ],
)
def test_what_cannot_be_a_base_is_told(
    given: str, complaint: str, model: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)
    before = base.read_bytes()
    words = ["compact", *given.format(model=model).split(), "--progress", "none"]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, BadInputError | UnknownNameError)
    assert complaint in str(result.exception)
    assert base.read_bytes() == before
    assert not Path("new.safetensors").exists()
