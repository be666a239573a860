"""Patches: activations of one place are put down at another, by the rules of all strokes."""

import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.painting.boxes import Box
from dissection.painting.edits import Brush, CellRule, Composite, Edit, LayerUnits, Mode, Stroke
from dissection.painting.patches import Patch, Stamp
from dissection.vocabulary import Concept

FEATURES = np.random.default_rng(4).normal(0, 3, (5, 4, 4)).astype(np.float32)
WHOLE = np.ones((8, 8), np.float32)


def stroke(stamp: Stamp, mode: Mode = Mode.DRAW, strength: float = 1.0, size: int = 8) -> Stroke:
    return Stroke(stamp.mask((4, 4), (size, size)), None, mode, strength, stamp=stamp)


def edited(*strokes: Stroke, layer: str = "layer4") -> np.ndarray:
    maps = Edit(strokes).compile(layer, *FEATURES.shape)
    return FEATURES * (1 - maps.alpha) + maps.value * maps.alpha


def taken(box: Box) -> Patch:
    return Patch.taken("layer4", FEATURES, box, "patch of seed 1")


def test_a_patch_on_its_own_place_changes_nothing() -> None:
    box = Box(1, 0, 3, 3)
    there = stroke(Stamp(taken(box), 1, 0))
    np.testing.assert_allclose(edited(there), FEATURES, rtol=2**-10)
    assert Edit((there,)).layers() == ("layer4",)
    assert not Edit((there,)).compile("layer5", *FEATURES.shape).alpha.any()


@pytest.mark.parametrize(("down", "right"), [(0, 1), (1, 0), (-2, -2), (2, 1), (-1, 3)])
def test_one_put_down_elsewhere_gives_shifted_activations_there(down: int, right: int) -> None:
    patch = taken(Box(1, 1, 3, 3))
    expected = FEATURES.copy()
    for row in (1, 2):
        for column in (1, 2):
            if 0 <= row + down < 4 and 0 <= column + right < 4:  # the rest is cut off
                expected[:, row + down, column + right] = FEATURES[:, row, column]
    found = edited(stroke(Stamp(patch, 1 + down, 1 + right)))
    np.testing.assert_allclose(found, expected, rtol=2**-10)


def test_stamps_composite_like_paint() -> None:
    stamp = Stamp(taken(Box(0, 0, 2, 2)), 2, 2)
    block = FEATURES[:, :2, :2]
    half = edited(stroke(stamp, strength=0.5))
    np.testing.assert_allclose(half[:, 2:, 2:], (FEATURES[:, 2:, 2:] + block) / 2, atol=4e-3)
    twice = edited(stroke(stamp, strength=0.5), stroke(stamp, strength=0.5))
    wanted = FEATURES[:, 2:, 2:] / 4 + block * 0.75
    np.testing.assert_allclose(twice[:, 2:, 2:], wanted, atol=4e-3)
    tree = Brush(Concept("tree", "object"), {"layer4": LayerUnits((3,), (9.0,))})
    over = edited(stroke(stamp), Stroke(WHOLE, tree))
    assert (over[3] == 9).all()
    np.testing.assert_allclose(np.delete(over, 3, 0)[:, 2:, 2:], np.delete(block, 3, 0), atol=4e-3)
    erased = edited(stroke(stamp, Mode.ERASE))
    assert not erased[:, 2:, 2:].any()
    np.testing.assert_array_equal(erased[:, :2], FEATURES[:, :2])


def test_restore_takes_a_stamp_away_and_one_that_restores_takes_strokes_away() -> None:
    stamp = Stamp(taken(Box(0, 0, 2, 2)), 2, 2)
    restore = Stroke(WHOLE, None, Mode.RESTORE)
    np.testing.assert_array_equal(edited(stroke(stamp), restore), FEATURES)
    assert Edit((stroke(stamp, Mode.RESTORE),)).layers() == ()
    tree = Brush(Concept("tree", "object"), {"layer4": LayerUnits((3,), (9.0,))})
    back = edited(Stroke(WHOLE, tree), stroke(stamp, Mode.RESTORE))
    np.testing.assert_array_equal(back[:, 2:, 2:], FEATURES[:, 2:, 2:])
    assert (back[3, :2] == 9).all()


def test_a_mask_over_part_of_a_stamp_puts_down_that_part() -> None:
    stamp = Stamp(taken(Box(0, 0, 2, 2)), 2, 2)
    mask = stamp.mask((4, 4), (8, 8))
    mask[:, 6:] = 0
    left = edited(Stroke(mask, None, stamp=stamp, rule=CellRule.COVERAGE))
    np.testing.assert_allclose(left[:, 2:, 2], FEATURES[:, :2, 0], rtol=2**-10)
    np.testing.assert_array_equal(left[:, :, 3], FEATURES[:, :, 3])


def test_the_mask_of_a_stamp_covers_its_cells() -> None:
    stamp = Stamp(taken(Box(0, 0, 2, 3)), -1, 2)
    mask = stamp.mask((4, 4), (8, 16))
    assert (mask.shape, mask.dtype) == ((8, 16), np.float32)
    wanted = np.zeros((8, 16))
    wanted[:2, 8:] = 1  # one row of two, two columns of three: the rest lies outside
    np.testing.assert_array_equal(mask, wanted)
    assert not Stamp(stamp.patch, 9, 9).mask((4, 4), (8, 8)).any()
    nowhere = Stroke(WHOLE, None, stamp=Stamp(stamp.patch, 9, 9))
    np.testing.assert_array_equal(edited(nowhere), FEATURES)


def test_what_can_be_no_patch() -> None:
    with pytest.raises(BadInputError, match="at least one cell of layer4"):
        taken(Box(4, 0, 6, 2))
    with pytest.raises(BadInputError, match="too large"):
        Patch.taken("layer4", FEATURES * 1e6, Box(0, 0, 1, 1), "x")
    with pytest.raises(BadInputError, match="too large"):
        Patch.taken("layer4", FEATURES * np.nan, Box(0, 0, 1, 1), "x")
    with pytest.raises(ValueError, match="float16"):
        Patch("layer4", FEATURES, "x")
    patch = taken(Box(0, 0, 2, 2))
    with pytest.raises(ValueError, match="read-only"):
        patch.values[0] = 0
    with pytest.raises(ValueError, match="not both"):
        Stroke(WHOLE, Brush(Concept("tree", "object"), {}), stamp=Stamp(patch, 0, 0))


def test_a_patch_of_another_network_is_refused() -> None:
    composite = Composite("layer4", 6, 4, 4)
    with pytest.raises(BadInputError, match="patch of seed 1 has 5 units and layer4 has 6"):
        composite.add(stroke(Stamp(taken(Box(0, 0, 2, 2)), 0, 0)))


def test_patches_of_one_content_have_one_digest() -> None:
    box = Box(0, 0, 2, 2)
    assert taken(box).digest == taken(box).digest
    others = (Box(0, 0, 2, 1), Box(0, 0, 1, 2), Box(1, 0, 3, 2))
    assert len({taken(box).digest, *(taken(other).digest for other in others)}) == 4
