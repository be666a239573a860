from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError, ModelFileError
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.training.discriminator import Discriminator, minibatch_deviation
from dissection.training.generator import GeneratorTraining
from dissection.training.generator_run import train_generator
from dissection.training.growth import GrowingGenerator, GrowthPlan, default_plan
from dissection.training.settings import GeneratorSettings
from dissection.training.snapshots import is_due

PLAN = GrowthPlan(images=(16, 32, 64), fade=(0, 16, 16), batch=(8, 8, 8))
SETTINGS = GeneratorSettings((16, 16, 8), (12, 12, 8), PLAN, depth=16, penalty_every=3, decay=32)


@pytest.fixture
def pictures() -> np.ndarray:
    """Two kinds of 16 px pictures: left half light or right half light."""
    images = np.full((32, 16, 16, 3), 40, np.uint8)
    images[::2, :, :8] = 210
    images[1::2, :, 8:] = 210
    return images


def weights(run: GeneratorTraining) -> dict[str, torch.Tensor]:
    state = run.state()
    return {f"{p}.{k}": v for p in ("generator", "average") for k, v in state[p].items()}


def test_a_killed_run_resumes_to_the_same_weights(pictures: np.ndarray, tmp_path: Path) -> None:
    whole = train_generator(SETTINGS, pictures, tmp_path / "whole")
    steps = 0

    def after_seven() -> bool:
        nonlocal steps
        steps += 1
        return steps > 7

    train_generator(SETTINGS, pictures, tmp_path / "broken", stop=after_seven)
    resumed = train_generator(SETTINGS, pictures, tmp_path / "broken")
    assert resumed.shown == whole.shown == PLAN.total
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(resumed)[name]), name
    assert (tmp_path / "broken" / "samples.png").exists()
    assert len((tmp_path / "broken" / "log.jsonl").read_text().splitlines()) == 2


def test_other_settings_are_refused(pictures: np.ndarray, tmp_path: Path) -> None:
    train_generator(SETTINGS, pictures, tmp_path, stop=lambda: True)
    with pytest.raises(BadInputError, match=r"rate 0\.0015, not 0\.1"):
        train_generator(replace(SETTINGS, rate=0.1), pictures, tmp_path)


def test_the_players_learn(pictures: np.ndarray) -> None:
    """The mean picture of what is generated moves towards the mean of what is shown."""
    pictures[:, 8:] = 250
    plan = GrowthPlan((0, 0, 2400), (0, 0, 0), (16, 16, 16))
    wide = {"units": (16, 16, 16), "discriminator_units": (16, 16, 16)}
    settings = replace(SETTINGS, plan=plan, half_life=300.0, decay=0, rate=3e-3, **wide)
    run = GeneratorTraining(settings, pictures)

    def gap() -> float:
        return float(abs(run.samples(40).mean((0, 3)) - pictures.mean((0, 3))).mean())

    before = gap()
    while run.shown < plan.total:
        run.step()
    assert gap() < 0.5 * before


def test_a_run_starts_from_the_weights_of_another(pictures: np.ndarray, tmp_path: Path) -> None:
    first = train_generator(SETTINGS, pictures, tmp_path / "first")
    start = tmp_path / "start.safetensors"
    save_file(first.weights(), start)
    second = GeneratorTraining(replace(SETTINGS, start=str(start), seed=5), pictures)
    for name, tensor in weights(first).items():
        assert torch.allclose(tensor, weights(second)[name], atol=2e-3), name
    third = GeneratorTraining(replace(SETTINGS, start=str(start), from_average=True), pictures)
    for name, tensor in first.average.state_dict().items():
        assert torch.allclose(tensor, third.generator.state_dict()[name], atol=2e-3), name
    name = "body.layer1.conv.weight"
    assert not torch.allclose(weights(first)[f"generator.{name}"], third.state()["generator"][name])
    with pytest.raises(ModelFileError, match="do not fit the generator"):
        GeneratorTraining(replace(SETTINGS, start=str(start), units=(16, 16, 4)), pictures)


