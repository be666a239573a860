from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from dissection.data.sources import Latents
from dissection.errors import BadInputError
from dissection.interventions.brush_trials import StrengthSettings
from dissection.interventions.held_out import (
    HeldOutImages,
    Trial,
    block_around,
    block_width,
    make_pool,
    thing_of,
    trials_of,
)
from dissection.interventions.trials import COUNTS, Attempt, try_brushes
from dissection.measurement.sampling import Job
from dissection.models.passes import FoldedPasses, PlainPasses
from dissection.painting.edits import Brush, LayerUnits
from dissection.pipeline import dissect
from dissection.results.brush_choice import choose
from dissection.results.brushes import find_brush
from dissection.results.strength import Strength
from dissection.runtime.workspace import Workspace
from dissection.vocabulary import Concept
from support.color_segmenter import ColorSegmenter
from support.tiny import tiny_generator


class Painter(nn.Module):
    """Latents (N, 3, 8, 8) are units "red", "green" and "blue" of its layer and nearly its picture.

    A picture shows a color wherever its unit is on, 8 px for each cell, and gray elsewhere.
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


def test_blocks_lie_around_a_pixel_and_inside() -> None:
    assert block_around(36, 29, 24, 64) == (24, 16)
    assert block_around(0, 63, 24, 64) == (0, 40)
    assert block_around(63, 0, 24, 64) == (40, 0)
    assert block_around(63, 20, 8, 64) == (56, 16)


def test_blocks_are_as_wide_as_the_concept_usually_is() -> None:
    assert block_width(8 * 8, 64) == 8  # a door
    assert block_width(8 * 8 + 1, 64) == 16
    assert block_width(1, 64) == 8
    assert block_width(40 * 40, 64) == 24  # the sky: three eighths at most
    assert block_width(3, 4) == 2  # a grid of very few pixels


def test_parts_are_drawn_where_they_lie_in_their_thing() -> None:
    """A house of 16 px with a door at its foot; in each picture it stands somewhere else."""
    house, door = 1, 3
    labels = torch.zeros(6, 2, 64, 64, dtype=torch.long)
    for row, (top, left) in enumerate([(0, 0), (8, 40), (24, 16), (40, 40), (40, 0), (48, 24)]):
        labels[row, 0, top : top + 16, left : left + 16] = house
        labels[row, 1, top + 10 : top + 16, left + 6 : left + 10] = door
    pool = HeldOutImages(torch.zeros(6, 1), ("units",), {}, labels)
    assert (thing_of(pool, door), thing_of(pool, house)) == (house, None)
    for trial in trials_of(pool, door, 6, 0):
        ys, xs = np.nonzero(pool.mask(trial.draw, door))
        (top, left), width = trial.block, trial.width
        assert width == 8
        assert top - 5 <= ys.mean() <= top + width + 5
        assert left - 5 <= xs.mean() <= left + width + 5


def test_counts_on_paper(job: Job) -> None:
    passes = PlainPasses(job.network)
    pool = make_pool(job, passes, job.source, range(4), ["units"], "rendering")
    red = Brush(Concept("red", "object"), {"units": LayerUnits((0,), (1.0,))})
    trial = Trial(erase=0, draw=1, block=(8, 40), width=24)
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
    # Green and red together are neither: only what was gray turns red.
    assert counts["gained"] == int((inside & (before[1] == 4)).sum())
    assert counts["draw_others"] == 64 * 64 - 24 * 24
    assert counts["draw_changed"] == 0
    assert (counts["erasures"], counts["drawings"]) == (1, 1)
    # What was green is neither now: lost, and nothing gained.
    assert counts["spoiled"] == int((inside & (before[1] == 2)).sum()) > 0


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
    barren = Latents(np.zeros((16, 3, 8, 8), np.float32))
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


class Twofold(nn.Module):
    """Two layers that each hold the same units; a color shows where its unit is on in either."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.rest = nn.Identity(), nn.Identity(), Painter()

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        images: torch.Tensor = self.rest((self.first(z) + self.second(z)).clamp(0, 1))
        return images


