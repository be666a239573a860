"""Fractal noise whose random grids do not depend on the resolution of the picture.

Each octave is a grid of uniform random numbers that spans the whole picture and is interpolated
bicubically; octaves double in frequency and halve in amplitude. A field drawn once looks the same
at 64 and at 512 px, and any part of it can be evaluated on its own.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from dissection.data.storybook.canvas import Box
from dissection.data.storybook.palette import Array

# The bicubic kernel's free coefficient; -0.75 is what cv2.INTER_CUBIC uses.
_SHARPNESS = -0.75


@dataclass(frozen=True)
class Noise:
    """A noise field over the whole picture, mostly within 0..1, mean 0.5.

    Attributes:
        grids: float32 (rows, columns) random numbers of each octave, coarsest first.
    """

    grids: tuple[Array, ...]

    @classmethod
    def draw(
        cls, rng: np.random.Generator, base: int, octaves: int, stretch: float = 1.0
    ) -> "Noise":
        """Draw a field.

        Args:
            rng: where the numbers come from.
            base: columns of the coarsest octave.
            octaves: how many octaves, each twice as fine and half as strong as the last.
            stretch: rows for each column; above 1 the noise lies in flat horizontal strokes.
        """
        columns = [base * 2**octave for octave in range(octaves)]
        return cls(
            tuple(
                rng.random((max(2, int(n * stretch)), max(2, n)), dtype=np.float32) for n in columns
            )
        )

    def on(self, size: int, box: Box) -> Array:
        """The field on a box of pixels of a picture ``size`` pixels wide, float32 (h, w)."""
        rows, columns = box.rows, box.columns
        total = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.float32)
        if total.size == 0:
            return total
        whole = 2 * total.size > size * size or columns.stop - columns.start == size
        strength, sum_of_strengths = 1.0, 0.0
        for grid in self.grids:
            if whole:
                octave = cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
                total += strength * octave[rows, columns]
            else:
                total += strength * _window(grid, size, rows, columns)
            sum_of_strengths += strength
            strength /= 2
        total /= sum_of_strengths
        return total


@dataclass(frozen=True)
class Profile:
    """Noise along one line from left to right, for ridges and shores; mean 0.5."""

    grids: tuple[Array, ...]

    @classmethod
    def draw(cls, rng: np.random.Generator, base: int, octaves: int) -> "Profile":
        """Draw a profile with ``base`` numbers across the picture in its coarsest octave."""
        columns = [base * 2**octave for octave in range(octaves)]
        # A cut through the middle of a square field: bicubic weights reach no further than 4 rows.
        return cls(tuple(rng.random((min(n, 4), n), dtype=np.float32) for n in columns))

    def along(self, size: int) -> Array:
        """The profile at each column of a picture, float32 (size,)."""
        total = np.zeros(size, np.float32)
        strength, sum_of_strengths = 1.0, 0.0
        for grid in self.grids:
            total += strength * cv2.resize(grid, (size, 1), interpolation=cv2.INTER_CUBIC)[0]
            sum_of_strengths += strength
            strength /= 2
        total /= sum_of_strengths
        return total


def _window(grid: Array, size: int, rows: slice, columns: slice) -> Array:
    """What ``cv2.resize`` to (size, size) would give on a window, without the rest of it."""
    return _along(_along(grid, size, rows).T, size, columns).T


def _along(grid: Array, size: int, pixels: slice) -> Array:
    """Rows of a grid, float32 (cells, n), at a range of ``size`` pixels: (pixels, n).

    Products and sums one by one, which are the same on every machine; in a product of matrices
    their order, and so the last bit, is the machine's.
    """
    cells, weights = _taps(grid.shape[0], size)
    total = grid[cells[pixels, 0]] * weights[pixels, 0, None]
    for tap in range(1, weights.shape[1]):
        total += grid[cells[pixels, tap]] * weights[pixels, tap, None]
    return total


@lru_cache(maxsize=64)
def _taps(cells: int, size: int) -> tuple[NDArray[np.int64], Array]:
    """Bicubic interpolation from ``cells`` numbers to ``size`` pixels, edges repeated.

    Returns:
        For each pixel four cells at most, ascending, int64 (size, taps), and their weights,
        float32 (size, taps).
    """
    position = (np.arange(size) + 0.5) * cells / size - 0.5
    base = np.floor(position).astype(int)
    matrix = np.zeros((size, cells))
    for tap in range(-1, 3):
        distance = np.abs(position - base - tap)
        near = ((_SHARPNESS + 2) * distance - (_SHARPNESS + 3)) * distance**2 + 1
        far = _SHARPNESS * (((distance - 5) * distance + 8) * distance - 4)
        weight = np.where(distance <= 1, near, far)
        np.add.at(matrix, (np.arange(size), np.clip(base + tap, 0, cells - 1)), weight)
    taps = min(cells, 4)
    first = np.clip(base - 1, 0, cells - taps)
    places = first[:, None] + np.arange(taps)
    weights = np.take_along_axis(matrix, places, 1).astype(np.float32)
    for array in (places, weights):
        array.setflags(write=False)
    return places, weights
