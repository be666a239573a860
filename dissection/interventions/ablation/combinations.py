"""Units that three classes share in pairs (Bau et al. 2020, figure S5). Free of torch."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Combination:
    """Three classes, and for each pair of them a unit that both need and the third does not.

    Attributes:
        classes: (a, b, c).
        units: that a and b need, that a and c need, and that b and c need.
        weight: accuracy that the classes lose without one of these units, at least.
    """

    classes: tuple[int, int, int]
    units: tuple[int, int, int]
    weight: float


def find_combinations(
    needed: NDArray[np.bool_], importance: NDArray[np.floating], most: int
) -> list[Combination]:
    """Examples of three classes that are told apart by overlapping sets of units.

    Args:
        needed: bool (K, C): whether a unit is among the most important ones of a class.
        importance: (K, C): accuracy that a class loses without a unit.
        most: how many; a class is in one of them.

    Returns:
        Those with the highest weight first.
    """
    shared: dict[int, dict[int, NDArray[np.int64]]] = defaultdict(dict)
    for a, b in combinations(range(len(needed)), 2):
        both = np.flatnonzero(needed[a] & needed[b])
        if len(both):
            shared[a][b] = both
    found = []
    for a, others in shared.items():
        for b, c in combinations(sorted(others), 2):
            last = shared.get(b, {}).get(c)
            if last is None:
                continue
            picked = _pick((a, b, c), (others[b], others[c], last), needed, importance)
            if picked is not None:
                found.append(picked)
    found.sort(key=lambda one: (-one.weight, one.classes))
    kept: list[Combination] = []
    taken: set[int] = set()
    for one in found:
        if len(kept) < most and not taken.intersection(one.classes):
            kept.append(one)
            taken.update(one.classes)
    return kept


def _pick(
    classes: tuple[int, int, int],
    shared: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    needed: NDArray[np.bool_],
    importance: NDArray[np.floating],
) -> Combination | None:
    """The unit of each pair that both lose most without; None where the third needs all."""
    units, weights = [], []
    pairs = (0, 1, 2), (0, 2, 1), (1, 2, 0)
    for (one, other, third), candidates in zip(pairs, shared, strict=True):
        candidates = candidates[~needed[classes[third], candidates]]
        if not len(candidates):
            return None
        lost = np.minimum(
            importance[classes[one], candidates], importance[classes[other], candidates]
        )
        best = int(lost.argmax())
        units.append(int(candidates[best]))
        weights.append(float(lost[best]))
    return Combination(classes, (units[0], units[1], units[2]), min(weights))
