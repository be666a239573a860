"""How many units of a layer match a concept, by category, both ways of counting. Free of torch.

Published counts are of two kinds that are easily mixed up: of *units* that match any concept of a
category, and of *distinct concepts* that any unit matches (Bau et al. 2020, figure 1 and "Methods
of network dissection"). A unit matches its label if their IoU is above the min IoU, 0.04 as
published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.results.layer_dissection import LayerDissection

#: A unit is interpretable if its IoU with its label is above this.
INTERPRETABLE = 0.04
ALL = "all"
#: Fewer units that match tell nothing of the sample.
_FEW = 10


@dataclass(frozen=True)
class CategoryCount:
    """One category of one layer.

    Attributes:
        category: its name, or "all".
        units: interpretable units whose label is of this category.
        concepts: distinct labels among them.
        confirmed: of how many of these units the label's held-out IoU, ``HeldOut.iou``, is above
            the min IoU, too; None where that is not known.
    """

    category: str
    units: int
    concepts: int
    confirmed: int | None


def require_min_iou(min_iou: float) -> None:
    """Raise a BadInputError unless the min IoU is from 0 to below 1."""
    if not 0 <= min_iou < 1:
        raise BadInputError(
            f"Units match a concept above an IoU from 0 to below 1, not {min_iou:g}."
        )


def interpretable(layer: LayerDissection, min_iou: float = INTERPRETABLE) -> NDArray[np.bool_]:
    """Which units match a concept, bool (units,): IoU with their label strictly above.

    Raises:
        BadInputError: ``min_iou`` is not from 0 to below 1.
    """
    require_min_iou(min_iou)
    found: NDArray[np.bool_] = layer.label_iou > min_iou
    return found


def count_categories(layer: LayerDissection, min_iou: float = INTERPRETABLE) -> list[CategoryCount]:
    """The counts of each category, in the vocabulary's order, and of all together last.

    Args:
        layer: one layer of a dissection.
        min_iou: a unit matches its label above this IoU.

    Raises:
        BadInputError: ``min_iou`` is not from 0 to below 1.
    """
    names = layer.vocabulary.categories
    of_concept = np.array(layer.vocabulary.category_indices())
    good = interpretable(layer, min_iou)
    labels = layer.labels[good]
    units = np.bincount(of_concept[labels], minlength=len(names))
    concepts = np.bincount(of_concept[np.unique(labels)], minlength=len(names))
    confirmed: list[int | None] = [None] * (len(names) + 1)
    if layer.tally is not None:
        held_out = labels[layer.held_out().iou[good] > min_iou]
        by_category = np.bincount(of_concept[held_out], minlength=len(names))
        confirmed = [*by_category.tolist(), len(held_out)]
    return [
        CategoryCount(*row)
        for row in zip(
            (*names, ALL),
            (*units.tolist(), len(labels)),
            (*concepts.tolist(), len(np.unique(labels))),
            confirmed,
            strict=True,
        )
    ]


def doubtful_count(
    layer: LayerDissection, provenance: Mapping[str, Any], min_iou: float = INTERPRETABLE
) -> str:
    """What there is to say where chance names most of the units; empty where it does not.

    A small sample finds a concept for nearly every unit; held out, far fewer match.

    Args:
        layer: one layer of a dissection.
        provenance: of the dissection, which tells the size of its sample.
        min_iou: a unit matches its label above this IoU.

    Returns:
        The beginning of a sentence, such as "of 156 units that match, 34 do so held out, on the
        half of the sample that speaks less for their label; 10 inputs are too few".
    """
    row = next(count for count in count_categories(layer, min_iou) if count.category == ALL)
    if row.confirmed is None or row.units < _FEW or 2 * row.confirmed >= row.units:
        return ""
    size = (provenance.get("sample") or {}).get("size")
    of = f"; {size:,} inputs are too few" if isinstance(size, int) else ""
    return (
        f"of {row.units} units that match, {row.confirmed} do so held out, on the half of the "
        f"sample that speaks less for their label{of}"
    )
