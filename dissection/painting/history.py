"""The history of a scene: its strokes in order, those too that are off for now. Free of torch."""

from dataclasses import dataclass

from dissection.painting.edits import Edit, Stroke
from dissection.runtime.choices import UnitOrder


@dataclass(frozen=True)
class UnitChoice:
    """How the units and levels of a stroke's brush were taken from a dissection.

    Attributes:
        order: "iou" or "effect": how the units are ranked; "mine" as a brush of one's own has them.
        units: how many are taken in each layer.
        level: name of the level definition, such as "0.995"; empty for the dissection's first.
        boost: what the levels are multiplied by.
    """

    order: UnitOrder
    units: int
    level: str = ""
    boost: float = 1.0


@dataclass(frozen=True, eq=False)
class Painted:
    """A stroke as it stands in a history.

    Attributes:
        stroke: what was painted.
        shown: whether it is part of the picture; one that is off is kept and does nothing.
        choice: where its units come from; None where that is not known.
        name: what a person calls it; empty for what it is of.
    """

    stroke: Stroke
    shown: bool = True
    choice: UnitChoice | None = None
    name: str = ""


History = tuple[Painted, ...]


def shown_edit(history: History) -> Edit:
    """What the picture shows: the strokes that are on, in order."""
    return Edit(tuple(painted.stroke for painted in history if painted.shown))
