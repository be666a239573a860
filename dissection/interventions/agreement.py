"""Is the effect true? Ranks of units by effect and by IoU against the ranks by what they do.

For each concept of each layer: Spearman's rank correlation, over the units, of what the dissection
says of them with what the concept loses when each is set to zero alone
(``dissection.interventions.single_units``). What is measured has its own chance in it, the more the
fewer the latents: the losses on one half of them are ranked against those on the other half, too.
Where their correlation r is low, no order can agree much with the measured one: about
sqrt(2 r / (1 + r)) at best, by the formulas of Spearman and Brown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.interventions.single_units import Losses
from dissection.results.dissection import Dissection
from dissection.statistics.ranks import spearman
from dissection.vocabulary import Concept

#: Concepts with at least this share of the pictures are compared: rarer ones lose too few pixels.
LEAST_AREA = 0.005
#: How many of the first units are compared as a set.
FIRST = 20


@dataclass(frozen=True)
class Agreement:
    """How well two rankings of a layer's units for one concept agree with the measured one.

    Attributes:
        layer: name.
        concept: what is lost.
        area: its share of the unedited pictures.
        effect: Spearman's rank correlation, -1..1, of the units' effects with the measured
            losses; None where the effect was not measured or one of both is constant.
        iou: the same of the units' IoU.
        halves: the same of the losses on one half of the latents with those on the other.
        units: how many units were compared.
        first_by_effect: share of what the best 20 single units take away (summed, each alone)
            that the first 20 by effect take away; 1 where they are as good.
        first_by_iou: the same of the first 20 by IoU.
    """

    layer: str
    concept: Concept
    area: float
    effect: float | None
    iou: float | None
    halves: float | None
    units: int
    first_by_effect: float | None
    first_by_iou: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Spread:
    """A figure of several concepts.

    Attributes:
        mean: over the concepts that have it.
        deviation: standard deviation over them; 0 of one.
        least: of them.
        most: of them.
        concepts: how many have it.
    """

    mean: float
    deviation: float
    least: float
    most: float
    concepts: int


@dataclass(frozen=True)
class LayerAgreement:
    """The figures of ``Agreement`` over the concepts of a layer; None where no concept has them."""

    layer: str
    units: int
    concepts: int
    effect: Spread | None
    iou: Spread | None
    halves: Spread | None
    first_by_effect: Spread | None
    first_by_iou: Spread | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def agreements(
    dissection: Dissection, measured: Mapping[str, Losses], least_area: float = LEAST_AREA
) -> list[Agreement]:
    """Compares a dissection's rankings with what ``measure_units`` found.

    Args:
        dissection: effects and IoU.
        measured: of each layer.
        least_area: concepts with a smaller share of the pictures are left out.
    """
    made = []
    for name, losses in measured.items():
        layer, here = dissection[name], list(losses.units)
        for index in range(1, len(dissection.vocabulary)):
            if losses.area[index] < least_area:
                continue
            lost = losses.lost[index]
            iou = layer.iou[index, here]
            effect = None if layer.effect is None else layer.effect[index, here]
            made.append(
                Agreement(
                    layer=name,
                    concept=dissection.vocabulary[index],
                    area=float(losses.area[index]),
                    effect=None if effect is None else spearman(effect, lost),
                    iou=spearman(iou, lost),
                    halves=spearman(*losses.halves[:, index]),
                    units=len(here),
                    first_by_effect=None if effect is None else _first(effect, lost),
                    first_by_iou=_first(iou, lost),
                )
            )
    return made


def by_layer(agreements: Sequence[Agreement]) -> list[LayerAgreement]:
    """Mean and spread over the concepts of each layer, in the order of the layers."""
    layers = []
    for name in dict.fromkeys(a.layer for a in agreements):
        here = [a for a in agreements if a.layer == name]
        layers.append(
            LayerAgreement(
                layer=name,
                units=here[0].units,
                concepts=len(here),
                effect=spread([a.effect for a in here]),
                iou=spread([a.iou for a in here]),
                halves=spread([a.halves for a in here]),
                first_by_effect=spread([a.first_by_effect for a in here]),
                first_by_iou=spread([a.first_by_iou for a in here]),
            )
        )
    return layers


def spread(figures: Sequence[float | None]) -> Spread | None:
    """Mean and spread of those that are there; None if none is."""
    there = np.array([figure for figure in figures if figure is not None])
    if not len(there):
        return None
    least, most = float(there.min()), float(there.max())
    return Spread(float(there.mean()), float(there.std()), least, most, len(there))


def _first(worth: NDArray[np.floating], lost: NDArray[np.float64]) -> float | None:
    most = float(np.sort(lost)[::-1][:FIRST].sum())
    ranked = np.argsort(-worth, kind="stable")[:FIRST]
    return float(lost[ranked].sum()) / most if most > 0 else None
