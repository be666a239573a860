import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.painting.edits import (
    Brush,
    CellRule,
    Composite,
    Edit,
    LayerUnits,
    Mode,
    Stroke,
    mask_to_cells,
)
from dissection.vocabulary import Concept

TREE = Concept("tree", "object")
EVERYWHERE = np.ones((4, 4), np.float32)
LEFT = np.array([[1, 1, 0, 0]] * 4, np.float32)


def brush(units: tuple[int, ...], levels: tuple[float, ...], layer: str = "layer4") -> Brush:
    return Brush(TREE, {layer: LayerUnits(units, levels)})


def compiled(*strokes: Stroke, size: int = 2) -> tuple[np.ndarray, np.ndarray]:
    maps = Edit(strokes).compile("layer4", 3, size, size)
    assert maps.alpha.shape == maps.value.shape == (3, size, size)
    assert maps.alpha.dtype == maps.value.dtype == np.float32
    return maps.alpha, maps.value


def test_drawing_forces_units_to_their_levels_and_erasing_to_zero() -> None:
    alpha, value = compiled(Stroke(LEFT, brush((2, 0), (5.0, 7.0))))
    assert alpha[:, 0].tolist() == [[1, 0], [0, 0], [1, 0]]
    assert value[:, 0].tolist() == [[7, 0], [0, 0], [5, 0]]
    alpha, value = compiled(Stroke(LEFT, brush((1,), (5.0,)), Mode.ERASE))
    assert alpha[1].tolist() == [[1, 0], [1, 0]]
    assert not value.any()


def test_later_strokes_go_over_earlier_ones_unit_by_unit() -> None:
    drawn = Stroke(EVERYWHERE, brush((0, 1), (4.0, 6.0)))
    erased = Stroke(LEFT, brush((1,), (9.0,)), Mode.ERASE)
    alpha, value = compiled(drawn, erased)
    assert (alpha[:2] == 1).all()
    assert value[:, 0].tolist() == [[4, 4], [0, 6], [0, 0]]


def test_strength_composites_like_paint() -> None:
    # x (1 - .5) + 8 * .5, and half of 2 over that: x .25 + 8 * .25 + 2 * .5
    first = Stroke(EVERYWHERE, brush((0,), (8.0,)), strength=0.5)
    second = Stroke(EVERYWHERE, brush((0,), (2.0,)), strength=0.5)
    alpha, value = compiled(first, second)
    assert alpha[0, 0, 0] == pytest.approx(0.75)
    assert alpha[0, 0, 0] * value[0, 0, 0] == pytest.approx(8 * 0.25 + 2 * 0.5)


def test_restore_takes_everything_away_where_it_paints() -> None:
    drawn = Stroke(EVERYWHERE, brush((0, 1), (4.0, 6.0)))
    alpha, value = compiled(drawn, Stroke(LEFT, None, Mode.RESTORE))
    assert alpha[0].tolist() == [[0, 1], [0, 1]]
    assert value[1].tolist() == [[0, 6], [0, 6]]
    half, value = compiled(drawn, Stroke(EVERYWHERE, None, Mode.RESTORE, strength=0.25))
    assert half[0, 0, 0] == pytest.approx(0.75)
    assert value[1, 0, 0] == pytest.approx(6)  # what is left still pulls towards the level


def test_strokes_on_other_layers_leave_a_layer_alone() -> None:
    other = Stroke(EVERYWHERE, brush((0,), (4.0,), "layer6"))
    edit = Edit((other, Stroke(EVERYWHERE, None, Mode.RESTORE))).then(
        Stroke(EVERYWHERE, brush((0,), (1.0,)))
    )
    assert edit.layers() == ("layer6", "layer4")
    assert not compiled(other)[0].any()


def test_a_composite_goes_on_from_a_copy() -> None:
    rng = np.random.default_rng(0)
    strokes = [
        Stroke(
            rng.random((9, 9), np.float32),
            brush((int(rng.integers(3)),), (float(rng.random()),)),
            mode=Mode(rng.choice(["draw", "erase", "restore"])),
            strength=float(rng.random()),
            rule=CellRule.COVERAGE,
        )
        for _ in range(6)
    ]
    below = Composite("layer4", 3, 4, 4)
    for stroke in strokes[:5]:
        below.add(stroke)
    early = below.layer_edit()
    kept = early.alpha.copy()
    top = below.copy()
    top.add(strokes[5])
    whole = Edit(tuple(strokes)).compile("layer4", 3, 4, 4)
    assert np.array_equal(top.layer_edit().alpha, whole.alpha)
    assert np.array_equal(top.layer_edit().value, whole.value)
    assert np.array_equal(early.alpha, kept)
    assert np.array_equal(below.layer_edit().alpha, kept)


