"""Classes that gain and lose most without units, and pictures that flip. Free of Qt and torch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.interventions.ablation.accuracy import Flips
from ganpaint.classifier.tables.wording import LEAST_CHANGE

#: Classes at either end, and examples of each.
SHOWN, EXAMPLES = 5, 4


@dataclass(frozen=True)
class Flip:
    """A picture that is taken for another class.

    Attributes:
        place: in the held-out pictures.
        target: what it is of.
        before: what the whole network takes it for.
        after: what it is taken for now.
    """

    place: int
    target: int
    before: int
    after: int


@dataclass(frozen=True)
class ClassChange:
    """What became of a class.

    Attributes:
        number: of the class.
        change: of its balanced accuracy.
        others: for a class that loses, what its pictures that were recognized are taken for now;
            for one that gains, what its pictures were taken for before; with how many, most first.
        examples: pictures that flip.
    """

    number: int
    change: float
    others: Sequence[tuple[int, int]]
    examples: Sequence[Flip]


def class_changes(
    whole: NDArray[np.float64],
    now: NDArray[np.float64],
    found: Flips,
    before: NDArray[np.integer],
    targets: NDArray[np.integer],
    chosen: int | None = None,
    places: NDArray[np.integer] | None = None,
) -> list[ClassChange]:
    """The chosen class, then those that lose most, then those that gain most.

    Args:
        whole: float64 (K,), accuracies with all units.
        now: the same without some.
        found: pictures that flip.
        before: (N,), decisions of the whole network.
        targets: (N,).
        chosen: a class that is always among them if it changes at all.
        places: of the pictures that count; None for all.
    """
    change = np.nan_to_num(now - whole)
    order = np.argsort(change, kind="stable")
    losing = [int(k) for k in order[:SHOWN] if change[k] <= -LEAST_CHANGE]
    gaining = [int(k) for k in order[::-1][:SHOWN] if change[k] >= LEAST_CHANGE]
    numbers = [*losing, *gaining]
    if chosen is not None and abs(change[chosen]) >= LEAST_CHANGE:
        numbers = [chosen, *(k for k in numbers if k != chosen)]
    counted = None if places is None else set(places.tolist())
    every = [
        Flip(int(place), int(targets[place]), int(before[place]), int(after))
        for place, after in zip(found.images, found.after, strict=True)
        if counted is None or int(place) in counted
    ]
    return [_change_of(k, float(change[k]), every) for k in numbers]


def _change_of(number: int, change: float, every: Sequence[Flip]) -> ClassChange:
    if change < 0:
        own = [f for f in every if f.target == number and f.before == number]
        others = Counter(f.after for f in own)
        rest = [f for f in every if f.target != number and f.after == number]
    else:
        own = [f for f in every if f.target == number and f.after == number]
        others = Counter(f.before for f in own)
        rest = [f for f in every if f.target != number and f.before == number]
    return ClassChange(number, change, others.most_common(3), [*own, *rest][:EXAMPLES])
