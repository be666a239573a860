"""A concept whose best brush has units of two layers, in the palette."""

from dataclasses import replace

from dissection.painting.history import UnitChoice
from dissection.results.dissection import Dissection
from ganpaint.painter.document.palette import BrushChoice, Palette
from ganpaint.painter.panels.concept_model import describe


def test_a_brush_of_two_layers_is_in_hand(synthetic_dissection: Dissection) -> None:
    chosen = replace(
        synthetic_dissection.strengths[0], layers=("layer3", "layer4"), k=2, gain=1.0, erased=0.9
    )
    fresh = replace(chosen, erased=0.7, fresh=True)
    strengths = [*synthetic_dissection.strengths, chosen, fresh]
    palette = Palette(replace(synthetic_dissection, strengths=strengths))
    tree = palette.find("tree")
    best = palette.best(tree)
    assert best is not None
    assert (best.layer, best.k, best.erased) == ("layer3+layer4", 2, 0.7)
    assert "of each of layer3, layer4" in describe(best)
    assert "70% of it goes" in describe(best)

    held = palette.in_hand(BrushChoice(tree))
    assert held is not None
    assert held.layers == "layer3+layer4"
    assert [len(part.units) for part in held.brush.layers.values()] == [2, 2]
    more = palette.in_hand(BrushChoice(tree, units=4))
    assert more is not None
    assert [len(part.units) for part in more.brush.layers.values()] == [4, 4]
    assert palette.most_units(BrushChoice(tree)) == 32
    choice = palette.choice_of(held.brush)
    assert choice is not None
    assert (choice.order, choice.units) == ("iou", 2)
    again = palette.brush_of(tree, ("layer3", "layer4"), UnitChoice("iou", 2))
    assert again is not None
    assert dict(again.layers) == dict(held.brush.layers)

    alone = palette.in_hand(BrushChoice(tree, layer="layer4"))
    assert alone is not None
    assert alone.layers == "layer4"
