"""The concepts one can paint with: the measured brushes of a model's dissection, and one's own."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

from dissection.errors import DissectionError, UnknownNameError
from dissection.painting.edits import Brush, CellRule, Mode
from dissection.painting.history import UnitChoice
from dissection.results.brushes import MeasuredBrush, find_brush, make_brush
from dissection.results.dissection import Dissection
from dissection.results.near_duplicates import near_duplicates
from dissection.results.rarity import OWN_CATEGORY
from dissection.results.store import load_dissection
from dissection.runtime import resources
from dissection.runtime.choices import BrushOrder, UnitOrder
from dissection.runtime.files import file_digest, reason, user_path
from dissection.runtime.model_names import ModelKind, find_model
from dissection.vocabulary import Concept
from ganpaint.painter.document.networks import network_digest
from ganpaint.painter.document.user_brush import UserBrush
from ganpaint.painter.document.user_brush_file import Found, read_store, store_path
from ganpaint.toolkit.shortcuts import NUMBER_KEYS

#: The orders in which a concept's units can be taken, and what the screen says of each.
ORDERS: dict[BrushOrder, str] = {
    "best": "Measured best",
    "effect": "By effect",
    "iou": "By IoU",
}
ORDER_WORDS: dict[UnitOrder, str] = {"effect": "effect", "iou": "IoU", OWN_CATEGORY: "your own"}
MOST_UNITS = 64
#: Levels can be raised to three times t_u.
LARGEST_BOOST = 3.0
#: By which of them the brushes that are measured are known again.
_BOOSTS = (1.0, 2.0)


@dataclass(frozen=True)
class BrushChoice:
    """What the next stroke is painted with.

    Attributes:
        concept: None until one is chosen, and where a model has no dissection.
        units: how many of the concept's units, in each layer; None for the number that measured
            best.
        order: a key of ``ORDERS``.
        layer: a layer's name; None for the layer that measured best.
        level: name of the level definition that drawing forces units to; empty for the
            dissection's first, t_u.
        boost: what the levels are multiplied by, 1 to ``LARGEST_BOOST``; None for what measured
            best.
        rule: how a mask becomes cells.
        strength: 0..1, the alpha of a fully covered cell.
        mode: what strokes do.
        radius: of the brush, picture pixels.
    """

    concept: Concept | None = None
    units: int | None = None
    order: BrushOrder = "best"
    layer: str | None = None
    level: str = ""
    boost: float | None = None
    rule: CellRule = CellRule.TOUCH
    strength: float = 1.0
    mode: Mode = Mode.DRAW
    radius: float = 8.0


@dataclass(frozen=True)
class BrushInHand:
    """What a choice comes to.

    Attributes:
        brush: units and levels, for strokes.
        choice: how the units and levels were taken, for the history. A layer may have fewer
            units for this concept than were asked for.
    """

    brush: Brush
    choice: UnitChoice

    @property
    def order(self) -> UnitOrder:
        """How the units are ranked: "iou", "effect", or "mine" in a person's own brush."""
        return self.choice.order

    @property
    def units(self) -> int:
        """Units asked for in each layer."""
        return self.choice.units

    @property
    def layers(self) -> str:
        """Names of the layers, such as ``layer4`` or ``layer4+layer5``."""
        return "+".join(self.brush.layers)


