"""What a plot shows at which place: found by the cursor, named in tool tips, led to by a click."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
#: A dot is hit within so many pixels.
_REACH = 12.0


def listed(values: Sequence[T]) -> Callable[[int], T]:
    """Gives what a mark has in a list of all marks'."""
    return lambda mark: values[mark]


def always(value: T) -> Callable[[int], T]:
    """Gives the same of every mark."""
    return lambda _: value


@dataclass(frozen=True, eq=False)
class Marks:
    """Dots or bars of a plot.

    Attributes:
        x: float64 (M,), in the plot's coordinates.
        y: float64 (M,).
        tip: what the tool tip of a mark says.
        units: whose detail a click on a mark leads to, most important first; none where it shows
            only classes.
        number: the class that a mark is of; None where it is of none.
        wide: half of a bar's width, in the plot's coordinates; 0 for dots.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    tip: Callable[[int], str]
    units: Callable[[int], Sequence[int]]
    number: Callable[[int], int | None] = lambda _: None
    wide: float = 0.0

    def at(self, x: float, y: float, pixel: tuple[float, float]) -> int | None:
        """The mark at a place, or None.

        Args:
            x: of the place, in the plot's coordinates.
            y: the same.
            pixel: how wide and how high a pixel is in them.
        """
        if not len(self.x):
            return None
        if self.wide:
            away = np.abs(self.x - x)
            nearest = int(away.argmin())
            return nearest if away[nearest] <= self.wide else None
        distance = np.hypot((self.x - x) / pixel[0], (self.y - y) / pixel[1])
        nearest = int(np.nanargmin(distance)) if np.isfinite(distance).any() else 0
        return nearest if distance[nearest] <= _REACH else None
