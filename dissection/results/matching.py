"""Concepts with the units that match them, by category, for charts and plots. Free of torch."""

import numpy as np

from dissection.results.interpretable import INTERPRETABLE, interpretable
from dissection.results.layer_dissection import LayerDissection
from dissection.vocabulary import CATEGORIES, Concept


def category_rank(category: str) -> int:
    """Categories in the order of the published figures; others come last."""
    return CATEGORIES.index(category) if category in CATEGORIES else len(CATEGORIES)


def bars_of(layer: LayerDissection, min_iou: float = INTERPRETABLE) -> list[tuple[Concept, int]]:
    """Concepts with the numbers of units that match them, by category, the most units first.

    Raises:
        BadInputError: ``min_iou`` is not from 0 to below 1.
    """
    labels, counts = np.unique(layer.labels[interpretable(layer, min_iou)], return_counts=True)
    found = [
        (layer.vocabulary[index], count)
        for index, count in zip(labels.tolist(), counts.tolist(), strict=True)
    ]
    return sorted(found, key=lambda bar: (category_rank(bar[0].category), bar[0].category, -bar[1]))
