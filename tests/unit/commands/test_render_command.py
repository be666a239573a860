import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from dissection.__main__ import app, main
from dissection.data.images import to_bytes
from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator, save_generator
from support.tiny import tiny_generator


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "little.safetensors"
    save_generator(tiny_generator(), path)
    return path


def test_a_sheet_of_seeds(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    arguments = ["render", "--model", str(model), "--seeds", "489,3-4", "--columns", "2"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(out), "--device", "cpu"])
    assert result.exit_code == 0, result.output
    assert "3 pictures of little" in result.output
    with Image.open(out) as image:
        sheet, texts = np.asarray(image).astype(int), image.info
    assert sheet.shape == (66, 66, 3)
    pictures = to_bytes(load_generator(model)(torch.from_numpy(standard([489, 3, 4], 16))))
    assert np.abs(sheet[:32, :32] - pictures[0]).max() <= 1
    assert np.abs(sheet[:32, 34:] - pictures[1]).max() <= 1
    assert np.abs(sheet[34:, :32] - pictures[2]).max() <= 1
    assert (sheet[34:, 34:] == 255).all()
    assert texts["seeds"] == "489,3-4"
    assert texts["network"] == load_generator(model).digest


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--seeds", "3-x"], "'3-x' in '3-x' is neither"),
        (["--seeds", "0-999999"], "too many for one sheet; ask for at most 131072 seeds"),
        (["--out", "sheet.jpg"], "a name that ends in .png"),
        (["--device", "tpu"], "no device 'tpu' here"),
        (["--precision", "half"], "no precision 'half'"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    arguments: list[str],
    complaint: str,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ["render", "--model", str(model), "--seeds", "0", "--out", "a.png", *arguments]
    monkeypatch.setattr(sys, "argv", ["dissection", *given])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert complaint in message
    assert message.startswith("dissection: ")
    assert message.strip().count("\n") == 0
    assert list(tmp_path.glob("*.png")) == []
