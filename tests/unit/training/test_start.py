"""Going on from what is left of another run: its generator alone, and its discriminator."""

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from dissection.errors import BadInputError, DissectionError, ModelFileError
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.compact import compact_generator, save_compact
from dissection.models.weights.files import is_compact_file
from dissection.training.generator import GeneratorTraining
from dissection.training.generator_run import train_generator
from dissection.training.growth import GrowthPlan
from dissection.training.settings import GeneratorSettings

PLAN = GrowthPlan(images=(0, 0, 64), fade=(0, 0, 32), batch=(8, 8, 8))
SETTINGS = GeneratorSettings((16, 16, 8), (12, 12, 8), PLAN, depth=16, penalty_every=3)


@pytest.fixture
def pictures() -> np.ndarray:
    """Two kinds of 16 px pictures: left half light or right half light."""
    images = np.full((32, 16, 16, 3), 40, np.uint8)
    images[::2, :, :8] = 210
    images[1::2, :, 8:] = 210
    return images


@pytest.fixture
def first(pictures: np.ndarray) -> GeneratorTraining:
    """A run of three steps."""
    run = GeneratorTraining(replace(SETTINGS, seed=3), pictures)
    for _ in range(3):
        run.step()
    return run


@pytest.fixture
def generator(first: GeneratorTraining, tmp_path: Path) -> Path:
    path = tmp_path / "generator.safetensors"
    save_generator(first.average.at_stage(2), path, {})
    return path


def test_a_generator_alone_goes_on_as_it_is_while_the_discriminator_learns(
    pictures: np.ndarray, generator: Path
) -> None:
    settings = replace(SETTINGS, start=str(generator), warm_up=24, balance=0.5)
    run = GeneratorTraining(settings, pictures)
    before = run.copied_weights()
    published = load_generator(str(generator))
    z = torch.randn(2, 16)
    # All that the file shows is there at once: nothing of it is faded in.
    assert torch.allclose(run.average(z, 2), published(z), atol=1e-5)
    for _ in range(3):
        run.step()
    after = run.copied_weights()
    for player in ("generator", "average"):
        for key, tensor in after[player].items():
            assert torch.equal(tensor, before[player][key]), key
    judge = before["discriminator"]
    assert any(not torch.equal(t, judge[k]) for k, t in after["discriminator"].items())
    run.step()  # the warm-up is over
    moved = run.copied_weights()["generator"]
    assert any(not torch.equal(moved[k], before["generator"][k]) for k in moved)