def test_a_concept_that_two_layers_make_gets_a_brush_of_both() -> None:
    settings = StrengthSettings(scenes(32, 1), 8, numbers=(1, 2))
    measured = dissect(
        Twofold(), ["first", "second"], scenes(40, 0), ColorSegmenter(), strength=settings
    )
    red = find_brush(measured.brushes(), "red")
    assert red.layer == "first+second"
    assert {name: part.units[0] for name, part in red.brush.layers.items()} == {
        "first": 0,
        "second": 0,
    }
    assert red.erased == pytest.approx(1.0)
    # One of the layers leaves what the other makes; its figures are there as well.
    for layer in ("first", "second"):
        alone = find_brush(measured.brushes(layer=layer), "red")
        assert alone.erased == pytest.approx(0.0)
        assert alone.fresh
    single = StrengthSettings(scenes(32, 1), 8, numbers=(1, 2), together=1)
    apart = dissect(
        Twofold(), ["first", "second"], scenes(40, 0), ColorSegmenter(), strength=single
    )
    assert all(len(s.layers) == 1 for s in apart.strengths)


def test_a_brush_is_shown_with_figures_of_latents_that_did_not_choose_it() -> None:
    there, gone = scenes(8, 1).values.numpy(), np.zeros((8, 3, 8, 8), np.float32)
    settings = StrengthSettings(Latents(np.concatenate([there, gone])), 8, numbers=(1, 2))
    measured = dissect(Painter(), ["units"], scenes(40, 0), ColorSegmenter(), strength=settings)
    tried = [s for s in measured.strengths if s.concept.name == "red"]
    assert {s.fresh for s in tried} == {False, True}
    chosen = choose(tried)
    assert chosen is not None
    assert chosen.erased == pytest.approx(1.0)
    (fresh,) = (s for s in tried if s.fresh)
    assert (fresh.order, fresh.k) == (chosen.order, chosen.k)
    red = find_brush(measured.brushes(), "red")
    assert red.fresh
    assert red.latents == 8
    assert red.erased is None  # no fresh latent shows red
    assert red.gain == fresh.gain != chosen.gain


def test_levels_that_share_an_erasure_have_the_counts_of_each_alone(job: Job) -> None:
    passes = PlainPasses(job.network)
    pool = make_pool(job, passes, job.source, range(4), ["units"], "rendering")
    red = Concept("red", "object")
    plain, raised = (Brush(red, {"units": LayerUnits((0,), (t,))}) for t in (1.0, 2.0))
    trials = [Trial(0, 1, (8, 0), 24), Trial(2, 3, (8, 16), 16), Trial(None, 0, (8, 16), 16)]
    attempts = [Attempt(0, 1, brush, trial) for brush in (plain, raised) for trial in trials]
    together = try_brushes(job, passes, pool, attempts)
    alone = np.concatenate([try_brushes(job, passes, pool, [one]) for one in attempts])
    np.testing.assert_array_equal(together, alone)


