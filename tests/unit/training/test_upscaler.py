"""A network that makes pictures four times as large: its training, its file, what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError, ModelFileError
from dissection.training.degrade import degrade_shrunk
from dissection.training.upscaler import Upscaler, load_upscaler, save_upscaler, shrunk
from dissection.training.upscaler_training import (
    UpscalerSettings,
    UpscalerTraining,
    train_upscaler,
)

SETTINGS = UpscalerSettings(steps=6, batch=2, size=64)


@pytest.fixture
def pictures() -> NDArray[np.uint8]:
    """Rectangles with sharp outlines that lie anywhere, (24, 64, 64, 3)."""
    rng = np.random.default_rng(0)
    made = np.full((24, 64, 64, 3), 200, np.uint8)
    for picture in made:
        for _ in range(4):
            top, left = rng.integers(0, 48, 2)
            height, width = rng.integers(6, 24, 2)
            picture[top : top + height, left : left + width] = rng.integers(0, 255, 3)
    return made


def test_outlines_become_sharper_than_by_interpolation() -> None:
    rng = np.random.default_rng(0)
    fields = np.zeros((40, 64, 64, 3), np.uint8)
    for picture in fields:  # four fields of black and white that meet anywhere
        top, left = rng.integers(16, 48, 2)
        picture[top:] = 255
        picture[:, left:] = 255 - picture[:, left:]
    run = UpscalerTraining(replace(SETTINGS, steps=200, batch=4), fields[:32])
    for _ in range(200):
        run.step()
    fresh = torch.from_numpy(fields[32:]).permute(0, 3, 1, 2).float() / 127.5 - 1
    low = shrunk(fresh)
    plain = F.interpolate(low, scale_factor=4.0, mode="bilinear", align_corners=False)
    made = run.upscaler()(low)
    assert made.shape == fresh.shape
    ours, theirs = (float((x - fresh).abs().mean()) for x in (made, plain))
    assert ours < 0.8 * theirs


def test_the_run_keeps_a_log_and_samples(pictures: NDArray[np.uint8], tmp_path: Path) -> None:
    train_upscaler(SETTINGS, pictures, tmp_path, save_every=3)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [3, 6]
    assert all(0 < row["apart"] < 2 for row in rows)
    assert (tmp_path / "samples.png").stat().st_size > 0


def test_a_stopped_training_goes_on_to_the_same_weights(
    pictures: NDArray[np.uint8], tmp_path: Path
) -> None:
    whole = train_upscaler(SETTINGS, pictures, tmp_path / "whole", save_every=2)
    taken: list[int] = []
    first = train_upscaler(
        SETTINGS, pictures, tmp_path / "parts", save_every=2,
        stop=lambda: len(taken) >= 4, progress=lambda done, _: taken.append(done),
    )  # fmt: skip
    assert first.step_number == 4
    again = train_upscaler(SETTINGS, pictures, tmp_path / "parts", save_every=2)
    assert [row["step"] for row in again.rows] == [2, 4, 6]
    for one, other in zip(whole.average.parameters(), again.average.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(BadInputError, match=r"rate 0\.001, not 0\.5"):
        train_upscaler(replace(SETTINGS, rate=0.5), pictures, tmp_path / "parts")


def test_shrunk_pictures_are_degraded_by_a_little_and_by_chance_alone() -> None:
    y, x = torch.meshgrid(torch.linspace(-1, 1, 32), torch.linspace(-1, 1, 48), indexing="ij")
    low = torch.stack([y, x, y * x]).expand(6, 3, 32, 48)
    one, same = (degrade_shrunk(low, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one, same)
    assert one.shape == low.shape
    apart = (one - low).abs().mean((1, 2, 3))
    assert float(apart.min()) > 0
    assert float(apart.max()) < 0.1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": 0}, "--steps must be at least 1"),
        ({"batch": 0}, "--batch must be at least 1"),
        ({"rate": 0.0}, "--rate must be above 0"),
        ({"rate": float("nan")}, "--rate must be above 0"),
        ({"size": 32}, "--size must be 64 or more"),
        ({"size": 100}, "divide by 8, not 100"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, float], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        replace(SETTINGS, **change)  # type: ignore[arg-type]


def test_pictures_of_another_size_are_refused(pictures: NDArray[np.uint8]) -> None:
    with pytest.raises(BadInputError, match="have 64 px and not 128"):
        UpscalerTraining(replace(SETTINGS, size=128), pictures)


def test_its_file_holds_it(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Upscaler((4, 6, 4, 2)).eval()
    path = tmp_path / "upscaler.safetensors"
    save_upscaler(network, path, {"trained_on": "nothing"})
    again = load_upscaler(path)
    assert again.widths == (4, 6, 4, 2)
    assert len(again.digest) == 64
    assert not any(p.requires_grad for p in again.parameters())
    x = torch.rand(1, 3, 8, 8)
    with torch.no_grad():
        assert torch.allclose(again(x), network(x), atol=1e-3)


def test_one_that_has_diverged_is_not_written(tmp_path: Path) -> None:
    network = Upscaler((4, 4, 4, 4))
    with torch.no_grad():
        network.head.weight.fill_(1e6)
    with pytest.raises(BadInputError, match=r"head\.weight .* lower --rate"):
        save_upscaler(network, tmp_path / "upscaler.safetensors", {})
    assert not list(tmp_path.iterdir())


def test_other_files_are_no_upscalers(tmp_path: Path) -> None:
    path = tmp_path / "upscaler.safetensors"
    with pytest.raises(BadInputError, match=r"There is no upscaler .*train upscaler --out RUN"):
        load_upscaler(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelFileError, match="cannot be used as an upscaler"):
        load_upscaler(path)
    save_upscaler(Upscaler((4, 4, 4, 4)), path, {})
    tensors, notes = load_file(path), {"kind": "upscaler", "widths": "4,4,4,4"}

    def refused(tensors: dict[str, torch.Tensor], notes: dict[str, str], said: str) -> None:
        save_file(tensors, path, notes)
        with pytest.raises(ModelFileError, match=said):
            load_upscaler(path)

    refused(tensors, {**notes, "kind": "segmenter"}, "does not say 'upscaler'")
    refused(tensors, {**notes, "widths": "4,4,4"}, "do not tell its widths")
    refused(tensors, {**notes, "widths": "4,4,4,99999"}, "do not tell its widths")
    refused(tensors, {**notes, "widths": "4,4,4,8"}, "a tensor at_whole.first.* of the shape")
    bias = tensors["colors.bias"]
    refused({**tensors, "more": bias.clone()}, notes, "a tensor more of the shape")
    refused({**tensors, "colors.bias": bias * float("nan")}, notes, "not finite numbers")
    del tensors["colors.bias"]
    refused(tensors, notes, "it lacks the tensor colors.bias")


def test_the_command_trains_one_from_a_folder(pictures: NDArray[np.uint8], tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "pictures").mkdir()
    for number, picture in enumerate(pictures[:4]):
        Image.fromarray(picture).save(tmp_path / "pictures" / f"{number}.png")
    run = tmp_path / "run"
    words = f"train upscaler --out {run} --data {tmp_path / 'pictures'} --size 64 --batch 2"
    result = CliRunner().invoke(app, [*words.split(), "--steps", "3"])
    assert result.exit_code == 0, result.output
    assert "3 of 3 steps done" in result.output
    assert load_upscaler(run / "upscaler.safetensors").widths == Upscaler().widths
    refused = CliRunner().invoke(app, [*words.split(), "--steps", "0"])
    assert "--steps must be at least 1" in str(refused.exception)
