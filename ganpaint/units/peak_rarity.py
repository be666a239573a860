"""How rare the peaks of a layer's units on one picture are: as numbers, an order, and words. No Qt.

A peak that no picture of the sample has is no rarer than another such one as a share, which is 0 of
all; how far it is above the sample's highest activation, in ranges of the unit, tells them apart.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.results.layer_dissection import LayerDissection
from dissection.results.rarity import beyond_sample, rarity

#: A share below this is told as being below it: a thousandth of a percent is a cell or two.
_LEAST = 1e-4
#: A peak that is less of the unit's range above the highest is taken for the highest itself:
#: pictures are made in other precisions than those that were counted.
_ABOVE = 1e-3


@dataclass(frozen=True, eq=False)
class PeakRarities:
    """Of each unit of a layer.

    Attributes:
        shares: float64 (units,), 0..1: of the sample's positions where it is as active.
        beyond: float64 (units,): how far its peak is above the highest activation of the sample,
            in ranges of the unit from its lowest to its highest; 0 where it is not.
    """

    shares: NDArray[np.float64]
    beyond: NDArray[np.float64]

    @classmethod
    def of(cls, layer: LayerDissection, peaks: NDArray[np.float32]) -> "PeakRarities":
        """Compare peaks, float32 (units,), with the sample that a layer was measured on."""
        return cls(rarity(layer, peaks), beyond_sample(layer, peaks))

    def __len__(self) -> int:
        return len(self.shares)

    def key(self, unit: int) -> tuple[float, float]:
        """What units are ordered by, the rarest first."""
        return float(self.shares[unit]), -float(self.beyond[unit])

    def told(self, unit: int) -> str:
        """In a few letters, such as ``top 0.30%``."""
        if self.beyond[unit] > _ABOVE:
            return "above all"
        share = float(self.shares[unit])
        return f"top {share:.2%}" if share >= _LEAST else f"top < {_LEAST:.2%}"

    def explained(self, unit: int) -> str:
        """The same in a sentence without its end."""
        above = float(self.beyond[unit])
        if above > _ABOVE:
            far = f"{above:.0%}" if above >= 0.01 else "less than 1%"
            return (
                "its peak on the picture is above that on every picture of the sample, by "
                f"{far} of the range that it has there"
            )
        share = float(self.shares[unit])
        least = f"less than {_LEAST:.2%}" if share < _LEAST else f"{share:.2%}"
        return f"it is as active as at its peak on the picture at {least} of the sample's positions"
