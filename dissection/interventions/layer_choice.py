"""Which layers take part in the contest of brushes, for each concept."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

from dissection.interventions.candidates import Candidate
from dissection.results.brush_choice import (
    choose,
    choose_layers,
    coarse_layers,
    finer_layers,
    is_drawn,
)
from dissection.results.dissection import Dissection
from dissection.results.strength import Strength
from dissection.vocabulary import Concept


class LayerChoice:
    """Which of the layers that are tried a concept's brush may be chosen from.

    Args:
        dissection: what is stored in it of layers that are not tried now takes part.
        layers: that are tried, in the order of the network.
    """

    def __init__(self, dissection: Dissection, layers: Sequence[str]) -> None:
        self._layers = layers
        self._coarse, self._finer = coarse_layers(dissection), finer_layers(dissection)
        if not set(layers).intersection([*self._coarse, *self._finer]):
            self._coarse = list(layers)
        self._stored: defaultdict[Concept, list[Strength]] = defaultdict(list)
        for each in dissection.strengths:
            if not set(layers).intersection(each.layers):
                self._stored[each.concept].append(each)

    def layers_of(
        self, candidates: Sequence[Candidate], strengths: Sequence[Strength]
    ) -> dict[int, Sequence[str]]:
        """For each concept its layers: coarse ones, and finer ones if those do not draw it.

        Args:
            candidates: combinations of single layers.
            strengths: what each of them did so far.
        """
        found: dict[int, Sequence[str]] = {}
        pairs = zip(candidates, strengths, strict=True)
        for index, group in groupby(pairs, key=lambda pair: pair[0].concept):
            tried = self._with_stored([s for _, s in group])
            best = choose(s for s in tried if set(self._coarse).issuperset(s.layers))
            taken = {*self._coarse}
            if best is None or not is_drawn(tried, best, best.latents):
                taken.update(self._finer)
            found[index] = [name for name in self._layers if name in taken]
        return found

    def best(self, tried: Sequence[Strength]) -> Strength | None:
        """Of one concept's measurements the one to paint with, unless a stored one is better."""
        best = choose_layers(self._with_stored(tried), self._coarse, self._finer)
        return next((s for s in tried if s is best), None)

    def _with_stored(self, tried: Sequence[Strength]) -> list[Strength]:
        return [*self._stored[tried[0].concept], *tried]
