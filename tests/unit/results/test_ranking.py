"""Which units match a concept best, whatever their own label is."""

from dataclasses import replace

import numpy as np
import pytest

from dissection.errors import BadInputError, UnknownNameError
from dissection.results.ranking import BestUnit, best_units
from dissection.vocabulary import Concept
from support.synthetic import VOCABULARY, make_dissection

TREE, SKY, DOOR, PERSON, BOAT = VOCABULARY[1:]


def places(found: list[BestUnit]) -> list[tuple[str, int]]:
    return [(row.layer, row.unit) for row in found]


def test_the_best_of_all_layers_concept_by_concept() -> None:
    found = best_units(make_dissection(), [DOOR, TREE], ["layer4", "layer3"])
    assert [row.concept for row in found] == [DOOR, TREE]
    assert places(found) == [("layer3", 12), ("layer3", 4)]
    # 16 of 20 active pixels lie in 40 of the concept: 16/44, where 20/40 was possible.
    assert [row.iou for row in found] == pytest.approx([16 / 44] * 2)
    assert [row.reached for row in found] == pytest.approx([32 / 44] * 2)


def test_of_equally_good_units_those_of_the_earlier_layer_go_first() -> None:
    measured = make_dissection()
    found = best_units(measured, [SKY], ["layer4", "layer3"], count=4)
    assert places(found) == [("layer3", 8), ("layer3", 9), ("layer4", 8), ("layer3", 10)]
    assert found[2].iou == found[3].iou
    # Four units of each layer overlap with it, and no other one is named.
    assert len(best_units(measured, [SKY], ["layer3", "layer4"], count=99)) == 8


def test_a_unit_may_match_another_concept_better() -> None:
    measured = make_dissection()
    layer = measured["layer3"]
    overlap = layer.counts.intersection.copy()
    overlap[:, VOCABULARY.id(DOOR), 8] = 9
    other = replace(layer, tally=replace(layer.counts, intersection=overlap))
    (found,) = best_units(replace(measured, measured={"layer3": other}), [SKY], ["layer3"])
    assert (found.unit, found.concept, found.label) == (8, SKY, DOOR)
    assert (found.iou, found.label_iou) == pytest.approx((16 / 44, 18 / 42))


def test_labels_of_one_name_are_told_apart() -> None:
    water, wet = Concept("water", "material"), Concept("water", "object")
    names = {
        label: BestUnit(water, "layer3", 7, 0.2, label, 0.3, None).label_name
        for label in (water, wet, TREE)
    }
    assert names == {water: "water", wet: "object:water", TREE: "tree"}


def test_where_only_the_iou_is_known_nothing_is_made_up() -> None:
    measured = make_dissection()
    known = np.full_like(measured["layer3"].iou, np.nan)
    known[1, 7] = 0.25
    part = replace(measured["layer3"], tally=None, known_iou=known)
    measured = replace(measured, measured={"layer3": part})
    assert best_units(measured, [TREE], ["layer3"], count=3) == [
        BestUnit(TREE, "layer3", 7, 0.25, TREE, 0.25, None)
    ]
    with pytest.raises(BadInputError, match=r"No unit of layer3 is known to overlap .* object sky"):
        best_units(measured, [SKY], ["layer3"])


def test_what_has_no_unit_is_told() -> None:
    measured = make_dissection()
    with pytest.raises(BadInputError, match=r"object boat never occurs .* summary --concepts"):
        best_units(measured, [TREE, BOAT], ["layer3"])
    with pytest.raises(UnknownNameError, match="has no layer 'layer9'; it has layer3, layer4"):
        best_units(measured, [TREE], ["layer9"])
