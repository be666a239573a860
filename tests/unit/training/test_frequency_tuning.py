"""A generator's first bias, moved until scenes are as frequent as real ones."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.images import to_bytes, write_picture
from dissection.errors import BadInputError
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.progressive import Layer, ProgressiveGenerator
from dissection.training.frequency_tuning import (
    FrequencySettings,
    FrequencyTuning,
    tune_frequencies,
)

DEPTH = 12
SETTINGS = FrequencySettings("", scenes=600, rounds=2, batch=100)


@pytest.fixture
def generator() -> ProgressiveGenerator:
    """Latents move all places of its first maps much alike, as those of a trained one do."""
    torch.manual_seed(0)
    made = ProgressiveGenerator((24, 16, 8), depth=DEPTH).eval().requires_grad_(False)
    layer = made.layer1
    assert isinstance(layer, Layer)
    layer.conv.weight.mul_(0.5).add_(torch.randn(24, DEPTH, 1, 1))
    return made


def bias(generator: ProgressiveGenerator) -> torch.Tensor:
    layer = generator.layer1
    assert isinstance(layer, Layer)
    return layer.wscale.b


def pictures(generator: ProgressiveGenerator, count: int = 1500) -> NDArray[np.uint8]:
    z = torch.randn(count, DEPTH, generator=torch.Generator().manual_seed(5))
    return to_bytes(generator(z))


@pytest.fixture
def reals(generator: ProgressiveGenerator) -> NDArray[np.uint8]:
    """What the generator makes if each of its latents lies a little to one side."""
    layer = generator.layer1
    assert isinstance(layer, Layer)
    other = ProgressiveGenerator((24, 16, 8), depth=DEPTH).eval().requires_grad_(False)
    other.load_state_dict(generator.state_dict())
    side = torch.randn(DEPTH, generator=torch.Generator().manual_seed(6)) * 0.25
    answer = torch.einsum("oiyx,i->oyx", layer.conv.weight * layer.scale, side)
    bias(other).add_(answer.mean((1, 2)))
    return pictures(other)


def test_scenes_come_nearer_to_real_ones(
    generator: ProgressiveGenerator, reals: NDArray[np.uint8], tmp_path: Path
) -> None:
    before = {k: t.clone() for k, t in generator.state_dict().items()}
    run = tune_frequencies(SETTINGS, generator, reals, tmp_path, save_every=6)
    assert len(run.measured) == 3
    assert min(run.measured) < 0.6 * run.measured[0]
    after = run.generator().state_dict()
    changed = [k for k, t in after.items() if not torch.equal(t, before[k])]
    assert changed == ["layer1.wscale.b"]
    assert all(torch.equal(t, before[k]) for k, t in generator.state_dict().items())
    rows = [json.loads(x) for x in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [6, 12, 18]
    assert (tmp_path / "samples.png").stat().st_size > 0


@pytest.mark.parametrize("own", [True, False])
def test_the_nearest_bias_is_kept(
    own: bool,
    generator: ProgressiveGenerator,
    reals: NDArray[np.uint8],
    tmp_path: Path,
) -> None:
    """Whether the last one is it or, against scenes that are not far, the first."""
    given = pictures(generator) if own else reals
    run = tune_frequencies(SETTINGS, generator, given, tmp_path / "run")
    settings = replace(SETTINGS, rounds=1)
    again = tune_frequencies(settings, run.generator(), given, tmp_path / "again")
    assert again.measured[0] == pytest.approx(min(run.measured), abs=1e-3)
    if min(run.measured) == run.measured[0]:
        assert torch.equal(bias(run.generator()), bias(generator))


def test_a_stopped_run_goes_on_to_the_same_bias(
    generator: ProgressiveGenerator, reals: NDArray[np.uint8], tmp_path: Path
) -> None:
    whole = tune_frequencies(SETTINGS, generator, reals, tmp_path / "whole")
    taken: list[int] = []
    first = tune_frequencies(
        SETTINGS, generator, reals, tmp_path / "parts", save_every=4,
        stop=lambda: len(taken) >= 9, progress=lambda done, _: taken.append(done),
    )  # fmt: skip
    assert first.step_number == 9
    again = tune_frequencies(SETTINGS, generator, reals, tmp_path / "parts", save_every=4)
    assert torch.equal(bias(whole.generator()), bias(again.generator()))
    assert whole.measured == again.measured
    with pytest.raises(BadInputError, match="rounds"):
        tune_frequencies(replace(SETTINGS, rounds=3), generator, reals, tmp_path / "parts")


def test_one_stopped_while_pictures_are_read_has_made_nothing(
    generator: ProgressiveGenerator, reals: NDArray[np.uint8], tmp_path: Path
) -> None:
    run = tune_frequencies(SETTINGS, generator, reals, tmp_path, stop=lambda: True)
    assert run.step_number == 0
    assert not (tmp_path / "state.pt").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scenes": 10}, "--scenes must be at least 64, not 10"),
        ({"rounds": 0}, "--rounds must be at least 1"),
        ({"components": 0}, "--components must be at least 1"),
        ({"components": 40}, "--components must be at most 32, not 40"),
        ({"batch": 0}, "--batch must be at least 1"),
        ({"real": 0}, "--real must be at least 1"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, int], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        replace(SETTINGS, **change)  # type: ignore[arg-type]


def test_few_pictures_tell_nothing(generator: ProgressiveGenerator) -> None:
    with pytest.raises(BadInputError, match="20 pictures tell nothing"):
        FrequencyTuning(SETTINGS, generator, np.zeros((20, 16, 16, 3), np.uint8))


def test_the_command_writes_another_generator(
    generator: ProgressiveGenerator, reals: NDArray[np.uint8], tmp_path: Path
) -> None:
    model, folder = tmp_path / "model.safetensors", tmp_path / "pictures"
    save_generator(generator, model)
    folder.mkdir()
    for n, picture in enumerate(reals[:128]):
        write_picture(folder / f"{n:03}.png", picture)
    words = f"train frequencies {model} --out {tmp_path / 'run'} --data {folder} --count 0"
    fast = "--scenes 128 --components 2 --rounds 1"
    result = CliRunner().invoke(app, [*words.split(), *fast.split()])
    assert result.exit_code == 0, result.output
    assert "apart by" in result.output
    made = load_generator(tmp_path / "run" / "generator.safetensors")
    assert made.metadata["tuned_from"] == load_generator(model).digest
    layers = [load_generator(model).layer2, made.layer2]
    assert all(isinstance(x, Layer) for x in layers)
