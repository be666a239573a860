"""Hypothesis strategies: what people paint and keep, and JSON values that are changed somewhere."""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dissection.data.latents import Blend
from dissection.painting.edits import Brush, CellRule, LayerUnits, Mode, Stroke
from dissection.painting.history import Painted, UnitChoice
from dissection.painting.patches import Patch, Stamp
from dissection.painting.project import PaintedScene, Project
from dissection.painting.serialize import LARGEST_BOOST, LARGEST_LEVEL, LONGEST_NAME
from dissection.results.rarity import OWN_CATEGORY
from dissection.runtime.choices import UNIT_ORDERS
from dissection.vocabulary import Concept

#: Plain JSON values, with numbers that arithmetic does not like.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMES = st.text(min_size=1, max_size=12)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
SEEDS = st.integers(0, 10_000)
CONCEPTS = st.builds(Concept, NAMES, st.sampled_from(["object", "part", "material", "color"]))


@st.composite
def layer_units(draw: st.DrawFn) -> LayerUnits:
    units = draw(st.lists(st.integers(0, 511), min_size=1, max_size=5, unique=True))
    level = st.floats(-LARGEST_LEVEL, LARGEST_LEVEL)
    return LayerUnits(tuple(units), tuple(draw(level) for _ in units))


def brushes(concepts: st.SearchStrategy[Concept] = CONCEPTS) -> st.SearchStrategy[Brush]:
    return st.builds(Brush, concepts, st.dictionaries(NAMES, layer_units(), min_size=1, max_size=2))


OWN_BRUSHES = brushes(st.builds(Concept, NAMES, st.just(OWN_CATEGORY)))
MASKS = arrays.arrays(
    np.float32, arrays.array_shapes(min_dims=2, max_dims=2, max_side=6),
    elements=st.floats(0, 1, width=32),
)  # fmt: skip
PATCHES = st.builds(
    Patch, NAMES,
    arrays.arrays(
        np.float16, arrays.array_shapes(min_dims=3, max_dims=3, max_side=3),
        elements=st.floats(-1000, 1000, width=16),
    ),
    NAMES,
)  # fmt: skip
STAMPS = st.builds(Stamp, PATCHES, st.integers(-4, 40), st.integers(-4, 40))
CHOICES = st.builds(
    UnitChoice, st.sampled_from(UNIT_ORDERS), st.integers(1, 512), st.text(max_size=8),
    st.floats(0, LARGEST_BOOST, exclude_min=True),
)  # fmt: skip


@st.composite
def strokes(draw: st.DrawFn) -> Stroke:
    mode = draw(st.sampled_from(Mode))
    stamp = draw(st.none() | STAMPS)
    brush = None
    if stamp is None:
        brush = draw(brushes() if mode != Mode.RESTORE else st.none() | brushes())
    share = st.floats(0, 1)
    return Stroke(draw(MASKS), brush, mode, draw(share), draw(st.sampled_from(CellRule)), stamp)


HISTORIES = st.lists(
    st.builds(
        Painted, strokes(), st.booleans(), st.none() | CHOICES, st.text(max_size=LONGEST_NAME)
    ),
    max_size=3,
).map(tuple)
BLENDS = st.builds(Blend, SEEDS, st.floats(0, 1, exclude_min=True))
LATENTS = arrays.arrays(np.float32, st.just(16), elements=st.floats(-8, 8, width=32))
SCENES = st.builds(
    PaintedScene, NAMES, DIGESTS, SEEDS, st.none() | LATENTS, HISTORIES, st.none() | BLENDS
)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    scenes = draw(st.lists(SCENES, min_size=1, max_size=3))
    shown = draw(st.integers(0, len(scenes) - 1))
    folder = draw(st.text(max_size=10))
    return Project(tuple(scenes), shown, folder, counter=draw(st.integers(0, 99)))


def changed_somewhere(draw: Callable[[Any], Any], value: Any) -> Any:
    """A JSON value in which one entry, anywhere, is another value, left out, or one too many."""
    inner: list[Any] = []
    if isinstance(value, dict):
        inner = sorted(value)
    elif isinstance(value, list):
        inner = list(range(len(value)))
    if not inner or draw(st.integers(0, 5)) == 0:
        return draw(JSON)
    place, copy = draw(st.sampled_from(inner)), value.copy()
    match draw(st.sampled_from(["deeper", "deeper", "deeper", "without", "more"])):
        case "without":
            del copy[place]
        case "more" if isinstance(copy, dict):
            copy[draw(st.text(max_size=8))] = draw(JSON)
        case "more":
            copy.insert(place, draw(JSON))
        case _:
            copy[place] = changed_somewhere(draw, copy[place])
    return copy
