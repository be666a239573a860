"""The numbers behind the charts, as tables: what is drawn is what is exported. No Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dissection.results.dissection import Dissection
from dissection.results.interpretable import INTERPRETABLE, count_categories, interpretable
from dissection.vocabulary import Concept
from ganpaint.toolkit.csv_text import as_csv
from ganpaint.units.unit_table import UnitTable


@dataclass(frozen=True)
class ConceptBar:
    """A concept of a layer.

    Attributes:
        concept: which.
        units: how many units match it best, above the bar.
        iou: of the best of them.
    """

    concept: Concept
    units: int
    iou: float


def concept_bars(table: UnitTable, min_iou: float = INTERPRETABLE) -> list[ConceptBar]:
    """The concepts that units of a layer match, by category, then by falling number of units.

    As in Bau et al. 2020, figures 1d and 3d.
    """
    layer = table.layer
    good = interpretable(layer, min_iou)
    order = {name: place for place, name in enumerate(layer.vocabulary.categories)}
    bars = []
    for label in np.unique(layer.labels[good]).tolist():
        units = good & (layer.labels == label)
        iou = float(layer.label_iou[units].max())
        bars.append(ConceptBar(layer.vocabulary[label], int(units.sum()), iou))
    return sorted(
        bars, key=lambda bar: (order.get(bar.concept.category, 99), -bar.units, bar.concept.name)
    )


@dataclass(frozen=True)
class LayerBar:
    """A layer: by category, how many units match a concept and how many concepts are matched."""

    layer: str
    units: dict[str, int]
    concepts: dict[str, int]


def layer_bars(dissection: Dissection, min_iou: float = INTERPRETABLE) -> list[LayerBar]:
    """All layers, in the order of the network (Bau et al. 2020, figures 1e, 3c and S1)."""
    bars = []
    for name, layer in dissection.items():
        counts = count_categories(layer, min_iou)[:-1]
        bars.append(
            LayerBar(
                name,
                {count.category: count.units for count in counts},
                {count.category: count.concepts for count in counts},
            )
        )
    return bars


def concept_csv(bars: Sequence[ConceptBar]) -> str:
    """The bars of a layer as CSV."""
    rows: list[Sequence[object]] = [("concept", "category", "units", "best_iou")]
    rows += [(b.concept.name, b.concept.category, b.units, f"{b.iou:.6f}") for b in bars]
    return as_csv(rows)


def layer_csv(bars: Sequence[LayerBar]) -> str:
    """The layers as CSV: a row for each layer and category."""
    rows: list[Sequence[object]] = [("layer", "category", "matching_units", "distinct_concepts")]
    for bar in bars:
        rows += [(bar.layer, name, n, bar.concepts[name]) for name, n in bar.units.items()]
    return as_csv(rows)
