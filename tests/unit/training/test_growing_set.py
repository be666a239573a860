from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from dissection.errors import DissectionError
from dissection.training import scene_writer
from dissection.training.feed import FIRST, Feed, known
from dissection.training.generator_run import train_generator
from dissection.training.growing import never
from dissection.training.growth import GrowthPlan
from dissection.training.scene_writer import Painting
from dissection.training.settings import GeneratorSettings

PLAN = GrowthPlan((16, 32, 32), (0, 8, 8), (8, 8, 8))
SETTINGS = GeneratorSettings((8, 8, 8), (8, 8, 8), PLAN, depth=8, balance=0.5)


class Slow:
    """A set that grows by just what is waited for; the rest is noise that must not be seen."""

    def __init__(self, pictures: np.ndarray, there: int) -> None:
        self._whole = pictures
        self.images = np.random.default_rng(9).integers(0, 256, pictures.shape, np.uint8)
        self.there = 0
        self.wait(there)

    def wait(self, wanted: int, stop: Callable[[], bool] = never) -> int:
        self.there = max(self.there, wanted)
        self.images[: self.there] = self._whole[: self.there]
        return self.there


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """More than a run begins with: light ones first, dark ones at the end."""
    images = np.full((FIRST + 88, 16, 16, 3), 220, np.uint8)
    images[FIRST:] = 30
    return images


def test_the_part_that_is_drawn_from_grows_with_the_images_shown() -> None:
    plan = GrowthPlan((1000, 1000, 1000, 1000, 5000, 9000), (0,) * 6, (8,) * 6)
    assert known(plan, 0, 26_000) == FIRST
    assert known(plan, 1000, 26_000) == 6500
    assert known(plan, 4000, 26_000) == known(plan, 9000, 26_000) == 26_000
    assert known(plan, 4000, 100) == known(plan, 0, 100) == 100
    only_last = GrowthPlan((0, 0, 0, 0, 0, 60_000), (0,) * 6, (8,) * 6)
    assert known(only_last, 0, 26_000) == 26_000
    small = GrowthPlan((16, 32, 32), (0, 0, 0), (8, 8, 8))
    assert known(small, 24, 2000) == 1000
    assert known(small, 48, 2000) == 2000


def test_a_resumed_run_on_a_growing_set_sees_what_an_unbroken_one_sees(
    pictures: np.ndarray, tmp_path: Path
) -> None:
    whole = train_generator(SETTINGS, pictures, tmp_path / "whole").state()
    steps = iter(range(100))
    first = Slow(pictures, 10)
    train_generator(SETTINGS, first, tmp_path / "broken", stop=lambda: next(steps) > 4)
    assert FIRST <= first.there < len(pictures)
    second = Slow(pictures, 0)
    resumed = train_generator(SETTINGS, second, tmp_path / "broken").state()
    assert second.there == len(pictures)
    for key, tensor in whole["generator"].items():
        assert torch.equal(tensor, resumed["generator"][key]), key


def test_a_stop_while_waiting_for_pictures_leaves_a_run_that_goes_on(
    pictures: np.ndarray, tmp_path: Path
) -> None:
    class Stuck(Slow):
        def wait(self, wanted: int, stop: Callable[[], bool] = never) -> int:
            while wanted > FIRST and not stop():
                pass
            return FIRST

    asked = iter(range(1000))
    stuck = Stuck(pictures, 0)
    stuck.images[:FIRST] = pictures[:FIRST]
    run = train_generator(SETTINGS, stuck, tmp_path, stop=lambda: next(asked) > 20)
    assert 0 < run.shown < PLAN.total
    assert (tmp_path / "state.pt").exists()


def test_scenes_are_there_in_order_while_others_are_painted(tmp_path: Path) -> None:
    with Painting("churches", 64, 70, 5, tmp_path) as painting:
        there = painting.wait(20)
        assert there in (32, 64, 70)
        assert painting.images[:there].any((1, 2, 3)).all()
    with Painting("churches", 64, 70, 5, tmp_path) as painting:
        assert painting.wait(1, stop=lambda: True) >= 32  # from the ledger
        assert painting.wait(1000) == 70
        assert painting.images.any((1, 2, 3)).all()


def test_painters_that_fail_are_told_where_pictures_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DissectionError("The disk is full.")

    monkeypatch.setattr(scene_writer, "ProcessPoolExecutor", fail)
    with (
        Painting("churches", 64, 70, 5, tmp_path) as painting,
        pytest.raises(DissectionError, match="disk is full"),
    ):
        Feed(painting, torch.device("cpu")).supply(40)


def test_damaged_pictures_are_refused(tmp_path: Path) -> None:
    Painting("churches", 64, 3, 0, tmp_path)
    (file,) = tmp_path.glob("*.maps.npy")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DissectionError, match="are damaged; remove them"):
        Painting("churches", 64, 3, 0, tmp_path)
