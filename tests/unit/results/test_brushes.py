from dataclasses import replace

import numpy as np
import pytest

from dissection.errors import BadInputError, UnknownNameError
from dissection.results.brushes import find_brush, rank_units
from dissection.results.dissection import Dissection
from support.synthetic import make_dissection


def test_units_are_ranked_for_the_concept_and_not_for_themselves(
    synthetic_dissection: Dissection,
) -> None:
    layer = synthetic_dissection["layer3"]
    assert rank_units(layer, 1, "iou", 3).tolist() == [4, 5, 6]
    assert rank_units(layer, 1, "effect", 3).tolist() == [7, 6, 5]
    # A unit that sky claims with a higher IoU is still the second best for tree.
    layer.iou[1, 8] = layer.iou[1, 4] - 0.001
    assert layer.iou[2, 8] > layer.iou[1, 8]
    assert rank_units(layer, 1, "iou", 3).tolist() == [4, 8, 5]


def test_units_that_have_nothing_to_do_with_the_concept_are_left_out(
    synthetic_dissection: Dissection,
) -> None:
    assert rank_units(synthetic_dissection["layer3"], 1, "iou", 20).tolist() == [4, 5, 6, 7]
    assert rank_units(synthetic_dissection["layer3"], 5, "iou", 20).size == 0


def test_ties_go_to_the_lower_unit(synthetic_dissection: Dissection) -> None:
    layer = synthetic_dissection["layer3"]
    layer.iou[1] = 0.5
    assert rank_units(layer, 1, "iou", 4).tolist() == [0, 1, 2, 3]


def test_best_takes_the_measured_order_layer_and_number(synthetic_dissection: Dissection) -> None:
    tree = find_brush(synthetic_dissection.brushes(), "tree")
    assert (tree.order, tree.layer, tree.k) == ("effect", "layer3", 20)
    assert (tree.erased, tree.elsewhere, tree.weak) == (pytest.approx(0.7), 0.1, None)
    assert tree.drawn == pytest.approx(0.32)
    assert tree.picture().shape == (96, 96, 3)


def test_an_asked_for_order_layer_and_number_is_given(synthetic_dissection: Dissection) -> None:
    brush = find_brush(synthetic_dissection.brushes(10, "iou", "layer4"), "tree")
    assert (brush.order, brush.layer, brush.k) == ("iou", "layer4", 10)
    assert brush.erased == pytest.approx(0.4)
    assert brush.brush.layers["layer4"].units == (4, 5, 6, 7)
    unmeasured = find_brush(synthetic_dissection.brushes(3, "iou", "layer4"), "tree")
    assert unmeasured.erased is None
    assert unmeasured.brush.layers["layer4"].units == (4, 5, 6)
    # Layer and number are free: the layer that did more is taken.
    assert find_brush(synthetic_dissection.brushes(10, "iou"), "tree").layer == "layer3"


def test_best_of_an_asked_for_number(synthetic_dissection: Dissection) -> None:
    # Of layer4, ten units by IoU were made the best of all that have ten.
    strengths = [
        replace(s, gain=1.0, erased=0.9)
        if (s.layers, s.order, s.k) == (("layer4",), "iou", 10)
        else s
        for s in synthetic_dissection.strengths
    ]
    dissection = replace(synthetic_dissection, strengths=strengths)
    ten = find_brush(dissection.brushes(10), "tree")
    assert (ten.order, ten.layer, ten.k, ten.erased) == ("iou", "layer4", 10, 0.9)
    twenty = find_brush(dissection.brushes(20), "tree")
    assert (twenty.order, twenty.layer, twenty.k) == ("effect", "layer3", 20)
    assert twenty.erased == pytest.approx(0.7)


def test_best_of_a_number_that_was_not_measured(synthetic_dissection: Dissection) -> None:
    three = find_brush(synthetic_dissection.brushes(3), "tree")
    assert (three.order, three.layer, three.k) == ("effect", "layer3", 3)
    assert three.brush.layers["layer3"].units == (7, 6, 5)
    assert (three.erased, three.drawn, three.gain, three.elsewhere) == (None,) * 4
    assert (three.latents, three.fresh, three.weak) == (0, False, None)
    alone = find_brush(synthetic_dissection.brushes(3, layer="layer4"), "tree")
    assert (alone.layer, alone.order) == ("layer4", "effect")
    bare = replace(synthetic_dissection, strengths=[])
    assert find_brush(bare.brushes(3), "tree").brush.layers["layer3"].units == (4, 5, 6)


def test_without_a_number_an_order_takes_the_one_that_measured_best(
    synthetic_dissection: Dissection,
) -> None:
    strengths = [replace(s, gain=1.0) if s.k == 10 else s for s in synthetic_dissection.strengths]
    dissection = replace(synthetic_dissection, strengths=strengths)
    tree = find_brush(dissection.brushes(order="iou"), "tree")
    assert (tree.order, tree.k, tree.gain) == ("iou", 10, 1.0)
    assert find_brush(replace(dissection, strengths=[]).brushes(order="iou"), "tree").k == 20


def test_combinations_measured_on_few_latents_do_not_win(synthetic_dissection: Dissection) -> None:
    strengths = [
        replace(s, latents=4, gain=1.0) if s.layers == ("layer4",) else s
        for s in synthetic_dissection.strengths
    ]
    dissection = replace(synthetic_dissection, strengths=strengths)
    assert find_brush(dissection.brushes(), "tree").layer == "layer3"