def test_the_published_form_paints_the_same_pictures(tmp_path: Path) -> None:
    growing = GrowingGenerator((16, 12, 8), depth=10)
    for stage in (1, 2):
        path = tmp_path / f"{stage}.safetensors"
        save_generator(growing.at_stage(stage), path, {})
        z = torch.randn(3, 10)
        with torch.no_grad():
            assert torch.allclose(load_generator(path)(z), growing(z, stage), atol=0.05)
    assert load_generator(path).units == (16, 12, 8)


def test_fading_in_joins_two_resolutions() -> None:
    growing, critic = GrowingGenerator((8, 8, 8), 8), Discriminator((8, 8, 8))
    z = torch.randn(4, 8)
    coarse = growing(z, 1).repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.allclose(growing(z, 2, 1e-9), coarse, atol=1e-5)
    images = torch.randn(4, 3, 8, 8).repeat_interleave(2, 2).repeat_interleave(2, 3)
    small = critic(images[:, :, ::2, ::2], 1)
    assert torch.allclose(critic(images, 2, 1e-9), small, atol=1e-5)


def test_a_plan_visits_every_resolution() -> None:
    plan = default_plan(4, 1000)
    assert plan.total == 1000
    assert [plan.at(s).size for s in (0, 999)] == [4, 32]
    edge = plan.images[0]
    assert plan.at(edge).alpha == 0
    assert plan.at(edge + plan.fade[1]).alpha == 1
    skipping = GrowthPlan((0, 0, 10), (0, 0, 4), (2, 2, 2))
    assert (skipping.at(0).stage, skipping.at(0).alpha, skipping.at(2).alpha) == (2, 0, 0.5)
    with pytest.raises(BadInputError):
        GrowthPlan((1, 2), (0,), (1, 1))


