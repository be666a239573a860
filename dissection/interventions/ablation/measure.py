"""Passes over a sample of pictures: what the network decides without units, picture by picture.

Every decision is kept in the working folder, a row for each picture, so that a killed job goes on
from its last batch to the same bytes, and so that all figures, also those of some of the pictures
only, follow from one pass. Of several processes each has whole batches of the sample.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import nn

from dissection.data.sources import Source
from dissection.interventions.ablation.accuracy import Counts, count
from dissection.interventions.ablation.engine import Ablator, Decisions, LayerMaps, decide
from dissection.interventions.ablation.replacement import (
    Mean,
    Other,
    Replacement,
    ReplacementName,
    Zero,
    partners,
    rows_of,
)
from dissection.measurement.effect import mean_of_batches
from dissection.measurement.job import Job
from dissection.measurement.layer_readings import FoundLayer, find_layers
from dissection.models.hooks import observe
from dissection.runtime.progress import Meter
from dissection.runtime.workspace import Workspace
from dissection.vocabulary import Vocabulary

#: Bits of a flag.
CHANGED, CLOSE = 1, 2
Form = tuple[tuple[int, ...], DTypeLike]
Arrays = dict[str, NDArray[Any]]
#: Pictures whose flags are counted at a time.
_ROWS = 4096


class Blind:
    """A segmenter for jobs that look at no concepts."""

    vocabulary = Vocabulary(())
    digest = ""

    def segment(self, images: torch.Tensor, size: int | None = None) -> torch.Tensor:
        """Nothing, everywhere."""
        side = size or images.shape[2]
        return torch.zeros(len(images), 1, side, side, dtype=torch.int64, device=images.device)


def read_layer(network: nn.Module, layer: str, source: Source, device: torch.device) -> FoundLayer:
    """How often a layer runs, and where its units lie; see ``measurement.layer_readings``.

    Args:
        network: on ``device``.
        layer: name.
        source: whose first input goes through the network.
        device: where to compute.

    Raises:
        UnknownNameError: there is no such layer; the sentence lists the layers.
        BadInputError: the network does not take its inputs.
    """
    work = Workspace(None, {})
    try:
        job = Job(network, source, Blind(), 1, 1, device, work, None)
        return find_layers(job, [layer])[layer]
    finally:
        work.close(remove=True)


@dataclass(frozen=True, eq=False)
class Sample:
    """Pictures whose classes are known, and how the network sees them.

    Attributes:
        job: what to run; its source holds the pictures.
        targets: int64 (N,): of each picture, in the order of the network's classes.
        name: "training" or "held-out", for messages and files.
        replacement: what units are set to.
        partners: of each picture the one whose values are put in, for ``Other``; else None.
    """

    job: Job
    targets: NDArray[np.int64]
    name: str
    replacement: Replacement
    partners: NDArray[np.int64] | None

    @property
    def rows(self) -> range:
        """The pictures of this process."""
        return self.job.rows

    def keep(self, ablator: Ablator, rows: range, inputs: torch.Tensor) -> LayerMaps:
        """The network up to the layer, on some pictures.

        Args:
            ablator: of the network and the layer.
            rows: N places in the sample, of this process.
            inputs: float32 (N, 3, H, W), RGB, -1..1, on the job's device.
        """
        others = None
        if self.partners is not None:
            others = self.job.inputs(rows_of(self.partners, rows))
        return ablator.keep(inputs, self.replacement, others)


@dataclass(frozen=True, eq=False)
class Singles:
    """What was decided without each unit alone; the first column is of the whole network.

    Attributes:
        predicted: int16 or int32 (N, 1 + C), of the pictures of this process.
        flags: uint8 (N, 1 + C): ``CHANGED`` where any logit is another one, ``CLOSE`` where the
            decision is within rounding.
        peaks: float32 (N, C), highest activations; None where they were not asked for.
        scores: float32 (N, K), probabilities of the whole network; None likewise.
    """

    predicted: NDArray[Any]
    flags: NDArray[np.uint8]
    peaks: NDArray[np.float32] | None
    scores: NDArray[np.float32] | None


def make_sample(
    job: Job,
    targets: NDArray[np.int64],
    name: str,
    replacement: ReplacementName,
    layer: str,
    seed: int,
    means: NDArray[np.float32] | None = None,
) -> Sample:
    """A sample, with what its units are set to.

    Args:
        job: what to run.
        targets: of its pictures.
        name: of the sample.
        replacement: one of ``REPLACEMENTS``.
        layer: whose units.
        seed: decides which picture's values are put into which.
        means: of the units, where they are known; None measures them on this sample.

    Raises:
        BadInputError: the sample has just one picture, and units are set to another's values.
        Stopped: the job's report asked for it.
    """  # fmt: skip
    if replacement == "zero":
        return Sample(job, targets, name, Zero(), None)
    if replacement == "other":
        return Sample(job, targets, name, Other(), partners(len(job.source), seed))
    return Sample(
        job, targets, name, Mean(means if means is not None else _means(job, layer)), None
    )


def _means(job: Job, layer: str) -> NDArray[np.float32]:
    """Mean of each unit over the sample's pictures and positions, float32 (C,)."""

    def sums(_: range, inputs: torch.Tensor) -> dict[str, NDArray[np.float64]]:
        observing = observe(job.network, [layer], detach=True, stop=True, readings=job.readings)
        with torch.no_grad(), observing as activations:
            job.outputs(inputs)
        maps = activations[layer]
        mean = maps.reshape(*maps.shape[:2], -1).double().mean(2).sum(0)
        return {"means": mean.cpu().numpy()}

    means = mean_of_batches(job, "unit-means", "measuring means", len(job.source), sums)
    return means["means"]


