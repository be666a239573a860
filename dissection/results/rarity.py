"""Which units fire somewhere in a picture, ranked by how rare that is for each. Free of torch.

An activation says little by itself: units differ in scale. So each is compared with what the unit
does elsewhere, as the level t_u is (Bau et al. 2020, "Quantifying agreement"): a unit is ranked by
the share of all positions in the sample where its activation is as high.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.painting.boxes import Box
from dissection.painting.edits import Brush, LayerUnits
from dissection.vocabulary import Concept

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissection.results.layer_dissection import LayerDissection

#: The category of brushes that a person made of units; no segmenter has one of this name.
OWN_CATEGORY: Final = "mine"
_RAW = "raw-"


@dataclass(frozen=True, eq=False)
class UnitActivations:
    """Units of one layer at one place, the one whose activation is rarest for it first.

    Attributes:
        units: int64 (k,).
        activations: float32 (k,), means over the place's cells.
        activation_thresholds: float32 (k,), t_u of each.
        rarities: float64 (k,), 0..1: the share of positions in the sample where the unit is at
            least as active; 1 less the quantile of its activation.
        labels: int64 (k,), indices into the vocabulary; 0 for none.
        iou: float32 (k,), of each unit with its label; 0 where it is not known.
        counted: whether rarities were read from histograms; else they were estimated from levels.
    """

    units: NDArray[np.int64]
    activations: NDArray[np.float32]
    activation_thresholds: NDArray[np.float32]
    rarities: NDArray[np.float64]
    labels: NDArray[np.int64]
    iou: NDArray[np.float32]
    counted: bool

    def __len__(self) -> int:
        return len(self.units)


def firing(
    layer: "LayerDissection", features: NDArray[np.float32], box: Box, k: int
) -> UnitActivations:
    """The k units that fire most unusually in a rectangle of cells.

    Ties go to the unit that is higher above its level t_u, then to the lower index.

    Args:
        layer: what was measured of the layer.
        features: float32 (C, h, w), the layer's output for one picture.
        box: cells; what lies over the borders of the map is left out.
        k: at least 1; a layer with fewer units gives all it has.

    Raises:
        BadInputError: the box misses the map, k is below 1, or the features are of another layer.
    """
    if features.shape != layer.shape:
        raise BadInputError(
            f"The dissection of {layer.name} is of {layer.shape} activations, and these are "
            f"{features.shape}; it belongs to another network."
        )
    inside = box.within(*features.shape[1:])
    if k < 1 or inside.bottom <= inside.top or inside.right <= inside.left:
        raise BadInputError(f"There are no {k} units to be found in {box} of {layer.name}.")
    activations = features[:, *inside.slices].mean((1, 2))
    rarities = rarity(layer, activations)
    levels = layer.activation_threshold
    above = np.divide(activations, levels, out=np.zeros_like(activations), where=levels > 0)
    ranked = np.lexsort((-above, rarities))[:k]  # stable: the last tie goes to the lower index
    labels = layer.labels[ranked]
    iou = np.nan_to_num(layer.iou[labels, ranked])
    return UnitActivations(
        ranked.astype(np.int64),
        activations[ranked],
        levels[ranked],
        rarities[ranked],
        labels,
        iou.astype(np.float32),
        layer.histogram is not None,
    )


def rarity(layer: "LayerDissection", activations: NDArray[np.float32]) -> NDArray[np.float64]:
    """How rare it is that each unit is at least as active.

    With histograms they are counted, the positions within a bin spread evenly over it. Without,
    the tail of each unit's distribution is taken to be exponential, through its levels: exact at
    each level, a guess far away from them.

    Args:
        layer: what was measured of the layer.
        activations: float32 (C,), one for each unit.

    Returns:
        float64 (C,), 0..1; 1 for units that never change, as they fire nowhere.
    """
    found = layer.histogram
    if found is not None:
        return _counted(found.lowest, found.highest, found.bins, activations.astype(np.float64))
    return _estimated(layer, activations.astype(np.float64))


def beyond_sample(
    layer: "LayerDissection", activations: NDArray[np.float32]
) -> NDArray[np.float64]:
    """How far each unit is above the highest activation that it has on the sample.

    Where nothing on the sample is as high, all rarities are 0: by this they are told apart.

    Args:
        layer: what was measured of the layer.
        activations: float32 (C,), one for each unit.

    Returns:
        float64 (C,), in ranges of the unit from its lowest to its highest activation; 0 where it is
        not above, for units that never change, and where no histograms tell.
    """
    found = layer.histogram
    if found is None:
        return np.zeros(len(activations))
    highest = found.highest.astype(np.float64)
    spread = highest - found.lowest
    above = np.maximum(activations.astype(np.float64) - highest, 0)
    return np.divide(above, spread, out=np.zeros_like(spread), where=spread > 0)


def _counted(
    lowest: NDArray[np.float32],
    highest: NDArray[np.float32],
    bins: NDArray[np.int64],
    activations: NDArray[np.float64],
) -> NDArray[np.float64]:
    units, count = bins.shape
    width = (highest.astype(np.float64) - lowest) / count
    changes = width > 0
    offset = (activations - lowest) / np.where(changes, width, 1.0)
    place = np.clip(offset, 0, count)
    whole = np.minimum(place.astype(np.int64), count - 1)
    each = np.arange(units)
    behind = np.zeros((units, count + 1))  # positions in a bin and in all above it
    behind[:, :-1] = bins[:, ::-1].cumsum(1)[:, ::-1]
    at_least = behind[each, whole] - (place - whole) * bins[each, whole]
    share: NDArray[np.float64] = at_least / np.maximum(behind[:, 0], 1)
    return np.where(changes, share, 1.0)


def _estimated(layer: "LayerDissection", activations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rarities by levels: ``(1 - share) exp(-(a - level) / scale)``."""
    table = {
        name: row.astype(np.float64)
        for name, row in zip(layer.threshold_names, layer.threshold_table, strict=True)
    }
    smooth = sorted((float(name), row) for name, row in table.items() if _RAW not in name)
    share, level = smooth[0] if smooth else (0.99, layer.activation_threshold.astype(np.float64))
    scale = np.zeros_like(level)
    if len(smooth) > 1:  # how fast the tail falls between two levels of one kind
        farther, beyond = smooth[-1]
        scale = (beyond - level) / np.log((1 - share) / (1 - farther))
    # Where two levels are one, or there is but one: a tail that begins at zero.
    scale = np.where(scale > 0, scale, level / -np.log(1 - share))
    level = table.get(f"{_RAW}{share:g}", level)  # cells are not upsampled
    fires = scale > 0
    steps = (activations - level) / np.where(fires, scale, 1.0)
    rare = (1 - share) * np.exp(-np.clip(steps, -50, 500))
    return np.where(fires, np.minimum(rare, 1.0), np.where(activations > level, 1 - share, 1.0))


def brush_of_units(layer: "LayerDissection", units: "Sequence[int]", name: str) -> Brush:
    """A person's own brush: some units of one layer, each drawn at its level t_u.

    Args:
        layer: what was measured of the layer.
        units: best first, each once, at least one.
        name: what the brush is called; its category is ``OWN_CATEGORY``.

    Raises:
        BadInputError: no unit, a name of nothing but blanks, or a unit that the layer does not
            have.
    """
    name = name.strip()
    if not units or not name:
        raise BadInputError("A brush has a name and at least one unit; choose some and name it.")
    wrong = [unit for unit in units if not 0 <= unit < layer.shape[0]]
    if wrong:
        raise BadInputError(
            f"{layer.name} has no unit {wrong[0]}; it has 0 to {layer.shape[0] - 1}."
        )
    levels = tuple(float(t) for t in layer.activation_threshold[list(units)])
    return Brush(Concept(name, OWN_CATEGORY), {layer.name: LayerUnits(tuple(units), levels)})
