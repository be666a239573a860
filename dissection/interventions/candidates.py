"""Which brushes compete for a concept: units of one layer, and of neighboring good layers."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product

from dissection.interventions.held_out import Trial
from dissection.painting.edits import Brush
from dissection.results.brushes import make_brush
from dissection.results.dissection import Dissection
from dissection.runtime.choices import ORDERS, Order

#: Layers are combined where the best brush of each has this share of the best one's score.
GOOD = 0.6
#: Runs of neighboring layers to combine for a concept, the most promising ones.
RUNS = 3


@dataclass(frozen=True, eq=False)
class Candidate:
    """One combination for one concept.

    Attributes:
        place: its row in the table of counts.
        concept: index in the vocabulary.
        brush: its units.
        order: "iou" or "effect".
        k: number of units asked for in each layer.
        boost: what the levels are multiplied by.
        trials: where to try it, the same for all combinations of a concept.
    """

    place: int
    concept: int
    brush: Brush
    order: Order
    k: int
    boost: float
    trials: Sequence[Trial]

    @property
    def layers(self) -> tuple[str, ...]:
        """Where its units are."""
        return tuple(self.brush.layers)


def of_single_layers(
    dissection: Dissection,
    layers: Sequence[str],
    numbers: Sequence[int],
    boosts: Sequence[float],
    trials: Mapping[int, Sequence[Trial]],
) -> Iterator[Candidate]:
    """Every layer, order, number of units and level for some concepts.

    Args:
        dissection: ranks the units.
        layers: in the order of the network.
        numbers: of units.
        boosts: what levels are multiplied by.
        trials: concept to where it is tried; concepts in ascending order.
    """
    place = 0
    orders = [o for o in ORDERS if o == "iou" or dissection[layers[0]].effect is not None]
    for concept, where in trials.items():
        entry = dissection.vocabulary[concept]
        for name in layers:
            for order in orders:
                for k, boost in product(numbers, boosts):
                    brush = make_brush(dissection, entry, [name], order, k, boost=boost)
                    if brush.layers:
                        yield Candidate(place, concept, brush, order, k, boost, where)
                        place += 1


def of_several_layers(
    dissection: Dissection,
    layers_of: Mapping[int, Sequence[str]],
    most: int,
    singles: Sequence[Candidate],
    scores: Sequence[float],
) -> Iterator[Candidate]:
    """For each concept the most promising runs of 2 to ``most`` neighboring good layers.

    Args:
        dissection: ranks the units.
        layers_of: concept to those that may be combined, in the order of the network; neighbors
            stand side by side. Singles of other layers are passed over.
        most: layers in one brush.
        singles: what ``of_single_layers`` gave, whose places the new ones continue.
        scores: of each of them, after its first trials.
    """
    place = len(singles)
    for concept, group in groupby(singles, key=lambda c: c.concept):
        layers = layers_of[concept]
        alike = [c for c in group if c.layers[0] in layers]
        if not alike:
            continue
        best = _best_of_layers(alike, scores)
        bar = GOOD * max(score for score, _ in best.values())
        good = {name for name, (score, _) in best.items() if score > 0 and score >= bar}
        runs = [
            tuple(layers[first : first + length])
            for length in range(2, most + 1)
            for first in range(len(layers) - length + 1)
            if good.issuperset(layers[first : first + length])
        ]
        runs.sort(key=lambda run: -sum(best[name][0] for name in run) / len(run))  # stable
        for run in runs[:RUNS]:
            # The layers of one brush share their order: that of the best of them.
            order = max((best[name] for name in run), key=lambda found: found[0])[1]
            for k, boost in sorted({(c.k, c.boost) for c in alike}):
                entry = dissection.vocabulary[concept]
                brush = make_brush(dissection, entry, run, order, k, boost=boost)
                if len(brush.layers) == len(run):
                    yield Candidate(place, concept, brush, order, k, boost, alike[0].trials)
                    place += 1


def _best_of_layers(
    alike: Sequence[Candidate], scores: Sequence[float]
) -> dict[str, tuple[float, Order]]:
    """Each layer's best score and the order that got it."""
    best: dict[str, tuple[float, Order]] = {}
    for candidate in alike:
        name, score = candidate.layers[0], scores[candidate.place]
        if name not in best or score > best[name][0]:
            best[name] = score, candidate.order
    return best


def leaders(active: Sequence[Candidate], share: float, scores: Sequence[float]) -> list[Candidate]:
    """Of each concept's combinations the best share, at least one, in the order of places."""
    found = []
    by_concept = sorted(active, key=lambda c: (c.concept, c.place))
    for _, group in groupby(by_concept, key=lambda c: c.concept):
        alike = list(group)
        count = max(1, math.ceil(share * len(alike)))
        found += sorted(alike, key=lambda c: scores[c.place], reverse=True)[:count]
    return sorted(found, key=lambda c: c.place)