def measure_singles(
    sample: Sample, ablator: Ablator, units: int, classes: int, peaks: bool
) -> Singles:
    """Take out each unit alone, on every picture.

    Args:
        sample: the pictures.
        ablator: of the network.
        units: C.
        classes: K.
        peaks: keep peaks and probabilities, too.

    Raises:
        Stopped: the job's report asked for it.
        DissectionError: too little memory for even one picture, or the disk is full.
        BadInputError: logits that are not finite.
    """
    key, size = f"{sample.name}-singles", len(sample.rows)
    forms: dict[str, Form] = {
        "predicted": ((size, 1 + units), _decisions(classes)),
        "flags": ((size, 1 + units), np.uint8),
    }
    if peaks:
        forms |= {"peaks": ((size, units), np.float32), "scores": ((size, classes), np.float32)}

    def run(layer_maps: LayerMaps, here: slice, arrays: Arrays) -> None:
        decisions = ablator.singles(layer_maps)
        first, near = decide(layer_maps.logits)
        arrays["predicted"][here, 0] = _host(first)
        arrays["predicted"][here, 1:] = _host(decisions.predicted)
        arrays["flags"][here, 0] = CLOSE * _host(near)
        arrays["flags"][here, 1:] = _flags(decisions)
        if peaks:
            arrays["peaks"][here] = _host(layer_maps.peaks)
            arrays["scores"][here] = _host(layer_maps.logits.softmax(1))

    stage = f"taking out units ({sample.name} pictures)"
    found = each_picture(sample, ablator, key, stage, forms, run)
    return Singles(found["predicted"], found["flags"], found.get("peaks"), found.get("scores"))


