"""One unit on one picture that is no part of the sample: its map, its peak, and how rare that is.

Of a classifier the picture is a person's own, of a generator the scene at hand. What the figures
are compared with is what the dissection stored: the level t_u of the IoU, the histogram of all
positions, the peaks of the sample's pictures.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.measurement.exemplars import layer_centers
from dissection.measurement.spotlight import region_above, upsampled
from dissection.results.dissection import Dissection
from dissection.results.peak_share import PeakShare, peak_share
from dissection.results.rarity import rarity
from dissection.vocabulary import Concept, Vocabulary

#: Positions along a side where a dissection does not tell its grid.
_GRID = 56


class UnitReading(NamedTuple):
    """A unit on a picture.

    Attributes:
        activations: float32 (size, size): its map, upsampled as for the IoU.
        peak: its highest activation, over the raw map.
        mean: the mean of the raw map.
        level: t_u, the level of the IoU; None where the dissection does not tell levels.
        above: 0..1, the share of the dissection's grid where the upsampled map is above the level;
            None without one.
        rarity: 0..1, the share of positions in the sample where the unit is at least as active as
            at its peak here; None without levels.
        among: where the peak lies among those of the sample's pictures.
    """

    activations: NDArray[np.float32]
    peak: float
    mean: float
    level: float | None
    above: float | None
    rarity: float | None
    among: PeakShare


def read_unit(
    dissection: Dissection, layer: str, unit: int, raw: NDArray[np.float32], size: int
) -> UnitReading:
    """What a unit's map of a picture says.

    Args:
        dissection: of the network that the map is of.
        layer: name of a layer.
        unit: which of its units.
        raw: float32 (h, w), the unit's output for the picture.
        size: width and height of the upsampled map, in pixels.

    Raises:
        UnknownNameError: no such layer.
        BadInputError: no such unit, or maps of another size were dissected.
    """
    measured = dissection[layer]
    units, *cells = measured.shape
    if not 0 <= unit < units or (any(cells) and list(raw.shape) != cells):
        raise BadInputError(
            f"The dissection of {layer} has units 0 to {units - 1} with maps of "
            f"{' × '.join(map(str, cells))} cells; a map of {' × '.join(map(str, raw.shape))} of "
            f"unit {unit} is another network's."
        )
    peak, centers = float(raw.max()), layer_centers(dissection, layer)
    level = above = rare = None
    if measured.threshold_names:
        level = float(measured.activation_threshold[unit])
        side = grid_of(dissection)
        above = float(region_above(raw, level, (side, side), centers).mean())
        row = np.zeros(units, np.float32)
        row[unit] = peak
        rare = float(rarity(measured, row)[unit])
    large = upsampled(raw, (size, size), centers).astype(np.float32)
    among = peak_share(measured, unit, peak)
    return UnitReading(large, peak, float(raw.mean()), level, above, rare, among)


def concept_iou(
    dissection: Dissection,
    layer: str,
    unit: int,
    raw: NDArray[np.float32],
    labels: NDArray[np.int64],
    vocabulary: Vocabulary,
) -> float | None:
    """IoU of a unit above its level with its label, on one picture: 0..1.

    Args:
        dissection: of the network that the map is of.
        layer: name of a layer with levels.
        unit: which of its units.
        raw: float32 (h, w), the unit's output for the picture.
        labels: int64 (K, side, side), what a segmenter sees in it, on the dissection's grid.
        vocabulary: the segmenter's.

    Returns:
        None where the unit has no label, the segmenter does not know it, or neither is there.

    Raises:
        StoreError: the layer has no levels.
    """
    measured = dissection[layer]
    concept: Concept = measured.vocabulary[int(measured.labels[unit])]
    if measured.labels[unit] == 0 or concept not in vocabulary:
        return None
    level = float(measured.activation_threshold[unit])
    centers = layer_centers(dissection, layer)
    region = region_above(raw, level, (labels.shape[1], labels.shape[2]), centers)
    there = (labels == vocabulary.id(concept)).any(0)
    union = int((region | there).sum())
    return float((region & there).sum() / union) if union else None


def grid_of(dissection: Dissection) -> int:
    """Positions along a side of the grid that a dissection was measured on."""
    told = dissection.provenance.get("levels")
    grid = told.get("grid") if isinstance(told, Mapping) else None
    return grid if isinstance(grid, int) and grid > 0 else _GRID