def test_deviation_is_that_of_groups_of_images() -> None:
    x = torch.randn(8, 3, 2, 2)
    plane = minibatch_deviation(x)[:, 3]
    groups = x.view(4, 2, 3, 2, 2)  # images 0, 2, 4, 6 and 1, 3, 5, 7
    expected = (groups.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
    assert torch.allclose(plane[0], expected[0].expand(2, 2))
    assert torch.allclose(plane[3], expected[1].expand(2, 2))
    assert minibatch_deviation(torch.randn(7, 3, 2, 2)).shape == (7, 4, 2, 2)


def test_a_run_widens_a_smaller_one(pictures: np.ndarray, tmp_path: Path) -> None:
    """Layers that both have go on; those of the new resolution begin untrained."""
    small = replace(
        SETTINGS,
        units=(16, 16),
        discriminator_units=(12, 12),
        plan=GrowthPlan((8, 16), (0, 0), (8, 8)),
        seed=3,
    )
    first = GeneratorTraining(small, np.ascontiguousarray(pictures[:, ::2, ::2]))
    start = tmp_path / "start.safetensors"
    save_file(first.weights(), start)
    second = GeneratorTraining(replace(SETTINGS, start=str(start)), pictures)
    fresh = GeneratorTraining(SETTINGS, pictures)
    theirs = first.generator.state_dict()
    unlike = fresh.generator.state_dict()
    for key, tensor in second.generator.state_dict().items():
        known = key in theirs and not key.startswith("body.output_")
        expected = theirs[key].half().float() if known else unlike[key]
        assert torch.equal(tensor, expected), key
    for key, tensor in first.discriminator.state_dict().items():
        assert torch.equal(second.discriminator.state_dict()[key], tensor.half().float()), key
    train_generator(replace(SETTINGS, start=str(start)), pictures, tmp_path / "wider")


def test_a_start_with_layers_missing_in_between_is_refused(
    pictures: np.ndarray, tmp_path: Path
) -> None:
    run = GeneratorTraining(SETTINGS, pictures)
    weights = {k: t for k, t in run.weights().items() if not k.startswith("generator.body.layer3")}
    start = tmp_path / "start.safetensors"
    save_file(weights, start)
    with pytest.raises(ModelFileError, match=r"16 px and lack body\.layer3"):
        GeneratorTraining(replace(SETTINGS, start=str(start)), pictures)


def test_pairs_are_judged_against_each_other(pictures: np.ndarray) -> None:
    """What both scores have in common does not matter; on a par the loss is log 2."""
    settings = replace(
        SETTINGS, loss="relativistic", plan=GrowthPlan((0, 0, 64), (0, 0, 0), PLAN.batch)
    )
    run = GeneratorTraining(settings, pictures)
    with torch.no_grad():
        run.discriminator.score.conv.weight.zero_()
        run.discriminator.score.wscale.b.fill_(50.0)
    run.step()
    means = run.means()
    assert means["score_real"] == means["score_fake"] == pytest.approx(50.0, abs=0.5)
    assert means["loss_discriminator"] == pytest.approx(np.log(2), abs=1e-3)
    assert means["loss_generator"] == pytest.approx(np.log(2), abs=0.2)


def test_both_sides_are_penalized(pictures: np.ndarray) -> None:
    """The step with a penalty costs more by the gradients at both kinds of pictures."""
    losses = {}
    for loss in ("logistic", "relativistic"):
        for gamma in (0.0, 1000.0):
            settings = replace(SETTINGS, loss=loss, gamma=gamma)
            run = GeneratorTraining(settings, pictures)
            run.step()
            losses[loss, gamma] = run.means()["loss_discriminator"]
    one = losses["logistic", 1000.0] - losses["logistic", 0.0]
    both = losses["relativistic", 1000.0] - losses["relativistic", 0.0]
    assert both > one > 0


def test_an_unknown_loss_is_refused() -> None:
    with pytest.raises(BadInputError, match="choose logistic or relativistic"):
        replace(SETTINGS, loss="hinge")


@pytest.mark.parametrize("batch", [8, 12])
def test_snapshots_stand_where_a_resolution_is_faded_in_and_at_its_end(
    pictures: np.ndarray, tmp_path: Path, batch: int
) -> None:
    folder = tmp_path / "snapshots"
    settings = replace(SETTINGS, plan=replace(PLAN, batch=(batch,) * 3))
    run = train_generator(settings, pictures, tmp_path / "run", snapshots=folder)
    names = sorted(p.name for p in folder.glob("*.safetensors"))
    told = {
        8: ["00000032-8px", "00000048-8px", "00000064-16px", "00000112-16px"],
        # A batch that goes beyond a resolution's end is still one of that resolution.
        12: ["00000036-8px", "00000048-8px", "00000072-16px", "00000120-16px"],
    }
    assert names == [f"{name}.safetensors" for name in told[batch]]
    last, kept = run.average.at_stage(2), load_generator(folder / names[-1])
    z = torch.randn(2, 16)
    assert torch.allclose(last(z), kept(z), atol=0.02)


def test_snapshots_are_kept_every_so_many_images() -> None:
    plan = GrowthPlan((0, 100, 0), (0, 0, 0), (8, 8, 8))
    due = [b for b in range(0, 104, 8) if is_due(plan, b, b + 8, every=30)]
    assert due == [24, 56, 88, 96]


def test_images_beyond_the_plan_are_told_as_whole_batches(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for number in range(4):
        Image.new("RGB", (8, 8), (60 * number, 9, 9)).save(tmp_path / "pictures" / f"{number}.png")
    words = (
        f"train generator --size 8 --units 4,4 --plan 8,8 --batch 12,12 --count 4 --threads 1 "
        f"--data {tmp_path / 'pictures'} --out {tmp_path / 'run'} --progress none"
    )
    ran = CliRunner().invoke(app, words.split(), catch_exceptions=False)
    assert ran.output.startswith("24 images, in whole batches, shown; generator in "), ran.output
