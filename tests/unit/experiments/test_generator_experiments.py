"""Experiments on a generator whose answers are known on paper."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dissection import experiments
from dissection.data.images import to_bytes
from dissection.data.latents import standard
from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments import generators
from dissection.experiments.result import Result, rows_of
from dissection.report.figures import SceneLink, Sheet
from dissection.results.store import save_dissection
from dissection.runtime.progress import Progress, Stopped
from support.color_segmenter import ColorSegmenter
from support.meeting import require_same_of_two
from support.square_generator import LAYER, MODEL, SEGMENTER, Squares
from support.synthetic import make_dissection

SQUARES = {"model": MODEL, "segmenter": SEGMENTER, "layer": LAYER, "device": "cpu", "batch": 4}


@pytest.fixture(autouse=True)
def few_latents(monkeypatch: Any) -> None:
    """Dissections that experiments make themselves are small."""
    monkeypatch.setattr(generators, "LATENTS", 12)


def erase(**given: Any) -> Result:
    told = {"concept": "red", "latents": 6, "scenes": 2, "units": 2, "controls_every": 1}
    result: Result = experiments.erase(**{**SQUARES, **told, **given})
    return result


def row(result: Result, order: str, k: int, concept: str) -> dict[str, Any]:
    return next(
        row
        for row in rows_of(result.table())
        if (row["order"], row["k"], row["concept"]) == (order, k, concept)
    )


def test_a_generator_whose_unit_paints_a_square_loses_exactly_that_square() -> None:
    result = erase()
    assert row(result, "iou", 0, "red")["change"] == 0
    gone = row(result, "iou", 1, "red")
    assert (gone["before"], gone["after"], gone["change"], gone["error"]) == (0.25, 0, -1, 0)
    # Green was behind it; the gray quarter is as it was.
    assert row(result, "iou", 1, "green")["after"] == 0.75
    assert row(result, "iou", 1, "grey")["change"] == 0
    assert result.table("units")["unit"] == [0]
    assert result.summary["removed"] == 1
    assert result.pictures["scenes"].shape == (2, 2, 32, 32, 3)
    before, after = result.pictures["scenes"][0]
    changed = (before != after).any(-1)
    assert changed[:16, :16].all()
    assert not changed[16:].any()
    assert not changed[:, 16:].any()
    assert set(result.plot()) == {"removed", "others", "scenes"}


def test_scenes_are_those_that_the_painter_has() -> None:
    result = erase(first=500)
    sheet = result.figures()["scenes"]
    assert isinstance(sheet, Sheet)
    link = sheet.links[0]
    assert isinstance(link, SceneLink)
    assert 500 <= link.row < 506
    picture = to_bytes(Squares()(torch.from_numpy(standard([link.row], 8))).detach())[0]
    assert (result.pictures["scenes"][0, 0] == picture).all()
    earlier = replace(result, settings={"seed": 4})
    assert earlier.scenes([link.row]) == [None]


def test_a_stopped_erasing_goes_on_to_the_same_figures(tmp_path: Path) -> None:
    whole = erase(latents=10)

    def stop(progress: Progress) -> bool:
        return "zero" not in progress.stage or progress.done < 4 * progress.total // 10

    with pytest.raises(Stopped, match="setting units to zero, 36 of 90"):
        erase(latents=10, out=tmp_path / "r", report=stop)
    seen: list[int] = []
    resumed = erase(
        latents=10,
        out=tmp_path / "r",
        resume=True,
        report=lambda p: seen.append(p.done) if "zero" in p.stage else None,
    )
    # Told set by set, not only batch by batch: 4, 4 and 2 latents in 9 pictures each.
    assert seen == [36, *range(40, 73, 4), *range(74, 91, 2)]
    assert resumed.tables == whole.tables
    assert [path.name for path in (tmp_path / "r").glob("work*")] == []


def test_what_cannot_be_erased_is_told() -> None:
    with pytest.raises(BadInputError, match="No unit of units has anything to do with unicorn"):
        erase(concept="unicorn")
    with pytest.raises(UnknownNameError, match="No concept is called 'dragon'"):
        erase(concept="dragon")
    with pytest.raises(UnknownNameError, match="There is no layer 'layer9'"):
        erase(layer="layer9")
    with pytest.raises(BadInputError, match=r"latents 0 to 11, .* take --first 12 or more"):
        erase(first=11)
    with pytest.raises(BadInputError, match="is a classifier"):
        erase(model="storybook-scenes")
    with pytest.raises(BadInputError, match="sees other concepts"):
        erase(model="storybook-church", layer="layer4")


def insert(**given: Any) -> Result:
    told = {"concept": "blue", "latents": 6, "least_cells": 1, "dissection": "blue"}
    result: Result = experiments.insert(**{**SQUARES, **told, **given})
    return result


@pytest.fixture
def blue(tmp_path: Path, monkeypatch: Any) -> None:
    """A dissection that says of unit 2, which is never on, that it is blue."""
    shapes = {LAYER: (3, 4, 4)}
    made = make_dissection(
        MODEL, Squares.digest, shapes=shapes, vocabulary=ColorSegmenter().vocabulary
    )
    layer = made[LAYER]
    intersection = np.zeros_like(layer.counts.intersection)
    intersection[:, made.vocabulary.id(made.vocabulary.find("blue")), 2] = 5
    changed = replace(
        layer,
        tally=replace(layer.counts, intersection=intersection),
        threshold_table=np.ones((3, 3), np.float32),
    )
    save_dissection(replace(made, measured={LAYER: changed}), tmp_path / "blue")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("blue")
def test_what_is_inserted_lands_where_it_was_put() -> None:
    result = insert()
    gains = {row["context"]: row for row in rows_of(result.table())}
    # A cell is 8 of 32 px: 16 of 64 on the measuring grid.
    assert gains["green"]["gain"] == 256
    assert gains["green"]["cells"] == 6 * 8
    assert gains["grey"]["gain"] == gains["grey"]["error"] == 0
    assert gains["red"]["gain"] == 256  # green is behind it
    expected = np.zeros((4, 4))
    expected[2:] = expected[:2, :2] = 256
    assert (result.arrays["map"] == expected).all()
    assert result.summary["worst"] == "grey"
    _row, y, x = result.arrays["best"][0]
    before, after = result.pictures["best"][:, 0]
    inside = np.zeros((32, 32), np.bool_)
    inside[8 * y : 8 * y + 8, 8 * x : 8 * x + 8] = True
    changed = (before != after).any(-1)
    assert changed[inside].all()
    assert not changed[~inside].any()
    assert set(result.plot()) == {"contexts", "map", "scene", "best", "impossible"}


@pytest.mark.usefixtures("blue")
def test_a_stopped_insertion_goes_on_to_the_same_figures(tmp_path: Path) -> None:
    whole = insert(latents=10)
    with pytest.raises(Stopped):
        insert(latents=10, out=tmp_path / "r", report=lambda p: p.done < 4)
    resumed = insert(latents=10, out=tmp_path / "r", resume=True)
    assert resumed.tables == whole.tables
    assert (resumed.arrays["map"] == whole.arrays["map"]).all()


@pytest.mark.usefixtures("blue")
def test_every_stage_of_a_job_is_told_and_can_be_stopped(tmp_path: Path) -> None:
    """None ends silently: what is shown and drawn behind the counting counts, too."""
    for name, make, stages in (
        ("e", erase, ("zero", "choosing scenes", "pictures of scenes", "drawing figures")),
        ("i", insert, ("forcing", "pictures of places", "drawing figures")),
    ):
        told: list[Progress] = []
        make(out=tmp_path / name, report=told.append)
        order = [s for s in dict.fromkeys(p.stage for p in told) if any(k in s for k in stages)]
        assert len(order) == len(stages), order
        last = {p.stage: p for p in told}
        assert all(last[stage].done == last[stage].total for stage in order)
        assert told[-1].stage == "drawing figures"
        for stage in order:
            with pytest.raises(Stopped, match=stage):
                make(out=tmp_path / f"{name}-{stage}", report=lambda p, s=stage: p.stage != s)


@pytest.mark.usefixtures("blue")
def test_what_cannot_be_inserted_is_told() -> None:
    with pytest.raises(BadInputError, match="has anything to do with red"):
        insert(concept="red")
    with pytest.raises(BadInputError, match="lower --least-cells"):
        insert(least_cells=10_000)


def test_a_unit_that_is_on_where_its_concept_is_detects_it() -> None:
    told = {**SQUARES, "model": "support.square_generator:Sometimes", "concept": "red", "unit": 0}
    result = experiments.detector(**told, latents=40)
    assert result.summary["accuracy"] == result.summary["held_out_accuracy"] == 1
    table = result.table("images")
    assert 0 < sum(table["positive"]) < 40
    assert all(
        (peak > 0.5) == shown for peak, shown in zip(table["peak"], table["positive"], strict=True)
    )
    assert set(result.pictures) == {"detected"}
    assert set(result.plot()) == {"peaks", "density", "detected"}
    # Unit 1 is on everywhere and tells nothing.
    blind = experiments.detector(**{**told, "unit": 1}, latents=40)
    assert abs(blind.summary["accuracy"] - 0.5) < 0.35
    assert set(blind.pictures) == {"detected", "missed", "false-alarm"}


def test_what_cannot_be_told_apart_is_told() -> None:
    with pytest.raises(BadInputError, match=r"In every picture of 8 red covers more than 5\.0%"):
        experiments.detector(**SQUARES, concept="red", latents=8)
    with pytest.raises(BadInputError, match="In no picture of 8 unicorn covers"):
        experiments.detector(**SQUARES, concept="unicorn", latents=8)
    with pytest.raises(UnknownNameError, match="units 0 to 2, not 7"):
        experiments.detector(**SQUARES, concept="red", unit=7, latents=8)


@pytest.mark.usefixtures("blue")
@pytest.mark.parametrize("name", ["erase", "insert", "detector"])
def test_two_processes_come_to_the_figures_of_one(name: str) -> None:
    told = {**SQUARES, "model": "support.square_generator:Sometimes", "concept": "red", "unit": 0}
    measures = {
        "erase": partial(erase, latents=10),
        "insert": partial(insert, latents=10),
        "detector": partial(experiments.detector, **told, latents=40),
    }
    require_same_of_two(measures[name])
