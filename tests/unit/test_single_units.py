from pathlib import Path

import numpy as np
import pytest
import torch
from color_segmenter import ColorSegmenter

from dissection.dissect import dissect
from dissection.generators.progressive import ProgressiveGenerator
from dissection.hooks import edit
from dissection.job import Job
from dissection.passes import PlainPasses
from dissection.progress import Progress, Report, Stopped
from dissection.single_units import agreements, measure_units, spearman
from dissection.sources import Latents
from dissection.workspace import Workspace

LAYERS = {"layer3": [0, 2, 5], "layer5": [1, 4]}


@pytest.fixture(scope="module")
def generator() -> ProgressiveGenerator:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return ProgressiveGenerator((6, 7, 5), depth=8).eval().requires_grad_(False)


def job_of(generator: ProgressiveGenerator, folder: Path, report: Report | None = None) -> Job:
    work = Workspace(folder, {}, resume=True)
    source = Latents.of_seed(7, 8, seed=4)
    return Job(generator, source, ColorSegmenter(), 16, 3, torch.device("cpu"), work, report)


def test_losses_are_those_of_one_unit_at_a_time(
    generator: ProgressiveGenerator, tmp_path: Path
) -> None:
    job, segmenter = job_of(generator, tmp_path / "w"), ColorSegmenter()
    area, lost = measure_units(job, PlainPasses(generator), LAYERS, len(segmenter.vocabulary))
    z = Latents.of_seed(7, 8, seed=4).values

    def shares() -> np.ndarray:
        labels = segmenter.segment(generator(z), 16)
        return np.array([float((labels == c).any(1).float().mean()) for c in range(7)])

    np.testing.assert_allclose(area[1:], shares()[1:], atol=1e-6)
    for name, units in LAYERS.items():
        for n, unit in enumerate(units):

            def off(x: torch.Tensor, unit: int = unit) -> torch.Tensor:
                return torch.where(torch.arange(x.shape[1])[:, None, None] == unit, 0.0, x)

            with edit(generator, {name: off}):
                np.testing.assert_allclose(lost[name][1:, n], (area - shares())[1:], atol=1e-6)
    assert max(np.abs(part).max() for part in lost.values()) > 0.01


def test_a_stopped_measurement_goes_on(generator: ProgressiveGenerator, tmp_path: Path) -> None:
    def stop(progress: Progress) -> bool:
        return progress.done < 20

    passes = PlainPasses(generator)
    with pytest.raises(Stopped):
        measure_units(job_of(generator, tmp_path / "a", stop), passes, LAYERS, 7)
    _, resumed = measure_units(job_of(generator, tmp_path / "a"), passes, LAYERS, 7)
    _, whole = measure_units(job_of(generator, tmp_path / "b"), passes, LAYERS, 7)
    for name, part in whole.items():
        np.testing.assert_array_equal(resumed[name], part)


def test_effects_rank_units_by_what_they_do(
    generator: ProgressiveGenerator, tmp_path: Path
) -> None:
    """On a random network, where effects are true to first order only."""
    z = Latents.of_seed(64, 8)
    measured = dissect(
        generator, ["layer5"], z, ColorSegmenter(), effect_size=64, precision="float32"
    )
    units = {"layer5": range(5)}
    job = job_of(generator, tmp_path / "w")
    area, lost = measure_units(job, PlainPasses(generator), units, 7)
    found = agreements(measured, units, area, lost, least_area=0.02)
    assert {a.concept.name for a in found} <= {"red", "green", "blue", "grey", "light"}
    assert all(a.area >= 0.02 and a.units == 5 for a in found)
    effects = [a.effect for a in found if a.effect is not None]
    assert len(effects) >= 3
    assert np.mean(effects) > 0.5


def test_rank_correlation_on_paper() -> None:
    assert spearman(np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 30, 90])) == pytest.approx(1)
    assert spearman(np.array([1.0, 2, 3, 4]), np.array([4.0, 3, 2, 1])) == pytest.approx(-1)
    # Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4: 1 - 0.5 / 10 but for the ties: 4.5 / sqrt(4.5 * 5).
    tied = spearman(np.array([0.0, 7, 7, 9]), np.array([0.0, 2, 1, 3]))
    assert tied == pytest.approx(4.5 / np.sqrt(4.5 * 5))
    assert spearman(np.ones(4), np.arange(4.0)) is None
