"""Scenes painted twice, with and without one thing, all else alike.

A thing is what all of its pixels are, or most of them: leaving out "tree" leaves out trees of all
kinds, and woods. Parts and materials go with the things that have them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.data.storybook.book import Scene, Storybook
from dissection.data.storybook.scenes.layout import SceneLayout
from dissection.data.storybook.scenes.things import THINGS

_BOOK = "scenes"


@dataclass(frozen=True, eq=False)
class Pair:
    """One thing left out of a scene.

    Attributes:
        layout: seed of the scene.
        thing: what was left out.
        whole: the scene with everything.
        without: the scene without it.
    """

    layout: int
    thing: str
    whole: Scene
    without: Scene

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Which pixels are another color, bool (S, S)."""
        found: NDArray[np.bool_] = (self.whole.image != self.without.image).any(2)
        return found


def things_of(layout: int) -> tuple[str, ...]:
    """The things that a scene was laid out with, in alphabetical order; some may be hidden.

    Example:
        >>> things_of(3)
        ('bridge', 'cloud')
    """
    placed = SceneLayout.draw(layout).placed
    return tuple(sorted({THINGS[one.kind].object for one in placed}))


def paint_pairs(layout: int, size: int, style: int | None = None) -> Iterator[Pair]:
    """A scene with and without each of its things.

    Args:
        layout: seed of the scene.
        size: px along a side.
        style: seed of the style; without one it is derived from ``layout``.
    """
    book = Storybook(_BOOK)
    whole = book.paint(layout, style, size)
    for thing in things_of(layout):
        yield Pair(layout, thing, whole, book.paint(layout, style, size, thing))


def count_concepts(scene: Scene, concepts: int) -> NDArray[np.int64]:
    """Pixels of each concept of the vocabulary in a scene, int64 (concepts,); 0 of nothing."""
    counts = np.bincount(scene.maps.ravel(), minlength=concepts)
    counts[0] = 0
    return counts
