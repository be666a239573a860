"""Concepts that are one thing by several names are found by their pixels and their units."""

import pytest

from dissection.results.dissection import Dissection
from dissection.results.near_duplicates import near_duplicates
from dissection.results.store import load_dissection
from dissection.runtime.resources import resource
from dissection.vocabulary import Concept, Vocabulary
from support.synthetic import make_dissection

FOLIAGE, CANOPY = Concept("foliage", "material"), Concept("canopy", "part")
TREE, SKY, BOAT = (Concept(name, "object") for name in ("tree", "sky", "boat"))


@pytest.fixture
def measured() -> Dissection:
    return make_dissection(vocabulary=Vocabulary([FOLIAGE, CANOPY, TREE, SKY, BOAT]))


def make_alike(dissection: Dissection, one: Concept, other: Concept) -> None:
    """Give a concept the pixels and the effects of another one."""
    to, source = dissection.vocabulary.id(one), dissection.vocabulary.id(other)
    for layer in dissection.values():
        layer.iou[to] = layer.iou[source]
        assert layer.effect is not None
        layer.effect[to] = layer.effect[source]


def test_a_thing_stands_for_its_part_and_its_material(measured: Dissection) -> None:
    make_alike(measured, CANOPY, FOLIAGE)
    make_alike(measured, TREE, FOLIAGE)
    assert near_duplicates(measured, measured.brushes()) == {CANOPY: TREE, FOLIAGE: TREE}


def test_what_differs_is_left_apart(measured: Dissection) -> None:
    assert near_duplicates(measured, measured.brushes()) == {}


def test_the_same_pixels_by_other_units_are_two_brushes(measured: Dissection) -> None:
    make_alike(measured, CANOPY, TREE)
    for layer in measured.values():
        assert layer.effect is not None
        layer.effect[measured.vocabulary.id(CANOPY)] *= -1
    assert near_duplicates(measured, measured.brushes()) == {}


def test_a_weak_brush_stands_for_nothing(measured: Dissection) -> None:
    make_alike(measured, CANOPY, TREE)
    strong = [brush for brush in measured.brushes() if brush.concept != TREE]
    assert near_duplicates(measured, strong) == {}


@pytest.mark.parametrize(
    "name", ["storybook-church", "storybook-church-256", "storybook-church-sharp"]
)
def test_of_what_ships_those_are_one_thing_that_are_the_same_pixels(name: str) -> None:
    """Whatever layers and numbers of units the trials of their brushes chose."""
    shipped = load_dissection(resource(f"dissections/{name}"))
    found = near_duplicates(shipped, shipped.brushes(order="best"))
    assert {(str(other), str(leader)) for other, leader in found.items()} == {
        ("canopy", "tree"),
        ("water", "water"),
        ("metal", "dome"),
        ("glass", "window"),
    }
