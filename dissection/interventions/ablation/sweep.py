"""The whole ablation study of one layer of a classifier (Bau et al. 2020, figures 2, S4 and S5).

    ablation = ablate(network, "features.relu5_3", ImageFolder("train"), ImageFolder("val"))
    save_ablation(ablation, "ablation")
    to_pandas(ablation, "units")

Every unit is taken out alone on training pictures, which ranks the units for each class, and on
held-out pictures; then sets of them are taken out, on held-out pictures. See ``engine`` for how
and ``accuracy`` for what is counted.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dissection.errors import BadInputError
from dissection.interventions.ablation.classes import (
    ClassSource,
    class_order,
    targets_of,
)
from dissection.interventions.ablation.engine import Ablator
from dissection.interventions.ablation.measure import (
    Blind,
    read_layer,
)
from dissection.interventions.ablation.replacement import ReplacementName, Zero, require_replacement
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.split import split_network
from dissection.interventions.ablation.study import Study
from dissection.measurement.job import Job
from dissection.models.borrowed import device_for, evaluating
from dissection.models.classifiers.load import require_observable
from dissection.models.classifiers.transforms import normalizations
from dissection.models.generators.precision import full_float32
from dissection.models.weights.files import network_digest
from dissection.runtime.memory import is_out_of_memory, told
from dissection.runtime.merge import ALONE, Merge
from dissection.runtime.progress import Meter, Report
from dissection.runtime.version import VERSION
from dissection.runtime.workspace import open_workspace

#: Bytes that rows of a chunk may take.
MEMORY = 2**30
#: Random sets of each size, at most.
MOST_DRAWS = 100_000


def ablate(
    network: nn.Module,
    layer: str,
    train: ClassSource,
    held_out: ClassSource,
    *,
    classes: Sequence[str] = (),
    replacement: ReplacementName = "zero",
    curves: Sequence[str] = (),
    draws: int = 10,
    seed: int = 1,
    effect_size: int = 256,
    batch: int = 25,
    device: torch.device | str | None = None,
    memory: int = MEMORY,
    report: Report | None = None,
    work: str | Path | None = None,
    resume: bool = False,
    keep_work: bool = False,
    provenance: Mapping[str, Any] | None = None,
    timings: dict[str, float] | None = None,
    merge: Merge = ALONE,
) -> Ablation:
    """Find out which classes need which units of a layer.

    Args:
        network: takes pictures of -1..1 and gives logits (N, K); see ``takes_pictures``. It is in
            eval mode meanwhile, with all of its modules.
        layer: name of a submodule that gives (N, C, h, w) or (N, C).
        train: pictures that the units are ranked on.
        held_out: pictures that everything is judged on.
        classes: names of the network's classes in the order of its logits; none takes them from
            the network or the folders, see ``classes.class_order``.
        replacement: what a unit is set to: "zero", as published; "mean", its mean over training
            pictures and positions; "other", its map on another picture of the sample.
        curves: classes whose accuracy is followed from 1 to C - 1 units taken out.
        draws: random sets of each size, the control.
        seed: of those, and of who is whose other picture.
        effect_size: training pictures to trace gradients over, for comparison; 0 leaves it out.
        batch: pictures in one pass; halved where a device is out of memory.
        device: where to compute; None leaves the network where it is.
        memory: bytes that the rows of one chunk may take, behind the layer.
        report: told of every step; stops the job with ``Stopped`` by returning False.
        work: working folder, for ``resume``; removed at the end. None uses a temporary one.
        resume: go on with the job in ``work``.
        keep_work: ``work`` is not removed at the end: the caller does so when the result is safe.
        provenance: more entries for the ablation's provenance.
        timings: seconds by stage are put in here.
        merge: the processes that share the samples; all are given the same result.

    Raises:
        BadInputError: no such replacement or class; bad settings; pictures of no class; a network
            that gives no logits, or none that are finite.
        UnknownNameError: there is no such layer, and the sentence lists the layers.
        StoreError: the working folder holds another job.
        DissectionError: too little memory for even one picture, or the disk is full.
        Stopped: the report asked for it.

    Example:
        >>> from dissection.interventions.ablation.classes import ClassImages
        >>> network = torch.nn.Sequential(
        ...     torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1),
        ...     torch.nn.Flatten(), torch.nn.Linear(4, 2),
        ... )
        >>> noise = np.random.default_rng(0).uniform(-1, 1, (8, 3, 8, 8))
        >>> pictures = ClassImages(noise, [0, 1] * 4, ["farm", "lake"])
        >>> found = ablate(network, "1", pictures, pictures, effect_size=0)
        >>> found.importance.shape  # accuracy that each class loses without each unit
        (2, 4)
    """
    require_observable(network, "The network")
    _require_settings(
        (train, held_out), replacement, merge,
        batch=batch, memory=memory, draws=draws, effect_size=effect_size, seed=seed,
    )  # fmt: skip
    where = device_for(network, device)
    settings = {
        "network": getattr(network, "digest", "") or network_digest(network),
        "normalisation": [[list(n.mean), list(n.std)] for n in normalizations(network)],
        "layer": layer,
        "train": train.provenance,
        "held_out": held_out.provenance,
        "replacement": replacement,
        "curves": list(curves),
        "draws": int(draws),
        "seed": int(seed),
        "effect": int(effect_size),
        "batch": int(batch),
        "memory": int(memory),
        "device": where.type,
        "processes": merge.ranks,
    }
    clock = timings if timings is not None else {}
    finished, workspace = False, None
    try:
        with evaluating(network, where), full_float32(where):
            # Each of these takes seconds of a large network, in which somebody may want to stop.
            meter = Meter(report, "looking at the network", 3)
            read = read_layer(network, layer, train, where)
            meter.step()
            first = train.inputs(range(min(2, len(train)))).to(where)
            ablator = Ablator(split_network(network, layer, first, read.reading), memory)
            meter.step()
            layer_maps = ablator.keep(first, Zero())
            units, logits = layer_maps.maps.shape[1], layer_maps.logits.shape[1]
            meter.step()
            names = class_order(classes, network, (train, held_out), logits)
            study = Study(ablator, layer, units, len(names), clock)
            targets = [targets_of(source, names) for source in (train, held_out)]
            chosen = _numbers(curves, names)
            workspace = open_workspace(merge, work, {**settings, "classes": list(names)}, resume)
            jobs = [
                Job(
                    network, source, Blind(), 1, batch, where, workspace, report,
                    merge=merge, readings={layer: read.reading},
                )
                for source in (train, held_out)
            ]  # fmt: skip
            found = study.run(jobs, targets, replacement, chosen, draws, seed, effect_size)
        merge.wait()  # until all is there nobody gives up what it has
        batches = jobs[0].batches()
        finished = True
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise told(error, where) from error
    finally:
        if workspace is not None:
            workspace.close(remove=finished and not keep_work)
    described = {
        **settings,
        "layers": {layer: read.to_json()},
        "way": ablator.way,
        "batches": batches,
        "versions": _versions(),
    }
    return Ablation(
        model=str(getattr(network, "name", "") or type(network).__name__),
        layer=layer,
        classes=names,
        names=_picture_names(held_out),
        targets=targets[1].astype(np.int32),
        provenance=json.loads(json.dumps({**described, **(provenance or {})})),
        **found,
    )


def _picture_names(source: ClassSource) -> tuple[str, ...]:
    """What pictures are called: files, or layouts of scenes; nothing where they have no names."""
    names: Sequence[object] = getattr(source, "names", ()) or getattr(source, "layouts", ())
    return tuple(str(name) for name in names)


def _numbers(names: Sequence[str], classes: Sequence[str]) -> NDArray[np.int32]:
    """Places of chosen classes, ascending."""
    for name in names:
        if name not in classes:
            near = get_close_matches(str(name), classes, n=3) or classes[:3]
            raise BadInputError(
                f"There is no class '{name}' to follow; there are {', '.join(near)} ..."
            )
    return np.array(sorted(classes.index(name) for name in set(names)), np.int32)


def _require_settings(
    sources: Sequence[ClassSource],
    replacement: ReplacementName,
    merge: Merge,
    *,
    batch: int,
    **others: object,
) -> None:
    """Raise a BadInputError for settings that cannot be, or samples too small to be shared."""
    require_replacement(replacement)
    counts: dict[str, object] = {"batch": batch, **others}
    for name, value in counts.items():
        least = 1 if name in ("batch", "memory") else 0
        if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
            raise BadInputError(
                f"Of an ablation {name} is a whole number of {least} or more, not {value!r}."
            )
        if name == "draws" and int(value) > MOST_DRAWS:
            raise BadInputError(
                f"Of an ablation draws is at most {MOST_DRAWS:,} random sets, not {int(value):,}."
            )
    for source in sources:
        if not isinstance(source, ClassSource):
            raise BadInputError(
                "An ablation takes pictures whose classes are known, such as ImageFolder or "
                f"ClassImages, and not a {type(source).__name__}."
            )
        if -(-len(source) // batch) < merge.ranks:
            raise BadInputError(
                f"{merge.ranks} processes cannot share {len(source)} pictures in batches of "
                f"{batch}; take fewer processes or smaller batches."
            )


def _versions() -> dict[str, str]:
    return {
        "dissection": VERSION,
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
