"""The passes of an ablation study over training and held-out pictures, one after the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.interventions.ablation.accuracy import correlation, count, flips
from dissection.interventions.ablation.engine import Ablator, LayerMaps
from dissection.interventions.ablation.measure import (
    CHANGED,
    CLOSE,
    Sample,
    Singles,
    counted,
    flagged,
    make_sample,
    measure_sets,
    measure_singles,
)
from dissection.interventions.ablation.replacement import Mean, ReplacementName
from dissection.interventions.ablation.result import Curves, UnitFigures
from dissection.interventions.ablation.sets import UnitSets, plan, ranking
from dissection.measurement.class_effect import measure_class_effect
from dissection.measurement.job import Job
from dissection.runtime.progress import timed


class Study:
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
        replacement: ReplacementName,
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

        def without(layer_maps: LayerMaps) -> Tensor:
            return self._ablator.sets(layer_maps, removed).predicted

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

        def without(layer_maps: LayerMaps) -> Tensor:
            return torch.cat([self._ablator.sweep(layer_maps, way).predicted for way in orders], 1)

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
