"""The whole ablation study of one layer of a classifier (Bau et al. 2020, figures 2, S4 and S5).

    ablation = ablate(network, "features.relu5_3", ImageFolder("train"), ImageFolder("val"))
    save_ablation(ablation, "ablation")
    to_pandas(ablation)["units"]

Every unit is taken out alone on training pictures, which ranks the units for each class, and on
held-out pictures; then sets of them are taken out, on held-out pictures. See ``engine`` for how
and ``accuracy`` for what is counted.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection.errors import BadInputError
from dissection.interventions.ablation.accuracy import correlation, count, flips
from dissection.interventions.ablation.classes import (
    ClassSource,
    class_order,
    targets_of,
)
from dissection.interventions.ablation.engine import Ablator, Kept
from dissection.interventions.ablation.measure import (
    CHANGED,
    CLOSE,
    Blind,
    Sample,
    Singles,
    counted,
    flagged,
    make_sample,
    measure_sets,
    measure_singles,
    read_layer,
)
from dissection.interventions.ablation.replacement import Mean, Zero, require_replacement
from dissection.interventions.ablation.result import Ablation, Curves, UnitFigures
from dissection.interventions.ablation.sets import UnitSets, plan, ranking
from dissection.interventions.ablation.split import split_network
from dissection.measurement.class_effect import measure_class_effect
from dissection.measurement.job import Job
from dissection.models.classifiers.transforms import normalisations
from dissection.models.generators.precision import full_float32
from dissection.models.weights.files import network_digest
from dissection.runtime.memory import is_out_of_memory, told
from dissection.runtime.merge import ALONE, Merge
from dissection.runtime.progress import Report, timed
from dissection.runtime.version import VERSION
from dissection.runtime.workspace import open_workspace

#: Bytes that rows of a chunk may take.
MEMORY = 2**30


def ablate(
    network: nn.Module,
    layer: str,
    train: ClassSource,
    held_out: ClassSource,
    *,
    classes: Sequence[str] = (),
    replacement: str = "zero",
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
        network: takes pictures of -1..1 and gives logits (N, K); see ``takes_pictures``. It is put
            in eval mode meanwhile.
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
    require_replacement(replacement)
    if min(batch, memory) < 1 or min(draws, effect_size) < 0:
        raise BadInputError(
            f"Batch and memory are at least 1, draws and effect size at least 0, not {batch}, "
            f"{memory}, {draws} and {effect_size}."
        )
    for source in (train, held_out):
        if -(-len(source) // batch) < merge.ranks:
            raise BadInputError(
                f"{merge.ranks} processes cannot share {len(source)} pictures in batches of "
                f"{batch}; take fewer processes or smaller batches."
            )
    where = torch.device(device) if device is not None else _device_of(network)
    settings = {
        "network": getattr(network, "digest", "") or network_digest(network),
        "normalisation": [[list(n.mean), list(n.std)] for n in normalisations(network)],
        "layer": layer,
        "train": train.provenance,
        "held_out": held_out.provenance,
        "replacement": replacement,
        "curves": list(curves),
        "draws": draws,
        "seed": seed,
        "effect": effect_size,
        "batch": batch,
        "memory": memory,
        "device": where.type,
        "processes": merge.ranks,
    }
    training = network.training
    network.to(where).eval()
    clock = timings if timings is not None else {}
    finished, workspace = False, None
    try:
        with full_float32(where):
            read = read_layer(network, layer, train, where)
            first = train.inputs(range(min(2, len(train)))).to(where)
            ablator = Ablator(split_network(network, layer, first, read.reading), memory)
            kept = ablator.keep(first, Zero())
            units, logits = kept.maps.shape[1], kept.logits.shape[1]
            names = class_order(classes, network, (train, held_out), logits)
            study = _Study(ablator, layer, units, len(names), clock)
            targets = [targets_of(source, names) for source in (train, held_out)]
            chosen = _numbers(curves, names)
            workspace = open_workspace(merge, work, {**settings, "classes": list(names)}, resume)
            jobs = [
                Job(
                    network,
                    source,
                    Blind(),
                    1,
                    batch,
                    where,
                    workspace,
                    report,
                    merge=merge,
                    readings={layer: read.reading},
                )
                for source in (train, held_out)
            ]
            found = study.run(jobs, targets, replacement, chosen, draws, seed, effect_size)
        merge.wait()  # until all is there nobody gives up what it has
        batches = jobs[0].batches()
        finished = True
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise told(error, where) from error
    finally:
        network.train(training)
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


class _Study:
    """The passes over both samples.

    Args:
        ablator: of the network.
        layer: name.
        units: C.
        classes: K.
        clock: seconds by stage are put in here.
    """

    def __init__(
        self, ablator: Ablator, layer: str, units: int, classes: int, clock: dict[str, float]
    ) -> None:
        self._ablator = ablator
        self._layer = layer
        self._units = units
        self._classes = classes
        self._clock = clock

    def run(
        self,
        jobs: Sequence[Job],
        targets: Sequence[NDArray[np.int64]],
        replacement: str,
        chosen: NDArray[np.int32],
        draws: int,
        seed: int,
        effect_size: int,
    ) -> dict[str, Any]:
        """What ``Ablation`` holds of it, by name; see ``ablate``.

        Args:
            jobs: of training and held-out pictures.
            targets: of both.
            replacement: what units are set to.
            chosen: classes to follow.
            draws: random sets of each size.
            seed: of those.
            effect_size: training pictures to trace gradients over.
        """
        with timed(self._clock, "means"):
            train = make_sample(jobs[0], targets[0], "training", replacement, self._layer, seed)
        means = train.replacement.means if isinstance(train.replacement, Mean) else None
        held = make_sample(jobs[1], targets[1], "held-out", replacement, self._layer, seed, means)
        with timed(self._clock, "training units"):
            training = self._figures(train, self._singles(train, peaks=False))
        with timed(self._clock, "held-out units"):
            singles = _joined(held, self._singles(held, peaks=True))
            figures = self._figures(held, singles, whole=True)
        effect = self._effect(jobs[0], effect_size)
        order = ranking(training.importance)
        sets = plan(order, draws, seed)
        with timed(self._clock, "sets"):
            predicted = self._sets(held, sets)
        with timed(self._clock, "curves"):
            curves = self._curves(held, order, chosen)
        assert singles.peaks is not None
        assert singles.scores is not None
        return {
            "training": training,
            "held_out": figures,
            "before": singles.predicted[:, 0].astype(np.int32),
            "flips": flips(singles.predicted),
            "correlation": correlation(singles.peaks, singles.scores),
            "class_effect": effect,
            "sets": sets,
            "set_predicted": predicted,
            "curves": curves,
        }

    def _singles(self, sample: Sample, peaks: bool) -> Singles:
        return measure_singles(sample, self._ablator, self._units, self._classes, peaks)

    def _figures(self, sample: Sample, singles: Singles, whole: bool = False) -> UnitFigures:
        """Counts over all processes; ``whole`` if the decisions are those of all already."""
        changed, close = (flagged(singles.flags, bit) for bit in (CHANGED, CLOSE))
        if whole:
            counts = count(singles.predicted, sample.targets, self._classes)
        else:
            counts = counted(sample, singles.predicted, self._classes)
            changed, close = (
                sample.job.merge.sum(torch.from_numpy(part)).numpy() for part in (changed, close)
            )
        return UnitFigures(counts, changed[1:].astype(np.int64), close.astype(np.int64))

    def _effect(self, job: Job, size: int) -> NDArray[np.float32] | None:
        if not size:
            return None
        with timed(self._clock, "effect"):
            return measure_class_effect(job, [self._layer], size)[self._layer]

    def _sets(self, sample: Sample, sets: UnitSets) -> NDArray[Any]:
        removed = torch.from_numpy(sets.removed)

        def without(kept: Kept) -> Tensor:
            return self._ablator.sets(kept, removed).predicted

        own = measure_sets(sample, self._ablator, "sets", len(sets), self._classes, without)
        # A copy, as the working folder goes.
        return np.array(sample.job.merge.join(np.ascontiguousarray(own)))

    def _curves(
        self, sample: Sample, order: NDArray[np.int64], chosen: NDArray[np.int32]
    ) -> Curves:
        """Accuracy of chosen classes over the number of units, the most important first or last."""
        numbers = self._units - 1
        orders = [
            torch.from_numpy(way.copy()) for k in chosen for way in (order[k], order[k, ::-1])
        ]
        shape = (len(chosen), 2, numbers)
        if not len(chosen) or not numbers:
            nothing = np.zeros(shape, np.int64)
            return Curves(chosen, nothing, nothing, nothing)

        def without(kept: Kept) -> Tensor:
            return torch.cat([self._ablator.sweep(kept, way).predicted for way in orders], 1)

        settings = len(orders) * numbers
        own = measure_sets(sample, self._ablator, "curves", settings, self._classes, without)
        counts = counted(sample, own, self._classes)
        of = np.repeat(chosen, 2 * numbers)
        every = np.arange(settings)
        return Curves(
            chosen,
            counts.hits[every, of].reshape(shape),
            counts.taken[every, of].reshape(shape),
            counts.hits.sum(1).reshape(shape),
        )


def _joined(sample: Sample, singles: Singles) -> Singles:
    """What the processes decided, side by side in the order of the pictures."""
    join = sample.job.merge.join
    assert singles.peaks is not None
    assert singles.scores is not None
    return Singles(
        join(singles.predicted), join(singles.flags), join(singles.peaks), join(singles.scores)
    )


def _picture_names(source: ClassSource) -> tuple[str, ...]:
    """What pictures are called: files, or layouts of scenes; nothing where they have no names."""
    names: Sequence[object] = getattr(source, "names", ()) or getattr(source, "layouts", ())
    return tuple(str(name) for name in names)


def _numbers(names: Sequence[str], classes: Sequence[str]) -> NDArray[np.int32]:
    """Places of chosen classes, ascending."""
    for name in names:
        if name not in classes:
            near = get_close_matches(name, classes, n=3) or classes[:3]
            raise BadInputError(
                f"There is no class '{name}' to follow; there are {', '.join(near)} ..."
            )
    return np.array(sorted(classes.index(name) for name in set(names)), np.int32)


def _device_of(network: nn.Module) -> torch.device:
    parameter = next(network.parameters(), None)
    return parameter.device if parameter is not None else torch.device("cpu")


def _versions() -> dict[str, str]:
    return {
        "dissection": VERSION,
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