def test_fine_layers_are_painted_with_only_when_asked_for() -> None:
    """What a late layer draws is texture, however well a segmenter takes it for the concept."""
    made = make_dissection(shapes={"layer6": (32, 16, 16), "layer9": (32, 64, 64)})
    flat = [replace(s, gain=1.0, erased=1.0) for s in made.strengths if s.layers == ("layer9",)]
    dissection = replace(made, strengths=[*made.strengths, *flat])
    assert find_brush(dissection.brushes(), "tree").layer == "layer6"
    assert find_brush(dissection.brushes(layer="layer9"), "tree").erased == 1.0
    unmeasured = replace(made, strengths=[])
    unmeasured["layer9"].tally.intersection[:] *= 2
    assert find_brush(unmeasured.brushes(), "tree").layer == "layer6"
    fine = replace(made, measured={"layer9": made["layer9"]})
    assert find_brush(fine.brushes(), "tree").layer == "layer9"


def test_finer_cells_draw_what_others_cannot_in_large_pictures() -> None:
    """Windows of a 256 px generator are made at 32 cells; those of 16 px cannot place them."""

    def layer_of(finest: int, drawn: float, latents: int = 32) -> str:
        shapes = {"layer6": (32, 16, 16), "layer8": (32, 32, 32), "last": (32, finest, finest)}
        made = make_dissection(shapes=shapes)
        strengths = [
            replace(s, gain=drawn, latents=latents)
            if s.layers == ("layer6",)
            else replace(s, gain=1.0, erased=1.0)
            for s in made.strengths
        ]
        return find_brush(replace(made, strengths=strengths).brushes(), "tree").layer

    assert [layer_of(finest, 0.1) for finest in (128, 256, 1024)] == ["layer6", "layer8", "layer8"]
    assert layer_of(256, 0.2) == "layer6"  # what it draws is a tree, and no flat blot
    assert layer_of(256, 0.2, latents=2) == "layer8"  # drawn by luck, and then passed over


def test_finer_cells_tried_longer_do_not_take_the_place_of_coarse_ones_that_draw() -> None:
    """Trials of layer8 alone on more latents leave a tree to layer6, whose fresh figures tell."""
    shapes = {"layer6": (32, 16, 16), "layer8": (32, 32, 32), "last": (32, 256, 256)}

    def layer_of(fresh_gain: float) -> str:
        made = make_dissection(shapes=shapes)
        coarse = [replace(s, latents=16) for s in made.strengths if s.layers == ("layer6",)]
        finer = [replace(s, latents=64) for s in made.strengths if s.layers == ("layer8",)]
        fresh = [replace(s, fresh=True, gain=fresh_gain, latents=64) for s in coarse]
        return find_brush(
            replace(made, strengths=[*coarse, *fresh, *finer]).brushes(), "tree"
        ).layer

    assert layer_of(0.2) == "layer6"
    assert layer_of(0.1) == "layer8"


def test_layers_of_very_few_cells_are_painted_with_only_when_asked_for() -> None:
    # The first layer is the best of all by its figures, and one stroke of it is a quarter wide.
    dissection = make_dissection(shapes={"layer2": (32, 4, 4), "layer4": (32, 8, 8)})
    tree = find_brush(dissection.brushes(), "tree")
    assert tree.layer == "layer4"
    assert find_brush(dissection.brushes(layer="layer2"), "tree").erased > (tree.erased or 0)
    assert {b.layer for b in make_dissection(shapes={"layer2": (32, 4, 4)}).brushes()} == {"layer2"}


def test_two_layers_in_one_brush(synthetic_dissection: Dissection) -> None:
    both = replace(synthetic_dissection.strengths[0], layers=("layer3", "layer4"), gain=1.0)
    dissection = replace(synthetic_dissection, strengths=[*synthetic_dissection.strengths, both])
    tree = find_brush(dissection.brushes(), "tree")
    assert tree.layer == "layer3+layer4"
    assert set(tree.brush.layers) == {"layer3", "layer4"}


def test_brushes_are_sorted_by_how_well_they_paint(synthetic_dissection: Dissection) -> None:
    brushes = synthetic_dissection.brushes()
    assert [b.concept.name for b in brushes] == ["door", "sky", "tree", "person"]
    assert brushes[-1].weak is not None
    assert "erased only 5%" in brushes[-1].weak


def test_levels_are_those_asked_for(synthetic_dissection: Dissection) -> None:
    for level, extra in ((None, 0.0), ("0.99", 0.0), ("0.995", 0.5), ("raw-0.99", 1.0)):
        brush = find_brush(synthetic_dissection.brushes(level=level, layer="layer3"), "tree").brush
        units = np.asarray(brush.layers["layer3"].units)
        np.testing.assert_allclose(brush.layers["layer3"].levels, units + 1 + extra)


def test_without_measurements_the_units_are_ranked_by_iou(synthetic_dissection: Dissection) -> None:
    bare = replace(synthetic_dissection, strengths=[])
    tree = find_brush(bare.brushes(), "tree")
    assert (tree.order, tree.k, tree.layer, tree.weak) == ("iou", 20, "layer3", None)
    assert tree.erased is None


def test_wrong_wishes_are_told(synthetic_dissection: Dissection) -> None:
    with pytest.raises(BadInputError, match="at least 1 unit"):
        synthetic_dissection.brushes(0, "iou")
    with pytest.raises(BadInputError, match="at least 1 unit"):
        synthetic_dissection.brushes(0)
    with pytest.raises(BadInputError, match="not by 'size'"):
        synthetic_dissection.brushes(order="size")
    with pytest.raises(UnknownNameError, match="layer9"):
        synthetic_dissection.brushes(layer="layer9")
    with pytest.raises(UnknownNameError, match="door, person, sky, tree"):
        find_brush(synthetic_dissection.brushes(), "boat")
    no_effect = replace(synthetic_dissection["layer3"], effect=None)
    with pytest.raises(BadInputError, match="was not measured"):
        rank_units(no_effect, 1, "effect", 5)
