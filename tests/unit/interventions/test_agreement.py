from pathlib import Path

import numpy as np
import pytest
import torch

from dissection.data.sources import Latents
from dissection.interventions.agreement import (
    Agreement,
    Spread,
    agreements,
    by_layer,
    spread,
)
from dissection.interventions.single_units import measure_units
from dissection.measurement.job import Job
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.passes import PlainPasses
from dissection.pipeline import dissect
from dissection.runtime.workspace import Workspace
from dissection.statistics.ranks import spearman
from dissection.vocabulary import Concept
from support.color_segmenter import ColorSegmenter


def test_effects_rank_units_by_what_they_do(tmp_path: Path) -> None:
    """On a random network, where effects are true to first order only."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        generator = ProgressiveGenerator((6, 7, 5), depth=8).eval().requires_grad_(False)
    z, segmenter = Latents.of_seed(64, 8), ColorSegmenter()
    measured = dissect(generator, ["layer5"], z, segmenter, effect_size=64, precision="float32")
    source, work = Latents.of_seed(7, 8, seed=4), Workspace(tmp_path, {}, resume=True)
    job = Job(generator, source, segmenter, 16, 3, torch.device("cpu"), work, None)
    losses = measure_units(job, PlainPasses(generator), {"layer5": range(5)}, 7)
    found = agreements(measured, losses, least_area=0.02)
    assert {a.concept.name for a in found} <= {"red", "green", "blue", "grey", "light"}
    assert all(a.area >= 0.02 and a.units == 5 for a in found)
    effects = [a.effect for a in found if a.effect is not None]
    assert len(effects) >= 3
    assert np.mean(effects) > 0.5
    (layer,) = by_layer(found)
    assert (layer.layer, layer.units, layer.concepts) == ("layer5", 5, len(found))
    assert layer.effect is not None
    assert layer.effect.mean == pytest.approx(np.mean(effects))
    assert layer.halves is not None  # what the units do, they do in both halves
    assert layer.halves.mean > 0.3


def test_rank_correlation_on_paper() -> None:
    assert spearman(np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 90])) == pytest.approx(1)
    assert spearman(np.array([1.0, 2, 3, 4]), np.array([4.0, 3, 2, 1])) == pytest.approx(-1)
    # Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4: 1 - 0.5 / 10 but for the ties: 4.5 / sqrt(4.5 * 5).
    tied = spearman(np.array([0.0, 7, 7, 9]), np.array([0.0, 2, 1, 3]))
    assert tied == pytest.approx(4.5 / np.sqrt(4.5 * 5))
    assert spearman(np.ones(4), np.arange(4.0)) is None
    assert spearman(np.arange(4.0), np.array([1, 2, np.nan, 3])) is None


def test_spread_on_paper() -> None:
    assert spread([1.0, None, 4.0, 1.0]) == Spread(2.0, np.sqrt(2.0), 1.0, 4.0, 3)
    assert spread([None]) is None


def test_layers_stay_apart() -> None:
    def agreement(layer: str, effect: float | None) -> Agreement:
        concept = Concept("tree", "object")
        return Agreement(layer, concept, 0.1, effect, 0.25, None, 8, effect, 0.5)

    found = [agreement("b", 0.5), agreement("b", None), agreement("a", 0.75)]
    b, a = by_layer(found)
    assert (b.layer, b.concepts, b.effect) == ("b", 2, Spread(0.5, 0.0, 0.5, 0.5, 1))
    assert b.iou == Spread(0.25, 0.0, 0.25, 0.25, 2)
    assert (a.layer, a.halves) == ("a", None)
    assert a.to_json()["effect"]["mean"] == 0.75
