"""How often each unit takes which activation. Free of torch.

A unit's activations at all cells of its map and in all images (raw, not upsampled) are counted in
bins of equal width between the lowest and the highest of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 64
HISTOGRAM_ARRAYS = ("lowest", "highest", "bins")


@dataclass(frozen=True, eq=False)
class Histogram:
    """The histograms of all units of a layer.

    An activation a is in bin ``(a - lowest) * (64 / (highest - lowest))``, without its fraction
    and at most 63, in single precision. A unit that never changes is in bin 0.

    Attributes:
        lowest: float32 (units,): each unit's lowest activation.
        highest: float32 (units,): each unit's highest activation.
        bins: int64 (units, 64): cells of the maps counted in each bin; a unit's add up to all.
    """

    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]
    bins: NDArray[np.int64]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Histogram":
        """The inverse of ``to_arrays``.

        Raises:
            KeyError: an array is missing.
        """
        return cls(*(arrays[key] for key in HISTOGRAM_ARRAYS))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, for a file."""
        return {key: getattr(self, key) for key in HISTOGRAM_ARRAYS}

    def edges(self, unit: int) -> NDArray[np.float64]:
        """The borders of a unit's bins, float64 (65,), ascending."""
        return np.linspace(float(self.lowest[unit]), float(self.highest[unit]), BINS + 1)


def bin_scale(lowest: NDArray[np.float32], highest: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bins in an activation of 1, float32 (units,); 0 for units that never change."""
    width = highest.astype(np.float64) - lowest.astype(np.float64)
    scale = np.divide(BINS, width, out=np.zeros_like(width), where=width > 0)
    return np.minimum(scale, np.finfo(np.float32).max).astype(np.float32)