def test_touch_is_any_overlap_and_coverage_is_the_mean() -> None:
    mask = np.zeros((8, 8), np.float32)
    mask[1, 6] = 0.5
    touched = mask_to_cells(mask, 2, 2, CellRule.TOUCH)
    covered = mask_to_cells(mask, 2, 2, CellRule.COVERAGE)
    assert touched.tolist() == [[0, 1], [0, 0]]
    assert covered.tolist() == [[0, 0.5 / 16], [0, 0]]


@pytest.mark.parametrize("rule", list(CellRule))
def test_masks_of_any_resolution(rule: CellRule) -> None:
    rng = np.random.default_rng(1)
    coarse = (rng.random((4, 4)) > 0.5).astype(np.float32)
    for height, width in ((8, 8), (12, 4), (2, 2), (1, 1)):
        cells = mask_to_cells(coarse, height, width, rule)
        assert cells.shape == (height, width)
        assert cells.dtype == np.float32
        if rule == CellRule.COVERAGE:
            assert cells.mean() == pytest.approx(coarse.mean())
    assert np.array_equal(
        mask_to_cells(np.kron(coarse, np.ones((3, 5), np.float32)), 4, 4, rule), coarse
    )
    # Three pixels on two cells: the middle one lies under both.
    middle = np.array([[0, 1, 0]], np.float32)
    expected = [[1, 1]] if rule == CellRule.TOUCH else [[1 / 3, 1 / 3]]
    np.testing.assert_allclose(mask_to_cells(middle, 1, 2, rule), expected, rtol=1e-6)


@pytest.mark.parametrize("pixels", [1, 3, 8, 30, 64, 100, 256])
@pytest.mark.parametrize("cells", [1, 4, 7, 8, 32])
def test_cells_are_those_of_the_matrices(pixels: int, cells: int) -> None:
    """The definition: what each pixel overlaps of a cell's length, down and across."""
    rng = np.random.default_rng(pixels * cells)
    edges = np.linspace(0, pixels, cells + 1)
    spans = np.minimum(edges[1:, None], np.arange(1, pixels + 1)) - np.maximum(
        edges[:-1, None], np.arange(pixels)
    )
    share = np.where(spans < 1e-9, 0, spans) * cells / pixels
    for amount in (0.0, 0.02, 0.5):
        mask = (rng.random((pixels, pixels)) * (rng.random((pixels, pixels)) < amount)).astype("f4")
        wanted = share @ mask @ share.T
        covered = mask_to_cells(mask, cells, cells, CellRule.COVERAGE)
        np.testing.assert_allclose(covered, wanted, rtol=1e-5, atol=1e-7)
        touched = (share > 0).astype(float) @ (mask > 0) @ (share > 0).T
        np.testing.assert_array_equal(
            mask_to_cells(mask, cells, cells, CellRule.TOUCH), (touched > 0).astype(np.float32)
        )


def test_a_pixel_border_on_a_cell_border_touches_one_side() -> None:
    for pixels in (7, 30, 100, 128):
        for cells in (4, 7, 10):
            mask = np.ones((1, pixels), np.float32)
            mask[:, : pixels // cells] = 0
            touched = mask_to_cells(mask, 1, cells, CellRule.TOUCH)[0]
            first = (pixels // cells) * cells / pixels  # where the mask begins, in cells
            assert touched[0] == (first < 1 - 1e-9)
            assert touched[1:].all()


def test_impossible_strokes_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a brush"):
        Stroke(EVERYWHERE, None)
    with pytest.raises(ValueError, match=r"a mask is \(H, W\)"):
        Stroke(EVERYWHERE[0], brush((0,), (1.0,)))
    with pytest.raises(BadInputError, match=r"from 0 to 1, not 1\.5"):
        Stroke(EVERYWHERE, None, Mode.RESTORE, strength=1.5)
    with pytest.raises(ValueError, match="2 units but 1 levels"):
        LayerUnits((1, 2), (1.0,))
    with pytest.raises(ValueError, match="each unit once"):
        LayerUnits((1, 1), (1.0, 2.0))


@pytest.mark.parametrize("unit", [3, -1])
def test_a_unit_that_the_layer_does_not_have(unit: int) -> None:
    with pytest.raises(BadInputError, match=f"'tree' names unit {unit} of layer4.*0 to 2; it bel"):
        compiled(Stroke(EVERYWHERE, brush((0, unit), (1.0, 1.0))))
