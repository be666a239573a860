import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dissection.errors import BadInputError
from dissection.models.generators.progressive import PUBLISHED_UNITS
from dissection.training import generator_run, measure
from dissection.training.discriminator import Discriminator
from dissection.training.generator import GeneratorTraining
from dissection.training.generator_run import train_generator
from dissection.training.growth import GrowingGenerator, GrowthPlan
from dissection.training.run_folder import RunFolder
from dissection.training.settings import GeneratorSettings

BATCH = (8, 8, 8)
PLAN = GrowthPlan((16, 16, 32), (0, 8, 8), BATCH)
SETTINGS = GeneratorSettings((8, 8, 8), (8, 8, 8), PLAN, depth=8, balance=0.5, penalty_every=3)
BY_TIME = replace(SETTINGS, plan=GrowthPlan(BATCH, (0, 0, 0), BATCH), minutes=1.0)


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (32, 16, 16, 3), np.uint8)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "SECONDS", {True: 0.0, False: 0.0})


def test_measuring_leaves_no_trace(pictures: np.ndarray) -> None:
    plain, measured = (GeneratorTraining(SETTINGS, pictures) for _ in range(2))
    told: list[int] = []
    speeds = measure.measure(measured, report=lambda size, _: told.append(size))
    assert speeds is not None
    assert told == [4, 8, 16]
    assert all(s > 0 for s in speeds)
    for _ in range(6):
        plain.step()
        measured.step()
    for part in ("generator", "discriminator", "average"):
        for key, tensor in plain.state()[part].items():
            assert torch.equal(tensor, measured.state()[part][key]), key
    assert plain.means() == measured.means()


def test_a_run_by_time_keeps_its_plan_and_other_minutes_plan_the_rest(
    pictures: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator_run, "measure", lambda *_: (1000.0, 100.0, 10.0))
    steps = iter(range(100))
    said: list[str] = []
    first = train_generator(
        BY_TIME, pictures, tmp_path, stop=lambda: next(steps) > 4, say=said.append
    )
    plan = first.settings.plan
    assert plan.images[2] == pytest.approx(60 * 0.95 * 10, rel=0.1)  # the others need little
    assert first.shown == 40
    assert any("16 px" in sentence for sentence in said)
    monkeypatch.setattr(generator_run, "measure", lambda *_: pytest.fail("measured again"))
    again = train_generator(BY_TIME, pictures, tmp_path, stop=lambda: True)
    assert again.settings == first.settings
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    state["clock"]["seconds"] = 3.0
    torch.save(state, tmp_path / "state.pt")
    shorter = replace(BY_TIME, minutes=0.1)
    third = train_generator(shorter, pictures, tmp_path, stop=lambda: True)
    assert third.settings.plan.total < plan.total
    stored = json.loads((tmp_path / "settings.json").read_text())
    assert (stored["minutes"], tuple(stored["plan"]["images"])) == (0.1, third.settings.plan.images)
    ended = train_generator(replace(BY_TIME, minutes=0.01), pictures, tmp_path)
    assert ended.shown == ended.settings.plan.total == 40


def test_a_run_by_time_is_not_mixed_with_one_by_images(
    pictures: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator_run, "measure", lambda *_: (1000.0, 100.0, 10.0))
    train_generator(BY_TIME, pictures, tmp_path, stop=lambda: True)
    with pytest.raises(BadInputError, match=r"minutes 1\.0, not 0\.0"):
        train_generator(SETTINGS, pictures, tmp_path)
    small = replace(BY_TIME, plan=GrowthPlan((4, 4, 4), (0, 0, 0), (4, 4, 4)))
    with pytest.raises(BadInputError, match="--batch 8,8,8, not 4,4,4"):
        train_generator(small, pictures, tmp_path)


def test_a_stop_while_measuring_leaves_nothing_half_done(
    pictures: np.ndarray, tmp_path: Path
) -> None:
    stopped = train_generator(BY_TIME, pictures, tmp_path, stop=lambda: True)
    assert stopped.shown == 0
    assert stopped.settings.speeds == ()
    assert not (tmp_path / "state.pt").exists()


def test_runs_from_before_there_were_minutes_go_on(pictures: np.ndarray, tmp_path: Path) -> None:
    """Their settings lack what is new, their states the time, and Adam was another."""
    steps = iter(range(100))
    train_generator(SETTINGS, pictures, tmp_path, stop=lambda: next(steps) > 2)
    old = json.loads((tmp_path / "settings.json").read_text())
    for name in ("minutes", "speeds"):
        del old[name]
    (tmp_path / "settings.json").write_text(json.dumps(old))
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    del state["clock"]
    for optimizer in state["optimizers"]:
        for group in optimizer["param_groups"]:
            group["fused"] = None
    torch.save(state, tmp_path / "state.pt")
    run = train_generator(SETTINGS, pictures, tmp_path)
    assert run.shown == PLAN.total
    assert run.optimizers[0].param_groups[0]["fused"] is True
    with_speeds = asdict(replace(SETTINGS, speeds=(1.0, 1.0, 1.0)))
    with pytest.raises(BadInputError, match="speeds"):
        RunFolder(tmp_path, with_speeds, defaults=GeneratorSettings.defaults())


def test_the_log_tells_the_speed_of_each_resolution(pictures: np.ndarray, tmp_path: Path) -> None:
    train_generator(SETTINGS, pictures, tmp_path)
    (row,) = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert set(row["speeds"]) == {"4", "8", "16"}
    assert all(speed > 0 for speed in row["speeds"].values())
    assert row["minutes"] > 0


def test_the_published_sizes_at_256_px() -> None:
    units = PUBLISHED_UNITS[256]
    with torch.device("meta"):
        growing, critic = GrowingGenerator(units), Discriminator(units)
        images = growing(torch.empty(2, 512), 6)
        assert images.shape == (2, 3, 256, 256)
        assert critic(images, 6).shape == (2,)
    assert growing.body.layer_names == [f"layer{n}" for n in range(1, 15)]
    assert growing.body.layer_shape("layer14") == (32, 256, 256)
    assert [name for name, _ in growing.body.named_children()][-1] == "output_256x256"
    parameters = sum(p.numel() for p in growing.body.parameters())
    assert 18e6 < parameters < 19e6  # 37 MB in float16
