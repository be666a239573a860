"""What the numbers of a training must lie within, and that every command asks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError, DissectionError
from dissection.models.generators.checkpoints import save_generator
from dissection.training.bounds import (
    require_counts,
    require_positive,
    require_rate,
    require_weights,
)
from dissection.training.generator_run import train_generator
from dissection.training.growth import GrowthPlan
from dissection.training.run_folder import stored_settings
from dissection.training.settings import GeneratorSettings
from support.tiny import tiny_generator

INFINITE, NONE = float("inf"), float("nan")


def test_what_is_within_passes() -> None:
    require_counts(steps=1, save_every=10**9)
    require_rate(1e-12)
    require_weights(gamma=0.0, hold=1e9)
    require_positive(half_life=1e-9)


def test_the_option_is_named_with_its_value() -> None:
    with pytest.raises(BadInputError, match=r"^--save-every must be at least 1, not -3\.$"):
        require_counts(steps=5, save_every=-3)
    with pytest.raises(BadInputError, match=r"^--hold must be 0 or more, not nan\.$"):
        require_weights(gamma=1.0, hold=NONE)


@pytest.mark.parametrize("rate", [0.0, -1e-3, 1.0, INFINITE, NONE])
def test_no_learning_rates(rate: float) -> None:
    with pytest.raises(BadInputError, match="--rate must be above 0 and below 1"):
        require_rate(rate)


@pytest.mark.parametrize("weight", [-1e-9, INFINITE, -INFINITE, NONE])
def test_no_weights(weight: float) -> None:
    with pytest.raises(BadInputError, match="--balance must be 0 or more"):
        require_weights(balance=weight)


@pytest.mark.parametrize("number", [0.0, -1e-9, INFINITE, NONE])
def test_nothing_that_is_above_0(number: float) -> None:
    with pytest.raises(BadInputError, match="--half-life must be above 0"):
        require_positive(half_life=number)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("segmenter --steps 0", "--steps must be at least 1, not 0"),
        ("segmenter --batch -2", "--batch must be at least 1, not -2"),
        ("generator --size 64 --images 0", "--images must be at least 1, not 0"),
        ("generator --size 64 --rate nan", "--rate must be above 0 and below 1, not nan"),
        ("generator --size 64 --rate -1", "--rate must be above 0"),
        ("generator --size 64 --gamma nan", "--gamma must be 0 or more, not nan"),
        ("generator --size 64 --balance -1", "--balance must be 0 or more, not -1"),
        ("generator --size 64 --features inf", "--features must be 0 or more, not inf"),
        ("generator --size 64 --features-from 128", "4, 8, 16, ... 64 px, not 128"),
        ("generator --size 64 --features-from 24", "--features-from must be one of 4, 8"),
        ("generator --size 64 --half-life 0", "--half-life must be above 0, not 0"),
        ("generator --size 64 --save-every nan", "--save-every must be above 0, not nan"),
        ("generator --size 64 --decay -5", "--decay must be 0 or more, not -5"),
        ("generator --size 64 --units 4,4,0,4,4", "--units must be at least 1, not 0"),
        ("generator --size 64 --discriminator-units 4,0,4,4,4", "--discriminator-units must be"),
        ("generator --size 64 --minutes inf", "--minutes takes a number above 0 and at most"),
        ("generator --size 64 --minutes nan", "--minutes takes a number above 0 and at most"),
        ("generator --size 64 --minutes 1 --images 7", "--minutes decides how many images"),
        ("generator --size 8 --units 4,4 --plan 8,8 --images 99", "--plan decides how many"),
        ("generator --size 8 --units 4,4 --plan 8,99999999999999999999", "at most 1,000,000,000"),
        ("generator --size 64 --images 99999999999999999999", "at most 1,000,000,000"),
        ("generator --size 64 --images 64 --warm-up 64", "--warm-up 64 leaves no image for the"),
        ("generator --size 64 --images 64 --decay 65", "--decay 65 is more than all 64 images"),
        ("generator --size 64 --from-average", "--from-average goes with --start"),
        ("generator --size 64 --threads -1", "--threads -1 is below 0"),
        ("generator --size 64 --device none", "There is no device 'none' here"),
        ("generator --size 64 --loss none", "There is no --loss none"),
        ("generator --size 64 --speed none", "none"),
        ("details storybook-church --device none", "There is no device 'none' here"),
        ("segmenter --device none", "There is no device 'none' here"),
        ("classifier --device none", "There is no device 'none' here"),
        ("upscaler --device none", "There is no device 'none' here"),
        ("upscaler --threads -1", "--threads -1 is below 0"),
        ("classifier --steps 0", "--steps must be at least 1"),
        ("classifier --rate nan", "--rate must be above 0 and below 1, not nan"),
        ("classifier --snapshots 0", "--snapshots must be at least 1"),
        ("upscaler --batch 0", "--batch must be at least 1"),
        ("upscaler --rate nan", "--rate must be above 0"),
        ("details storybook-church --rate nan", "--rate must be above 0"),
        ("details storybook-church --hold nan", "--hold must be 0 or more"),
        ("details storybook-church --toward 5", "--toward goes with --upscaler"),
        ("details storybook-church --texture 0", "--texture goes with --upscaler"),
        ("details storybook-church --real 0", "--real must be at least 1"),
    ],
)
def test_commands_refuse_before_a_picture_is_painted(
    command: str, said: str, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    words = ["train", *command.split(), "--count", "4", "--out", str(out)]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, BadInputError), result.output
    assert said in str(result.exception)
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--batch", "9999999"], "--batch must be at most 100000"),
        (["--dense", "99999999999"], "--dense must be at most 65536"),
        (["--units", "8,8,8,8,99999999"], "at most 65536 units, not 99999999"),
    ],
)
def test_what_no_memory_holds_is_refused_before_pictures_are_made(
    tmp_path: Path, more: list[str], told: str
) -> None:
    run = tmp_path / "run"
    ran = CliRunner().invoke(app, ["train", "classifier", "--size", "64", "--out", str(run), *more])
    assert told in str(ran.exception)
    assert not run.exists()


def test_batches_of_a_plan_are_bounded() -> None:
    with pytest.raises(BadInputError, match="--batch must be at most 100000, not 200000"):
        GrowthPlan((4,), (0,), (200_000,))
    with pytest.raises(BadInputError, match="--discriminator-units must be at most 65536"):
        require_counts(**{"discriminator-units": 10**6})


def test_a_start_that_is_not_there_keeps_no_folder_for_itself(tmp_path: Path) -> None:
    out, missing = tmp_path / "run", tmp_path / "typo.safetensors"
    for option in ("--start", "--discriminator"):
        words = ["train", "generator", "--size", "64", "--out", str(out), option, str(missing)]
        if option == "--discriminator":
            save_generator(tiny_generator(), tmp_path / "little.safetensors")
            words += ["--start", str(tmp_path / "little.safetensors")]
        result = CliRunner().invoke(app, words)
        assert isinstance(result.exception, DissectionError), result.output
        assert str(missing) in str(result.exception)
        assert not out.exists()


def test_what_does_not_fit_a_start_leaves_the_folder_free(tmp_path: Path) -> None:
    start, out = tmp_path / "other.safetensors", tmp_path / "run"
    save_generator(tiny_generator(), start)
    pictures = np.zeros((4, 8, 8, 3), np.uint8)
    settings = GeneratorSettings((4, 4), (4, 4), GrowthPlan((4, 4), (0, 0), (4, 4)), depth=8)
    with pytest.raises(DissectionError):
        train_generator(replace(settings, start=str(start), warm_up=2), pictures, out)
    train_generator(settings, pictures, out, stop=lambda: True)
    assert stored_settings(out)


def test_pictures_that_no_file_holds_are_refused(tmp_path: Path) -> None:
    words = ["train", "paint", "--size", "64", "--count", "9" * 20, "--cache", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, BadInputError), result.output
    assert "would take more than 1 TB" in str(result.exception)
    assert list(tmp_path.glob("*.npy")) == []
