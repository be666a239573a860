"""The order of the cards: what works best first, what is weak last, and keys for the first nine."""

from dataclasses import replace

import pytest

from dissection.painting.history import UnitChoice
from dissection.results.dissection import Dissection
from dissection.results.strength import Strength
from dissection.vocabulary import Concept, Vocabulary
from ganpaint.painter.document.palette import BrushChoice, Palette
from ganpaint.painter.panels.concept_model import describe
from support.synthetic import make_dissection

NAMES = ("tree", "sky", "door", "dome", "fence", "tower", "path", "roof", "cloud", "snow", "wood")
CONCEPTS = [Concept(name, "material" if name == "wood" else "object") for name in NAMES]


def figures(strength: Strength) -> Strength:
    """Later concepts erase more; the sky hardly draws, and the fence does neither."""
    place = NAMES.index(strength.concept.name)
    gain = {"sky": 0.1, "fence": 0.1}.get(strength.concept.name, 0.5)
    erased = 0.2 if strength.concept.name == "fence" else 0.4 + place / 20
    boost = 2.0 if strength.concept.name == "door" else 1.0
    return replace(strength, erased=erased, gain=gain, boost=boost, elsewhere=0.01)


@pytest.fixture
def dissection() -> Dissection:
    shapes = {"layer3": (4 * len(NAMES) + 8, 8, 8)}
    made = make_dissection(
        vocabulary=Vocabulary([*CONCEPTS, Concept("x", "object")]), shapes=shapes
    )
    return replace(made, strengths=[figures(s) for s in made.strengths])


def test_cards_stand_in_the_order_of_how_well_they_paint(dissection: Dissection) -> None:
    palette = Palette(dissection)
    names = [brush.concept.name for brush in palette.brushes]
    assert names == [*reversed([n for n in NAMES if n not in ("sky", "fence")]), "sky", "fence"]
    assert [brush.concept.name for brush in palette.brushes if brush.weak] == ["fence"]


def test_the_first_nine_have_keys_and_weak_ones_never(dissection: Dissection) -> None:
    palette = Palette(dissection)
    assert palette.numbered() == [brush.concept for brush in palette.brushes[:9]]
    few = replace(dissection, strengths=[replace(s, gain=0.1) for s in dissection.strengths])
    keyed = Palette(few).numbered()
    assert all(not brush.weak for brush in Palette(few).brushes if brush.concept in keyed)


def test_cards_say_what_is_weak_and_what_only_erases(dissection: Dissection) -> None:
    said = {brush.concept.name: describe(brush) for brush in Palette(dissection).brushes}
    assert "Weak. The 10 best units of layer3 erased only 20% of fence" in said["fence"]
    assert "Good for erasing; little of it appears" in said["sky"]
    assert "Weak" not in said["sky"]
    assert not any(word in said["dome"] for word in ("Weak", "Good for erasing", "levels"))
    assert "levels × 2" in said["door"]


def test_a_raised_level_that_measured_best_is_the_brush_in_hand(dissection: Dissection) -> None:
    palette = Palette(dissection)
    door = palette.find("door")
    raised = palette.in_hand(BrushChoice(door))
    assert raised is not None
    plain = palette.in_hand(BrushChoice(door, boost=1.0))
    assert plain is not None
    assert (raised.choice.boost, plain.choice.boost) == (2.0, 1.0)
    levels, twice = (found.brush.layers["layer3"].levels for found in (plain, raised))
    assert twice == tuple(2 * level for level in levels)
    fewer = palette.in_hand(BrushChoice(door, units=2))
    assert fewer is not None
    assert fewer.choice == UnitChoice(raised.order, 2, boost=2.0)
    # A stroke that does not say how its units were taken is known again by them.
    assert palette.choice_of(raised.brush) == replace(raised.choice, units=4, level="0.99")


def test_a_card_that_stands_for_its_namesake_has_the_name() -> None:
    water, material = Concept("water", "object"), Concept("water", "material")
    vocabulary = Vocabulary([material, water, Concept("tree", "object"), Concept("x", "object")])
    made = make_dissection(vocabulary=vocabulary)
    apart = Palette(made)
    assert not apart.folded
    assert {apart.label(water), apart.label(material)} in (
        {"water", "water (material)"},
        {"water", "water (object)"},
    )
    apart.folded = {material: water}
    assert (apart.label(water), apart.label(material)) == ("water", "water (material)")
