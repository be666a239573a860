"""Boxes of feature-map cells: what changed, what that reaches, what is taken out. Free of torch."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

#: A rounded box has one of at most this many lengths along each axis of its map.
LENGTHS = 16


@dataclass(frozen=True)
class Box:
    """A rectangle of cells, half open: rows ``top <= y < bottom``, columns ``left <= x < right``.

    It may reach over the borders of the map; ``within`` cuts that off.
    """

    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def around(cls, cells: NDArray[np.bool_]) -> Self | None:
        """The smallest box around all true cells of (h, w); None where there are none."""
        rows, columns = np.flatnonzero(cells.any(1)), np.flatnonzero(cells.any(0))
        if not rows.size:
            return None
        return cls(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)

    @property
    def area(self) -> int:
        """How many cells it covers."""
        return (self.bottom - self.top) * (self.right - self.left)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, for indexing; meaningful within the map only."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def join(self, other: "Box | None") -> "Box":
        """The smallest box around both."""
        if other is None:
            return self
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def grown(self, cells: int) -> "Box":
        """With so many cells more on every side."""
        return Box(self.top - cells, self.left - cells, self.bottom + cells, self.right + cells)

    def doubled(self) -> "Box":
        """The same part of a map with twice the resolution."""
        return Box(2 * self.top, 2 * self.left, 2 * self.bottom, 2 * self.right)

    def shifted(self, rows: int, columns: int) -> "Box":
        """The same box elsewhere."""
        return Box(self.top + rows, self.left + columns, self.bottom + rows, self.right + columns)

    def within(self, height: int, width: int) -> "Box":
        """What lies on a map of that size."""
        return Box(
            max(self.top, 0), max(self.left, 0), min(self.bottom, height), min(self.right, width)
        )

    def rounded(self, height: int, width: int) -> "Box":
        """A box around this one, on the map, whose sides have one of few lengths.

        Convolution libraries prepare a kernel for each size of map that they meet, for about a
        millisecond; so a moving hand should not bring a new one with every frame.
        """
        top, bottom = _rounded(self.top, self.bottom, height)
        left, right = _rounded(self.left, self.right, width)
        return Box(top, left, bottom, right)


def _rounded(low: int, high: int, size: int) -> tuple[int, int]:
    multiple = max(1, size // LENGTHS)
    length = min(-(-(high - low) // multiple) * multiple, size)
    low = min(low, size - length)
    return low, low + length
