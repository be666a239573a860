"""Rendering and counting for the causal checks: units off everywhere, or on at one cell."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.interventions.held_out import segment
from dissection.interventions.plan import (
    ERASURE,
    INSERTION,
    Findings,
    InterventionPlan,
    UnitSelection,
    erasure_of,
    insertion_of,
)
from dissection.measurement.job import Job
from dissection.models.passes import Change, Passes
from dissection.painting.edits import Brush
from dissection.results.dissection import Dissection
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter


@torch.no_grad()
def intervene(
    job: Job,
    passes: Passes,
    dissection: Dissection,
    plan: InterventionPlan,
    erasing: Sequence[UnitSelection],
    inserting: Sequence[UnitSelection],
    cells: int = 1,
    seed: int = 0,
) -> Findings:
    """Try all selections on all latents of the job's source.

    What is counted is kept in the job's working folder after every batch, and a job that resumes
    goes on from there.

    Args:
        job: what to run, on latents that served for nothing else.
        passes: of its network.
        dissection: of the network; tells the layers' shapes.
        plan: about which concepts.
        erasing: units of the erased concept.
        inserting: units of the inserted one.
        cells: to draw from each picture, of both kinds, where it has so many.
        seed: of the draw.
    """
    size = len(job.source)
    zeros = {
        "erased": np.zeros((size, len(erasing), len(ERASURE)), np.int64),
        "inserted": np.zeros((size, len(inserting), len(INSERTION)), np.int64),
    }
    counted = Accumulator(job.work, "causal", zeros, key="done")
    erased, inserted, (done,) = counted["erased"], counted["inserted"], counted.place
    meter = Meter(job.report, "intervening", size, done)
    order = [name for name in dissection.layers if _used(name, [*erasing, *inserting])]

    def count(rows: range, z: Tensor) -> None:
        batch = _Batch(job, passes, dissection, plan, rows, z, order)
        for n, selection in enumerate(erasing):
            erased[rows.start : rows.stop, n] = batch.erase(selection.brush)
        for n, selection in enumerate(inserting):
            inserted[rows.start : rows.stop, n] = batch.insert(selection.brush, cells, seed)

    for rows, _ in job.each_batch("intervening", range(done, size), count):
        counted.keep(rows.stop)
        meter.step(len(rows))
    return Findings(
        [erasure_of(selection, erased[:, n]) for n, selection in enumerate(erasing)],
        [insertion_of(selection, inserted[:, n]) for n, selection in enumerate(inserting)],
        float(inserted[:, 0, INSERTION.index("before")].mean()) if len(inserting) else 0.0,
        size,
    )


def _used(name: str, selections: Sequence[UnitSelection]) -> bool:
    return any(name in selection.brush.layers for selection in selections)


class _Batch:
    """Some latents, unedited, and what becomes of them."""

    def __init__(
        self,
        job: Job,
        passes: Passes,
        dissection: Dissection,
        plan: InterventionPlan,
        rows: range,
        z: Tensor,
        layers: Sequence[str],
    ) -> None:
        self._job, self._passes, self._plan, self._rows = job, passes, plan, rows
        self._vocabulary = dissection.vocabulary
        self._shapes = {name: dissection[name].shape for name in layers}
        self._z = z
        self._features = passes.features(self._z, layers)
        start: dict[str, Change] = {name: (lambda x: x) for name in layers[:1]}
        self._before = segment(job, passes, passes.changed(self._z, self._features, start)).cpu()

    def erase(self, brush: Brush) -> NDArray[np.int64]:
        """Counts of setting a brush's units to zero everywhere, int64 (n, ERASURE)."""

        def off(name: str) -> Change:
            units = torch.tensor(brush.layers[name].units, device=self._job.device)
            return lambda x: x.index_fill(1, units, 0)

        everything = torch.arange(len(self._rows))
        after = self._changed(everything, {name: off(name) for name in self._in_order(brush)})
        had = _shows(self._before, self._id("erased"))
        has = _shows(after, self._id("erased"))
        stood = _shows(self._before, self._id("kept"))
        stands = _shows(after, self._id("kept"))
        masks = (
            had,
            has,
            stood & ~had,
            stood & ~stands & ~had,
            stands & ~stood & ~had,
            stands & ~stood & had,
        )
        counts: NDArray[np.int64] = torch.stack([m.sum((1, 2)) for m in masks], 1).numpy()
        return counts

    def insert(self, brush: Brush, cells: int, seed: int) -> NDArray[np.int64]:
        """Counts of forcing a brush's units to their levels at single cells, (n, INSERTION)."""
        counts = np.zeros((len(self._rows), len(INSERTION)), np.int64)
        concept = self._id("inserted")
        before = _shows(self._before, concept).sum((1, 2)).numpy()
        counts[:, INSERTION.index("before")] = before
        # One cell of the coarsest layer, and what lies under it in finer ones.
        coarse = min(brush.layers, key=lambda name: self._shapes[name][1])
        shape = self._shapes[coarse][1:]
        places = [
            (column, picture, cell)
            for column, home in ((0, "home"), (2, "foreign"))
            for picture in range(len(self._rows))
            for cell in self._cells(picture, home, shape, cells, seed)
        ]
        for first in range(0, len(places), self._job.step):
            part = places[first : first + self._job.step]
            pictures = torch.tensor([picture for _, picture, _ in part])
            where = torch.zeros(len(part), *shape, dtype=torch.bool)
            for n, (_, _, (y, x)) in enumerate(part):
                where[n, y, x] = True
            changes = {
                name: self._on(brush, name, _resampled(where, self._shapes[name][1:]))
                for name in self._in_order(brush)
            }
            after = _shows(self._changed(pictures, changes), concept).sum((1, 2)).numpy()
            for n, (column, picture, _) in enumerate(part):
                counts[picture, column] += 1
                counts[picture, column + 1] += after[n] - before[picture]
        return counts

    def _on(self, brush: Brush, name: str, where: Tensor) -> Change:
        layer_units = brush.layers[name]
        device = self._job.device
        units = torch.tensor(layer_units.units, device=device)
        cells = where[:, None].to(device)

        def change(x: Tensor) -> Tensor:
            levels = torch.tensor(layer_units.levels, device=device, dtype=x.dtype)[:, None, None]
            forced = torch.where(cells, levels, x.index_select(1, units))
            return x.index_copy(1, units, forced)

        return change

    def _cells(
        self, picture: int, key: str, shape: tuple[int, int], count: int, seed: int
    ) -> list[tuple[int, int]]:
        """Some cells at whose center the unedited picture shows a concept."""
        grid = self._before.shape[-1]
        height, width = shape
        rows = (2 * np.arange(height) + 1) * grid // (2 * height)
        columns = (2 * np.arange(width) + 1) * grid // (2 * width)
        shows = _shows(self._before[picture : picture + 1], self._id(key))[0].numpy()
        found = np.argwhere(shows[np.ix_(rows, columns)])
        rng = np.random.default_rng([seed, self._rows[picture], height, self._id(key)])
        chosen = rng.permutation(len(found))[:count]
        return [(int(y), int(x)) for y, x in found[chosen]]

    def _changed(self, pictures: Tensor, changes: dict[str, Change]) -> Tensor:
        here = pictures.to(self._job.device)
        features = {name: self._features[name][here] for name in list(changes)[:1]}
        images = self._passes.changed(self._z[here], features, changes)
        return segment(self._job, self._passes, images).cpu()

    def _in_order(self, brush: Brush) -> list[str]:
        return [name for name in self._shapes if name in brush.layers]

    def _id(self, key: str) -> int:
        return self._vocabulary.id(getattr(self._plan, key))


def _shows(labels: Tensor, concept: int) -> Tensor:
    """Where a concept stands: (n, K, h, w) -> bool (n, h, w)."""
    return (labels == concept).any(1)


def _resampled(where: Tensor, shape: tuple[int, int]) -> Tensor:
    """Cells of a coarse layer as those of a finer one, or of the same: bool (n, h, w)."""
    size = torch.nn.functional.interpolate(where[:, None].float(), size=shape, mode="nearest")
    return size[:, 0].bool()
