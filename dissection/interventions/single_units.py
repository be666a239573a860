"""Every unit set to zero alone, and what each concept of the pictures loses by that, counted.

This is what the effect (``dissection.measurement.effect``) estimates to first order from gradients;
the two are compared in ``dissection.interventions.agreement``. Counted are decided pixels on
latents of their own.

A layer's maps are computed once for a batch of latents; each unit costs the rest of the generator
and the segmenter. Where latents are few, several units go through in one pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.interventions.held_out import segment
from dissection.measurement.job import Job
from dissection.models.passes import Passes
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter, Stopped

STAGE = "zeroing single units"
#: A job that is killed loses at most so many units of one batch.
KEPT_EVERY = 32
#: The two halves of the sample: every second latent is of the other one.
HALVES = 2

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Losses:
    """What the concepts of the pictures lose when units of one layer are zero, one at a time.

    Attributes:
        units: which were set to zero.
        area: share of the unedited pictures, float64 (concepts,).
        lost: share of the picture, float64 (concepts, units): negative where a concept grows.
        halves: the same by the two halves of the latents, float64 (2, concepts, units); without a
            number where a half has no latent.
    """

    units: tuple[int, ...]
    area: NDArray[np.float64]
    lost: NDArray[np.float64]
    halves: NDArray[np.float64]


@torch.no_grad()
def measure_units(
    job: Job, passes: Passes, units: Mapping[str, Sequence[int]], concepts: int
) -> dict[str, Losses]:
    """What each concept loses when single units are zero everywhere.

    What is counted is kept in the job's working folder, and a job that resumes goes on from there.

    Args:
        job: what to run; the mean is taken over its source.
        passes: of its network.
        units: of each layer, which to set to zero; layers in their order.
        concepts: length of the vocabulary.

    Raises:
        Stopped: the job's report asked for it.
        DissectionError: there is too little memory even for one picture.
    """
    size = len(job.source)
    tallies = {name: _Tally(job, name, tuple(chosen), concepts) for name, chosen in units.items()}
    total = size * sum(len(tally.items) for tally in tallies.values())
    meter = Meter(job.report, STAGE, total, sum(tally.pictures for tally in tallies.values()))
    for tally in tallies.values():

        def count(rows: range, z: Tensor, tally: _Tally = tally) -> None:
            _count(job, passes, tally, rows, z, meter.step)

        for rows, _ in job.each_batch(STAGE, range(tally.done, size), count):
            tally.finish(rows)
    return {name: tally.losses(size) for name, tally in tallies.items()}


class _Tally:
    """Pixels of each concept in the pictures of one layer, as far as they are counted.

    Items are the unedited layer (None) and then each unit. Of the batch at hand the counts are
    apart: they count only once it is finished, as memory may run out before, which divides it.
    """

    def __init__(self, job: Job, layer: str, units: tuple[int, ...], concepts: int) -> None:
        self.layer, self.units = layer, units
        self.concepts = concepts
        self.items: tuple[int | None, ...] = (None, *units)
        self._pixels = job.grid**2
        shape = (HALVES, len(self.items), concepts)
        zeros = {"counts": np.zeros(shape, np.int64), "batch": np.zeros(shape, np.int64)}
        self._kept = Accumulator(job.work, f"single-units-{layer}", zeros, place=3)
        self._counts, self._batch = self._kept["counts"], self._kept["batch"]
        #: Latents that are finished; of those behind, how many are in the batch, and its items.
        self.done, self._latents, self._items = self._kept.place

    @property
    def pictures(self) -> int:
        """How many are counted."""
        return self.done * len(self.items) + self._latents * self._items

    def begin(self, rows: range) -> int:
        """The first item to count of these latents: the one behind those that are counted."""
        if rows.start != self.done or len(rows) != self._latents:
            self._batch[:], self._latents, self._items = 0, len(rows), 0
        return self._items

    def add(self, counts: Counts) -> None:
        """The next items of the batch, int64 (2, items, concepts)."""
        before, self._items = self._items, self._items + counts.shape[1]
        self._batch[:, before : self._items] = counts
        if before // KEPT_EVERY != self._items // KEPT_EVERY:
            self.keep()

    def finish(self, rows: range) -> None:
        """All items of these latents are counted."""
        self._counts += self._batch
        self._batch[:], self._latents, self._items, self.done = 0, 0, 0, rows.stop
        self.keep()

    def keep(self) -> None:
        """Write it down, in one file, so that nothing can count twice."""
        self._kept.keep(self.done, self._latents, self._items)

    def losses(self, size: int) -> Losses:
        """What is lost, once all of so many latents are counted."""
        latents = np.array([-(-size // HALVES), size // HALVES])
        with np.errstate(invalid="ignore"):  # a single latent leaves the second half empty
            shares = self._counts / (latents * self._pixels)[:, None, None]
        halves = (shares[:, :1] - shares[:, 1:]).transpose(0, 2, 1)
        whole = self._counts.sum(0) / (size * self._pixels)
        return Losses(self.units, whole[0], (whole[:1] - whole[1:]).T, halves)


def _count(
    job: Job,
    passes: Passes,
    tally: _Tally,
    rows: range,
    z: Tensor,
    step: Callable[[int], None],
) -> None:
    """Counts all items that are left of some latents."""
    features = passes.features(z, [tally.layer])[tally.layer]
    first = tally.begin(rows)
    together = max(1, job.step // len(rows))
    half = torch.tensor([row % HALVES for row in rows])
    for start in range(first, len(tally.items), together):
        items = tally.items[start : start + together]
        # Latent by latent for the first item, then for the next one.
        latents = z.repeat(len(items), *[1] * (z.ndim - 1))
        maps = features.repeat(len(items), *[1] * (features.ndim - 1))
        change = {tally.layer: _zeroing(items)}
        labels = segment(job, passes, passes.changed(latents, {tally.layer: maps}, change))
        areas = _areas(labels, tally.concepts).view(len(items), len(rows), -1)
        counts = [areas[:, half == h].sum(1).numpy() for h in range(HALVES)]
        tally.add(np.stack(counts))
        try:
            step(len(latents))
        except Stopped:
            tally.keep()
            raise


def _zeroing(items: Sequence[int | None]) -> Callable[[Tensor], Tensor]:
    """Sets another unit to zero in each of several equal parts of a batch, or none."""

    def change(x: Tensor) -> Tensor:
        x = x.clone()
        for part, unit in zip(x.chunk(len(items)), items, strict=True):
            if unit is not None:
                part[:, unit] = 0
        return x

    return change


def _areas(labels: Tensor, concepts: int) -> Tensor:
    """Pixels of each concept in each picture, int64 (N, concepts), on the CPU.

    A pixel that names a concept twice has it once.
    """
    first = torch.arange(len(labels), device=labels.device)[:, None, None] * concepts
    areas = torch.zeros(len(labels) * concepts, dtype=torch.int64, device=labels.device)
    for channel in range(labels.shape[1]):
        named, before = labels[:, channel], labels[:, :channel]
        again = (before == named[:, None]).any(1)
        areas += torch.bincount((named + first)[~again], minlength=len(areas))
    return areas.view(len(labels), concepts).cpu()
