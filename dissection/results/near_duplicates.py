"""Concepts that are one thing by several names: the same pixels, painted by the same units.

A scene's trees, their canopies and the foliage on them may be named apart and yet be the same
pixels; brushes of all of them then take the same units and do the same. A person chooses from one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dissection.results.brushes import MeasuredBrush, rank_units
from dissection.results.dissection import Dissection
from dissection.runtime.choices import Order
from dissection.vocabulary import Concept

#: Overlap of the IoU of all units with two concepts from which on their pixels are the same. With
#: the bundled generator of 256 px water and its material have 0.97, tree and canopy 0.92, earth and
#: path 0.86, roof and tile 0.76. Foliage has four times the area of trees, as grass and hedges are
#: made of it too, and less than 0.4 with them.
SAME_PIXELS = 0.88
#: Share of units in common, of those in either, from which on they are the same. There the pairs of
#: the same pixels have 0.82 and more, earth and path 0.65.
SAME_UNITS = 0.75
#: Units of each concept that are compared. Brushes themselves differ in their number and layers,
#: which trials chose of several that were equally good.
_COMPARED = 20
#: A thing goes before its part, and a part before what it is made of.
_RANK = {"object": 0, "part": 1}


def near_duplicates(
    dissection: Dissection, brushes: Sequence[MeasuredBrush]
) -> dict[Concept, Concept]:
    """Which concepts stand for the same as another one.

    Args:
        dissection: where the brushes were measured.
        brushes: of its concepts, best first.

    Returns:
        For each concept that is a near-duplicate the one that stands for it: a thing before its
        part and its material, else the better one. That one is no duplicate itself. Weak brushes
        stand for nothing.
    """
    strong = [brush for brush in brushes if brush.weak is None]
    ordered = sorted(strong, key=lambda brush: _RANK.get(brush.concept.category, len(_RANK)))
    profiles = {brush.concept: _profile(dissection, brush.concept) for brush in ordered}
    leaders: list[MeasuredBrush] = []
    found: dict[Concept, Concept] = {}
    for brush in ordered:
        profile = profiles[brush.concept]
        for leader in leaders:
            alike = _overlap(profile, profiles[leader.concept]) >= SAME_PIXELS
            if alike and _shared(dissection, brush, leader) >= SAME_UNITS:
                found[brush.concept] = leader.concept
                break
        else:
            leaders.append(brush)
    return found


def _profile(dissection: Dissection, concept: Concept) -> NDArray[np.float64]:
    """The IoU of all units of all layers with a concept: concepts of the same pixels have one."""
    index = dissection.vocabulary.id(concept)
    iou = np.concatenate([layer.iou[index] for layer in dissection.values()])
    return np.nan_to_num(iou.astype(np.float64))


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The sum of the lesser values over that of the greater ones; 0 where that is too low."""
    low, high = sorted((float(one.sum()), float(other.sum())))
    if low < SAME_PIXELS * high:  # it cannot be more than this, and most pairs are far from it
        return 0.0
    most = float(np.maximum(one, other).sum())
    return float(np.minimum(one, other).sum()) / most if most else 0.0


def _shared(dissection: Dissection, one: MeasuredBrush, other: MeasuredBrush) -> float:
    """Of the best units of two concepts, those of both over those of either, 0..1.

    By effect where that was measured; the mean over the layers of either brush.
    """
    shares = []
    for name in {*one.brush.layers, *other.brush.layers}:
        layer = dissection[name]
        order: Order = "iou" if layer.effect is None else "effect"
        ours, theirs = (
            set(rank_units(layer, dissection.vocabulary.id(c), order, _COMPARED).tolist())
            for c in (one.concept, other.concept)
        )
        shares.append(len(ours & theirs) / max(len(ours | theirs), 1))
    return float(np.mean(shares)) if shares else 0.0
