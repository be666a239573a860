from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from dissection.data.sources import Latents
from dissection.interventions.single_units import KEPT_EVERY, STAGE, Losses, measure_units
from dissection.measurement.job import Job
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.hooks import edit
from dissection.models.passes import Change, FoldedPasses, Passes, PlainPasses
from dissection.runtime.progress import Progress, Report, Stopped
from dissection.runtime.workspace import Workspace
from support.color_segmenter import ColorSegmenter

LAYERS = {"layer3": [0, 2, 5], "layer5": [1, 4]}
CONCEPTS = 7
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def generator() -> ProgressiveGenerator:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return ProgressiveGenerator((6, 7, 5), depth=8).eval().requires_grad_(False)


def job_of(
    generator: ProgressiveGenerator, folder: Path, report: Report | None = None, batch: int = 3
) -> Job:
    work = Workspace(folder, {}, resume=True)
    source = Latents.of_seed(7, 8, seed=4)
    return Job(generator, source, ColorSegmenter(), 16, batch, CPU, work, report)


def require_same(one: dict[str, Losses], other: dict[str, Losses]) -> None:
    assert one.keys() == other.keys()
    for name, part in one.items():
        np.testing.assert_array_equal(part.area, other[name].area)
        np.testing.assert_array_equal(part.lost, other[name].lost)
        np.testing.assert_array_equal(part.halves, other[name].halves)


@pytest.mark.parametrize("batch", [3, 7, 20])
def test_losses_are_those_of_one_unit_at_a_time(
    generator: ProgressiveGenerator, tmp_path: Path, batch: int
) -> None:
    """Batches of latents, of all latents, and of several units at a time."""
    segmenter, z = ColorSegmenter(), Latents.of_seed(7, 8, seed=4).values
    plain = PlainPasses(generator)
    measured = measure_units(job_of(generator, tmp_path, batch=batch), plain, LAYERS, CONCEPTS)

    def shares() -> np.ndarray:
        """float (7 latents, 7 concepts)."""
        labels = segmenter.segment(generator(z), 16)
        there = [(labels == c).any(1).float().mean((1, 2)) for c in range(CONCEPTS)]
        return torch.stack(there, 1).numpy()

    unedited = shares()
    for name, units in LAYERS.items():
        losses = measured[name]
        assert losses.units == tuple(units)
        np.testing.assert_allclose(losses.area[1:], unedited.mean(0)[1:], atol=1e-6)
        for n, unit in enumerate(units):

            def off(x: Tensor, unit: int = unit) -> Tensor:
                return torch.where(torch.arange(x.shape[1])[:, None, None] == unit, 0.0, x)

            with edit(generator, {name: off}):
                lost = unedited - shares()
            np.testing.assert_allclose(losses.lost[1:, n], lost.mean(0)[1:], atol=1e-6)
            for half in range(2):
                of_half = lost[half::2].mean(0)
                np.testing.assert_allclose(losses.halves[half, 1:, n], of_half[1:], atol=1e-6)
    assert max(np.abs(part.lost).max() for part in measured.values()) > 0.01


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("stop", [1, 14, 20, 39])
def test_a_stopped_measurement_goes_on(
    generator: ProgressiveGenerator, tmp_path: Path, stop: int, folded: bool
) -> None:
    """Stopped in the first batch of a layer, in the last, and in the second layer."""

    def stopping(progress: Progress) -> bool:
        return progress.done < stop

    passes: Passes = PlainPasses(generator)
    if folded:
        passes = FoldedPasses(generator, CPU, "float32")
    with pytest.raises(Stopped):
        measure_units(job_of(generator, tmp_path / "a", stopping), passes, LAYERS, CONCEPTS)
    seen: list[Progress] = []
    resumed = measure_units(
        job_of(generator, tmp_path / "a", seen.append), passes, LAYERS, CONCEPTS
    )
    whole = measure_units(job_of(generator, tmp_path / "b"), passes, LAYERS, CONCEPTS)
    require_same(resumed, whole)
    # Every picture once: three units and two, and the unedited layers, of seven latents.
    assert seen[0].done >= stop
    assert seen[-1].done == seen[-1].total == 7 * (4 + 3)
    assert {progress.stage for progress in seen} == {STAGE}


def test_a_killed_measurement_loses_a_few_units(
    generator: ProgressiveGenerator, tmp_path: Path
) -> None:
    """An error that nobody catches is as good as a kill: nothing is written on the way out."""
    units = {"layer3": [n % 6 for n in range(2 * KEPT_EVERY)]}

    def dying(progress: Progress) -> bool:
        if progress.done >= 7 * (KEPT_EVERY + 8):
            raise KeyError
        return True

    passes = PlainPasses(generator)
    with pytest.raises(KeyError):
        measure_units(job_of(generator, tmp_path / "a", dying, 7), passes, units, CONCEPTS)
    seen: list[Progress] = []
    resumed = measure_units(
        job_of(generator, tmp_path / "a", seen.append, 7), passes, units, CONCEPTS
    )
    assert seen[0].done == 7 * KEPT_EVERY
    whole = measure_units(job_of(generator, tmp_path / "b", None, 7), passes, units, CONCEPTS)
    require_same(resumed, whole)


def test_memory_that_runs_out_divides_the_batch(
    generator: ProgressiveGenerator, tmp_path: Path
) -> None:
    class Narrow(PlainPasses):
        """Has no memory for more than four pictures, once a few units were counted."""

        calls = 0

        def changed(
            self, z: Tensor, features: Mapping[str, Tensor], changes: Mapping[str, Change]
        ) -> Tensor:
            self.calls += 1
            if self.calls > 2 and len(z) > 4:
                raise RuntimeError("CUDA out of memory: tried to allocate")
            return super().changed(z, features, changes)

    job = job_of(generator, tmp_path / "a", batch=7)
    found = measure_units(job, Narrow(generator), LAYERS, CONCEPTS)
    assert [step["batch"] for step in job.batches()["halved"]] == [3]
    plain = PlainPasses(generator)
    require_same(found, measure_units(job_of(generator, tmp_path / "b"), plain, LAYERS, CONCEPTS))
