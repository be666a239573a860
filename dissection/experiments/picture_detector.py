"""A classifier's unit as a detector, on pictures that somebody labeled."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dissection.data.image_folder import ImageFolder
from dissection.data.labeled import StorybookLabels
from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments.classifiers import layer_reading, open_classifier
from dissection.experiments.dissections import unit_labels
from dissection.experiments.execution import Execution
from dissection.experiments.peaks import SeenPeaks
from dissection.interventions.ablation.measure import Blind
from dissection.measurement.job import Job
from dissection.models.classifiers.load import Network
from dissection.models.hooks import observe
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter
from dissection.training.pictures import HELD_OUT
from dissection.vocabulary import Vocabulary

_STORYBOOK = "storybook:"
#: Scenes that neither training nor the dissection that ships has seen.
FIRST_SCENE = HELD_OUT + 100_000
#: Folders of pictures with the concept, and without it.
POSITIVE, NEGATIVE = "positive", "negative"
_GRID = 56


def look_at_pictures(
    model: str,
    layer: str,
    dissection: str,
    concept: str,
    unit: int,
    pictures: str,
    count: int,
    share: float,
    execution: Execution,
) -> SeenPeaks:
    """A unit's peaks in labeled pictures.

    Args:
        model: a classifier.
        layer: of the unit.
        dissection: tells which unit matches the concept; "" takes one that ships.
        concept: its name, or "category:name".
        unit: the unit; -1 takes the one with the highest IoU.
        pictures: a folder with two folders, positive and negative; or storybook:DOMAIN, or "".
        count: how many pictures at most.
        share: a scene is positive above this share of the concept's pixels.
        execution: of the experiment; processes share the pictures in whole batches.

    Raises:
        BadInputError: nobody knows which unit it is, or the folders are others.
        UnknownNameError: there is no such network, layer, concept or unit.
    """
    network, digest = open_classifier(model, execution)
    reading = layer_reading(network, layer, execution.device)
    source = _source(network, pictures, count, execution)
    execution.identify("pictures", str(source.provenance["sha256"]))
    job = Job(
        network.module, source, Blind(), 1, execution.batch, execution.device, execution.work,
        execution.report, merge=execution.merge, readings={layer: reading},
    )  # fmt: skip
    units = _peaks(job, layer, job.inputs([0])).shape[1]
    labels = unit_labels(dissection, layer, digest, units)
    iou = float("nan")
    if labels.layer is not None:
        found = labels.layer
        index = _place(found.vocabulary, concept)
        table = np.nan_to_num(found.iou[index])
        unit = unit if unit >= 0 else int(table.argmax())
        iou = float(table[unit]) if unit < units else iou
    if unit < 0:
        raise BadInputError(
            f"No dissection of {network.name} tells which unit of {layer} matches {concept}; name "
            "one with --dissection, or the unit with --unit."
        )
    if unit >= units:
        raise UnknownNameError(f"{layer} has the units 0 to {units - 1}, not {unit}.")
    peaks, shares = _seen(job, layer, unit, concept)
    name = concept.split(":")[-1]
    told = {"network": digest, "pictures": source.provenance, "layer": layer}
    if isinstance(source, ImageFolder):
        positive = source.targets == source.classes.index(POSITIVE)
    else:
        positive = shares > share
    return SeenPeaks(unit, iou, name, peaks, shares, positive, source.inputs, told)


def _source(network: Network, pictures: str, count: int, execution: Execution) -> Any:
    if not pictures or pictures.startswith(_STORYBOOK):
        domain = pictures.removeprefix(_STORYBOOK) or "scenes"
        scenes = range(FIRST_SCENE, FIRST_SCENE + count)
        return StorybookLabels(scenes, domain, network.size, execution.workers)
    folder = ImageFolder(
        pictures, network.preparation.crop(), count, 1, execution.workers, report=execution.report
    )
    if set(folder.classes) != {POSITIVE, NEGATIVE}:
        raise BadInputError(
            f"{pictures} needs two folders of pictures, {POSITIVE} and {NEGATIVE}, and has "
            f"{', '.join(folder.classes) or 'none'}."
        )
    return folder


def _place(vocabulary: Vocabulary, concept: str) -> int:
    """A concept's place, by its name or "category:name"."""
    *category, name = concept.split(":")
    for place, one in enumerate(vocabulary):
        if one.name == name and category in ([], [one.category]):
            return place
    raise UnknownNameError(f"There is no concept '{concept}' in the dissection's vocabulary.")


@torch.no_grad()
def _peaks(job: Job, layer: str, inputs: torch.Tensor) -> NDArray[np.float32]:
    with observe(job.network, [layer], detach=True, readings=job.readings) as activations:
        job.outputs(inputs)
    found: NDArray[np.float32] = activations[layer].amax((2, 3)).float().cpu().numpy()
    return found


def _seen(
    job: Job, layer: str, unit: int, concept: str
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The unit's peak in each picture, and the concept's share; NaN of a folder's pictures."""
    own, source = job.rows, job.source
    index = _place(source.vocabulary, concept) if isinstance(source, StorybookLabels) else 0
    zeros = {"peaks": np.zeros(len(own), np.float32), "shares": np.full(len(own), np.nan)}
    kept = Accumulator(job.work, "peaks", zeros)
    meter = Meter(job.report, "looking at peaks", len(own), kept.place[0])
    for rows, peaks in job.each_batch(
        "looking at peaks",
        range(own.start + kept.place[0], own.stop),
        lambda _, inputs: _peaks(job, layer, inputs)[:, unit],
    ):
        here = slice(rows.start - own.start, rows.stop - own.start)
        kept["peaks"][here] = peaks
        if isinstance(source, StorybookLabels):
            maps = source.labels(rows, _GRID)
            kept["shares"][here] = (maps == index).any(1).double().mean((1, 2)).numpy()
        kept.keep(here.stop)
        meter.step(len(rows))
    return job.merge.join(kept["peaks"]), job.merge.join(kept["shares"])
