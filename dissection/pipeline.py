"""The measuring pipeline: which unit of a network means what.

One pass over the sample keeps the chosen layers' maps and what the segmenter says of each
picture; everything else is counted from there (``dissection.statistics``). Then, for generators,
effects and the strength of brushes. Every stage goes on from its last finished batch.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection.data.labeled import LabeledSource
from dissection.data.sources import Latents, Source, as_source
from dissection.errors import BadInputError, StoreError
from dissection.interventions.brush_trials import StrengthSettings, measure_strengths
from dissection.measurement.class_effect import measure_class_effect
from dissection.measurement.concept_pictures import concept_pictures
from dissection.measurement.counting import measure_layers
from dissection.measurement.effect import measure_effect, require_soft
from dissection.measurement.exemplars import picture_units
from dissection.measurement.job import Job
from dissection.measurement.layer_readings import FoundLayer, find_layers
from dissection.measurement.provenance import decisive, describe
from dissection.measurement.provisional import provisional_dissection
from dissection.measurement.relations import measure_relations
from dissection.measurement.sampling import layer_centers, open_concept_maps, range_in_words
from dissection.measurement.settings import (
    EFFECT_SIZE,
    DissectionSettings,
    MeasuringOptions,
    measuring,
)
from dissection.models.borrowed import device_for, evaluating
from dissection.models.classifiers.load import require_observable
from dissection.models.classifiers.transforms import fed_as_imagenet
from dissection.models.generators.precision import full_float32, require_precision
from dissection.models.hooks import PLAIN_READING
from dissection.models.passes import Passes, make_passes
from dissection.models.segmenters.base import Segmenter, require_segmenter
from dissection.models.segmenters.load import load_segmenter
from dissection.results.dissection import Dissection
from dissection.runtime.choices import Precision
from dissection.runtime.memory import is_out_of_memory, told
from dissection.runtime.merge import ALONE, Merge
from dissection.runtime.progress import Report, Stopped, timed
from dissection.runtime.workspace import Workspace, open_workspace

#: The published measuring grids: a quarter of 256 px pictures of generators, of 224 px photographs.
GENERATOR_GRID, CLASSIFIER_GRID = 64, 56
#: What a network may compute in while it is sampled.
SAMPLING_DTYPES = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def dissect(
    network: nn.Module,
    layers: Sequence[str] | DissectionSettings,
    source: Source | Tensor | NDArray[np.floating],
    segmenter: Segmenter | str | None = None,
    *,
    strength: StrengthSettings | None = None,
    report: Report | None = None,
    work: str | Path | None = None,
    resume: bool = False,
    keep_work: bool = False,
    provenance: dict[str, Any] | None = None,
    timings: dict[str, float] | None = None,
    merge: Merge = ALONE,
    provisional: Callable[[Dissection], None] | None = None,
    **options: Unpack[MeasuringOptions],
) -> Dissection:
    """Measure every unit of some layers against every concept that a segmenter sees.

    Args:
        network: any module. Latents in and images (N, 3, H, W), -1..1, out, unless the source
            says otherwise. It is in eval mode meanwhile, with all of its modules.
        layers: names of submodules whose output is a feature map. Of a layer that runs several
            times in a pass the last use is measured; the provenance tells how often it runs.
            Or ``DissectionSettings``, of which everything counts that says how to measure; what
            is measured are the network and the source given here, whatever they are called there.
        source: a ``Source``; or pictures (N, 3, H, W), -1..1, for a network that looks at them;
            or latents (N, d). See ``sources.as_source``.
        segmenter: what says where a concept is, on the network's device, or its name; see
            ``segmenters.load``. None where the source's pictures bring their labels
            (``LabeledSource``); pixels that nobody labeled count in neither intersection nor
            union.
        strength: how to measure brushes on held-out latents; None leaves it to the settings.
        report: told of every step; stops the job with ``Stopped`` by returning False.
        work: working folder, for ``resume``; removed at the end. None uses a temporary one.
        resume: go on with the job in ``work``.
        keep_work: ``work`` is not removed at the end: the caller does so when the result is safe
            (``workspace.remove_work``), and until then ``resume`` gives it again at little cost.
        provenance: more entries for the dissection's provenance.
        timings: seconds by stage are put in here.
        merge: the processes that share the sample; each calls this with the same arguments, see
            ``dissection.runtime.distributed``. All are given the same figures; brushes are tried
            and pictures taken by the first, which alone has them.
        provisional: given, when the report stops the job, what the units match over the part of
            the sample that was seen; see ``dissection.measurement.provisional``.
        options: fields of ``DissectionSettings`` by keyword, beside names of layers: ``grid``,
            ``quantile``, ``batch``, ``device``, ``dtype``, ``centers``, ``channels``,
            ``exemplars``, ``pictures``, ``effect_size``, ``precision``, ``memory``. Effects are
            left out unless asked for, and the network is left on the device where it is.
            ``normalize``: a network that looks at pictures is fed with them as ImageNet's are,
            unless it normalizes them itself (``takes_pictures``, or loaded by name); False feeds
            it -1..1. The command does the same.

    Raises:
        BadInputError: an empty sample, bad settings, a network that gives no maps or pictures.
        UnknownNameError: there is no such layer, and the sentence lists the layers; or no such
            segmenter.
        StoreError: the working folder holds another job.
        DissectionError: the device has too little memory for even one input, or the disk is full.
        Stopped: the report asked for it.

    Example: a network of one's own, on pictures in memory.
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
        >>> pictures = torch.rand(12, 3, 64, 64) * 2 - 1
        >>> units = dissect(network, ["1"], pictures, "storybook")
        >>> units["1"].iou.shape == (len(units.vocabulary), 8)
        True
    """
    require_observable(network, "The network")
    settings = measuring(layers, options)
    source = as_source(source)
    # A network that normalizes its pictures itself, as all that are loaded by name do, goes on so.
    with fed_as_imagenet(network, settings.normalize and not source.generates):
        return _dissect(
            network,
            settings,
            source,
            segmenter,
            strength,
            report,
            work,
            resume,
            keep_work,
            provenance,
            timings if timings is not None else {},
            merge,
            provisional,
        )


def _dissect(
    network: nn.Module,
    settings: DissectionSettings,
    source: Source,
    segmenter: Segmenter | str | None,
    strength: StrengthSettings | None,
    report: Report | None,
    work: str | Path | None,
    resume: bool,
    keep_work: bool,
    provenance: dict[str, Any] | None,
    clock: dict[str, float],
    merge: Merge,
    provisional: Callable[[Dissection], None] | None,
) -> Dissection:
    """``dissect``, of a network that takes pictures of -1..1 or latents."""
    where = device_for(network, settings.device)
    if isinstance(segmenter, str):
        segmenter = load_segmenter(segmenter, where)
    segmenter = _judge(segmenter, source)
    settings = _completed(settings, source)
    _require_shares(source, settings.batch, merge)
    if source.generates and settings.effect_size:
        require_soft(segmenter)
    if strength is None and source.generates and settings.strength_size:
        strength = held_out(network, settings)
    described = describe(network, source, segmenter, settings, provenance or {})
    tried = strength.to_json() if strength else None
    decides = decisive(settings, described, tried, where, merge)
    workspace = open_workspace(merge, work, decides, resume)
    modes = ExitStack()
    finished = False
    try:
        job = Job(
            network=modes.enter_context(evaluating(network, where)),
            source=source,
            segmenter=segmenter,
            grid=settings.grid or GENERATOR_GRID,
            batch=settings.batch,
            device=where,
            work=workspace,
            report=report,
            dtype=SAMPLING_DTYPES[settings.dtype],
            merge=merge,
        )
        try:
            dissection = _measure(job, settings, described, strength, clock)
        except Stopped:
            if provisional is not None:
                found = provisional_dissection(job, settings, described)
                if found is not None:
                    provisional(found)
            raise
        job.merge.wait()  # until all is there nobody gives up what it has
        finished = True
        return dissection
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise told(error, where) from error
    finally:
        modes.close()
        workspace.close(remove=finished and not keep_work)


def held_out(network: nn.Module, settings: DissectionSettings) -> StrengthSettings:
    """How the brushes of a generator are tried: on latents that nothing else is measured on."""
    depth = getattr(network, "depth", 512)
    pool = Latents.of_seed(8 * settings.strength_size, depth, settings.held_out_seed)
    return StrengthSettings(pool, settings.strength_size)


def _measure(
    job: Job,
    settings: DissectionSettings,
    described: dict[str, Any],
    strength: StrengthSettings | None,
    clock: dict[str, float],
) -> Dissection:
    """All stages, one after the other."""
    layers, effect_size = settings.layers, settings.effect_size or 0
    found = find_layers(job, layers, settings.channels)
    _go_on_as_begun(job.work, found)
    described["layers"] = {name: layer.to_json() for name, layer in found.items()}
    job = replace(job, readings={name: layer.reading for name, layer in found.items()})
    cells = layer_centers(job, layers, settings.centers)
    described["dtype"] = settings.dtype
    described["levels"]["centres"] = {n: c.to_json() for n, c in cells.items()} or "even"
    with full_float32(job.device):
        measured = measure_layers(
            job, layers, cells, settings.quantile, settings.exemplars, settings.memory, clock
        )
    notices = range_in_words(job.work.recall("darkest"))
    if notices:
        described["notices"] = notices
    model = str(getattr(job.network, "name", "") or type(job.network).__name__)
    dissection = Dissection(model, job.segmenter.vocabulary, measured, described)
    if job.source.generates:
        dissection = _trace_and_try(
            job, dissection, effect_size, strength, settings.precision, clock
        )
    else:
        dissection = _trace_classes(job, dissection, effect_size, clock)
    if settings.relate_size and not job.merge.rank:
        with timed(clock, "relations"), full_float32(job.device):
            dissection = measure_relations(job, dissection, settings.relate_size)
    if not job.merge.rank:
        with timed(clock, "pictures"):
            dissection = _picture(job, dissection, settings.pictures)
    return replace(dissection, provenance={**dissection.provenance, "batch": job.batches()})


def _go_on_as_begun(workspace: Workspace, layers: dict[str, FoundLayer]) -> None:
    """Refuse to go on with maps of layers that were read in another way."""
    reading = json.dumps({n: f.to_json() for n, f in layers.items() if f.reading != PLAIN_READING})
    before = workspace.recall("readings") or ("{}" if workspace.done("sampling") else reading)
    if before != reading:
        raise StoreError(
            f"{workspace.folder} holds a job that read its layers in another way ({before}, not "
            f"{reading}); start anew without --resume."
        )
    if reading != "{}":
        workspace.remember("readings", reading)


def _completed(settings: DissectionSettings, source: Source) -> DissectionSettings:
    """The settings with what depends on whether the network makes pictures or looks at them."""
    grid, effects = (GENERATOR_GRID, EFFECT_SIZE) if source.generates else (CLASSIFIER_GRID, 0)
    return replace(
        settings,
        grid=settings.grid or grid,
        effect_size=effects if settings.effect_size is None else settings.effect_size,
    )


def _require_shares(source: Source, batch: int, merge: Merge) -> None:
    if len(source) < 1:
        raise BadInputError("A dissection needs a sample of at least 1 input, and this is empty.")
    if -(-len(source) // batch) < merge.ranks:
        raise BadInputError(
            f"{merge.ranks} processes cannot share {len(source)} inputs in batches of {batch}; "
            "take fewer processes or smaller batches."
        )


def _judge(segmenter: Segmenter | None, source: Source) -> Segmenter:
    """What says where a concept is: the segmenter, or the labels of the source."""
    if segmenter is None:
        if not isinstance(source, LabeledSource):
            raise BadInputError(
                "Nothing says where a concept is; take a segmenter, or a source whose pictures "
                "bring their labels."
            )
        return source
    if isinstance(segmenter, LabeledSource) and segmenter is not source:
        raise BadInputError(
            "Labels know the pictures they came with and no others; give them as the source, too."
        )
    return require_segmenter(segmenter)


def _trace_and_try(
    job: Job,
    dissection: Dissection,
    effect_size: int,
    strength: StrengthSettings | None,
    precision: Precision,
    clock: dict[str, float],
) -> Dissection:
    """Effects and the strength of brushes, of a generator."""
    if not effect_size and not strength:
        return dissection
    passes = _passes(job, precision)
    provenance = {**dissection.provenance, "precision": passes.precision}
    dissection = replace(dissection, provenance=provenance)
    if effect_size:
        units = {name: layer.shape[0] for name, layer in dissection.items()}
        occurring = next(iter(dissection.values())).counts.area.sum(0) > 0
        with timed(clock, "effect"):
            effects = measure_effect(job, passes, units, effect_size, occurring)
        measured = {n: replace(p, effect=effects[n]) for n, p in dissection.items()}
        dissection = replace(dissection, measured=measured)
    if strength and not job.merge.rank:
        with timed(clock, "strength"):
            strengths = measure_strengths(job, passes, dissection, strength)
        dissection = replace(dissection, strengths=strengths)
    return dissection


def _passes(job: Job, precision: Precision) -> Passes:
    """The passes for the precision asked for; all processes have the same."""
    known = require_precision(job.work.recall("precision") or precision)
    passes = make_passes(job.network, job.device, known, job.readings)
    # Which one is faster is measured, and may come out differently here and there.
    if not int(job.merge.lowest(torch.tensor(int(passes.precision == "bfloat16")))):
        passes = make_passes(job.network, job.device, "float32", job.readings)
    job.work.remember("precision", passes.precision)
    return passes


def _picture(job: Job, dissection: Dissection, layers: Sequence[str]) -> Dissection:
    """Pictures of the concepts, and of the units of some layers."""
    pictures = concept_pictures(job, dissection, open_concept_maps(job))
    dissection = replace(dissection, pictures=pictures)
    return picture_units(job, dissection, layers) if layers else dissection


def _trace_classes(
    job: Job, dissection: Dissection, effect_size: int, clock: dict[str, float]
) -> Dissection:
    """Effects on the classes, of a classifier."""
    if effect_size:
        with timed(clock, "effect"):
            effects = measure_class_effect(job, dissection.layers, effect_size)
        measured = {n: replace(p, class_effect=effects[n]) for n, p in dissection.items()}
        count = len(next(iter(effects.values())))
        names = tuple(getattr(job.source, "classes", ()))
        classes = names if len(names) == count else tuple(str(n) for n in range(count))
        dissection = replace(dissection, measured=measured, classes=classes)
    return dissection