class Palette:
    """The concepts of one dissection: those that can be painted, one's own, then weak ones.

    The measured ones are in the order of how well they paint, see ``Strength.score``.

    Args:
        dissection: None where the model has none.
        reason: then, the sentence that says what to do.
        pending: the dissection is still being read; the choice of brush stays as it is meanwhile.
        stored: a person's own brushes as they are kept; None where nobody has looked.

    Attributes:
        own: brushes that a person made; see ``with_own``.
        folded: concepts that are another one by another name, and which: see
            ``dissection.results.near_duplicates``. Cards and number keys have that one.
    """

    def __init__(
        self,
        dissection: Dissection | None,
        reason: str = "",
        pending: bool = False,
        stored: Found | None = None,
    ) -> None:
        self.dissection = dissection
        self.reason = reason
        self.pending = pending
        self.stored = stored
        self.layers: tuple[str, ...] = tuple(dissection.layers) if dissection else ()
        self.folded: Mapping[Concept, Concept] = {}
        # Ranking the units of hundreds of concepts takes a moment: keep the result.
        self._in_layer = lru_cache(maxsize=16)(self._measure)
        self._have(())
        if dissection is not None:
            self.folded = near_duplicates(dissection, self.brushes)

    def with_own(self, own: Sequence[UserBrush]) -> "Palette":
        """The same palette with these brushes of one's own; what was measured is shared."""
        other = copy.copy(self)
        other._have(tuple(own))
        return other

    def _have(self, own: tuple[UserBrush, ...]) -> None:
        self.own = own
        self._own = {brush.concept: brush for brush in own}
        self._own_measured = {brush.concept: brush.measured() for brush in own}
        self._in_hand = lru_cache(maxsize=64)(self._make)
        self._of_choice = lru_cache(maxsize=256)(self._build)
        measured = list(self._in_layer(None).values())
        strong = [brush for brush in measured if brush.weak is None]
        mine = self._own_measured.values()
        self.brushes = (*strong, *mine, *(brush for brush in measured if brush.weak is not None))
        reverse = reversed(self.brushes)
        self._first_called = {brush.concept.name: brush.concept for brush in reverse}

    @property
    def orders(self) -> tuple[BrushOrder, ...]:
        """Those of ``ORDERS`` that this dissection has measured."""
        if self.dissection is None:
            return ("best",)
        has_effect = all(layer.effect is not None for layer in self.dissection.values())
        return tuple(order for order in ORDERS if order != "effect" or has_effect)

    def best(self, concept: Concept | None) -> MeasuredBrush | None:
        """The brush that measured best for a concept, or one's own; None where there is none."""
        if concept is None:
            return None
        return self._own_measured.get(concept) or self._in_layer(None).get(concept)

    def label(self, concept: Concept) -> str:
        """A concept's name; with its category if an earlier one is called alike.

        One whose card stands for its namesake has the name, however the two are ordered.
        """
        first = self._first_called.get(concept.name, concept)
        stands = self.folded.get(first, first)
        if concept == (stands if stands.name == concept.name else first):
            return concept.name
        return f"{concept.name} ({concept.category})"

    @property
    def first(self) -> Concept | None:
        """The concept to begin with: the thing whose brush paints best; None where none does.

        Of those that are numbered: of a block that is painted on, its brush makes the largest share
        that thing.
        """
        strong = [b for b in self.brushes if b.weak is None and b.concept not in self.folded]
        best = strong[:NUMBER_KEYS]  # a brush can draw sky everywhere and still take none away
        for among in (best, strong):
            things = [b for b in among if b.concept.category == "object"]
            if things:
                return max(things, key=_paints).concept
        return max(strong, key=_paints).concept if strong else None

    def numbered(self) -> list[Concept]:
        """The concepts of keys 1 to 9."""
        strong = (brush.concept for brush in self.brushes if brush.weak is None)
        return [concept for concept in strong if concept not in self.folded][:NUMBER_KEYS]

    def standing_for(self, concept: Concept | None) -> Concept | None:
        """The concept whose card stands for another one; itself for most."""
        return self.folded.get(concept, concept) if concept is not None else None

    def folded_into(self, concept: Concept) -> list[Concept]:
        """The concepts that a card stands for besides its own."""
        return [other for other, leader in self.folded.items() if leader == concept]

    def find(self, name: str) -> Concept:
        """The concept of a name such as ``tree`` or ``part:door``.

        Raises:
            UnknownNameError: there is none; the sentence names those that there are.
        """
        if self.dissection is None:
            raise UnknownNameError(self.reason)
        return find_brush(self.brushes, name).concept

    def in_hand(self, choice: BrushChoice) -> BrushInHand | None:
        """What a choice comes to, or None without a concept that can be painted."""
        if choice.concept is None:
            return None
        return self._in_hand(
            choice.concept, choice.units, choice.order, choice.layer, choice.level, choice.boost
        )

    def most_units(self, choice: BrushChoice) -> int:
        """How many units a brush may have: 64, or as many as its layer, or one's own brush, has."""
        in_hand = self.in_hand(choice)
        if in_hand is None:
            return MOST_UNITS
        return self.most_units_in(tuple(in_hand.brush.layers), choice.concept)

    def most_units_in(self, layers: tuple[str, ...], concept: Concept | None = None) -> int:
        """How many units of some layers a brush may have; one's own has those that it has."""
        if concept in self._own:
            return self._own[concept].count
        known = (
            [self.dissection[name].shape[0] for name in layers if name in self.layers]
            if (self.dissection)
            else []
        )
        return min([MOST_UNITS, *known])

    @property
    def threshold_names(self) -> tuple[str, ...]:
        """Names of the level definitions; the first is the one of the IoU."""
        return self.dissection.threshold_names if self.dissection else ()

    def brush_of(
        self, concept: Concept, layers: tuple[str, ...], choice: UnitChoice
    ) -> Brush | None:
        """The brush of a concept that a choice of units comes to; None where there is none."""
        return self._of_choice(concept, layers, choice)

    def choice_of(self, brush: Brush) -> UnitChoice | None:
        """How a brush's units were taken, where that can be told from the units themselves."""
        count = brush.most_units
        own = brush.concept in self._own
        orders: tuple[UnitOrder, ...] = (OWN_CATEGORY,) if own else ("effect", "iou")
        for order in orders:
            for level, boost in product(self.threshold_names, _BOOSTS):
                choice = UnitChoice(order, count, level, boost) if count else None
                made = choice and self.brush_of(brush.concept, tuple(brush.layers), choice)
                if made and dict(made.layers) == dict(brush.layers):
                    return choice
        return None

    def shape(self, layer: str) -> tuple[int, int, int]:
        """(C, h, w) of the output of one of ``layers``."""
        assert self.dissection is not None, "only a dissection names layers"
        return self.dissection[layer].shape

    def grid(self, layer: str) -> tuple[int, int]:
        """(h, w) of a layer's feature map."""
        _, height, width = self.shape(layer)
        return height, width

    def _measure(self, layer: str | None) -> dict[Concept, MeasuredBrush]:
        if self.dissection is None:
            return {}
        return {b.concept: b for b in self.dissection.brushes(order="best", layer=layer)}

    def _make(
        self,
        concept: Concept,
        units: int | None,
        order: BrushOrder,
        layer: str | None,
        level: str,
        boost: float | None,
    ) -> BrushInHand | None:
        own = self._own_measured.get(concept)  # it is of its own layers and order
        best = own or self._in_layer(layer).get(concept)
        if best is None:
            return None
        ranked: UnitOrder = best.order if own or order == "best" else order
        count = min(units or best.k, best.k) if own else units or best.k
        taken = UnitChoice(ranked, count, level, best.boost if boost is None else boost)
        if taken == UnitChoice(best.order, best.k, boost=best.boost):
            return BrushInHand(best.brush, taken)
        brush = self.brush_of(concept, tuple(best.brush.layers), taken)
        return BrushInHand(brush, taken) if brush else None

    def _build(self, concept: Concept, layers: tuple[str, ...], choice: UnitChoice) -> Brush | None:
        if self.dissection is None:
            return None
        level = choice.level or None
        own = self._own.get(concept)
        try:
            if own is not None:
                return own.taken(choice, self.dissection)
            brush = make_brush(
                self.dissection, concept, layers, choice.order, choice.units, level, choice.boost
            )
        except DissectionError:  # it was painted with another dissection
            return None
        return brush if brush.layers else None


