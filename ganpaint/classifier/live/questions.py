"""What can be asked of kept pictures; the answers are computed inside the live thread.

The newest question of each class wins. Only numpy arrays and plain values come out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dissection.interventions.ablation.accuracy import Flips, count, flips
from ganpaint.classifier.live.kept_pictures import KeptPictures

#: Points of a curve between two partial answers.
_CURVE_STEP = 8


@dataclass(frozen=True)
class Loaded:
    """The pictures are there.

    Attributes:
        targets: int64 (N,), their classes.
        before: int64 (N,), what the whole network takes them for.
        balanced: float64 (K,), accuracy of each class with all units.
        plain: over all classes.
        names: of the pictures, as the ablation has them.
    """

    targets: NDArray[np.int64]
    before: NDArray[np.int64]
    balanced: NDArray[np.float64]
    plain: float
    names: Sequence[str]


def loaded(kept: KeptPictures) -> Loaded:
    """What is known once the pictures are there."""
    live = kept.live
    counts = count(live.before[:, None], live.targets, len(live.classes))
    balanced, plain = counts.balanced[0], float(counts.plain[0])
    return Loaded(live.targets, live.before, balanced, plain, kept.names)


@dataclass(frozen=True, eq=False)
class Question:
    """One thing to be found out; known by its identity.

    Attributes:
        urgency: whose turn it is first: low ones.
    """

    urgency: ClassVar[int] = 1

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """Answers, partial ones first; a newer question may end it at every one.

        Raises:
            DissectionError: its sentence is shown.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Without:
    """All classes without some units.

    Attributes:
        balanced: float64 (K,), accuracy of each class.
        plain: over all classes.
        flips: pictures that are taken for another class then.
        after: int64 (N,), what each picture is taken for then.
    """

    balanced: NDArray[np.float64]
    plain: float
    flips: Flips
    after: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TakeOut(Question):
    """What all classes become without some units; answered by ``Without``."""

    units: frozenset[int]
    urgency: ClassVar[int] = 0

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """One answer."""
        live = kept.live
        after = live.predicted(self.units)
        counts = count(after[:, None], live.targets, len(live.classes))
        changed = flips(np.stack([live.before, after], 1))
        yield Without(counts.balanced[0], float(counts.plain[0]), changed, after)


@dataclass(frozen=True, eq=False)
class Thumbnails(Question):
    """Some of the pictures; answered by pairs of a place and uint8 (H, W, 3)."""

    places: tuple[int, ...]
    urgency: ClassVar[int] = 1

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """An answer for each."""
        for place in self.places:
            yield place, kept.picture(place)


@dataclass(frozen=True, eq=False)
class Curve(Question):
    """A class's accuracy over the number of units taken out, both ways (figure 2c).

    Answered by float64 (2, C + 1), NaN where it is not computed yet: without 0, 1 ... C units, the
    most important ones first, or the least.

    Attributes:
        number: the class.
        order: the units, most important first.
        places: of the pictures that count; None for all.
    """

    number: int
    order: tuple[int, ...]
    places: NDArray[np.int64] | None = None
    urgency: ClassVar[int] = 2

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """Partial answers, one for every few points."""
        live, units = kept.live, len(self.order)
        chosen = slice(None) if self.places is None else self.places
        targets = live.targets[chosen]
        found = np.full((2, units + 1), np.nan)
        for way, order in enumerate((self.order, self.order[::-1])):
            for n in range(units + 1):
                after = live.predicted(order[:n])
                counts = count(after[chosen, None], targets, len(live.classes))
                found[way, n] = counts.balanced[0, self.number]
                if n % _CURVE_STEP == 0:
                    yield found.copy()
        yield found
