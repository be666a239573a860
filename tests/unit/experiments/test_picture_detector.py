"""The experiment detector on a classifier, with pictures that somebody labeled."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dissection import experiments
from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments.result import Result
from dissection.runtime.progress import Progress, Stopped
from support.color_classifier import LAYER, MODEL, write_pictures
from support.meeting import require_same_of_two


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = write_pictures(tmp_path_factory.mktemp("labeled") / "pictures", 3)
    (home / "red").rename(home / "positive")
    (home / "green").rename(home / "negative")
    for path in (home / "blue").iterdir():
        path.rename(home / "negative" / f"blue-{path.name}")
    (home / "blue").rmdir()
    return home


def measure(folder: Path, **given: Any) -> Result:
    known = {
        "model": MODEL, "layer": LAYER, "concept": "red", "unit": 0, "pictures": str(folder),
        "latents": 20, "device": "cpu", "batch": 4, **given,
    }  # fmt: skip
    return experiments.detector(**known)


def test_the_red_unit_detects_red_and_the_green_one_does_not(folder: Path, tmp_path: Path) -> None:
    result = measure(folder, out=tmp_path / "r")
    assert result.summary["accuracy"] == 1.0
    assert (result.summary["positive"], result.summary["negative"]) == (3, 6)
    assert 80 / 255 <= result.summary["threshold"] < 140 / 255
    assert {"peaks", "density", "detected"} <= set(result.figures())
    assert "row" not in result.table("images")  # no row of the standard latents
    assert measure(folder, unit=1).summary["accuracy"] <= 0.5


def test_a_stopped_run_goes_on(folder: Path, tmp_path: Path) -> None:
    whole = measure(folder)

    def stop(progress: Progress) -> bool:
        return not (progress.stage == "looking at peaks" and progress.done >= 4)

    with pytest.raises(Stopped):
        measure(folder, out=tmp_path / "r", report=stop)
    assert measure(folder, out=tmp_path / "r", resume=True).tables == whole.tables


def test_scenes_are_told_by_their_labels() -> None:
    result = experiments.detector(
        model="storybook-scenes", layer="features.relu5_3", concept="skyscraper", latents=60,
        device="cpu",
    )  # fmt: skip
    assert result.summary["positive"] > 2
    assert result.summary["accuracy"] > 0.6
    assert result.summary["iou"] > 0.04


def test_bad_input_is_told_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="name one with --dissection, or the unit with --unit"):
        measure(folder, unit=-1)
    with pytest.raises(UnknownNameError, match="has the units 0 to 3, not 9"):
        measure(folder, unit=9)
    write_pictures(tmp_path / "others", 1)
    with pytest.raises(BadInputError, match="needs two folders of pictures"):
        measure(tmp_path / "others")
    with pytest.raises(UnknownNameError, match="no concept 'gondola'"):
        measure(
            folder, model="storybook-scenes", layer="features.relu5_3", concept="gondola",
            pictures="", latents=4,
        )  # fmt: skip


def test_two_processes_come_to_the_figures_of_one(folder: Path) -> None:
    require_same_of_two(partial(measure, folder))
