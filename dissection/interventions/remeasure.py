"""The brushes of a dissection that is there already, measured anew: other layers, more latents."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from dissection.interventions.brush_trials import StrengthSettings, measure_strengths
from dissection.measurement.job import Job
from dissection.models.borrowed import device_for, evaluating
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.passes import resumed_passes
from dissection.models.segmenters.base import Segmenter
from dissection.results.dissection import Dissection
from dissection.results.strength import Strength
from dissection.runtime.choices import Precision
from dissection.runtime.processors import require_batch
from dissection.runtime.progress import Report
from dissection.runtime.workspace import Workspace


def remeasure_brushes(
    dissection: Dissection,
    generator: ProgressiveGenerator,
    segmenter: Segmenter,
    settings: StrengthSettings,
    *,
    batch: int = 25,
    device: torch.device | str = "cpu",
    precision: Precision = "auto",
    report: Report | None = None,
    work: str | Path | None = None,
    resume: bool = False,
    keep_work: bool = False,
) -> Dissection:
    """The same dissection with the strengths of some layers' brushes measured anew.

    Args:
        dissection: of this generator; its figures of brushes that take units of other layers,
            of those alone or together with the ones measured anew, are kept.
        generator: makes the pictures; in eval mode meanwhile.
        segmenter: the one of the dissection.
        settings: how brushes are measured, and those of which layers.
        batch: pictures in one pass.
        device: where to compute.
        precision: "auto", "float32" or "bfloat16".
        report: told of every step; stops the job with ``Stopped`` by returning False.
        work: working folder, for ``resume``; removed at the end. None uses a temporary one.
        resume: go on with the job in ``work``.
        keep_work: ``work`` is left to the caller, see ``dissection.pipeline``.

    Raises:
        BadInputError: there is no such device, or a batch below 1 or beyond ``MOST_BATCH``.
        UnknownNameError: the settings name a layer that the dissection does not have.
        StoreError: the dissection was made with another segmenter, or the working folder holds
            another job.
        Stopped: the report asked for it.
    """
    require_batch(batch)
    dissection.require_segmenter(segmenter.digest, segmenter.vocabulary)
    where = device_for(generator, device)
    described = {
        "network": dissection.network,
        "segmenter": segmenter.digest,
        "strength": settings.to_json(),
        "batch": batch,
        "precision": precision,
    }
    workspace = Workspace(Path(work) if work else None, described, resume)
    finished = False
    try:
        with evaluating(generator, where):
            job = Job(
                generator,
                settings.source,
                segmenter,
                dissection.label_grid(),
                batch,
                where,
                workspace,
                report,
            )
            passes = resumed_passes(generator, where, precision, workspace)
            measured = measure_strengths(job, passes, dissection, settings)
        finished = True
    finally:
        workspace.close(remove=finished and not keep_work)
    layers = settings.layers or dissection.layers
    brushes = {**settings.to_json(), "layers": list(layers), "precision": passes.precision}
    before = dissection.provenance.get("brushes")
    if isinstance(before, dict) and _alike(before, brushes):
        told = {*before["layers"], *layers}
        brushes["layers"] = [name for name in dissection.layers if name in told]
        brushes["precision"] = ", ".join(
            dict.fromkeys([str(before["precision"]), passes.precision])
        )
    provenance = {**dissection.provenance, "brushes": brushes}
    strengths = [*_untouched(dissection.strengths, layers), *measured]
    return replace(dissection, strengths=strengths, provenance=provenance)


def _alike(before: dict[str, object], now: dict[str, object]) -> bool:
    """Whether brushes of other layers were measured by the same settings."""
    of_layers = {"layers": None, "precision": None}
    return {"layers", "precision"} <= before.keys() and before | of_layers == now | of_layers


def _untouched(strengths: Sequence[Strength], layers: Sequence[str]) -> list[Strength]:
    """The figures of brushes with units of other layers: none of those was tried anew."""
    return [s for s in strengths if not set(layers).issuperset(s.layers)]