def test_rounded_weights_go_on_too(
    pictures: np.ndarray, generator: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dissection.models.generators.compact.SMALL", 1)
    rounded = tmp_path / "rounded.safetensors"
    save_compact(compact_generator(load_generator(str(generator)), 8), rounded, {})
    assert is_compact_file(rounded)
    run = GeneratorTraining(replace(SETTINGS, start=str(rounded), warm_up=8), pictures)
    z = torch.randn(2, 16)
    assert torch.allclose(run.average(z, 2), load_generator(str(rounded))(z), atol=1e-5)


def test_a_killed_warm_up_resumes_to_the_same_weights(
    pictures: np.ndarray, generator: Path, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, start=str(generator), warm_up=24)
    whole = train_generator(settings, pictures, tmp_path / "whole")
    steps = iter(range(100))
    train_generator(settings, pictures, tmp_path / "broken", stop=lambda: next(steps) > 1)
    resumed = train_generator(settings, pictures, tmp_path / "broken")
    for player, weights in whole.copied_weights().items():
        for key, tensor in weights.items():
            assert torch.equal(tensor, resumed.copied_weights()[player][key]), key


def test_a_discriminator_of_its_own_needs_no_warm_up(
    pictures: np.ndarray, first: GeneratorTraining, generator: Path, tmp_path: Path
) -> None:
    critics = tmp_path / "discriminator.safetensors"
    save_file(first.critics(), critics)
    assert all(key.startswith("discriminator.") for key in first.critics())
    settings = replace(SETTINGS, start=str(generator), discriminator=str(critics))
    run = GeneratorTraining(settings, pictures)
    for key, tensor in first.discriminator.state_dict().items():
        assert torch.equal(run.discriminator.state_dict()[key], tensor.half().float()), key
    with pytest.raises(ModelFileError, match="hold no discriminator"):
        GeneratorTraining(replace(settings, discriminator=str(generator)), pictures)
    critics.write_bytes(b"nothing")
    with pytest.raises(ModelFileError, match="cannot be read"):
        GeneratorTraining(settings, pictures)


def test_a_generator_alone_without_a_judge_is_refused(
    pictures: np.ndarray, generator: Path
) -> None:
    with pytest.raises(BadInputError, match="--warm-up 20000"):
        GeneratorTraining(replace(SETTINGS, start=str(generator)), pictures)


def test_a_generator_alone_is_shown_nothing_below_its_size(
    pictures: np.ndarray, generator: Path
) -> None:
    plan = GrowthPlan((0, 8, 8), (0, 0, 0), (8, 8, 8))
    settings = replace(SETTINGS, start=str(generator), warm_up=8, plan=plan)
    run = GeneratorTraining(settings, pictures)
    with pytest.raises(BadInputError, match="16 px, and has no colors at 8 px"):
        run.step()


def test_a_smaller_generator_alone_is_widened(
    pictures: np.ndarray, first: GeneratorTraining, tmp_path: Path
) -> None:
    small = tmp_path / "small.safetensors"
    save_generator(first.average.at_stage(1), small, {})
    run = GeneratorTraining(replace(SETTINGS, start=str(small), warm_up=8), pictures)
    theirs = load_generator(str(small)).state_dict()
    own = run.generator.body.state_dict()
    assert torch.equal(own["layer4.conv.weight"], theirs["layer4.conv.weight"])
    run.step()
    assert run.settings.plan.at(run.shown).alpha < 1  # the new resolution is faded in


@pytest.mark.parametrize("units", [(16, 12, 8), (16, 16)])
def test_a_generator_of_other_widths_or_larger_is_refused(
    pictures: np.ndarray, generator: Path, units: tuple[int, ...]
) -> None:
    plan = GrowthPlan(
        PLAN.images[-len(units) :], PLAN.fade[-len(units) :], PLAN.batch[: len(units)]
    )
    settings = replace(
        SETTINGS, start=str(generator), warm_up=8, units=units, discriminator_units=units, plan=plan
    )
    few = pictures[:, :: 16 // (2 << len(units)), :: 16 // (2 << len(units))]
    with pytest.raises(ModelFileError, match="do not fit the generator"):
        GeneratorTraining(settings, np.ascontiguousarray(few))


def test_a_file_that_holds_no_weights_is_a_sentence(pictures: np.ndarray, tmp_path: Path) -> None:
    broken = tmp_path / "start.safetensors"
    broken.write_bytes(b"nothing")
    with pytest.raises(DissectionError, match=r"start\.safetensors"):
        GeneratorTraining(replace(SETTINGS, start=str(broken), warm_up=8), pictures)


def test_a_full_disk_is_a_sentence_and_the_last_good_state_stays(
    pictures: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = GrowthPlan((0, 0, 40), (0, 0, 0), (8, 8, 8))
    settings = replace(SETTINGS, plan=plan)
    whole = train_generator(settings, pictures, tmp_path / "whole")
    steps = iter(range(100))
    broken = tmp_path / "broken"
    train_generator(settings, pictures, broken, stop=lambda: next(steps) > 1)
    good = (broken / "state.pt").read_bytes()

    def fail(state: object, stream: BinaryIO) -> None:
        stream.write(b"half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(torch, "save", fail)
        with pytest.raises(DissectionError, match=r"state\.pt.*space"):
            train_generator(settings, pictures, broken)
    assert (broken / "state.pt").read_bytes() == good
    assert not [path for path in broken.iterdir() if "part" in path.name]
    resumed = train_generator(settings, pictures, broken)
    for key, tensor in whole.copied_weights()["average"].items():
        assert torch.equal(tensor, resumed.copied_weights()["average"][key]), key
