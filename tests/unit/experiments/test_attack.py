"""Attacks on a linear classifier whose units are its classes."""

from functools import partial
from math import sqrt
from pathlib import Path

import pytest

from dissection import ablate, experiments
from dissection.data.image_folder import ImageFolder
from dissection.errors import BadInputError, StoreError
from dissection.experiments.result import Result, rows_of
from dissection.interventions.ablation.store import save_ablation
from dissection.models.classifiers.transforms import takes_pictures
from dissection.runtime.progress import Progress, Stopped
from support.color_classifier import LAYER, MODEL, Colors, write_pictures
from support.meeting import require_same_of_two


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("attack")
    pictures = ImageFolder(write_pictures(home / "pictures", 3))
    network = takes_pictures(Colors())
    save_ablation(ablate(network, LAYER, pictures, pictures, effect_size=2), home / "ablation")
    return home


def measure(folder: Path, **given: object) -> Result:
    known = {
        "model": MODEL, "ablation": str(folder / "ablation"), "pictures": str(folder / "pictures"),
        "images": 3, "targets": ("green",), "units": 1, "first": 2000.0, "searches": 2,
        "iterations": 100, "examples": 1, "device": "cpu", "batch": 2, **given,
    }  # fmt: skip
    return experiments.attack(**known)


def test_the_distance_is_known_and_only_the_two_colors_change(folder: Path, tmp_path: Path) -> None:
    result = measure(folder, out=tmp_path / "r")
    attacks = rows_of(result.table("attacks"))
    assert {row["source"] for row in attacks} == {"red", "blue"}
    pictures = ImageFolder(folder / "pictures")
    for row in attacks:
        # Between the two colors, all over the picture, 0..1.
        picture = (pictures.inputs([row["picture"]])[0].mean((1, 2)) + 1) / 2
        gap = float(picture.max() - picture.min())
        assert row["found"]
        assert row["distance"] == pytest.approx(gap * 224 / sqrt(2), rel=0.05)
        # The source falls and green rises by half of the gap; the others stay.
        assert row["change_source"] == pytest.approx(gap / 2, rel=0.1)
        assert row["change_target"] == pytest.approx(gap / 2, rel=0.1)
        assert row["change_others"] == pytest.approx(0, abs=0.01)
    groups = {(r["ranking"], r["group"]): r for r in rows_of(result.table("groups"))}
    assert groups["importance", "source"]["gain"] < 0 < groups["importance", "target"]["gain"]
    assert groups["effect", "target"]["count"] == 3
    assert set(result.figures()) == {"change", "ranks", "attacks", "units"}
    assert result.pictures["attacks"].shape[:2] == (1, 3)
    assert result.pictures["units"].shape[:2] == (2, 3)


def test_a_stopped_attack_goes_on(folder: Path, tmp_path: Path) -> None:
    few = {"iterations": 20, "rate": 0.05}
    whole = measure(folder, **few, first=1e6)

    def stop(progress: Progress) -> bool:
        return not (progress.stage == "attacking" and progress.done >= 50)

    with pytest.raises(Stopped):
        measure(folder, **few, first=1e6, out=tmp_path / "r", report=stop)
    again = measure(folder, **few, first=1e6, out=tmp_path / "r", resume=True)
    assert again.tables == whole.tables
    with pytest.raises(BadInputError, match="No attack succeeded"):
        measure(folder, iterations=1, searches=1, first=1e-9)


def test_bad_input_is_told_in_a_sentence(folder: Path) -> None:
    with pytest.raises(BadInputError, match="no class 'bedroom', as --targets says"):
        measure(folder, targets=("bedroom",))
    with pytest.raises(BadInputError, match="at least one class with --targets"):
        measure(folder, targets=())
    with pytest.raises(BadInputError, match="take fewer --images"):
        measure(folder, images=8)
    with pytest.raises(BadInputError, match="No ablation of this network ships"):
        measure(folder, ablation="")
    with pytest.raises(StoreError, match="ablate"):
        measure(folder, ablation="storybook-scenes-relu5_3")


def test_two_processes_come_to_the_figures_of_one(folder: Path) -> None:
    require_same_of_two(partial(measure, folder, iterations=20, rate=0.05, first=1e6, batch=2))
