"""What important units have in common: interpretability, correlation, classes (figures 2e, S4, S5).

Free of torch. Units are ranked on training pictures; a unit counts as important for a class only as
far as the class loses anything without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dissection.interventions.ablation.result import Ablation
from dissection.statistics.standard_error import standard_error

#: Buckets of units by mean importance (figure S4g).
BUCKETS = 16
#: Examples of combinations that are looked for.
_EXAMPLES = 200


@dataclass(frozen=True, eq=False)
class UnitGroup:
    """Units that are alike in importance.

    Attributes:
        low: the least importance, or number of classes, of its units.
        high: the most.
        units: int64 (n,), at least one, those of the highest IoU first.
        iou: the mean of their IoUs, 0..1.
        error: standard error of that mean; 0 for a single unit.
    """

    low: float
    high: float
    units: NDArray[np.int64]
    iou: float
    error: float


def iou_by_need(ablation: Ablation, iou: NDArray[np.floating], number: int = 4) -> list[UnitGroup]:
    """Units by how many classes have them among their most important ones (figures 2e, S4c-f).

    Args:
        ablation: of the layer.
        iou: (C,), how well each unit matches its concept, 0..1.
        number: how many units of a class are counted.

    Returns:
        A group for each number of classes that occurs, ascending; silent units are in none.
    """
    classes = ablation.needed_by(number).sum(0)
    known = np.flatnonzero(~ablation.silent)
    return [
        _group(float(count), float(count), known[classes[known] == count], iou)
        for count in np.unique(classes[known]).tolist()
    ]


def iou_by_importance(
    ablation: Ablation, iou: NDArray[np.floating], buckets: int = BUCKETS
) -> list[UnitGroup]:
    """Units in buckets of equal size by their importance in the mean over classes (figure S4g).

    Args:
        ablation: of the layer.
        iou: (C,), 0..1.
        buckets: how many; fewer where there are not so many units.

    Returns:
        From the least important ones to the most; silent units are in none.
    """
    known = np.flatnonzero(~ablation.silent)
    mean = np.nan_to_num(ablation.importance).mean(0)
    order = known[np.argsort(mean[known], kind="stable")]
    parts = np.array_split(order, max(1, min(buckets, len(order))))
    return [
        _group(float(mean[part].min()), float(mean[part].max()), part, iou)
        for part in parts
        if len(part)
    ]


def _group(
    low: float, high: float, units: NDArray[np.int64], iou: NDArray[np.floating]
) -> UnitGroup:
    values = iou[units].astype(np.float64)
    spread = standard_error(values, alone=0.0)
    return UnitGroup(low, high, units[np.argsort(-values, kind="stable")], values.mean(), spread)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of a unit and a class whose correlation is known (figure S4h).

    Attributes:
        classes: int64 (P,).
        units: int64 (P,).
        importance: float64 (P,), accuracy that the class loses without the unit, training pictures.
        correlation: float64 (P,), of the unit's peak with the class's probability, -1..1.
        top: bool (P,), whether the unit is among the most important ones of the class.
    """

    classes: NDArray[np.int64]
    units: NDArray[np.int64]
    importance: NDArray[np.float64]
    correlation: NDArray[np.float64]
    top: NDArray[np.bool_]

    @property
    def negative(self) -> float:
        """Share of all pairs with a negative correlation; NaN without pairs."""
        return float((self.correlation < 0).mean()) if len(self.units) else float("nan")

    @property
    def top_negative(self) -> float:
        """The same of the most important units of each class."""
        chosen = self.correlation[self.top]
        return float((chosen < 0).mean()) if len(chosen) else float("nan")


def correlated_pairs(ablation: Ablation, number: int = 4) -> Pairs:
    """All pairs of a class and a unit with both figures.

    Args:
        ablation: of the layer.
        number: how many units of a class are its most important ones.
    """
    known = np.isfinite(ablation.correlation) & np.isfinite(ablation.importance)
    classes, units = np.nonzero(known)
    return Pairs(
        classes,
        units,
        ablation.importance[known],
        ablation.correlation[known].astype(np.float64),
        ablation.needed_by(number)[known],
    )


@dataclass(frozen=True)
class SharedUnit:
    """A unit that is among the most important ones of some of the chosen classes.

    Attributes:
        unit: its number.
        classes: which of them, in the order that was asked.
        lost: accuracy that each of the chosen classes loses without it, training pictures.
    """

    unit: int
    classes: tuple[int, ...]
    lost: tuple[float, ...]


def shared_units(ablation: Ablation, classes: Sequence[int], number: int = 4) -> list[SharedUnit]:
    """The important units of two or three classes: shared and distinct ones (figure S5).

    Args:
        ablation: of the layer.
        classes: their numbers.
        number: how many units of each class.

    Returns:
        Those that most of the classes share first; then by the classes, then what is lost most.
    """
    needed, importance = ablation.needed_by(number), np.nan_to_num(ablation.importance)
    units = []
    for unit in np.flatnonzero(needed[list(classes)].any(0)).tolist():
        own = tuple(k for k in classes if needed[k, unit])
        units.append(SharedUnit(unit, own, tuple(float(importance[k, unit]) for k in classes)))
    place = {k: n for n, k in enumerate(classes)}
    return sorted(
        units,
        key=lambda each: (
            -len(each.classes), tuple(place[k] for k in each.classes), -max(each.lost), each.unit,
        ),
    )  # fmt: skip


def telling_triples(ablation: Ablation, number: int = 4) -> list[tuple[int, int, int]]:
    """Three classes of which every two share an important unit that the third does without.

    As in figure S5: a boathouse is a barn on the water, a pond water with grass, a farm grass with
    a barn.

    Args:
        ablation: of the layer.
        number: how many units of each class.

    Returns:
        Triples of classes, at most 200: those whose shared units lose the classes most first.
    """
    needed, importance = ablation.needed_by(number), np.nan_to_num(ablation.importance)
    shares = (needed.astype(np.int64) @ needed.T.astype(np.int64)) > 0
    np.fill_diagonal(shares, False)
    found: list[tuple[float, tuple[int, int, int]]] = []
    for a in range(len(needed)):
        friends = np.flatnonzero(shares[a])
        for b, c in combinations(friends[friends > a].tolist(), 2):
            if not shares[b, c]:
                continue
            weights = []
            for one, other, third in ((a, b, c), (b, c, a), (a, c, b)):
                both = needed[one] & needed[other] & ~needed[third]
                if not both.any():
                    break
                weights.append(np.minimum(importance[one], importance[other])[both].max())
            if len(weights) == 3:
                found.append((-float(min(weights)), (a, b, c)))
    return [triple for _, triple in sorted(found)[:_EXAMPLES]]
