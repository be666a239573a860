"""The measuring pipeline: which unit of a network means what.

One pass over the sample keeps the chosen layers' maps and what the segmenter says of each
picture; everything else is counted from there (``dissection.statistics``). Then, for generators,
effects and the strength of brushes. Every stage goes on from its last finished batch.
"""

import hashlib
import math
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection import __version__
from dissection.effect import measure_effect
from dissection.errors import BadInputError
from dissection.exemplars import concept_pictures
from dissection.measured import Dissection, LayerDissection
from dissection.passes import make_passes
from dissection.progress import Meter, Report
from dissection.sampling import (
    Job,
    layer_maps,
    layer_shapes,
    open_concept_maps,
    sample_layers,
    segment_sample,
)
from dissection.segmenters.base import Segmenter
from dissection.sources import Latents, Source
from dissection.statistics.layer import Kept, LayerStatistics, level_names, measure_layer
from dissection.statistics.tally import Tally
from dissection.strength import StrengthSettings, measure_strengths
from dissection.workspace import Workspace

#: Bytes of maps that are kept at a time, on the disk; more layers take more passes.
MEMORY = 8 * 2**30
_TALLY = ("intersection", "activated", "area", "pixels")


def dissect(
    network: nn.Module,
    layers: Sequence[str],
    source: Source | Tensor | NDArray[np.floating],
    segmenter: Segmenter,
    *,
    grid: int = 64,
    quantile: float = 0.99,
    batch: int = 25,
    device: torch.device | str | None = None,
    exemplars: int = 5,
    effect_size: int = 0,
    strength: StrengthSettings | None = None,
    precision: str = "auto",
    report: Report | None = None,
    work: str | Path | None = None,
    resume: bool = False,
    memory: int = MEMORY,
    provenance: dict[str, Any] | None = None,
    timings: dict[str, float] | None = None,
) -> Dissection:
    """Measure every unit of some layers against every concept that a segmenter sees.

    Args:
        network: any module. Latents in and images (N, 3, H, W), -1..1, out, unless the source
            says otherwise. It is put in eval mode meanwhile.
        layers: names of submodules whose output is a feature map.
        source: a ``Source``, or latents (N, d).
        segmenter: what says where a concept is, on the network's device.
        grid: the measuring grid is grid x grid.
        quantile: share of the positions at or below t_u.
        batch: inputs in one pass.
        device: where to compute; None leaves the network where it is.
        exemplars: images to keep for each unit.
        effect_size: latents to trace effects over, the first of the sample; 0 leaves it out.
        strength: how to measure brushes on held-out latents; None leaves it out.
        precision: of effect and strength: "auto", "float32" or "bfloat16"; what is counted is
            float32 always.
        report: told of every step; stops the job with ``Stopped`` by returning False.
        work: working folder, for ``resume``; removed at the end. None uses a temporary one.
        resume: go on with the job in ``work``.
        memory: bytes of maps to keep at a time.
        provenance: more entries for the dissection's provenance.
        timings: seconds by stage are put in here.

    Raises:
        BadInputError: an empty sample, bad settings, a network that gives no maps or pictures.
        UnknownNameError: there is no such layer; the sentence lists the layers.
        StoreError: the working folder holds another job.
        Stopped: the report asked for it.
    """
    if not isinstance(source, Latents) and isinstance(source, Tensor | np.ndarray):
        source = Latents(torch.as_tensor(source).cpu().numpy())
    _check(layers, source, quantile, batch, grid, exemplars)
    where = torch.device(device) if device is not None else _device_of(network)
    described = _provenance(network, source, segmenter, grid, quantile, provenance or {})
    settings = {
        "network": described["network"],
        "layers": list(layers),
        "sample": described["sample"],
        "segmenter": described["segmenter"],
        "grid": grid,
        "quantile": quantile,
        "batch": batch,
        "threads": torch.get_num_threads(),
        "device": where.type,
        "exemplars": exemplars,
        "effect": effect_size,
        "strength": strength.to_json() if strength else None,
        "precision": precision,
    }
    workspace = Workspace(Path(work) if work else None, settings, resume)
    training = network.training
    clock = timings if timings is not None else {}
    finished = False
    try:
        network.to(where).eval()
        job = Job(network, source, segmenter, grid, batch, where, workspace, report)
        dissection = _measure(job, layers, quantile, exemplars, memory, described, clock)
        if source.generates:
            dissection = _trace_and_try(job, dissection, effect_size, strength, precision, clock)
        finished = True
        return dissection
    finally:
        network.train(training)
        workspace.close(remove=finished)


def _check(
    layers: Sequence[str], source: Source, quantile: float, batch: int, grid: int, exemplars: int
) -> None:
    if not layers or len(set(layers)) != len(layers):
        raise BadInputError(f"Name at least one layer, each once, not {list(layers)}.")
    if len(source) < 1:
        raise BadInputError("A dissection needs a sample of at least 1 input, and this is empty.")
    if not 0 < quantile < 1:
        raise BadInputError(f"The quantile of a level is between 0 and 1, not {quantile:g}.")
    if min(batch, grid, exemplars) < 1:
        raise BadInputError(
            f"Batch, grid and exemplars are at least 1, not {batch}, {grid} and {exemplars}."
        )


