"""Trying every cell: the batched trial against a plain loop, its order, and its partial maps."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from dissection.data.latents import standard
from dissection.errors import BadInputError, UnknownNameError
from dissection.interventions.insertion_map import Insertion, coarse_to_fine, filled
from dissection.models import hooks
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Brush, Edit, LayerUnits, Mode, Stroke
from dissection.painting.masks import disc
from dissection.vocabulary import Concept
from support.color_segmenter import ColorSegmenter
from support.tiny import tiny_generator

GENERATOR = tiny_generator((8, 8, 6, 5), depth=16)
SEGMENTER = ColorSegmenter()
Z = standard(4, 16)[3]
GREEN = Concept("green", "object")


def brush(*layers: str, concept: Concept = GREEN, level: float = 9.0) -> Brush:
    return Brush(concept, {name: LayerUnits((4, 5), (level, -level)) for name in layers})


def counted(edit: Edit, concept: Concept) -> int:
    """The concept's pixels in the picture under an edit, by one hooked pass from the latent."""

    def blend(layer: str) -> Callable[[Tensor], Tensor]:
        maps = edit.compile(layer, *GENERATOR.layer_shape(layer))
        alpha, value = torch.from_numpy(maps.alpha), torch.from_numpy(maps.value)
        return lambda x: x * (1 - alpha) + value * alpha

    with hooks.edit(GENERATOR, {layer: blend(layer) for layer in edit.layers()}):
        labels = SEGMENTER.segment(GENERATOR(torch.from_numpy(Z[None])))
    return int((labels == SEGMENTER.vocabulary.id(concept)).any(1).sum())


def one_by_one(edit: Edit, brush: Brush, grid: tuple[int, int], strength: float) -> np.ndarray:
    before = counted(edit, brush.concept)
    gains = np.zeros(grid, np.float32)
    for cell in np.ndindex(grid):
        mask = np.zeros(grid, np.float32)
        mask[cell] = 1
        stroke = Stroke(mask, brush, Mode.DRAW, strength)
        gains[cell] = counted(edit.then(stroke), brush.concept) - before
    return gains


def tried(trial: Insertion, batch: int) -> np.ndarray:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    renderer.set_latent(Z)
    while not trial.done:
        trial.advance(renderer, SEGMENTER, batch)
        renderer.set_latent(standard(4, 16)[0])  # somebody else renders in between
        renderer.render()
        renderer.set_latent(Z)
    return trial.gains


@pytest.mark.parametrize("layers", [("layer4",), ("layer3", "layer6"), ("layer1",)])
@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_equals_a_plain_loop_over_cells(layers: tuple[str, ...], strength: float) -> None:
    below = Stroke(disc((32, 32), 12, 18, 7), brush("layer2", "layer5", level=3.0))
    edit = Edit((below,))
    trial = Insertion(GENERATOR, edit, brush(*layers), strength)
    assert trial.layer == layers[0]
    gains = tried(trial, batch=5)
    expected = one_by_one(edit, brush(*layers), gains.shape, strength)
    assert trial.before == counted(edit, GREEN)
    assert expected.max() - expected.min() > 15  # there is something to find
    # Rounding decides about pixels that two colors fit equally well.
    assert np.abs(gains - expected).max() <= 1
    assert (gains == expected).mean() > 0.9


def test_a_part_counts_in_its_own_channel() -> None:
    light = brush("layer4", concept=Concept("light", "part"))
    gains = tried(Insertion(GENERATOR, Edit(), light), batch=16)
    assert np.abs(gains - one_by_one(Edit(), light, gains.shape, 1.0)).max() <= 1


def test_the_cells_of_the_coarsest_layer_are_tried() -> None:
    trial = Insertion(GENERATOR, Edit(), brush("layer6", "layer2"))
    assert trial.layer == "layer2"
    assert trial.gains.shape == GENERATOR.layer_shape("layer2")[1:]


def test_partial_maps_and_progress() -> None:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    renderer.set_latent(Z)
    trial = Insertion(GENERATOR, Edit(), brush("layer4"))
    assert trial.progress == 0
    assert trial.before is None
    assert np.isnan(filled(trial.gains)).all()
    trial.advance(renderer, SEGMENTER, 5)
    assert trial.progress == 5 / 64
    assert (~np.isnan(trial.gains)).sum() == 5
    guess = filled(trial.gains)
    assert not np.isnan(guess).any()
    known = ~np.isnan(trial.gains)
    np.testing.assert_array_equal(guess[known], trial.gains[known])
    assert set(guess.ravel()) == set(trial.gains[known])
    trial.advance(renderer, SEGMENTER, 1000)
    assert trial.done
    np.testing.assert_array_equal(filled(trial.gains), trial.gains)


@pytest.mark.parametrize("grid", [(1, 1), (4, 4), (8, 8), (5, 7), (16, 16)])
def test_each_cell_comes_once_and_the_first_ones_lie_all_over(grid: tuple[int, int]) -> None:
    order = coarse_to_fine(*grid)
    assert sorted(order) == list(np.ndindex(grid))
    if grid == (16, 16):
        first = np.array(order[: 1 + 4 + 16])
        for quarter in np.ndindex(4, 4):  # one in each block of 4 x 4 cells
            assert ((first // 4) == quarter).all(1).any()


def test_what_cannot_be_tried_is_refused() -> None:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    renderer.set_latent(Z)
    with pytest.raises(BadInputError, match="no units"):
        Insertion(GENERATOR, Edit(), Brush(GREEN, {}))
    with pytest.raises(UnknownNameError, match="layer77"):
        Insertion(GENERATOR, Edit(), brush("layer77"))
    unknown = Insertion(GENERATOR, Edit(), brush("layer4", concept=Concept("cathedral", "object")))
    with pytest.raises(UnknownNameError, match="cathedral"):
        unknown.advance(renderer, SEGMENTER, 4)
    assert not unknown.progress