def _paints(brush: MeasuredBrush) -> float:
    """How well a brush draws what it is of, 0..1; 0 where that was not measured."""
    return (brush.drawn or 0.0) * min(max(brush.gain or 0.0, 0.0), 1.0)


def load_palette(model: str, folder: Path | None = None, brushes: Path | None = None) -> Palette:
    """The palette of a model: of the given dissection, or of the one that ships with the model.

    A model without a dissection, or with one that cannot be used, gets an empty palette whose
    reason says so and what to do. Reads files: not for the GUI thread.

    Args:
        model: the bundled name, or the path of the file.
        folder: of the dissection.
        brushes: where a person's own brushes are kept.
    """
    try:
        named = find_model(model)
        path = named.path or user_path(model)
        if named.kind is ModelKind.BUNDLED:
            folder = folder or resources.resources_folder() / "dissections" / model
        if not path.is_file():  # the render thread says what is wrong
            return Palette(None, "There is no generator to paint with.")
        digest = network_digest(model)  # whoever saves, or shows a gallery, has to know it
        if folder is None or not folder.exists():
            return Palette(None, _missing(model, folder))
        dissection = load_dissection(folder, digest or file_digest(path))
        network = dissection.network
        kept = read_store(store_path(brushes, network)) if brushes and network else None
        return Palette(dissection, stored=kept)
    except DissectionError as error:
        return Palette(None, str(error))
    except OSError as error:
        return Palette(None, f"{model} cannot be read: {reason(error)}.")


def _missing(model: str, folder: Path | None) -> str:
    if folder is not None and model not in resources.bundled_models():
        return f"There is no dissection in {folder}: no such folder."
    out = f"{Path(model).stem}-dissection"
    return (
        "No dissection for this generator yet. Measure it with Dissect, Dissect a network, or run:"
        "\n\n"
        f"dissection dissect --model {model} --layers layer4,layer5 --out {out}\n\n"
        "and open its folder with Model, Open dissection."
    )
