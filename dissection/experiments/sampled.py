"""A layer's maps over a sample of any network, and what the pictures show."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dissection.data.broden import BrodenLabels
from dissection.data.label_folder import FolderLabels
from dissection.data.labeled import StorybookLabels
from dissection.data.sources import Latents, Source
from dissection.errors import BadInputError
from dissection.experiments.execution import Execution
from dissection.measurement.job import Job
from dissection.measurement.layer_readings import find_layers
from dissection.measurement.sampling import layer_maps, layer_shapes, segment_sample
from dissection.measurement.settings_labels import require_kind
from dissection.models.classifiers.load import Network, load_network
from dissection.models.generators.precision import full_float32
from dissection.models.hooks import find_layer
from dissection.models.segmenters.load import load_segmenter
from dissection.models.weights.files import network_digest
from dissection.pipeline import CLASSIFIER_GRID, GENERATOR_GRID
from dissection.statistics.concept_sets import ConceptSets
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.layer import LayerMaps, LayerStatistics, measure_layer
from dissection.statistics.tally import ImageAreas
from dissection.vocabulary import Vocabulary

#: Labels of a bundled classifier where none are named.
STORYBOOK = "storybook:scenes"


@dataclass(frozen=True, eq=False)
class SampledLayer:
    """What a layer gives over a sample, and what the pictures show.

    Attributes:
        job: that it was sampled with.
        layer: its name.
        maps: float32 (n, C, h, w), a memory map, of this process's share.
        concepts: concept maps of the same pictures.
        areas: of all the sample's pictures.
        sets: each pixel's concepts.
        provenance: what it was made of.
    """

    job: Job
    layer: str
    maps: NDArray[np.float32]
    concepts: ConceptMaps
    areas: ImageAreas
    sets: ConceptSets
    provenance: dict[str, Any]

    @property
    def vocabulary(self) -> Vocabulary:
        """Of the concept maps."""
        return self.job.segmenter.vocabulary

    def measure(
        self, maps: NDArray[np.float32], quantile: float, tick: Callable[[int], None]
    ) -> LayerStatistics:
        """Levels and counts of maps of the same pictures, such as these ones rotated.

        Args:
            maps: float32 (n, C, h, w).
            quantile: of t_u.
            tick: called with numbers of pictures, about four times those here in all.
        """
        half = round(quantile + (1 - quantile) / 2, 9)
        layer_maps = LayerMaps(maps, self.job.device, None, self.job.rows.start)
        return measure_layer(
            layer_maps,
            replace(self.concepts, device=self.job.device),
            (quantile, half),
            1,
            tick,
            areas=self.areas,
            merge=self.job.merge,
            sets=self.sets,
        )


def open_network(execution: Execution, model: str, layers: Sequence[str]) -> tuple[Network, str]:
    """A network on the device of an execution, and its SHA-256.

    Raises:
        UnknownNameError: there is no such network or layer.
    """
    network = load_network(model)
    network.module.to(execution.device).eval()
    for name in layers:
        find_layer(network.module, name)
    digest = str(getattr(network.module, "digest", "") or network_digest(network.module))
    return network, digest


def choose_sample(
    network: Network, labels: str, size: int, seed: int, execution: Execution
) -> Source:
    """Latents of a generator, labeled pictures of a classifier.

    Args:
        network: what is measured.
        labels: "storybook:DOMAIN", "broden:FOLDER" or "maps:FOLDER" for a classifier; "" takes
            Storybook's scenes.
        size: how many.
        seed: of the latents or of the choice; of Storybook the first layout.
        execution: its workers paint or load ahead.

    Raises:
        BadInputError: labels for a generator, or such that cannot be used.
    """
    if network.takes != "pictures" and (network.takes == "latents" or not labels):
        if labels:
            raise BadInputError(
                f"{network.name} is a generator and makes its own pictures, which nobody labeled; "
                "leave out --labels."
            )
        return Latents.of_seed(size, network.depth, seed)
    kind, where = require_kind(labels or STORYBOOK, None, None)
    how, side = network.preparation.interpolation, network.size
    if kind == "storybook":
        return StorybookLabels(range(seed, seed + size), where, side, execution.workers, how)
    if kind == "broden":
        return BrodenLabels(
            where, None, side, None, size, seed, execution.workers, execution.report, how
        )
    return FolderLabels(
        where, size=side, count=size, seed=seed, workers=execution.workers,
        report=execution.report, interpolation=how,
    )  # fmt: skip


def sample_layer(
    execution: Execution,
    model: str,
    layer: str,
    labels: str,
    segmenter: str,
    size: int,
    seed: int,
) -> SampledLayer:
    """One pass over a sample, which keeps a layer's maps and what the pictures show.

    Goes on where it was stopped.

    Args:
        execution: where and how.
        model: a generator or classifier.
        layer: whose maps.
        labels: see ``choose_sample``.
        segmenter: what tells concepts apart in a generator's pictures.
        size: pictures.
        seed: see ``choose_sample``.

    Raises:
        UnknownNameError: there is no such network, layer or segmenter.
        BadInputError: a layer that gives no maps; labels that cannot be used.
    """
    network, digest = open_network(execution, model, [layer])
    source = choose_sample(network, labels, size, seed, execution)
    judge: Any = load_segmenter(segmenter, execution.device) if source.generates else source
    if -(-len(source) // execution.batch) < execution.merge.ranks:
        raise BadInputError(
            f"{execution.merge.ranks} processes cannot share {len(source)} pictures in batches of "
            f"{execution.batch}; take fewer processes or smaller batches."
        )
    execution.identify("network", digest)
    execution.identify("segmenter", judge.digest)
    job = Job(
        network=network.module,
        source=source,
        segmenter=judge,
        grid=GENERATOR_GRID if source.generates else CLASSIFIER_GRID,
        batch=execution.batch,
        device=execution.device,
        work=execution.work,
        report=execution.report,
        merge=execution.merge,
    )
    found = find_layers(job, [layer])
    job = replace(job, readings={name: part.reading for name, part in found.items()})
    with full_float32(execution.device), torch.no_grad():
        shapes = layer_shapes(job, [layer])
        concepts = ConceptMaps.of(
            segment_sample(job, shapes, [layer]),
            judge.vocabulary,
            getattr(judge, "channels", None),
            execution.device,
        )
    told = {
        "model": network.name,
        "network": digest,
        "sample": source.provenance,
        "segmenter": {"name": getattr(judge, "name", segmenter), "digest": judge.digest},
    }
    return SampledLayer(
        job,
        layer,
        layer_maps(job, layer, shapes[layer]),
        concepts,
        concepts.areas(job.merge),
        ConceptSets.of(concepts),
        json.loads(json.dumps(told)),
    )
