"""The counting part of a dissection: the sample in passes, and each layer's statistics from it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from dissection.errors import BadInputError, StoreError
from dissection.measurement.job import Job
from dissection.measurement.sampling import layer_maps, layer_shapes, sample_layers, segment_sample
from dissection.results.layer_dissection import LayerDissection
from dissection.runtime.progress import Meter, timed
from dissection.statistics.concept_sets import ConceptSets
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.layer import LayerMaps, LayerStatistics, measure_layer, threshold_names
from dissection.statistics.tally import ImageAreas
from dissection.statistics.upsample import Centers

Shape = tuple[int, int, int]


class SamplePixels(NamedTuple):
    """What the pictures show, which is the same for all layers."""

    concepts: ConceptMaps
    areas: ImageAreas
    sets: ConceptSets


def measure_layers(
    job: Job,
    layers: Sequence[str],
    centers: Mapping[str, Centers],
    quantile: float,
    exemplars: int,
    memory: int,
    clock: dict[str, float],
) -> dict[str, LayerDissection]:
    """Levels, tallies, exemplars, histograms and detectors of all layers.

    Args:
        job: what to run.
        layers: names.
        centers: where the cells of a layer lie; those that are not in it cover pictures evenly.
        quantile: share of the positions at or below t_u.
        exemplars: images to keep for each unit.
        memory: bytes of maps to keep at a time.
        clock: seconds by stage are put in here.

    Returns:
        The layers in the order of the network.

    Raises:
        BadInputError: a network that gives no maps, or activations that are no finite numbers.
        UnknownNameError: there is no such layer.
        StoreError: the working folders of several processes do not fit together.
    """
    shapes = layer_shapes(job, layers)
    quantiles = (quantile, round(quantile + (1 - quantile) / 2, 9))
    measured: dict[str, LayerDissection] = {}
    concepts: ConceptMaps | None = None
    pixels: SamplePixels | None = None
    size = -(-len(job.source) // job.merge.ranks) + job.batch  # no process has more
    for group in _groups(shapes, min(size, len(job.source)), memory):
        needed = [name for name in group if job.work.load(f"layer-{name}") is None]
        with timed(clock, "sampling"):
            if concepts is None:
                concepts = _sampled(job, group, needed)
            else:
                sample_layers(job, group, needed)
        if pixels is None:
            with timed(clock, "statistics"):
                pixels = SamplePixels(concepts, concepts.areas(job.merge), ConceptSets.of(concepts))
        for name, shape in group.items():
            with timed(clock, "statistics"):
                statistics = count_layer(
                    job, name, shape, centers.get(name), pixels, quantiles, exemplars
                )
            measured[name] = LayerDissection(name, shape, **vars(statistics))
    return measured


def _sampled(job: Job, layers: dict[str, Shape], needed: Sequence[str]) -> ConceptMaps:
    """One pass for the maps of some layers and the concept maps."""
    maps = segment_sample(job, layers, needed)
    channels = getattr(job.segmenter, "channels", None)
    return ConceptMaps.of(maps, job.segmenter.vocabulary, channels, job.device)


def _groups(shapes: dict[str, Shape], size: int, memory: int) -> list[dict[str, Shape]]:
    """The layers in order, as many together as may be kept; at least one."""
    groups: list[dict[str, Shape]] = []
    room = 0
    for name, shape in shapes.items():
        needed = 4 * size * math.prod(shape)
        if not groups or needed > room:
            groups.append({})
            room = memory
        groups[-1][name] = shape
        room -= needed
    return groups


def count_layer(
    job: Job,
    name: str,
    shape: Shape,
    centers: Centers | None,
    pixels: SamplePixels,
    quantiles: tuple[float, float],
    exemplars: int,
) -> LayerStatistics:
    """The statistics of one layer, once; its maps are given up when all processes have them."""
    found = job.work.load(f"layer-{name}")
    if int(job.merge.lowest(torch.tensor(int(found is not None)))):
        assert found is not None
        job.work.drop(f"maps-{name}")
        return LayerStatistics.from_arrays(
            threshold_names(quantiles), found, pixels.concepts.categories
        )
    lost = found is not None and not job.work.holds(f"maps-{name}")
    if int(job.merge.highest(torch.tensor(int(lost)))):
        raise StoreError(
            f"The working folders of the {job.merge.ranks} processes are not of one job: some have "
            f"finished {name} and others know nothing of it; start without --resume."
        )
    meter = Meter(job.report, f"counting {name}", 6 * len(job.rows))

    def count(device: torch.device) -> LayerStatistics:
        maps = LayerMaps(layer_maps(job, name, shape), device, centers, job.rows.start)
        concepts = replace(pixels.concepts, device=device)
        return measure_layer(
            maps, concepts, quantiles, exemplars, meter.step, pixels.areas, job.merge, pixels.sets
        )

    try:
        try:
            statistics = count(job.device)
        except (RuntimeError, MemoryError) as error:
            job.leave_device(error, f"counting {name}")
            statistics = count(torch.device("cpu"))
    except BadInputError as error:
        raise BadInputError(f"Layer {name}: {error}") from error
    job.work.save(f"layer-{name}", statistics.to_arrays())
    job.merge.wait()
    job.work.drop(f"maps-{name}")
    return statistics
