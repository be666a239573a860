"""Which of a concept's measured brushes to paint with, and of which layers. Free of torch."""

from collections.abc import ItemsView, Iterable
from typing import Protocol

from dissection.results.layer_dissection import LayerDissection
from dissection.results.strength import Strength
from dissection.vocabulary import Concept

#: Least and most cells, in height and width, of the layers that brushes are chosen from.
NARROWEST, BROADEST = 8, 16
#: The most for what those cannot draw, where the finest layer has at least so many cells.
BROADEST_OF_LARGE, LARGE = 32, 256


class MeasuredLayers(Protocol):
    """A ``Dissection``, as far as its layers' sizes tell which of them to paint with."""

    def items(self) -> ItemsView[str, LayerDissection]:
        """Names and layers."""


def coarse_layers(dissection: MeasuredLayers) -> list[str]:
    """The layers that brushes are chosen from: those of 8 to 16 cells, where there are any.

    Bau et al. 2020 paint in an early layer, whose units stand for objects. Units of a late one
    stand for colors and textures: switched on, they fill the stroke with a flat color that a
    segmenter may well take for the concept, but the network no longer decides what becomes of it.
    The first layers have cells of a quarter of the picture's side: one stroke changes it all.

    Without such layers those of fewer cells are taken, or else all.
    """
    cells = {name: max(layer.shape[1:]) for name, layer in dissection.items()}
    coarse = [name for name, size in cells.items() if size <= BROADEST]
    fitting = [name for name in coarse if cells[name] >= NARROWEST]
    return fitting or coarse or list(cells)


def finer_layers(dissection: MeasuredLayers) -> list[str]:
    """The layers that draw what ``coarse_layers`` cannot: of 32 cells, in large pictures only.

    Where the finest layer has 256 cells or more, at 32 cells six layers are still to come, and
    small things such as windows, which cells of 16 px cannot place, are made there. Larger things
    come out of them as flat blots, so they serve only where no coarse layer draws a concept.
    """
    cells = {name: max(layer.shape[1:]) for name, layer in dissection.items()}
    if max(cells.values(), default=0) < LARGE:
        return []
    coarse = coarse_layers(dissection)
    return [
        n
        for n, size in cells.items()
        if size <= BROADEST_OF_LARGE and n not in coarse and size > BROADEST
    ]


def choose_layers(
    strengths: Iterable[Strength], coarse: Iterable[str], finer: Iterable[str]
) -> Strength | None:
    """The best combination for one concept of coarse layers; with finer ones if it does not draw.

    Args:
        strengths: measurements of one concept.
        coarse: see ``coarse_layers``.
        finer: see ``finer_layers``.
    """
    tried, few = list(strengths), frozenset(coarse)
    more = few.union(finer)
    best = choose(s for s in tried if few.issuperset(s.layers))
    any_layer = choose(s for s in tried if more.issuperset(s.layers))
    longest = any_layer.latents if any_layer is not None else 0
    return best if best is not None and is_drawn(tried, best, longest) else any_layer


def is_drawn(strengths: Iterable[Strength], best: Strength, longest: int) -> bool:
    """Whether a combination is known to draw: by fresh figures, where there are any.

    Others flatter where latents are few: what was passed over early is not known to draw.

    Args:
        strengths: measurements of its concept.
        best: the combination, by the figures made for choosing.
        longest: latents that the best measured of those it competes with have seen.
    """
    shown = fresh_figures(strengths, best)
    return shown.draws and (shown.fresh or best.latents >= longest)


def choose(strengths: Iterable[Strength]) -> Strength | None:
    """The best of some combinations for one concept, by the figures made for choosing."""
    fitting = [s for s in strengths if not s.fresh]
    # Figures of few latents flatter: the combinations that were measured longest are compared.
    longest = max((s.latents for s in fitting), default=0)
    return max((s for s in fitting if s.latents == longest), key=lambda s: s.score, default=None)


def fresh_figures(strengths: Iterable[Strength], chosen: Strength) -> Strength:
    """The same combination as measured on fresh latents; as it is where that was not done."""
    return next((s for s in strengths if s.fresh and _tried(s) == _tried(chosen)), chosen)


def _tried(strength: Strength) -> tuple[Concept, tuple[str, ...], str, int, float]:
    return strength.concept, strength.layers, strength.order, strength.k, strength.boost