def _device_of(network: nn.Module) -> torch.device:
    parameter = next(network.parameters(), None)
    return parameter.device if parameter is not None else torch.device("cpu")


def _measure(
    job: Job,
    layers: Sequence[str],
    quantile: float,
    exemplars: int,
    memory: int,
    described: dict[str, Any],
    clock: dict[str, float],
) -> Dissection:
    """Levels, tallies and exemplars of all layers."""
    shapes = layer_shapes(job, layers)
    concepts = len(job.segmenter.vocabulary)
    quantiles = (quantile, round(quantile + (1 - quantile) / 2, 9))
    measured: dict[str, LayerDissection] = {}
    labels: NDArray[np.integer] | None = None
    for group in _groups(shapes, len(job.source), memory):
        with _timed(clock, "sampling"):
            if labels is None:
                labels = segment_sample(job, group)
            else:
                sample_layers(job, group)
        for name, shape in group.items():
            with _timed(clock, "statistics"):
                part = _layer(job, name, shape, labels, concepts, quantiles, exemplars)
            measured[name] = LayerDissection(name, shape, **vars(part))
    model = str(getattr(job.network, "name", "") or type(job.network).__name__)
    return Dissection(model, job.segmenter.vocabulary, measured, described)


def _groups(
    shapes: dict[str, tuple[int, int, int]], size: int, memory: int
) -> list[dict[str, tuple[int, int, int]]]:
    """The layers in order, as many together as may be kept; at least one."""
    groups: list[dict[str, tuple[int, int, int]]] = []
    room = 0
    for name, shape in shapes.items():
        needed = 4 * size * math.prod(shape)
        if not groups or needed > room:
            groups.append({})
            room = memory
        groups[-1][name] = shape
        room -= needed
    return groups


def _layer(
    job: Job,
    name: str,
    shape: tuple[int, int, int],
    labels: NDArray[np.integer],
    concepts: int,
    quantiles: tuple[float, float],
    exemplars: int,
) -> LayerStatistics:
    """The statistics of one layer, once; its maps are given up when they are there."""
    kept = job.work.load(f"layer-{name}")
    names = level_names(quantiles)
    if kept is None:
        meter = Meter(job.report, f"counting {name}", 6 * len(job.source))
        maps = layer_maps(job, name, shape)
        try:
            part = measure_layer(
                Kept(maps, job.device), labels, concepts, quantiles, exemplars, meter.step
            )
        except BadInputError as error:
            raise BadInputError(f"Layer {name}: {error}") from error
        arrays = {key: getattr(part.tally, key) for key in _TALLY}
        arrays |= {"levels": part.level_table, "exemplars": part.exemplars, "peaks": part.peaks}
        job.work.save(f"layer-{name}", arrays)
        job.work.drop(f"maps-{name}")
        return part
    return LayerStatistics(
        names,
        kept["levels"],
        Tally(*(kept[key] for key in _TALLY)),
        kept["exemplars"],
        kept["peaks"],
    )


def _trace_and_try(
    job: Job,
    dissection: Dissection,
    effect_size: int,
    strength: StrengthSettings | None,
    precision: str,
    clock: dict[str, float],
) -> Dissection:
    """Effects, pictures of the concepts, and the strength of brushes, of a generator."""
    labels = open_concept_maps(job)
    if effect_size or strength:
        chosen = job.work.recall("precision") or precision
        passes = make_passes(job.network, job.device, chosen)
        job.work.remember("precision", passes.precision)
        provenance = {**dissection.provenance, "precision": passes.precision}
        dissection = replace(dissection, provenance=provenance)
    if effect_size:
        units = {name: part.shape[0] for name, part in dissection.items()}
        occurring = next(iter(dissection.values())).counts.area.sum(0) > 0
        with _timed(clock, "effect"):
            effects = measure_effect(job, passes, units, effect_size, occurring)
        measured = {n: replace(p, effect=effects[n]) for n, p in dissection.items()}
        dissection = replace(dissection, measured=measured)
    with _timed(clock, "pictures"):
        dissection = replace(dissection, pictures=concept_pictures(job, dissection, labels))
    if strength:
        with _timed(clock, "strength"):
            strengths = measure_strengths(job, passes, dissection, strength)
        dissection = replace(dissection, strengths=strengths)
    return dissection


@contextmanager
def _timed(clock: dict[str, float], stage: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        clock[stage] = clock.get(stage, 0.0) + time.perf_counter() - started


def _provenance(
    network: nn.Module,
    source: Source,
    segmenter: Segmenter,
    grid: int,
    quantile: float,
    more: dict[str, Any],
) -> dict[str, Any]:
    """What decides the result, as plain JSON values."""
    return {
        "network": getattr(network, "digest", "") or network_digest(network),
        "sample": source.provenance,
        "segmenter": {
            "name": getattr(segmenter, "name", type(segmenter).__name__),
            "digest": segmenter.digest,
        },
        "levels": {
            "grid": grid,
            "quantile": quantile,
            "definition": "the ceil((1 - quantile) N)-th largest of the N upsampled activations",
        },
        "versions": {
            "dissection": __version__,
            "torch": str(torch.__version__),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        **more,
    }


def network_digest(network: nn.Module) -> str:
    """SHA-256 of a network's named weights, for networks that did not come from a file."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
