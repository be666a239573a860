from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from color_segmenter import ColorSegmenter
from torch import nn

from dissection.brushes import Strength
from dissection.dissect import dissect
from dissection.edits import Brush, LayerUnits
from dissection.errors import BadInputError
from dissection.passes import PlainPasses
from dissection.sampling import Job
from dissection.sources import Latents
from dissection.strength import StrengthSettings
from dissection.trials import COUNTS, Attempt, Trial, block_around, make_pool, try_brushes
from dissection.vocabulary import Concept
from dissection.workspace import Workspace


class Painter(nn.Module):
    """Latents (N, 3, 8, 8) are units "red", "green" and "blue" of its layer and nearly its picture.

    A picture shows a colour wherever its unit is on, 8 px for each cell, and grey elsewhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.units = nn.Identity()

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        on = self.units(z).repeat_interleave(8, 2).repeat_interleave(8, 3)
        mix = torch.tensor([[1.0, -0.5, -0.5], [-0.5, 1.0, -0.5], [-0.5, -0.5, 1.0]])
        return torch.einsum("nuhw,uc->nchw", on, 0.6 * mix)


def scenes(count: int, seed: int) -> Latents:
    """Red in the left half with holes, green spots on the right, blue never."""
    rng = np.random.default_rng(seed)
    z = np.zeros((count, 3, 8, 8), np.float32)
    z[:, 0, :, :4] = rng.random((count, 8, 4)) < 0.8
    z[:, 1, :, 4:] = rng.random((count, 8, 4)) < 0.3
    return Latents(z * rng.uniform(0.8, 1.0, z.shape))  # a level needs values that differ


@pytest.fixture
def job(tmp_path: Path) -> Job:
    network, source = Painter(), scenes(12, 0)
    work = Workspace(tmp_path / "w", {})
    return Job(network, source, ColorSegmenter(), 64, 5, torch.device("cpu"), work, None)


def test_blocks_are_three_eighths_wide_and_inside() -> None:
    assert block_around(36, 29, 64) == (24, 16)
    assert block_around(0, 63, 64) == (0, 40)
    assert block_around(63, 0, 64) == (40, 0)


def test_counts_on_paper(job: Job) -> None:
    passes = PlainPasses(job.network)
    pool = make_pool(job, passes, job.source, 4, ["units"])
    red = Brush(Concept("red", "object"), {"units": LayerUnits((0,), (1.0,))})
    trial = Trial(erase=0, draw=1, block=(8, 40))
    before = pool.labels[:, 0]
    (row,) = try_brushes(job, passes, pool, [Attempt(0, 1, red, trial)])
    counts = dict(zip(COUNTS, row.tolist(), strict=True))
    assert counts["before"] == int((before[0] == 1).sum())
    assert counts["after"] == 0
    assert counts["erase_others"] == 64 * 64 - counts["before"]
    assert counts["erase_changed"] == 0
    inside = torch.zeros(64, 64, dtype=torch.bool)
    inside[8:32, 40:64] = True
    assert counts["open"] == 24 * 24  # red stands on the left only
    # Green and red together are neither: only what was grey turns red.
    assert counts["gained"] == int((inside & (before[1] == 4)).sum())
    assert counts["draw_others"] == 64 * 64 - 24 * 24
    assert counts["draw_changed"] == 0
    assert (counts["erasures"], counts["drawings"]) == (1, 1)


def test_the_right_unit_wins_and_the_figures_are_told() -> None:
    settings = StrengthSettings(scenes(16, 1), 8, numbers=(1, 2))
    measured = dissect(
        Painter(), ["units"], scenes(40, 0), ColorSegmenter(), effect_size=40, strength=settings
    )
    brushes = {b.concept.name: b for b in measured.brushes()}
    red = brushes["red"]
    assert red.brush.layers["units"].units[0] == 0
    assert red.erased == pytest.approx(1.0)
    assert red.drawn is not None
    assert red.drawn > 0.5
    assert red.elsewhere == pytest.approx(0.0, abs=1e-3)
    assert red.weak is None
    assert "blue" not in brushes
    # Successive halving: every combination was tried, the best on all latents.
    tried = [s for s in measured.strengths if s.concept.name == "red"]
    assert {s.k for s in tried} == {1, 2}
    assert max(s.latents for s in tried) == 8
    assert min(s.latents for s in tried) == 1
    again = dissect(
        Painter(), ["units"], scenes(40, 0), ColorSegmenter(), effect_size=40, strength=settings
    )
    assert list(again.strengths) == list(measured.strengths)


def test_a_concept_that_no_held_out_picture_shows_has_no_erased() -> None:
    barren = Latents(np.zeros((8, 3, 8, 8), np.float32))
    measured = dissect(
        Painter(),
        ["units"],
        scenes(40, 0),
        ColorSegmenter(),
        strength=StrengthSettings(barren, 8, numbers=(1,)),
    )
    red = next(s for s in measured.strengths if s.concept.name == "red")
    assert red.erased is None
    assert red.drawn > 0.9


def test_scores_and_weakness() -> None:
    base = Strength(Concept("tree", "object"), ("layer4",), "iou", 20, 0.5, 0.3, 0.4, 0.1, 64)
    assert base.score == pytest.approx(0.8)
    assert base.weak is None
    grown = replace(base, erased=-0.4, gain=3.0)
    assert grown.score == pytest.approx(0.9)
    weak = replace(base, erased=0.02, drawn=0.01, gain=0.02)
    assert weak.weak == (
        "The 20 best units of layer4 erased only 2% of tree and drew only 1% of a block with it."
    )
    assert "no held-out picture showed" in str(replace(weak, erased=None).weak)


def test_too_few_held_out_latents_are_told() -> None:
    with pytest.raises(BadInputError, match="not 9"):
        StrengthSettings(scenes(8, 0), 9)
    with pytest.raises(BadInputError, match="at least 1 unit"):
        StrengthSettings(scenes(8, 0), 4, numbers=(0,))
