"""A brush that a person made of units: what the palette and the history know of it."""

from dataclasses import dataclass, field, replace

import numpy as np

from dissection.data.images import Picture
from dissection.painting.edits import Brush, LayerUnits
from dissection.painting.history import UnitChoice
from dissection.results.brushes import MeasuredBrush
from dissection.results.dissection import GRAY, Dissection
from dissection.results.rarity import OWN_CATEGORY
from dissection.vocabulary import Concept

#: Height and width of a brush's picture at most.
PICTURE_SIZE = 96


@dataclass(frozen=True, eq=False)
class UserBrush:
    """A brush that a person made of units and named.

    Attributes:
        brush: units, best first, and levels; its concept is (name, ``OWN_CATEGORY``).
        picture: what it was made from, uint8 (h, w, 3); None where that is not known.
    """

    brush: Brush
    picture: Picture | None = field(default=None, repr=False)

    @property
    def concept(self) -> Concept:
        """(name, ``OWN_CATEGORY``)."""
        return self.brush.concept

    @property
    def count(self) -> int:
        """Units in its largest layer."""
        return self.brush.most_units

    @property
    def choice(self) -> UnitChoice:
        """All of its units, in the order and with the levels that it was made with."""
        return UnitChoice(OWN_CATEGORY, self.count)

    def renamed(self, name: str) -> "UserBrush":
        """The same brush under another name."""
        return UserBrush(replace(self.brush, concept=Concept(name, OWN_CATEGORY)), self.picture)

    def measured(self) -> MeasuredBrush:
        """The brush among those that were measured; nothing of it was."""
        plain = np.full((PICTURE_SIZE, PICTURE_SIZE, 3), GRAY, np.uint8)
        picture = plain if self.picture is None else self.picture
        return MeasuredBrush(
            self.brush,
            OWN_CATEGORY,
            self.count,
            iou=0.0,
            erased=None,
            drawn=None,
            gain=None,
            elsewhere=None,
            fresh=False,
            latents=0,
            weak=None,
            boost=1.0,
            score=0.0,
            draws=True,
            _picture=picture,
        )

    def taken(self, choice: UnitChoice, dissection: Dissection) -> Brush:
        """The brush that a choice comes to: its first units, at their own or at other levels.

        Args:
            choice: number of units, level and boost; the order is always the brush's own.
            dissection: where other levels come from; it has the brush's layers.

        Raises:
            DissectionError: there is no such layer or level.
        """
        parts = {}
        for name, layer_units in self.brush.layers.items():
            units = layer_units.units[: choice.units]
            levels = layer_units.levels[: choice.units]
            if choice.level:
                levels = tuple(
                    float(t)
                    for t in dissection[name].activation_threshold_at(choice.level)[list(units)]
                )
            parts[name] = LayerUnits(units, tuple(t * choice.boost for t in levels))
        return Brush(self.concept, parts)
