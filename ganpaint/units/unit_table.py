"""The units of a layer as the grid knows them: what is told of each, filtered and ordered.

The figures are those of ``dissection.results.rows``, which tables and pages show too. No Qt here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dissection.results.dissection import Dissection
from dissection.results.interpretable import INTERPRETABLE, doubtful_count
from dissection.results.layer_dissection import LayerDissection
from dissection.results.rows import UnitRow, classes_of_units, unit_rows
from dissection.statistics.relations import LOWER_IMAGES, LOWER_SHARES
from dissection.vocabulary import NOTHING, Concept
from ganpaint.units.notes_file import Place
from ganpaint.units.peak_rarity import PeakRarities

#: Exemplars fall into two groups from this difference of mean cosines on.
TWO_THINGS = 0.3
UnitOrder = Literal["iou", "concept", "unit", "effect", "accuracy", "two", "fires"]
#: What units can be ordered by, and what the screen says of it.
ORDERS: dict[UnitOrder, str] = {
    "iou": "IoU",
    "concept": "Concept",
    "unit": "Number",
    "effect": "Effect on the concept",
    "accuracy": "Detector accuracy",
    "two": "Two things",
    "fires": "What fires here",
}


def held_out_words(row: UnitRow) -> str:
    """The held-out IoU of a unit's label, and what speaks against the label; empty if not known."""
    if row.held_out is None or row.label == NOTHING:
        return ""
    said = f"held out {row.held_out:.3f}"
    if row.well_below:
        said += ", well below"
    return f"{said}: the halves of the sample choose different concepts" if row.torn else said


@dataclass(frozen=True)
class UnitFilter:
    """Which units are shown; an empty one shows all.

    Attributes:
        concept: units whose label it is, or, with ``least`` above 0, whose IoU with it is as high.
        category: units whose label is of it; empty for any.
        least: the lowest IoU, with the concept if one is chosen, else with the label.
        text: words that label, category, number, name or note of a unit hold, any case.
        class_name: units that are among those that matter most to it; empty for any.
        places: only these (layer, number), whatever layer shows; None for any. A list of the
            user's, for instance.
        about: what these are called: "list domes".
        two: the units that mean two things, where that was measured.
    """

    concept: Concept | None = None
    category: str = ""
    least: float = 0.0
    text: str = ""
    class_name: str = ""
    places: frozenset[Place] | None = None
    about: str = ""
    two: bool = False

    @property
    def narrows(self) -> bool:
        """Whether it leaves any unit out."""
        return self != UnitFilter()


