"""What relates units, measured on a dissection that was made before that was done."""

from pathlib import Path

import torch
from torch import nn

from dissection.data.sources import Source
from dissection.errors import StoreError
from dissection.measurement.job import Job
from dissection.measurement.layer_readings import read_as
from dissection.measurement.relations import SIZE, measure_relations
from dissection.models.borrowed import device_for, evaluating
from dissection.models.generators.precision import full_float32
from dissection.models.segmenters.base import Segmenter
from dissection.models.weights.files import network_digest
from dissection.results.dissection import Dissection
from dissection.runtime.processors import require_batch
from dissection.runtime.progress import Report
from dissection.runtime.workspace import Workspace


def relate_units(
    dissection: Dissection,
    network: nn.Module,
    source: Source,
    segmenter: Segmenter,
    *,
    size: int = SIZE,
    batch: int = 25,
    device: torch.device | str = "cpu",
    report: Report | None = None,
    work: str | Path | None = None,
    resume: bool = False,
    keep_work: bool = False,
) -> Dissection:
    """The same dissection with what relates its units measured, anew if it was.

    Args:
        dissection: of this network, with pixel counts.
        network: what was dissected; in eval mode meanwhile.
        source: the sample that was dissected.
        segmenter: the one of the dissection.
        size: images to measure over, the first of the sample.
        batch: inputs in one pass.
        device: where to compute.
        report: told of every step; stops the job with ``Stopped`` by returning False.
        work: working folder, for ``resume``; removed at the end. None uses a temporary one.
        resume: go on with the job in ``work``.
        keep_work: ``work`` is left to the caller, see ``dissection.pipeline``.

    Raises:
        BadInputError: there is no such device, or a batch below 1 or beyond ``MOST_BATCH``.
        StoreError: the dissection is of another network, sample or segmenter, or has no counts; or
            the working folder holds another job.
        Stopped: the report asked for it.
    """
    require_batch(batch)
    told = dissection.provenance
    dissection.require_network(str(getattr(network, "digest", "")) or network_digest(network))
    for layer in dissection.values():
        if layer.tally is None or layer.histogram is None:
            raise StoreError(
                f"The counts of {layer.name} are not in the file that this was read from; dissect "
                "the network with dissection dissect."
            )
    dissection.require_segmenter(segmenter.digest, segmenter.vocabulary)
    where = device_for(network, device)
    described = {
        "network": dissection.network,
        "segmenter": segmenter.digest,
        "relate": size,
        "batch": batch,
        "layers": list(dissection.layers),
        "sample": source.provenance,
    }
    workspace = Workspace(Path(work) if work else None, described, resume)
    finished = False
    try:
        with evaluating(network, where), full_float32(where):
            job = Job(
                network=network,
                source=source,
                segmenter=segmenter,
                grid=dissection.label_grid(),
                batch=batch,
                device=where,
                work=workspace,
                report=report,
                readings=read_as(told),
            )
            related = measure_relations(job, dissection, size)
        finished = True
    finally:
        workspace.close(remove=finished and not keep_work)
    return related
