"""What experiments on a generator run: network, dissection, segmenter and latents, checked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from dissection.data.sources import Latents
from dissection.errors import BadInputError
from dissection.experiments.dissections import find_dissection
from dissection.experiments.execution import Execution
from dissection.measurement.job import Job
from dissection.models.classifiers.load import load_network
from dissection.models.hooks import find_layer
from dissection.models.passes import Passes, resumed_passes
from dissection.models.segmenters.base import Segmenter
from dissection.models.segmenters.load import load_segmenter
from dissection.models.weights.files import network_digest
from dissection.pipeline import GENERATOR_GRID, dissect
from dissection.results.dissection import Dissection
from dissection.runtime.resources import bundled_dissections
from dissection.vocabulary import Concept

#: Latents of a dissection that is made where there is none, and their seed.
LATENTS, SEED = 1000, 1


@dataclass(frozen=True, eq=False)
class GeneratorStudy:
    """A generator that is about to be changed.

    Attributes:
        job: what to run, on latents that served for nothing else; in eval mode, on the device.
        passes: ways through its network.
        dissection: what its units match.
        provenance: what is measured on what, plain JSON values.
    """

    job: Job
    passes: Passes
    dissection: Dissection
    provenance: dict[str, Any]

    def concept(self, name: str) -> Concept:
        """A concept by name.

        Raises:
            UnknownNameError: the segmenter knows none of this name.
        """
        return self.dissection.vocabulary.find(name)

    def absent(self, concept: Concept) -> BadInputError:
        """The error of a concept that never occurs."""
        return BadInputError(
            f"None of the {len(self.job.source)} pictures shows a {concept.name}; take a concept "
            "that this generator makes, or more latents."
        )


def open_study(
    execution: Execution,
    model: str,
    dissection: str,
    segmenter: str,
    latents: int,
    first: int,
    layers: Sequence[str] = (),
    precision: str = "auto",
    concept: str = "",
) -> GeneratorStudy:
    """Load a generator and what is known of it; dissect it first where nothing is.

    Args:
        execution: where and how.
        model: see ``models.classifiers.load.load_network``.
        dissection: its dissection, by name or folder; "" takes the one that ships with a bundled
            generator, and makes one of any other, of ``layers``.
        segmenter: see ``models.segmenters.load``.
        latents: how many to measure on.
        first: row of the standard latents; the dissection's own come before it.
        layers: that the dissection has to have.
        precision: of the pictures, "auto", "float32" or "bfloat16".
        concept: that the segmenter has to know; "" asks for none.

    Raises:
        BadInputError: a classifier; latents that the dissection was made of; a segmenter that sees
            other concepts than the dissection's.
        UnknownNameError: there is no such network, layer, segmenter or concept.
        StoreError: the dissection is of another network.
    """
    network = load_network(model)
    if network.takes == "pictures":
        raise BadInputError(
            f"{network.name} is a classifier, and this experiment is about generators; name one "
            "with --model."
        )
    module = network.module.to(execution.device).eval()
    digest = str(getattr(module, "digest", "") or network_digest(module))
    for name in layers:
        find_layer(module, name)
    source = Latents.of_rows(latents, network.depth, first)
    judge = load_segmenter(segmenter, execution.device)
    if concept:
        judge.vocabulary.find(concept)  # before anything is dissected
    known = dissection or (model if model in bundled_dissections() else "")
    if known:
        found = find_dissection(known)
        found.require_network(digest)
        for name in layers:
            found[name]
    else:
        found = _dissected(execution, module, network.depth, judge, layers)
    if judge.vocabulary != found.vocabulary:
        raise BadInputError(
            f"The segmenter {segmenter} sees other concepts than that of the dissection, "
            f"{found.segmenter_name}; take that one."
        )
    sample = found.provenance.get("sample") or {}
    if sample.get("seed") == SEED and first < sample.get("size", 0):
        raise BadInputError(
            f"The units were measured on the latents 0 to {sample['size'] - 1}, which cannot judge "
            f"them; take --first {sample['size']} or more."
        )
    execution.identify("network", digest)
    execution.identify("segmenter", judge.digest)
    passes = resumed_passes(module, execution.device, precision, execution.work)
    grid = found.label_grid() if "levels" in found.provenance else GENERATOR_GRID
    job = job_of(execution, module, source, judge, grid)
    told = {
        "model": network.name,
        "network": digest,
        "sample": source.provenance,
        "segmenter": {"name": segmenter, "digest": judge.digest},
        "dissection": {"sample": found.provenance.get("sample"), "named": known or "made anew"},
        "precision": passes.precision,
    }
    return GeneratorStudy(job, passes, found, json.loads(json.dumps(told)))


def job_of(
    execution: Execution, module: nn.Module, source: Latents, judge: Segmenter, grid: int
) -> Job:
    """What to run, with everything of the execution."""
    if -(-len(source) // execution.batch) < execution.merge.ranks:
        raise BadInputError(
            f"{execution.merge.ranks} processes cannot share {len(source)} latents in batches of "
            f"{execution.batch}; take fewer processes or smaller batches."
        )
    return Job(
        network=module,
        source=source,
        segmenter=judge,
        grid=grid,
        batch=execution.batch,
        device=execution.device,
        work=execution.work,
        report=execution.report,
        merge=execution.merge,
    )


def _dissected(
    execution: Execution, module: nn.Module, depth: int, judge: Segmenter, layers: Sequence[str]
) -> Dissection:
    if not layers:
        raise BadInputError(
            "This generator has no dissection that ships; name the layers to dissect, or a "
            "dissection with --dissection."
        )
    with torch.no_grad():
        return dissect(
            module,
            list(layers),
            Latents.of_seed(LATENTS, depth, SEED),
            judge,
            work=execution.inner_work("dissection"),
            resume=execution.resume,
            keep_work=execution.folder is not None,
            report=execution.report,
            merge=execution.merge,
            batch=execution.batch,
        )
