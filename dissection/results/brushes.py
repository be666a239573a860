"""From a dissection to brushes: a concept's ranked units with their levels. Free of torch.

A concept's units are ranked by their IoU with that concept, whatever each unit's own best label
is (Bau et al. 2020, "Removing units"), or by their effect on it. Which order, layers and number of
units paint best was chosen on held-out latents, and how strong the chosen brush is was then
measured on others, on which nothing was chosen; see ``dissection.interventions.brush_trials``.
"""

from collections import defaultdict
from collections.abc import ItemsView, Sequence, ValuesView
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError, UnknownNameError
from dissection.painting.edits import Brush, LayerUnits
from dissection.results.brush_choice import (
    choose,
    choose_layers,
    coarse_layers,
    finer_layers,
    fresh_figures,
)
from dissection.results.layer_dissection import LayerDissection
from dissection.results.strength import Strength
from dissection.runtime.choices import BRUSH_ORDERS, ORDERS, BrushOrder, Order, UnitOrder, chosen
from dissection.vocabulary import NOTHING, Concept, Vocabulary, readable_name

BEST: Final = "best"
#: Units of a brush where none were asked for and no number was measured (Bau et al. 2020).
UNITS = 20


class Measured(Protocol):
    """A ``Dissection``, as far as what is read off it has to know it."""

    @property
    def model(self) -> str:
        """Name of the network."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Rows of every table."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names, in the order of the network."""

    @property
    def classes(self) -> Sequence[str]:
        """Names of a classifier's classes."""

    @property
    def strengths(self) -> Sequence[Strength]:
        """What brushes did to held-out pictures."""

    def __getitem__(self, name: str) -> LayerDissection: ...

    def items(self) -> ItemsView[str, LayerDissection]:
        """Names and layers."""

    def values(self) -> ValuesView[LayerDissection]:
        """The layers."""

    def picture(self, concept: Concept) -> NDArray[np.uint8]:
        """A crop that shows the concept."""


@dataclass(frozen=True, eq=False)
class MeasuredBrush:
    """A brush and what is known of it.

    Attributes:
        brush: the units and levels, for ``edits.Stroke``.
        order: "iou" or "effect": how the units were ranked.
        k: number of units asked for in each layer; a layer with fewer units that have anything
            to do with the concept gives fewer.
        iou: the highest IoU that one of the brush's units has with the concept, 0..1.
        erased: see ``Strength``; None where it was not measured for this order, layer and k.
        drawn: see ``Strength``.
        gain: see ``Strength``.
        elsewhere: see ``Strength``.
        fresh: see ``Strength``; False where the figures are those by which the brush was chosen.
        latents: on how many latents the figures were measured; 0 where they were not.
        weak: None, or the reason, one sentence, why the brush does too little.
        boost: what the levels of the dissection are multiplied by.
        score: see ``Strength``; 0 where nothing was measured.
        draws: see ``Strength``; True where nothing was measured.
    """

    brush: Brush
    order: UnitOrder
    k: int
    iou: float
    erased: float | None
    drawn: float | None
    gain: float | None
    elsewhere: float | None
    fresh: bool
    latents: int
    weak: str | None
    boost: float
    score: float
    draws: bool
    _picture: NDArray[np.uint8] = field(repr=False)

    @property
    def concept(self) -> Concept:
        """What the brush paints."""
        return self.brush.concept

    @property
    def layer(self) -> str:
        """The layer that the units are in; names joined by "+" where there are several."""
        return "+".join(self.brush.layers)

    def picture(self) -> NDArray[np.uint8]:
        """A crop of a generated picture that shows the concept: uint8 (h, w, 3).

        Plain gray where the dissection holds no picture of it.
        """
        return self._picture.copy()


def require_brush_order(order: str) -> BrushOrder:
    """The one of ``BRUSH_ORDERS`` that somebody said.

    Raises:
        BadInputError: it is none of them.
    """
    found = chosen(order, BRUSH_ORDERS)
    if found is None:
        raise _unknown_order(order)
    return found


