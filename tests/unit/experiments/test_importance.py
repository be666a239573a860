"""The experiment importance on a classifier whose units are its classes."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from dissection import experiments
from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments.result import Result, rows_of
from dissection.experiments.store import load_result
from dissection.interventions.ablation.combinations import find_combinations
from dissection.runtime.progress import Progress, Stopped
from support.color_classifier import LAYER, MODEL, write_pictures
from support.meeting import require_same_of_two


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("colors") / "pictures")


def measure(folder: Path, **given: object) -> Result:
    known = {
        "model": MODEL, "layer": LAYER, "train": str(folder), "val": str(folder), "val_size": 0,
        "classes": ("red",), "device": "cpu", "batch": 5, **given,
    }  # fmt: skip
    return experiments.importance(**known)


def test_each_class_needs_the_unit_of_its_color(folder: Path, tmp_path: Path) -> None:
    result = measure(folder, out=tmp_path / "r")
    first = {r["class"]: r for r in rows_of(result.table("top-units")) if r["place"] == 1}
    assert {name: row["unit"] for name, row in first.items()} == {"red": 0, "green": 1, "blue": 2}
    # Without its unit a class is never told, and its pictures are taken for the two others.
    assert first["red"]["lost_held_out"] == pytest.approx(0.5)
    assert result.summary["mean"]["whole"] == 1.0
    curve = [r for r in rows_of(result.table("curves")) if r["order"] == "most"]
    assert [r["accuracy"] for r in curve][:2] == [1.0, 0.5]
    units = rows_of(result.table("units"))
    assert [row["needed_by"].split("; ")[0] for row in units[:2]] == ["red", "green"]
    assert units[3]["top_4"] == 0
    stored = load_result(tmp_path / "r")
    assert {"classes", "units-of-class", "sets", "curve-red", "halves", "correlation"} == set(
        stored.figures()
    )
    assert (stored.arrays["importance"] == result.arrays["importance"]).all()


def test_a_stopped_ablation_goes_on(folder: Path, tmp_path: Path) -> None:
    whole = measure(folder)

    def stop(progress: Progress) -> bool:
        return not ("sets" in progress.stage and progress.done >= 5)

    with pytest.raises(Stopped):
        measure(folder, out=tmp_path / "r", report=stop)
    again = measure(folder, out=tmp_path / "r", resume=True)
    assert again.tables == whole.tables
    assert not list((tmp_path / "r").glob("work*"))


def test_the_ablation_that_ships_is_drawn() -> None:
    result = experiments.importance(size="quick")
    assert result.summary["mean"]["whole"] == pytest.approx(0.844, abs=0.001)
    found = result.figures()
    assert {"interpretable", "mean-importance", "combinations", "combination-units"} < set(found)
    names = result.table("top-units")["concept"]
    assert "snow" in names


def test_bad_input_is_told_in_a_sentence(folder: Path) -> None:
    with pytest.raises(BadInputError, match=r"no class 'ski resort'"):
        experiments.importance(size="quick", classes=("ski resort",))
    with pytest.raises(BadInputError, match="is a generator"):
        measure(folder, model="storybook-church")
    with pytest.raises(UnknownNameError, match="no layer 'conv9'"):
        measure(folder, layer="conv9")
    with pytest.raises(BadInputError, match="There is no dissection 'nowhere'"):
        experiments.importance(size="quick", dissection="nowhere")


def test_classes_that_share_units_in_pairs() -> None:
    # Units 0, 1 and 2 are shared by the pairs of classes 0 to 2; unit 3 is needed by all of them.
    needed = np.zeros((4, 5), bool)
    needed[[0, 1], 0] = needed[[0, 2], 1] = needed[[1, 2], 2] = needed[:3, 3] = needed[3, 4] = True
    importance = np.where(needed, 0.25, 0.0)
    (found,) = find_combinations(needed, importance, 3)
    assert (found.classes, found.units, found.weight) == ((0, 1, 2), (0, 1, 2), 0.25)
    assert not find_combinations(needed[:, [0, 1, 3]], importance[:, [0, 1, 3]], 3)


def test_two_processes_come_to_the_figures_of_one(folder: Path) -> None:
    require_same_of_two(partial(measure, folder))
