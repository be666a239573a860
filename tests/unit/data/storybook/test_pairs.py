"""Scenes painted with and without one thing."""

import numpy as np

from dissection.data.storybook.pairs import count_concepts, paint_pairs, things_of
from dissection.data.storybook.scenes.vocabulary import SCENES
from dissection.vocabulary import Concept


def test_only_the_thing_goes() -> None:
    layout = next(n for n in range(200) if {"building", "bird"} <= set(things_of(n)))
    pairs = {pair.thing: pair for pair in paint_pairs(layout, 64)}
    assert tuple(pairs) == things_of(layout)
    bird = pairs["bird"]
    place = SCENES.id(Concept("bird", "object"))
    gone = bird.whole.maps[0] == place
    assert gone.any()
    assert not (bird.without.maps[0] == place).any()
    # Nothing else changes but what stood behind it, and its edges.
    assert bird.changed.mean() < 0.05
    assert (bird.whole.maps[0] == bird.without.maps[0])[~gone].all()


def test_concepts_are_counted_with_parts_and_materials() -> None:
    pair = next(paint_pairs(3, 64))
    counts = count_concepts(pair.whole, len(SCENES))
    assert counts.sum() == np.count_nonzero(pair.whole.maps)
    assert counts[0] == 0