def _unknown_order(order: str) -> BadInputError:
    return BadInputError(f"Units are ranked by {' or '.join(ORDERS)}, not by '{order}'.")


def rank_units(layer: LayerDissection, concept: int, order: UnitOrder, k: int) -> NDArray[np.int64]:
    """A concept's k best units of one layer, best first; ties go to the lower index.

    Only units that overlap with the concept (IoU above 0) or make more of it (effect above 0)
    are named, so there may be fewer than k.

    Args:
        layer: one layer of a dissection.
        concept: index in the vocabulary.
        order: "iou" or "effect".
        k: at least 1.

    Raises:
        BadInputError: another order, effects that were not measured, or k below 1.
    """
    if k < 1:
        raise BadInputError(f"A brush has at least 1 unit, not {k}.")
    if order == "iou":
        worth = layer.iou[concept]
    elif order == "effect" and layer.effect is not None:
        worth = layer.effect[concept]
    elif order == "effect":
        raise BadInputError(
            f"The effect of the units of {layer.name} was not measured; use order 'iou' or "
            "dissect again with an effect size above 0."
        )
    else:
        raise _unknown_order(order)
    ranked: NDArray[np.int64] = np.argsort(-worth, kind="stable")[:k]
    useful: NDArray[np.int64] = ranked[worth[ranked] > 0]
    return useful


def make_brush(
    dissection: Measured,
    concept: Concept,
    layers: Sequence[str],
    order: UnitOrder,
    k: int,
    level: str | None = None,
    boost: float = 1.0,
) -> Brush:
    """The brush of a concept's k best units in each of some layers.

    Args:
        dissection: where the units are measured.
        concept: an entry of the dissection's vocabulary.
        layers: names; a layer without any unit for the concept is left out.
        order: "iou" or "effect".
        k: units in each layer.
        level: one of ``dissection.threshold_names``, such as "0.99"; None for the first, by which
            the IoU was measured.
        boost: what levels are multiplied by.

    Raises:
        BadInputError: see ``rank_units``.
        UnknownNameError: no such layer, level or concept.
    """
    index = dissection.vocabulary.id(concept)
    parts = {}
    for name in layers:
        layer = dissection[name]
        units = rank_units(layer, index, order, k)
        if len(units):
            levels = tuple(t * boost for t in layer.activation_threshold_at(level)[units].tolist())
            parts[name] = LayerUnits(tuple(units.tolist()), levels)
    return Brush(concept, parts)


def measured_brushes(
    dissection: Measured,
    k: int | None = None,
    order: BrushOrder = BEST,
    layer: str | None = None,
    level: str | None = None,
    boost: float | None = None,
) -> list[MeasuredBrush]:
    """One brush for each concept that units of the dissection have to do with.

    Args:
        dissection: what was measured.
        k: units in each layer; None takes the number that did most on held-out latents, or
            ``UNITS`` where nothing was measured. Brushes of a number that was not measured have
            no figures; their order and layers are those that did most with another number.
        order: "iou", "effect", or "best": the one that did most on held-out latents, or IoU where
            nothing was measured. The figures of a brush are those of other, fresh latents.
        layer: where to take units from, several joined by "+"; None chooses among
            ``coarse_layers`` (and ``finer_layers``, where those do not draw a concept) the one or
            several that did most, or where nothing was measured the one with the highest IoU.
        level: see ``make_brush``.
        boost: what levels are multiplied by; None takes what did most on held-out latents.

    Returns:
        Brushes, those that paint before weak ones, then by their score, then by IoU.

    Raises:
        BadInputError: a layer that is named more than once; or see ``rank_units``.
        UnknownNameError: no such layer or level.
    """
    given = tuple(layer.split("+")) if layer is not None else None
    for name in given or ():
        dissection[name]  # raises where there is none
        if given is not None and given.count(name) > 1:
            raise BadInputError(f"The layers '{layer}' name {name} more than once.")
    wanted = None if order == BEST else order
    found = []
    coarse, finer = coarse_layers(dissection), finer_layers(dissection)
    tried: defaultdict[Concept, list[Strength]] = defaultdict(list)
    for each in dissection.strengths:
        tried[each.concept].append(each)
    for concept in dissection.vocabulary:
        if concept.name == NOTHING.name:
            continue
        strength = _strength(tried[concept], coarse, finer, wanted, given, k, boost)
        nearest = strength or _strength(tried[concept], coarse, finer, wanted, given, None, None)
        if nearest is not None:
            layers, chosen, count = nearest.layers, nearest.order, nearest.k if k is None else k
            times = nearest.boost if boost is None else boost
        else:
            chosen, count = wanted or "iou", UNITS if k is None else k
            times = 1.0 if boost is None else boost
            layers = given or (_highest(dissection, concept),)
        brush = make_brush(dissection, concept, layers, chosen, count, level, times)
        if brush.layers:
            found.append(_describe(dissection, brush, chosen, count, times, strength))
    return sorted(found, key=_rank)


