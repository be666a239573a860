from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dissection import dissect, experiments
from dissection.data.sources import Latents
from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments.catalog.rotation import random_rotation, rotated
from dissection.experiments.result import Result, rows_of
from dissection.runtime.progress import Stopped
from support.color_segmenter import ColorSegmenter
from support.meeting import require_same_of_two
from support.square_generator import LAYER, MODEL, SEGMENTER, Squares

SOMETIMES = "support.square_generator:Sometimes"


def rotate(**given: Any) -> Result:
    told = {"model": MODEL, "layer": LAYER, "segmenter": SEGMENTER, "images": 8, "batch": 4,
            "rotations": 2, "steps": 2, "quantile": 0.9, "device": "cpu"}  # fmt: skip
    result: Result = experiments.rotation(**{**told, **given})
    return result


def test_a_rotation_by_nothing_changes_nothing() -> None:
    maps = np.random.default_rng(0).standard_normal((5, 6, 3, 3)).astype(np.float32)
    logarithm = random_rotation(6, 1, 0)
    assert rotated(maps, logarithm, 0) is maps
    units = dissect(Squares(), [LAYER], Latents.of_seed(8, 8, 1), ColorSegmenter(), quantile=0.9)
    own = rows_of(rotate().table())[0]
    assert own["units"] == int((units[LAYER].label_iou > 0.04).sum()) > 0
    assert own["iou"] == pytest.approx(float(units[LAYER].label_iou.mean()))


def test_steps_lead_to_a_rotation_and_keep_lengths() -> None:
    maps = np.random.default_rng(0).standard_normal((5, 6, 3, 3)).astype(np.float32)
    logarithm = random_rotation(6, 1, 0)
    half, whole = rotated(maps, logarithm, 0.5), rotated(maps, logarithm, 1)
    assert np.allclose(rotated(half, logarithm, 0.5), whole, atol=1e-5)
    assert np.allclose((whole**2).sum(1), (maps**2).sum(1), rtol=1e-4)
    assert np.abs(whole - maps).max() > 0.5
    assert not np.allclose(random_rotation(6, 1, 1), logarithm)
    assert random_rotation(1, 1, 0).shape == (1, 1)


def test_each_rotation_is_measured_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    whole = rotate()
    frame = whole.to_pandas()
    assert frame[["rotation", "share"]].values.tolist() == [
        [0, 0], [0, 0.5], [0, 1], [1, 0.5], [1, 1]
    ]  # fmt: skip
    assert (frame.object + frame.part == frame.concepts).all()
    with pytest.raises(Stopped, match="rotating the basis, 2 of 5"):
        rotate(out=tmp_path / "r", report=lambda p: "basis" not in p.stage or p.done < 2)
    seen: list[int] = []
    again = rotate(
        out=tmp_path / "r",
        resume=True,
        report=lambda p: seen.append(p.done) if "basis" in p.stage else None,
    )
    assert list(dict.fromkeys(seen)) == [2, 3, 4, 5]
    assert seen.count(3) > 4  # a try takes long, and can be stopped meanwhile
    assert again.tables == whole.tables
    assert set(whole.plot()) == {"units", "concepts", "by-iou"}


def test_what_place_alone_matches_is_told_beside_it() -> None:
    always, sometimes = (rows_of(rotate(model=model).table())[0] for model in (MODEL, SOMETIMES))
    # The square is in the same place in every picture, so the next one's concepts fit as well.
    assert always["units_by_chance"] == always["units"]
    assert always["concepts_by_chance"] == always["concepts"]
    found = rotate(model=SOMETIMES).arrays["iou"]
    assert sometimes["iou"] == pytest.approx(found[0, 0].mean())
    own, chance = found[0, :, 0]  # unit 0 makes the square, in half of the pictures
    assert 0 <= chance < 0.8 * own


def test_what_cannot_be_rotated_is_told() -> None:
    with pytest.raises(UnknownNameError, match="layer9"):
        rotate(layer="layer9")
    with pytest.raises(BadInputError, match="leave out --labels"):
        rotate(model="storybook-church", layer="layer4", labels="storybook:scenes")


def test_two_processes_come_to_the_figures_of_one() -> None:
    require_same_of_two(rotate)
