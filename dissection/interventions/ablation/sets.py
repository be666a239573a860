"""Which sets of units are taken out together: the published ones, and random ones of equal size.

Units are ranked for each class by what taking out each alone costs on training pictures; sets are
judged on held-out ones. Numbers of units are those of the paper's layer with 512 units, 4 and 20,
and beside them the same share of the layer at hand. Free of torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: The most important units of figure 2, of ``PUBLISHED_UNITS``.
TOP = (4, 20)
PUBLISHED_UNITS = 512
#: Units that are taken out for chosen classes.
POINTS = (1, 2, 3, 5, 64, 128, 256)
#: The class of sets that are nobody's: the control.
NOBODY = -1


@dataclass(frozen=True, eq=False)
class UnitSets:
    """Sets of units to take out.

    Attributes:
        kinds: names of kinds, such as "without 20", "only 20", "without least important half";
            of random sets with "random: " in front.
        kind: int16 (S,): of each set, a place in ``kinds``.
        of: int32 (S,): the class that it is made for, or ``NOBODY``.
        removed: bool (S, C).
    """

    kinds: tuple[str, ...]
    kind: NDArray[np.int16]
    of: NDArray[np.int32]
    removed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.kind)

    def named(self, kind: str) -> NDArray[np.int64]:
        """Numbers of the sets of a kind, in the order of their classes; none if there are none."""
        if kind not in self.kinds:
            return np.zeros(0, np.int64)
        return np.flatnonzero(self.kind == self.kinds.index(kind))


def ranking(importance: NDArray[np.floating]) -> NDArray[np.int64]:
    """Units of each class, the most important first, ties to the lower: int64 (K, C).

    Args:
        importance: (K, C); NaN counts as 0, which ranks units of a class without pictures by
            their number.
    """
    return np.argsort(-np.nan_to_num(importance), axis=1, kind="stable")


def plan(order: NDArray[np.int64], draws: int, seed: int) -> UnitSets:
    """The published sets for every class, and the control.

    Args:
        order: int64 (K, C); see ``ranking``.
        draws: random sets of each size, which serve all classes.
        seed: of those.
    """
    classes, units = order.shape
    place = np.argsort(order, axis=1)  # of each unit in its class's ranking
    cuts = {kind: (place >= first) & (place < last) for kind, (first, last) in _cuts(units).items()}
    rng = np.random.default_rng(seed)
    drawn = np.argsort(rng.random((draws, units)), axis=1)
    control = {
        f"random: {kind}": (drawn >= first) & (drawn < last)
        for kind, (first, last) in _cuts(units).items()
        if draws and "least" not in kind  # of random halves one is like the other
    }
    sets = [*cuts.values(), *control.values()]
    nobody = np.full(draws, NOBODY)
    return UnitSets(
        (*cuts, *control),
        np.concatenate([np.full(len(part), n, np.int16) for n, part in enumerate(sets)]),
        np.concatenate([np.arange(classes)] * len(cuts) + [nobody] * len(control)).astype(np.int32),
        np.concatenate(sets),
    )


def _cuts(units: int) -> dict[str, tuple[int, int]]:
    """What is taken out of a ranking, by kind: from the first to before the last."""
    found: dict[str, tuple[int, int]] = {}
    for number in numbers(units):
        found[f"without {number}"] = (0, number)
    for number in numbers(units):
        if number in (share(units, TOP[-1]), TOP[-1]):
            found[f"only {number}"] = (number, units)
    half = max(1, units // 2)
    found["without most important half"] = (0, half)
    found["without least important half"] = (units - half, units)
    return found


def share(units: int, published: int) -> int:
    """The share of a layer that a number of units is of the paper's layer; at least 1."""
    return max(1, round(units * published / PUBLISHED_UNITS))


def numbers(units: int) -> Sequence[int]:
    """How many of the most important units are taken out, ascending; fewer than there are."""
    wanted = {*TOP, *(share(units, number) for number in TOP)}
    return sorted(number for number in wanted if number < units)
