"""A classifier's layers on two versions of the same pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from dissection.data.sources import Source
from dissection.errors import BadInputError
from dissection.experiments.execution import Execution
from dissection.interventions.ablation.measure import Blind
from dissection.measurement.job import Job
from dissection.measurement.spotlight import spotlight
from dissection.models.classifiers.load import Network
from dissection.models.hooks import LayerReading, observe
from dissection.runtime.progress import Meter
from dissection.statistics.layer_maps import LayerMaps
from dissection.statistics.self_overlap import SelfOverlap, measure_self_overlap

#: The published measuring grid of photographs.
GRID = 56
_NAMES = ("originals", "other-style")


def sample_versions(
    network: Network,
    readings: Mapping[str, LayerReading],
    versions: tuple[Source, Source],
    quantile: float,
    execution: Execution,
) -> dict[str, SelfOverlap]:
    """IoU of the units of some layers with themselves.

    Args:
        network: on the device.
        readings: by layer, those to be measured.
        versions: the pictures, and the same in the same order in another style.
        quantile: of t_u.
        execution: of the experiment; processes share the pictures in whole batches.

    Returns:
        By layer, in the order of ``readings``.

    Raises:
        BadInputError: there are too few pictures for so many processes, or a map is not finite.
    """
    size = len(versions[0])
    if -(-size // execution.batch) < execution.merge.ranks:
        raise BadInputError(
            f"{execution.merge.ranks} processes cannot share {size} pictures in batches of "
            f"{execution.batch}; take fewer processes or smaller batches."
        )
    kept = []
    for name, source in zip(_NAMES, versions, strict=True):
        execution.identify(name, str(source.provenance["sha256"]))
        job = Job(
            network.module, source, Blind(), 1, execution.batch, execution.device, execution.work,
            execution.report, merge=execution.merge, readings=dict(readings),
        )  # fmt: skip
        kept.append(_sample(job, name, readings))
    found = {}
    for layer in readings:
        pair = [LayerMaps(arrays[layer], execution.device) for arrays in kept]
        meter = Meter(execution.report, f"comparing {layer}", pair[0].maps.shape[1])
        found[layer] = measure_self_overlap(
            pair[0], pair[1], GRID, quantile, size, execution.batch, execution.merge, meter.step
        )
    return found


def _sample(
    job: Job, key: str, readings: Mapping[str, LayerReading]
) -> dict[str, NDArray[np.float32]]:
    """The layers' maps of this process's pictures, memory maps; goes on where it was stopped."""
    rows, work = job.rows, job.work
    first = _maps(job, job.inputs(rows[:1]), readings)
    shapes = {layer: (len(rows), *maps.shape[1:]) for layer, maps in first.items()}
    named = {f"{key}-{layer}": (shape, np.float32) for layer, shape in shapes.items()}
    done = work.sound(key, named)
    arrays = {layer: work.array(f"{key}-{layer}", shapes[layer], np.float32) for layer in readings}
    stage = f"looking at {key.replace('-', ' ')}"
    meter = Meter(job.report, stage, len(rows), done)
    for span, maps in job.each_batch(
        stage, range(rows.start + done, rows.stop), lambda _, inputs: _maps(job, inputs, readings)
    ):
        here = slice(span.start - rows.start, span.stop - rows.start)
        for layer, array in arrays.items():
            array[here] = maps[layer]
            if not np.isfinite(array[here]).all():
                raise BadInputError(
                    f"Layer {layer} has activations that are not finite numbers; the network or "
                    "its input is broken."
                )
            work.note(f"{key}-{layer}", array, here)
        work.mark(key, here.stop)
        meter.step(len(span))
    return arrays


@torch.no_grad()
def _maps(
    job: Job, inputs: torch.Tensor, readings: Mapping[str, LayerReading]
) -> dict[str, NDArray[np.float32]]:
    with observe(job.network, readings, detach=True, readings=readings) as activations:
        job.outputs(inputs)
    return {layer: activations[layer].float().cpu().numpy() for layer in readings}


def shown_pairs(
    network: Network,
    layer: str,
    reading: LayerReading,
    versions: tuple[Source, Source],
    units: Sequence[int],
    activation_threshold: NDArray[np.float32],
    most: int,
    execution: Execution,
) -> NDArray[np.uint8]:
    """Where units are on in some pictures and in the same in the other style.

    Args:
        network: on the device.
        layer: of the units.
        reading: of the layer.
        versions: of the pictures.
        units: which.
        activation_threshold: float32 (2, C): t_u on each version.
        most: pictures for each unit: those of the first few hundred on which it is highest.
        execution: of the experiment.

    Returns:
        uint8 (units, 2 * most, H, W, 3).
    """
    count = min(len(versions[0]), 256)
    job = Job(
        network.module, versions[0], Blind(), 1, execution.batch, execution.device, execution.work,
        None,
    )  # fmt: skip
    readings = {layer: reading}
    meter = Meter(execution.report, "choosing pictures to show", count)
    peaks = np.zeros((count, len(units)), np.float32)
    for span, maps in job.each_batch(
        "choosing pictures", range(count), lambda _, inputs: _maps(job, inputs, readings)[layer]
    ):
        peaks[span.start : span.stop] = maps[:, list(units)].max((2, 3))
        meter.step(len(span))
    meter = Meter(execution.report, "taking pictures of units", len(units))
    strips = []
    for place, unit in enumerate(units):
        rows = np.argsort(-peaks[:, place], kind="stable")[:most].tolist()
        shown = []
        for version, source in enumerate(versions):
            inputs = replace(job, source=source).inputs(rows)
            maps = _maps(job, inputs, readings)[layer][:, unit]
            images = ((inputs + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1)
            shown.append(
                [
                    spotlight(image, one, float(activation_threshold[version, unit]))
                    for image, one in zip(images.cpu().numpy(), maps, strict=True)
                ]
            )
        while len(shown[0]) < most:  # a sample of fewer pictures
            shown = [[*pictures, pictures[-1]] for pictures in shown]
        strips.append(np.stack([picture for pair in zip(*shown, strict=True) for picture in pair]))
        meter.step()
    return np.stack(strips)
