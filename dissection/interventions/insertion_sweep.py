"""A brush's units forced on at every single cell of many pictures, and what comes of it.

Bau et al. 2020, figure 4C and 4D: 20 door units are set to their levels at one cell, all else is
left as it is, and the door pixels that are new are counted, by what the unchanged picture shows at
the center of the cell. ``insertion_map`` does the same for one picture on the screen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.interventions.held_out import segment
from dissection.interventions.plan import ratio_of_sums
from dissection.measurement.job import Job
from dissection.models.passes import FoldedPasses, Passes
from dissection.painting.boxes import Box
from dissection.painting.edits import LayerUnits
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter
from dissection.statistics.concepts import distinct

STAGE = "forcing units on, cell by cell"
#: Latents whose cells are finished before they are written down.
_TOGETHER = 8


@dataclass(frozen=True, eq=False)
class Insertions:
    """What forcing units on did at each cell of each picture.

    Attributes:
        gains: int32 (N, h, w): the concept's pixels on the measuring grid, after less before.
        before: int32 (N,): its pixels in the unchanged picture.
        contexts: int32 (N, K, h, w): what the unchanged picture shows at the center of the cell,
            indices into the vocabulary, each once; 0 is nothing.
    """

    gains: NDArray[np.int32]
    before: NDArray[np.int32]
    contexts: NDArray[np.int32]

    def where(self, concept: int) -> NDArray[np.bool_]:
        """The cells at whose center a concept stands, bool (N, h, w)."""
        found: NDArray[np.bool_] = (self.contexts == concept).any(1)
        return found

    def gain_on(self, concept: int) -> tuple[float | None, float, int]:
        """Pixels gained for each cell with a concept at its center.

        Returns:
            The mean, None where there is no such cell; its standard error, the cells of a picture
            taken together; and how many cells there are.
        """
        there = self.where(concept)
        gained = np.where(there, self.gains, 0).sum((1, 2), dtype=np.int64)
        cells = there.sum((1, 2), dtype=np.int64)
        mean, error = ratio_of_sums(gained, cells)
        return mean, error, int(cells.sum())


@torch.no_grad()
def measure_insertions(
    job: Job, passes: Passes, layer: str, units: LayerUnits, shape: tuple[int, int], concept: int
) -> Insertions:
    """Force units to their levels at each cell, one at a time, in the pictures of all latents.

    What is counted is kept in the job's working folder after every few latents.

    Args:
        job: what to run; its processes share the latents.
        passes: of its network.
        layer: whose units.
        units: with their levels.
        shape: height and width of the layer.
        concept: index of the concept whose pixels are counted.

    Raises:
        Stopped: the job's report asked for it.
        DissectionError: there is too little memory even for one picture.
    """
    split = max(1, job.batch // _TOGETHER)
    own = job.own_rows(len(job.source), split)
    channels = job.segmenter.segment(_first_picture(job, passes, layer), size=job.grid).shape[1]
    zeros = {
        "gains": np.zeros((len(own), *shape), np.int32),
        "before": np.zeros(len(own), np.int32),
        "contexts": np.zeros((len(own), channels, *shape), np.int32),
    }
    kept = Accumulator(job.work, "insertions", zeros)
    first = own.start + kept.place[0]
    cells = [(row, column) for row in range(shape[0]) for column in range(shape[1])]
    total = len(cells) * len(own)  # pictures: a few latents take long
    meter = Meter(job.report, STAGE, total, len(cells) * kept.place[0])
    here = _centers(job.grid, shape)

    def count(rows: range, z: Tensor) -> tuple[NDArray[np.int32], ...]:
        features = passes.features(z, [layer])
        labels = segment(job, passes, passes.changed(z, features, {layer: lambda x: x}))
        before = (labels == concept).any(1).sum((1, 2)).cpu().numpy().astype(np.int32)
        contexts = distinct(labels)[:, :, here[0][:, None], here[1]].cpu().numpy()
        begun = len(cells) * (rows.start - own.start)  # anew where the batch was halved

        def tick(pictures: int) -> None:
            if pictures < len(cells) * len(rows):  # the last ones are told when they are kept
                meter.reach(begun + pictures, total)

        after = _cell_by_cell(job, passes, layer, units, cells, concept, z, features, tick)
        gains = (after - before[:, None]).reshape(len(rows), *shape)
        return gains, before, contexts.astype(np.int32)

    for rows, counted in job.each_batch(STAGE, range(first, own.stop), count, split):
        done = slice(rows.start - own.start, rows.stop - own.start)
        for name, values in zip(zeros, counted, strict=True):
            kept[name][done] = values
        kept.keep(done.stop)
        meter.reach(len(cells) * done.stop, total)
    return Insertions(*(job.merge.join(kept[name]) for name in zeros))


def _cell_by_cell(
    job: Job,
    passes: Passes,
    layer: str,
    units: LayerUnits,
    cells: Sequence[tuple[int, int]],
    concept: int,
    z: Tensor,
    features: dict[str, Tensor],
    tick: Callable[[int], None],
) -> NDArray[np.int32]:
    """The concept's pixels in each picture with the units on at each cell, int32 (n, cells).

    ``tick`` is told of how many pictures there are so far.
    """
    after = np.zeros((len(z), len(cells)), np.int32)

    def pixels(images: Tensor) -> list[int]:
        counts: list[int] = (segment(job, passes, images) == concept).any(1).sum((1, 2)).tolist()
        return counts

    if isinstance(passes, FoldedPasses) and job.device.type == "cpu":
        # One cell of all pictures: what it does not reach is there already.
        kept = passes.kept(features[layer], layer)
        for place, (row, column) in enumerate(cells):
            force = Forced(units, [(0, 0)] * len(z))
            with kept.changed(Box(row, column, row + 1, column + 1), force) as images:
                after[:, place] = pixels(images)
            tick((place + 1) * len(z))
        return after
    tries = [(picture, cell) for picture in range(len(z)) for cell in range(len(cells))]
    for start in range(0, len(tries), job.step):
        part = tries[start : start + job.step]
        pictures = torch.tensor([picture for picture, _ in part], device=job.device)
        changed = passes.changed(
            z[pictures],
            {layer: features[layer][pictures]},
            {layer: Forced(units, [cells[cell] for _, cell in part])},
        )
        for (picture, cell), count in zip(part, pixels(changed), strict=True):
            after[picture, cell] = count
        tick(start + len(part))
    return after


class Forced:
    """A change of a layer: units at their levels, in one cell of each picture.

    Args:
        units: with their levels.
        cells: (row, column) for each picture of the batch.
    """

    def __init__(self, units: LayerUnits, cells: Sequence[tuple[int, int]]) -> None:
        self._units, self._cells = units, cells

    def __call__(self, x: Tensor) -> Tensor:
        """The layer's output (N, C, h, w), changed; a copy."""
        x = x.clone()
        units = torch.tensor(self._units.units, device=x.device)
        levels = torch.tensor(self._units.levels, device=x.device, dtype=x.dtype)
        for picture, (row, column) in enumerate(self._cells):
            x[picture, units, row, column] = levels
        return x


def _centers(grid: int, shape: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns on the measuring grid of the cells' center pixels."""
    rows, columns = ((2 * np.arange(side) + 1) * grid // (2 * side) for side in shape)
    return rows, columns


def _first_picture(job: Job, passes: Passes, layer: str) -> Tensor:
    z = job.inputs([0])
    return passes.changed(z, passes.features(z, [layer]), {layer: lambda x: x})