class UnitTable:
    """What is told of every unit of one layer.

    Args:
        dissection: where it was measured.
        layer: its name.
        min_iou: units match their label above this IoU; the others are grayed.

    Attributes:
        dissection: as given.
        layer: what was measured of the layer.
    """

    def __init__(self, dissection: Dissection, layer: str, min_iou: float = INTERPRETABLE) -> None:
        self.dissection = dissection
        self.layer: LayerDissection = dissection[layer]
        self._min_iou = min_iou

    def __len__(self) -> int:
        return self.layer.shape[0]

    @cached_property
    def rows(self) -> list[UnitRow]:
        """What is told of every unit, in order; counting what a filter lets through needs none."""
        return unit_rows(self.dissection, self.name, self._min_iou)

    @property
    def name(self) -> str:
        """Of the layer."""
        return self.layer.name

    @cached_property
    def doubt(self) -> str:
        """Why the count of matching units is not to be trusted; empty where it is."""
        return doubtful_count(self.layer, self.dissection.provenance)

    @cached_property
    def concepts(self) -> list[tuple[Concept, int]]:
        """The labels of this layer's units, and how many have each; the most frequent first."""
        labels, counts = np.unique(self.layer.labels, return_counts=True)
        found = [
            (self.layer.vocabulary[int(label)], int(count))
            for label, count in zip(labels, counts, strict=True)
            if label
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The categories of these labels, in the vocabulary's order."""
        found = {concept.category for concept, _ in self.concepts}
        return tuple(name for name in self.layer.vocabulary.categories if name in found)

    def iou_with(self, concept: Concept | None) -> NDArray[np.float32]:
        """Each unit's IoU with a concept, float32 (units,); with its label if that is None."""
        if concept is None or concept not in self.layer.vocabulary:
            return self.layer.label_iou
        iou: NDArray[np.float32] = np.nan_to_num(self.layer.iou[self.layer.vocabulary.id(concept)])
        return iou

    def effect_on(self, concept: Concept | None) -> NDArray[np.float32] | None:
        """Each unit's effect on a concept, float32 (units,), or on its label; None unmeasured."""
        effect = self.layer.effect
        if effect is None:
            return None
        if concept is not None and concept in self.layer.vocabulary:
            row: NDArray[np.float32] = effect[self.layer.vocabulary.id(concept)]
            return row
        own: NDArray[np.float32] = effect[self.layer.labels, np.arange(len(self))]
        return own

    @cached_property
    def _searched(self) -> list[str]:
        labels = [self.layer.vocabulary[index] for index in self.layer.labels.tolist()]
        return [f"{one.name} {one.category} {unit}".lower() for unit, one in enumerate(labels)]

    @cached_property
    def _classes(self) -> list[tuple[str, ...]]:
        return classes_of_units(self.layer, self.dissection.classes)

    def shown(
        self,
        chosen: UnitFilter,
        order: UnitOrder = "iou",
        notes: Callable[[int], str] = lambda _: "",
        rarities: PeakRarities | None = None,
    ) -> list[int]:
        """The units that a filter lets through, in an order.

        Args:
            chosen: the filter.
            order: a key of ``ORDERS``; with a filter by concept, IoU and effect are those with it.
            notes: what the user wrote of a unit, searched too.
            rarities: of the layer's units on a picture, for the order "fires".

        Returns:
            Numbers of units; ties go to the lower number.
        """
        units = self.matching(chosen, notes)
        keys = self._keys(order, chosen.concept, self.iou_with(chosen.concept), rarities)
        return sorted(units, key=lambda unit: (keys[unit], unit))

    def matching(self, chosen: UnitFilter, notes: Callable[[int], str] = lambda _: "") -> list[int]:
        """The units that a filter lets through, by number; see ``shown``."""
        keep = np.ones(len(self), bool)
        vocabulary, labels = self.layer.vocabulary, self.layer.labels
        iou = self.iou_with(chosen.concept)
        if chosen.concept is not None and chosen.least <= 0:
            known = chosen.concept in vocabulary
            keep &= labels == vocabulary.id(chosen.concept) if known else False
        elif chosen.concept is not None:
            keep &= iou > 0
        if chosen.category:
            categories = np.array([concept.category for concept in vocabulary], object)
            keep &= (categories == chosen.category)[labels]
        if chosen.least > 0:
            keep &= iou >= chosen.least
        if chosen.class_name:
            keep &= np.array([chosen.class_name in names for names in self._classes], bool)
        if chosen.places is not None:
            own = [unit for layer, unit in chosen.places if layer == self.name]
            keep &= np.isin(np.arange(len(self)), own)
        if chosen.two:
            keep &= self.two_things
        words = chosen.text.lower().split()
        return [
            unit
            for unit in np.flatnonzero(keep).tolist()
            if not words or all(w in f"{self._searched[unit]} {notes(unit).lower()}" for w in words)
        ]

    def further_down(self, unit: int) -> list[tuple[str, tuple[int, ...]]]:
        """Exemplars from below the top: what each group is, and places in the sample.

        Of a small sample the highest thousandth are the exemplars themselves: what is shown as
        one, or in a group above, is left out, and so is a group of which nothing else is left.
        """
        relations = self.layer.relations
        if relations is None:
            return []
        rows = relations.lower[unit].reshape(len(LOWER_SHARES), LOWER_IMAGES).tolist()
        shown = set(self.layer.exemplars[unit].tolist())
        found = []
        for share, row in zip(LOWER_SHARES, rows, strict=True):
            images = tuple(image for image in dict.fromkeys(row) if image not in shown)
            shown.update(images)
            if images:
                found.append((f"peaks above those of {100 * share:.4g}% of all pictures", images))
        return found

    def counterexamples(self, unit: int) -> list[tuple[str, tuple[int, ...]]]:
        """Pictures that speak against the unit as a detector of its label, both ways."""
        relations, detectors = self.layer.relations, self.layer.detectors
        if relations is None or detectors is None or not detectors.defined[unit]:
            return []
        name = self.rows[unit].label.name
        return [
            (f"{name} is there, and the unit is silent", _distinct(relations.missed[unit])),
            (
                f"no {name}, or too little to count, and the unit fires",
                _distinct(relations.mistaken[unit]),
            ),
        ]

    def pr_areas(self, unit: int) -> dict[int, float]:
        """Areas under the precision-recall curve, by index of the concept, where measured."""
        relations = self.layer.relations
        if relations is None:
            return {}
        pairs = zip(relations.ranked[unit].tolist(), relations.areas[unit].tolist(), strict=True)
        return {index: area for index, area in pairs if index}

    @property
    def missing_figures(self) -> str:
        """What of a unit's figures was not measured, a sentence; empty where all was."""
        if self.layer.relations is not None:
            return ""
        return "PR area: not measured in this dissection."

    def peak_samples(self, unit: int) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Peaks in pictures with the label and without, evenly over their order.

        Returns:
            Float32 (48,) each, activations, lowest to highest; 0 where the unit has no detector.
            None where that was not measured.
        """
        relations = self.layer.relations
        if relations is None:
            return None
        return relations.peaks_with[unit], relations.peaks_without[unit]

    def similar(self, unit: int) -> list[tuple[str, int, float]] | None:
        """Layers, numbers and correlations of the most similar units; None where not measured."""
        relations = self.layer.relations
        if relations is None:
            return None
        names = self.dissection.layers
        rows = zip(
            relations.near_layers[unit].tolist(),
            relations.near_units[unit].tolist(),
            relations.near_values[unit].tolist(),
            strict=True,
        )
        return [(names[at], other, r) for at, other, r in rows if at < len(names)]

    def clarity(self, unit: int) -> tuple[float, float] | None:
        """Mean cosine of the unit's exemplars, and how far they fall into two groups."""
        found = self.layer.clarity
        return None if found is None else (float(found.clarity[unit]), float(found.apart[unit]))

    @property
    def map_places(self) -> NDArray[np.float32] | None:
        """Places of the units on the map, float32 (units, 2); None where not measured."""
        return None if self.layer.relations is None else self.layer.relations.places

    @property
    def two_measured(self) -> bool:
        """Whether it is known which units mean two things."""
        return self.layer.clarity is not None

    @property
    def two_things(self) -> NDArray[np.bool_]:
        """Which units mean two things, bool (units,); none where that was not measured."""
        if self.layer.clarity is None:
            return np.zeros(len(self), bool)
        found: NDArray[np.bool_] = self.layer.clarity.apart >= TWO_THINGS
        return found

    def _keys(
        self,
        order: UnitOrder,
        concept: Concept | None,
        iou: NDArray[np.float32],
        rarities: PeakRarities | None,
    ) -> Sequence[Any]:
        """What each unit is ordered by, the smallest first."""
        match order:
            case "concept":
                return [
                    (row.label == NOTHING, row.label.name, row.label.category, -row.iou)
                    for row in self.rows
                ]
            case "effect":
                effect = self.effect_on(concept)
                return list(-effect if effect is not None else -iou)
            case "two" if self.layer.clarity is not None:
                return list(-self.layer.clarity.apart)
            case "accuracy":
                return [-(row.accuracy or 0.0) for row in self.rows]
            case "fires" if rarities is not None:
                return [rarities.key(unit) for unit in range(len(rarities))]
            case "unit":
                return [row.unit for row in self.rows]
        return list(-iou)

    def orders(self, fires: bool) -> dict[UnitOrder, str]:
        """Those of ``ORDERS`` that this layer was measured for.

        Args:
            fires: whether rarities on a picture are known.
        """
        known = {
            "effect": self.layer.effect is not None,
            "accuracy": self.layer.detectors is not None,
            "fires": fires,
            "two": self.two_measured,
        }
        return {key: words for key, words in ORDERS.items() if known.get(key, True)}


def _distinct(images: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(images.tolist()))