def measure_sets(
    sample: Sample,
    ablator: Ablator,
    key: str,
    count: int,
    classes: int,
    without: Callable[[LayerMaps], torch.Tensor],
) -> NDArray[Any]:
    """Take out sets of units, on every picture.

    Args:
        sample: the pictures.
        ablator: of the network.
        key: names the sets, for files.
        count: S.
        classes: K.
        without: decisions without each set, int64 (n, S).

    Returns:
        Int16 or int32 (N, S): what is decided on the pictures of this process.

    Raises:
        As ``measure_singles``.
    """
    forms: dict[str, Form] = {"predicted": ((len(sample.rows), count), _decisions(classes))}

    def run(layer_maps: LayerMaps, here: slice, arrays: Arrays) -> None:
        arrays["predicted"][here] = _host(without(layer_maps))

    stage = f"taking out sets ({sample.name} pictures)"
    return each_picture(sample, ablator, f"{sample.name}-{key}", stage, forms, run)["predicted"]


def each_picture(
    sample: Sample,
    ablator: Ablator,
    key: str,
    stage: str,
    forms: Mapping[str, Form],
    run: Callable[[LayerMaps, slice, Arrays], None],
) -> Arrays:
    """Go through the pictures of this process in batches, from the first that is not finished.

    Args:
        sample: the pictures.
        ablator: of the network.
        key: of the stage and its arrays in the working folder.
        stage: what is done, for messages.
        forms: shape and dtype of the arrays that are filled, a row for each picture.
        run: is given what is kept of a batch, its places among those of this process, and the
            arrays; what it writes there it may write again.

    Returns:
        The arrays, memory maps.
    """
    job, rows = sample.job, sample.rows
    named = {f"{key}-{name}": form for name, form in forms.items()}
    done = job.work.sound(key, named)  # before the arrays are opened: damaged ones are removed
    arrays = {name: job.work.array(f"{key}-{name}", *form) for name, form in forms.items()}
    meter = Meter(job.report, stage, len(rows), done)

    def batch(span: range, inputs: torch.Tensor) -> None:
        layer_maps = sample.keep(ablator, span, inputs)
        run(layer_maps, slice(span.start - rows.start, span.stop - rows.start), arrays)

    for span, _ in job.each_batch(stage, range(rows.start + done, rows.stop), batch):
        here = slice(span.start - rows.start, span.stop - rows.start)
        for name, array in arrays.items():
            job.work.note(f"{key}-{name}", array, here)
        job.work.mark(key, here.stop)
        meter.step(len(span))
    return arrays


def counted(sample: Sample, predicted: NDArray[Any], classes: int) -> Counts:
    """What was decided, counted over the pictures of all processes.

    Args:
        sample: the pictures.
        predicted: int16 or int32 (N, S): the class that was decided for in each of S settings, of
            the pictures of this process.
        classes: K, how many there are.
    """
    own = sample.targets[sample.rows.start : sample.rows.stop]
    here = count(predicted, own, classes)
    merge = sample.job.merge
    hits, taken = (merge.sum(torch.from_numpy(part)).numpy() for part in (here.hits, here.taken))
    return Counts(np.bincount(sample.targets, minlength=classes).astype(np.int64), hits, taken)


def flagged(flags: NDArray[np.uint8], bit: int) -> NDArray[np.int64]:
    """On how many of the pictures of this process each setting has a flag, int64 (1 + C,).

    Args:
        flags: uint8 (N, 1 + C), of the whole network and without each unit; see ``Singles``.
        bit: ``CHANGED`` or ``CLOSE``.
    """
    found = np.zeros(flags.shape[1], np.int64)
    for start in range(0, len(flags), _ROWS):
        found += np.count_nonzero(flags[start : start + _ROWS] & bit, axis=0)
    return found


def _decisions(classes: int) -> type[np.signedinteger[Any]]:
    return np.int16 if classes <= np.iinfo(np.int16).max else np.int32


def _flags(decisions: Decisions) -> NDArray[np.uint8]:
    flags = CHANGED * decisions.changed.byte() + CLOSE * decisions.close.byte()
    return np.asarray(flags.cpu().numpy(), np.uint8)


def _host(values: torch.Tensor) -> NDArray[Any]:
    found: NDArray[Any] = values.cpu().numpy()
    return found