class Cramped(Painter):
    """There is memory for four pictures at a time."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        if len(z) > 4:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        images: torch.Tensor = super().forward(z)
        return images


def test_trials_go_on_with_less_where_memory_is_short() -> None:
    settings = StrengthSettings(scenes(16, 1), 8, numbers=(1, 2))
    whole, parts = (
        dissect(network, ["units"], scenes(40, 0), ColorSegmenter(), batch=8, strength=settings)
        for network in (Painter(), Cramped())
    )
    assert list(parts.strengths) == list(whole.strengths)
    halved = parts.provenance["batch"]["halved"]
    assert halved[0]["batch"] == 4
    assert any(entry["stage"].startswith("trying brushes") for entry in halved)


def test_feature_maps_that_do_not_fit_into_memory_are_computed_anew(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = tiny_generator()
    layers = ("layer3", "layer5")
    source = Latents.of_seed(6, generator.depth)
    job = replace(job, network=generator, source=source, batch=4)
    passes = FoldedPasses(generator, job.device, "float32")
    brush = Brush(Concept("red", "object"), {"layer5": LayerUnits((0, 3), (2.0, 2.0))})
    attempts = [
        Attempt(0, 1, brush, Trial(1, 2, (0, 0), 24)),
        Attempt(1, 2, brush, Trial(None, 5, (8, 8), 24)),
    ]
    rooms = []
    for room in (2**30, 6 * generator.layer_shape("layer3")[0] * 8 * 8 * 4):
        monkeypatch.setattr("dissection.interventions.held_out.MEMORY", room)
        pool = make_pool(job, passes, source, range(6), layers, "rendering")
        rooms.append((sorted(pool.features), try_brushes(job, passes, pool, attempts)))
    assert [names for names, _ in rooms] == [["layer3", "layer5"], ["layer3"]]
    np.testing.assert_array_equal(rooms[0][1], rooms[1][1])


def test_a_brush_that_changes_half_as_much_elsewhere_is_weak() -> None:
    base = Strength(Concept("tree", "object"), ("layer4",), "iou", 20, 0.5, 0.1, 0.1, 0.1, 64)
    assert base.weak is None
    assert replace(base, elsewhere=0.24).weak is None
    assert replace(base, elsewhere=0.25).weak == (
        "The 20 best units of layer4 changed 25% of everything else, which is more than half of "
        "what they did to tree."
    )


def test_a_third_erased_or_a_sixth_of_the_room_drawn_is_enough() -> None:
    base = Strength(Concept("door", "part"), ("layer6",), "iou", 20, 0.32, 0.02, 0.16, 0.01, 64)
    assert base.weak is not None
    assert (base.erases, base.draws) == (False, False)
    erasing, drawing = replace(base, erased=0.34), replace(base, gain=0.17)
    assert (erasing.weak, erasing.erases, erasing.draws) == (None, True, False)
    assert (drawing.weak, drawing.erases, drawing.draws) == (None, False, True)


def test_what_drawing_spoils_takes_up_to_half_of_the_gain() -> None:
    base = Strength(Concept("door", "part"), ("layer6",), "iou", 20, 0.5, 0.1, 0.4, 0.1, 64)
    assert replace(base, spoiled=0.0).score == pytest.approx(base.score)
    assert replace(base, spoiled=0.4).score == pytest.approx(base.score - 0.1)
    assert replace(base, spoiled=400.0).score == pytest.approx(base.score - 0.2, abs=1e-3)
    # What draws nothing and spoils nothing is no better than what draws and spoils.
    idle, rough = replace(base, gain=0.0, spoiled=0.0), replace(base, spoiled=3.0)
    assert rough.score > idle.score


def test_the_level_that_draws_most_wins() -> None:
    def crowded(count: int, seed: int) -> Latents:
        """Green wherever red is not: red at its level and green are gray together."""
        z = scenes(count, seed).values.numpy()
        z[:, 1] = np.where(z[:, 0] > 0, 0, 1)
        return Latents(z)

    red = {}
    for boosts in ((1.0,), (1.0, 2.0)):
        settings = StrengthSettings(crowded(32, 1), 8, numbers=(1,), boosts=boosts)
        measured = dissect(
            Painter(), ["units"], crowded(40, 0), ColorSegmenter(), strength=settings
        )
        red[boosts] = find_brush(measured.brushes(), "red")
    plain, raised = red.values()
    (level,), (twice,) = plain.brush.layers["units"].levels, raised.brush.layers["units"].levels
    assert (plain.boost, raised.boost) == (1.0, 2.0)
    assert twice == 2 * level
    assert (plain.gain, plain.draws) == (pytest.approx(0.0), False)
    assert raised.gain == pytest.approx(1.0)
    assert raised.fresh


def test_the_chosen_brush_may_be_measured_on_more_latents_than_chose_it() -> None:
    settings = StrengthSettings(scenes(32, 1), 4, fresh=12, numbers=(1, 2))
    measured = dissect(
        Twofold(), ["first", "second"], scenes(40, 0), ColorSegmenter(), strength=settings
    )
    fresh = {s.layers: s.latents for s in measured.strengths if s.fresh and s.concept.name == "red"}
    assert fresh == {("first", "second"): 12, ("first",): 4, ("second",): 4}
    assert max(s.latents for s in measured.strengths if not s.fresh) == 4
    assert find_brush(measured.brushes(), "red").latents == 12


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
