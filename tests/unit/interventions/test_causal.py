from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dissection.data.sources import Latents
from dissection.errors import BadInputError
from dissection.interventions.plan import (
    ERASURE,
    INSERTION,
    InterventionPlan,
    UnitSelection,
    erasure_of,
    insertion_of,
    ratio_of_sums,
    selections,
)
from dissection.interventions.run import intervene
from dissection.measurement.job import Job
from dissection.models.passes import PlainPasses
from dissection.painting.edits import Brush, LayerUnits
from dissection.results.dissection import Dissection
from dissection.runtime.progress import Progress, Stopped
from dissection.runtime.workspace import Workspace
from dissection.vocabulary import Concept
from support.color_segmenter import ColorSegmenter
from support.synthetic import make_dissection

RED, GREEN, BLUE, GRAY = (Concept(name, "object") for name in ("red", "green", "blue", "grey"))


class Meadow(nn.Module):
    """Latents (N, 3, 4, 4) are units red, green and blue of a layer of 4x4 cells, 8 px each.

    Blue only shows where green is on, too: it depends on what is there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.units = nn.Identity()

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        red, green, blue = self.units(z).repeat_interleave(8, 2).repeat_interleave(8, 3).unbind(1)
        blue = blue * (green > 0)
        green = green * (1 - red) * (1 - blue)
        colors = torch.tensor([[0.6, -0.4, -0.4], [-0.4, 0.6, -0.4], [-0.4, -0.4, 0.6]])
        return torch.einsum("unhw,uc->nchw", torch.stack([red, green, blue]), colors)


def scenes(count: int) -> Latents:
    """Row 0 red over green; the lower half green; the rest gray."""
    z = np.zeros((count, 3, 4, 4), np.float32)
    z[:, 0, 0, :] = 1
    z[:, 1, 0, :2] = 1  # behind the red
    z[:, 1, 2:, :] = 1
    return Latents(z)


def measured() -> Dissection:
    """A dissection of the meadow, which only its shapes and vocabulary matter of."""
    vocabulary = ColorSegmenter().vocabulary
    return make_dissection("meadow", shapes={"units": (3, 4, 4)}, vocabulary=vocabulary)


def job_of(tmp_path: Path, report: Any = None, resume: bool = False) -> Job:
    work = Workspace(tmp_path / "work", {}, resume)
    network = Meadow()
    return Job(network, scenes(5), ColorSegmenter(), 32, 2, torch.device("cpu"), work, report)


def selection(concept: Concept, unit: int, level: float = 1.0) -> UnitSelection:
    return UnitSelection("iou", 1, Brush(concept, {"units": LayerUnits((unit,), (level,))}))


QUESTION = InterventionPlan(erased=RED, kept=GREEN, inserted=BLUE, home=GREEN, foreign=GRAY)


def run(tmp_path: Path, **changes: Any) -> Any:
    job = job_of(tmp_path, **changes)
    selections = ([selection(RED, 0), selection(GREEN, 1)], [selection(BLUE, 2), selection(RED, 0)])
    return intervene(job, PlainPasses(job.network), measured(), QUESTION, *selections, cells=3)


def test_pixels_are_counted_as_on_paper(tmp_path: Path) -> None:
    findings = run(tmp_path)
    assert findings.latents == 5
    assert findings.usual == 0
    off, other = findings.erasures
    assert off.fell == pytest.approx(1.0)
    assert off.changed == off.moved == 0
    assert off.revealed == pytest.approx(0.5)  # green was behind half of the red
    assert off.passed
    assert other.fell == 0  # green units are not red ones, and all green goes
    assert other.changed == pytest.approx(-1.0)
    assert not other.passed
    blue, red = findings.insertions
    assert (blue.home, blue.foreign) == (64, 0)
    assert (blue.home_cells, blue.foreign_cells) == (15, 15)
    assert blue.ratio is None
    assert blue.passed
    # The units of another concept put none of this one anywhere.
    assert (red.home, red.foreign, red.passed) == (0, 0, False)


def test_a_stopped_job_goes_on_to_the_same_figures(tmp_path: Path) -> None:
    def stop(progress: Progress) -> bool:
        return progress.done < 4

    with pytest.raises(Stopped, match="4 of 5"):
        run(tmp_path, report=stop)
    seen: list[Progress] = []
    resumed = run(tmp_path, report=seen.append, resume=True)
    assert [p.done for p in seen] == [4, 5]
    assert resumed == run(tmp_path / "whole")


def test_shares_and_their_errors() -> None:
    row = dict.fromkeys(ERASURE, 0)
    counts = np.array(
        [
            [*(row | {"before": 100, "after": 20, "outside": 50, "lost": 8, "gained": 4}).values()],
            [*(row | {"before": 60, "after": 60, "outside": 50, "revealed": 40}).values()],
        ]
    )
    found = erasure_of(selection(RED, 0), counts)
    assert found.fell == pytest.approx(0.5)
    assert found.changed == pytest.approx(-0.04)
    assert found.moved == pytest.approx(0.12)
    assert found.revealed == pytest.approx(0.25)
    assert found.passed
    # Residuals 20 - 50 and 60 - 30 over a sum of 160: sqrt(2 (900 + 900)) / 160.
    assert found.fell_error == pytest.approx(np.sqrt(3600) / 160)
    nothing = erasure_of(selection(RED, 0), np.zeros((2, len(ERASURE)), np.int64))
    assert (nothing.fell, nothing.changed, nothing.passed) == (None, None, False)
    assert ratio_of_sums(np.array([3]), np.array([6])) == (0.5, 0.0)


@pytest.mark.parametrize(
    ("home", "foreign", "ratio", "passed"),
    [
        ([30, 31, 29], [5, 6, 4], 6.0, True),
        ([30, 31, 29], [10, 11, 9], 3.0, False),
        ([30, 31, 29], [-5, 0, 1], None, True),
        ([90, 0, 0], [0, 0, 0], None, False),  # one picture decides: chance
        ([-3, -3, -3], [-9, -9, -9], None, False),
    ],
)
def test_what_grows_at_home_and_not_abroad_passes(
    home: list[int], foreign: list[int], ratio: float | None, passed: bool
) -> None:
    counts = np.array([[1, h, 1, f, 0] for h, f in zip(home, foreign, strict=True)])
    assert counts.shape[1] == len(INSERTION)
    found = insertion_of(selection(BLUE, 2), counts)
    assert found.ratio == pytest.approx(ratio)
    assert found.passed is passed


def test_ways_are_layers_orders_and_numbers(synthetic_dissection: Dissection) -> None:
    tree = Concept("tree", "object")
    found = selections(synthetic_dissection, tree, ["layer3", "layer4"], ["iou", "effect"], 3, 0.04)
    # 4 % of 32 units are two of them.
    assert [(w.layers, w.order, w.k) for w in found] == [
        ((layer,), order, k)
        for layer in ("layer3", "layer4")
        for order in ("iou", "effect")
        for k in (3, 2)
    ]
    assert found[0].brush.layers["layer3"].units == (4, 5, 6)
    (best,) = selections(synthetic_dissection, tree, ["layer4"], ["best"], 3, 0.04)
    assert (best.layers, best.order, best.units) == (("layer3",), "best", 4)
    with pytest.raises(BadInputError, match="by size"):
        selections(synthetic_dissection, tree, ["layer3"], ["size"], 3, 0.04)
    with pytest.raises(BadInputError, match="anything to do with boat"):
        selections(synthetic_dissection, Concept("boat", "object"), ["layer3"], ["iou"], 3, 0.04)
    with pytest.raises(BadInputError, match="at least 1 unit"):
        selections(synthetic_dissection, tree, ["layer3"], ["iou"], 0, 0.04)
    bare = replace(synthetic_dissection, strengths=[])
    assert len(selections(bare, tree, ["layer3"], ["iou", "best"], 3, 1.0)) == 2
