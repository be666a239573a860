"""The units that match a concept best, whatever their own label is. Free of torch."""

from collections.abc import Sequence
from dataclasses import dataclass

from dissection.errors import BadInputError
from dissection.results.brushes import rank_units
from dissection.results.dissection import Dissection
from dissection.vocabulary import Concept


@dataclass(frozen=True)
class BestUnit:
    """A unit that is among the best of some layers for a concept.

    Attributes:
        concept: what it was chosen for.
        layer: name of its layer.
        unit: its number there.
        iou: with ``concept``, above 0, at most 1.
        label: the concept that it matches best itself; that may be another one.
        label_iou: with ``label``, at least ``iou``.
        reached: ``iou`` as a share of what the areas of unit and concept allow, 0..1; None where
            only the IoU is known. See ``LayerDissection.ceiling``.
    """

    concept: Concept
    layer: str
    unit: int
    iou: float
    label: Concept
    label_iou: float
    reached: float | None

    @property
    def label_name(self) -> str:
        """The label's name; with its category where it is the concept's name, too."""
        alike = self.label.name == self.concept.name and self.label != self.concept
        return f"{self.label.category}:{self.label.name}" if alike else self.label.name


def best_units(
    dissection: Dissection, concepts: Sequence[Concept], layers: Sequence[str], count: int = 1
) -> list[BestUnit]:
    """The best units of some layers for each of some concepts.

    Args:
        dissection: where they are measured.
        concepts: entries of its vocabulary.
        layers: names of layers of it; where units are equally good, the earlier one goes first.
        count: units of each concept, at least 1; fewer where fewer overlap with it.

    Returns:
        Concept by concept as asked, the best unit first.

    Raises:
        UnknownNameError: no such layer or concept.
        BadInputError: a concept that never occurs, or that no unit of these layers overlaps with.
    """
    parts = [dissection[name] for name in layers]
    ceilings = [None if layer.tally is None else layer.ceiling() for layer in parts]
    found: list[BestUnit] = []
    for concept in concepts:
        index = dissection.vocabulary.id(concept)
        rows = []
        for layer, ceiling in zip(parts, ceilings, strict=True):
            for unit in rank_units(layer, index, "iou", count).tolist():
                iou = float(layer.iou[index, unit])
                label = layer.vocabulary[int(layer.labels[unit])]
                best = float(layer.label_iou[unit])
                reached = None if ceiling is None else iou / float(ceiling[index, unit])
                rows.append(BestUnit(concept, layer.name, unit, iou, label, best, reached))
        if not rows:
            raise BadInputError(_absence(dissection, index, layers))
        found += sorted(rows, key=lambda row: -row.iou)[:count]
    return found


def _absence(dissection: Dissection, index: int, layers: Sequence[str]) -> str:
    """Why there is no unit for a concept, and what to do."""
    concept = dissection.vocabulary[index]
    tally = dissection[layers[0]].tally if layers else None
    if tally is not None and not tally.area[:, index].any():
        return (
            f"The {concept.category} {concept.name} never occurs in the sample of the dissection "
            f"of {dissection.model}; choose one that dissection summary --concepts lists."
        )
    return (
        f"No unit of {', '.join(layers)} is known to overlap with the {concept.category} "
        f"{concept.name}; choose another concept or other layers."
    )