def _strength(
    tried: Sequence[Strength],
    coarse: Sequence[str],
    finer: Sequence[str],
    order: Order | None,
    layers: tuple[str, ...] | None,
    k: int | None,
    boost: float | None,
) -> Strength | None:
    """The best measurement of one concept that fits; what is None is left free."""
    fitting = [
        s
        for s in tried
        if order in (None, s.order) and k in (None, s.k) and boost in (None, s.boost)
    ]
    if layers is None:
        chosen = choose_layers(fitting, coarse, finer)
    else:
        chosen = choose(s for s in fitting if s.layers == layers)
    return chosen and fresh_figures(tried, chosen)


def _highest(dissection: Measured, concept: Concept) -> str:
    """The layer whose best unit has the highest IoU with the concept."""
    index = dissection.vocabulary.id(concept)
    return max(
        coarse_layers(dissection),
        key=lambda name: float(np.nan_to_num(dissection[name].iou[index]).max()),
    )


def _describe(
    dissection: Measured,
    brush: Brush,
    order: UnitOrder,
    k: int,
    boost: float,
    strength: Strength | None,
) -> MeasuredBrush:
    index = dissection.vocabulary.id(brush.concept)
    iou = max(
        float(dissection[name].iou[index, list(layer_units.units)].max())
        for name, layer_units in brush.layers.items()
    )
    return MeasuredBrush(
        brush,
        order,
        k,
        iou,
        erased=strength.erased if strength else None,
        drawn=strength.drawn if strength else None,
        gain=strength.gain if strength else None,
        elsewhere=strength.elsewhere if strength else None,
        fresh=strength.fresh if strength else False,
        latents=strength.latents if strength else 0,
        weak=strength.weak if strength else None,
        boost=boost,
        score=strength.score if strength else 0.0,
        draws=strength.draws if strength else True,
        _picture=dissection.picture(brush.concept),
    )


def _rank(brush: MeasuredBrush) -> tuple[bool, float, float, str]:
    return brush.weak is not None, -brush.score, -brush.iou, brush.concept.name


def find_brush(brushes: Sequence[MeasuredBrush], name: str) -> MeasuredBrush:
    """The brush whose concept is called so, or ``category:name``.

    Raises:
        UnknownNameError: there is none; the sentence lists the concepts that have one.
    """
    category, _, rest = name.rpartition(":")
    rest = readable_name(rest)
    for brush in brushes:
        if brush.concept.name == rest and category in ("", brush.concept.category):
            return brush
    known = ", ".join(sorted({b.concept.name for b in brushes})) or "no concept at all"
    raise UnknownNameError(f"There is no brush for '{name}'; there are brushes for {known}.")
