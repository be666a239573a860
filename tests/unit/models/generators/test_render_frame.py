"""What is kept of the frame on screen never shows: every picture is the one of a fresh renderer."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from dissection.data.latents import standard
from dissection.models.generators import frame
from dissection.models.generators.folded import Step
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Brush, CellRule, Edit, LayerUnits, Mode, Stroke
from dissection.painting.masks import disc
from dissection.painting.patches import Patch, Stamp
from dissection.vocabulary import Concept
from support.tiny import tiny_generator

GENERATORS = {
    32: tiny_generator((8, 8, 6, 5), depth=16),
    64: tiny_generator((6, 8, 6, 6, 5), depth=16, seed=1),
}
LATENTS = standard(6, 16)
#: Levels of 255 by which a picture of the same precision may differ at worst and on average: in
#: float32 sums in another order move a byte to its neighbor; in bfloat16, with its eight binary
#: digits, single activations round the other way.
TOLERANCE = {"float32": (1, 0.01), "bfloat16": (20, 0.1)}


@pytest.fixture(params=["boxes", "as it pays", "whole maps"])
def policy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Boxes wherever anything changed, a mixture of boxes and whole maps, or whole maps."""
    if request.param == "boxes":
        monkeypatch.setattr(frame, "BOX_COST", 0.0)
    if request.param != "whole maps":
        monkeypatch.setattr(frame, "PATCH_COST", -1.0)
    return str(request.param)


