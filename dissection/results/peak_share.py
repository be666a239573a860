"""How many pictures of the sample have as high a peak as one that is at hand. Free of torch.

A rarity tells it of positions (``rarity``), this of whole pictures: what a person asks who sees
one picture light a unit. The highest peaks are stored with the exemplars, so that among them the
place is exact; below, 48 peaks of the pictures that show the unit's label and 48 of the others,
evenly over their order, say it roughly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.results.layer_dissection import LayerDissection


@dataclass(frozen=True)
class PeakShare:
    """Where a peak lies among those of the sample's pictures.

    Attributes:
        higher: how many exemplars have a higher peak, where fewer than all of them have; else
            None.
        share: 0..1, the share of the sample's pictures whose peak is at least as high, estimated;
            None where nobody knows.
    """

    higher: int | None
    share: float | None


def peak_share(layer: LayerDissection, unit: int, peak: float) -> PeakShare:
    """Where a peak lies among those of the sample's pictures.

    Args:
        layer: what was measured of the layer.
        unit: number.
        peak: the unit's highest activation in a picture, over the raw map.
    """
    known = layer.peaks[unit]
    higher = int((known > peak).sum())
    place = higher if higher < len(known) else None
    relations, detectors = layer.relations, layer.detectors
    if relations is None or detectors is None or not detectors.defined[unit]:
        return PeakShare(place, None)
    shown, absent = detectors.shown[:, unit].tolist()
    with_, without = (_reached(row[unit], peak) for row in _dots(layer))
    return PeakShare(place, (shown * with_ + absent * without) / (shown + absent))


def _dots(layer: LayerDissection) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    assert layer.relations is not None, "they were measured"
    return layer.relations.peaks_with, layer.relations.peaks_without


def _reached(ordered: NDArray[np.float32], peak: float) -> float:
    """The share of a distribution that is at least as high as a value.

    Args:
        ordered: ascending, from the lowest to the highest, evenly over their order.
        peak: the value.
    """
    lower = np.searchsorted(ordered, peak, side="left")
    if lower == 0 or lower == len(ordered):
        return float(lower == 0)
    below, above = float(ordered[lower - 1]), float(ordered[lower])
    between = (peak - below) / (above - below)
    return 1 - (lower - 1 + between) / (len(ordered) - 1)