class Hand:
    """Somebody who paints at random."""

    def __init__(self, generator: ProgressiveGenerator, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.generator = generator
        self.edits = [Edit()]

    def next_edit(self) -> Edit:
        """Most often one stroke more or a changed last one, else an older edit or none at all."""
        now = self.edits[-1]
        odds = {"add": 0.3, "move": 0.3, "turn": 0.1, "undo": 0.1, "delete": 0.1, "none": 0.1}
        action = self.rng.choice(list(odds), p=list(odds.values()))
        if action == "add" or not now:
            edit = now.then(self.stroke())
        elif action == "move":
            edit = Edit(now.strokes[:-1]).then(self.stroke())
        elif action == "turn":  # the same cells, other values
            last = now.strokes[-1]
            mode = {Mode.DRAW: Mode.ERASE, Mode.ERASE: Mode.DRAW}.get(last.mode, last.mode)
            edit = Edit(now.strokes[:-1]).then(dataclasses.replace(last, mode=mode))
        elif action == "undo":
            edit = self.edits[self.rng.integers(len(self.edits))]
        elif action == "delete":
            gone = self.rng.integers(len(now.strokes))
            edit = Edit(now.strokes[:gone] + now.strokes[gone + 1 :])
        else:
            edit = Edit()
        self.edits.append(edit)
        return edit

    def stroke(self) -> Stroke:
        """Small or large, anywhere; a third of them at a border or in a corner."""
        rng, size = self.rng, self.generator.size
        mode = Mode(rng.choice(list(Mode), p=[0.6, 0.2, 0.2]))
        x, y = np.clip(rng.uniform(-0.2, 1.2, 2), 0, 1) * (size - 1)
        mask = disc((size, size), x, y, rng.choice([1.0, 3.0, size / 6]))
        rule = CellRule(rng.choice(list(CellRule)))
        strength = rng.choice([1.0, 0.4])
        if rng.random() < 0.25:
            return self.stamped(mode, strength)
        brush = None if mode == Mode.RESTORE else self.brush()
        return Stroke(mask, brush, mode, strength=strength, rule=rule)

    def stamped(self, mode: Mode, strength: float) -> Stroke:
        """A patch of up to half of a layer, anywhere, over the borders too."""
        rng, layer = self.rng, str(self.rng.choice(self.generator.layer_names))
        units, height, width = self.generator.layer_shape(layer)
        values = rng.normal(1, 2, (units, *rng.integers(1, height // 2 + 1, 2)))
        patch = Patch(layer, values.astype(np.float16), "patch")
        stamp = Stamp(patch, *(int(n) for n in rng.integers(-1, height, 2)))
        size = (self.generator.size,) * 2
        return Stroke(stamp.mask((height, width), size), None, mode, strength, stamp=stamp)

    def brush(self) -> Brush:
        """One to three layers, the first and the last among them."""
        rng, parts = self.rng, {}
        for layer in rng.choice(self.generator.layer_names, rng.integers(1, 4), replace=False):
            units = rng.choice(self.generator.layer_shape(layer)[0], 3, replace=False)
            parts[str(layer)] = LayerUnits(tuple(map(int, units)), tuple(rng.uniform(1, 6, 3)))
        return Brush(Concept("tree", "object"), parts)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("size", list(GENERATORS))
@pytest.mark.parametrize("seed", range(3))
def test_the_picture_is_that_of_a_fresh_renderer(
    seed: int, size: int, precision: str, policy: str
) -> None:
    generator = GENERATORS[size]
    hand = Hand(generator, seed)
    kept, row = Renderer(generator, "cpu", precision), 0
    kept.set_latent(LATENTS[row])
    for turn in range(30):
        if turn % 12 == 11:
            row = int(hand.rng.integers(len(LATENTS)))
            kept.set_latent(LATENTS[row])
        edit = hand.next_edit()
        fresh = Renderer(generator, "cpu", precision)
        fresh.set_latent(LATENTS[row])
        near(kept.render(edit), fresh.render(edit), precision)
        if hand.rng.random() < 0.5:
            near(kept.render(edit, exact=True), fresh.render(edit, exact=True), "float32")
        if hand.rng.random() < 0.2:
            layer = str(hand.rng.choice(generator.layer_names))
            np.testing.assert_allclose(kept.features(layer), fresh.features(layer), atol=1e-4)
            edited = kept.features(layer, edit), fresh.features(layer, edit)
            np.testing.assert_allclose(*edited, atol=1e-3)


def near(picture: np.ndarray, expected: np.ndarray, precision: str) -> None:
    levels = np.abs(picture.astype(int) - expected.astype(int))
    most, mean = TOLERANCE[precision]
    assert levels.max() <= most
    assert levels.mean() <= mean


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_errors_of_rounding_do_not_add_up(precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "PATCH_COST", -1.0)
    generator = GENERATORS[64]
    hand, kept = Hand(generator, 7), Renderer(generator, "cpu", precision)
    kept.set_latent(LATENTS[0])
    below = Edit((hand.stroke(), hand.stroke()))
    brush = Brush(Concept("tree", "object"), {"layer4": LayerUnits((0, 3), (4.0, 2.0))})
    for turn in range(200):
        x, y = 32 + 30 * np.cos(turn), 32 + 30 * np.sin(turn / 3)
        kept.render(below.then(Stroke(disc((64, 64), x, y, 4), brush)))
    fresh = Renderer(generator, "cpu", precision)
    fresh.set_latent(LATENTS[0])
    near(kept.render(below), fresh.render(below), precision)


def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that collects the number of output cells of each layer that is computed from now."""
    cells: list[int] = []
    outputs = Step.convolve

    def counted(step: Step, x: Tensor, padding: int) -> Tensor:
        result = outputs(step, x, padding)
        cells.append(result.shape[-2] * result.shape[-1])
        return result

    monkeypatch.setattr(Step, "convolve", counted)
    return cells


def dab(layer: str, x: float, y: float = 32) -> Stroke:
    brush = Brush(Concept("tree", "object"), {layer: LayerUnits((0, 3), (4.0, 2.0))})
    return Stroke(disc((64, 64), x, y, 1.5), brush)


def test_only_what_changed_cells_reach_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "PATCH_COST", 0)
    renderer = Renderer(GENERATORS[64], "cpu", "float32")
    renderer.set_latent(LATENTS[0])
    renderer.render(Edit((dab("layer6", 10),)))
    cells = computed(monkeypatch)

    # Pixels 30.5 to 33.5 lie in cells 7 and 8 of 16: 2 become 6, 8, 18 and 20 of 64.
    stroke = dab("layer6", 32)
    renderer.render(Edit((dab("layer6", 10), stroke)))
    assert cells == [n * n for n in (6, 8, 18, 20, 20)]
    cells.clear()

    # In the corner, cell 0 becomes 3 (with one over the border, 4), 4 (5), 9 (10), 10 (11) of 64.
    renderer.render(Edit((dab("layer6", 10), stroke, dab("layer6", 0, 0))))
    assert cells == [n * n for n in (4, 5, 10, 11, 10)]
    cells.clear()

    renderer.render(Edit((dab("layer6", 10), stroke, dab("layer6", 0, 0), dab("layer6", 1, 1))))
    assert cells == []  # other pixels of a cell that the stroke below already forces
    renderer.render(Edit((dab("layer6", 63, 63),)))  # from corner to corner
    assert cells == [32**2, 32**2, 64**2, 64**2, 64**2]


def test_whole_maps_are_computed_where_that_is_less_work(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer = Renderer(GENERATORS[64], "cpu", "float32")
    renderer.set_latent(LATENTS[0])
    renderer.render()
    cells = computed(monkeypatch)
    renderer.render(Edit((dab("layer6", 32),)))
    # The layers of this generator are so small that cutting out is the greater part of the work.
    assert cells == [32**2, 32**2, 64**2, 64**2, 20**2]


def test_a_rendering_that_failed_half_way_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frame, "PATCH_COST", 0)
    renderer = Renderer(GENERATORS[64], "cpu", "float32")
    renderer.set_latent(LATENTS[0])
    drawn = Edit((dab("layer6", 32),))
    expected = renderer.render(drawn)
    before = renderer.render()
    with monkeypatch.context() as patch:
        patch.setattr(Step, "convolve", fails_after(2))
        with pytest.raises(torch.OutOfMemoryError):
            renderer.render(drawn)
    near(renderer.render(drawn), expected, "float32")
    near(renderer.render(), before, "float32")
    assert not np.array_equal(expected, before)


def fails_after(calls: int) -> Callable[[Step, Tensor, int], Tensor]:
    """A stand-in for the computing of layers that runs out of memory after so many calls."""
    left, outputs = iter(range(calls)), Step.convolve

    def failing(step: Step, x: Tensor, padding: int) -> Tensor:
        if next(left, None) is None:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return outputs(step, x, padding)

    return failing
