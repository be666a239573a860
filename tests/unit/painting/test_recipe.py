import json

import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.painting.edits import Brush, CellRule, Edit, LayerUnits, Mode, Stroke
from dissection.painting.masks import disc
from dissection.painting.recipe import Recipe
from dissection.vocabulary import Concept


@pytest.fixture
def recipe() -> Recipe:
    brush = Brush(
        Concept("tree", "object"),
        {"layer4": LayerUnits((7, 3), (1.5, 0.1)), "layer5": LayerUnits((0,), (2.0,))},
    )
    edit = Edit(
        (
            Stroke(disc((16, 20), 5, 6, 3), brush, Mode.DRAW, 0.7),
            Stroke(disc((16, 20), 9, 9, 2), brush, Mode.ERASE, 1.0, CellRule.COVERAGE),
            Stroke(disc((16, 20), 1, 1, 9), None, Mode.RESTORE),
        )
    )
    return Recipe("storybook-church", "ab" * 32, 104, edit)


def test_a_recipe_comes_back_bit_for_bit(recipe: Recipe) -> None:
    back = Recipe.from_text(recipe.to_text())
    assert (back.model, back.network, back.seed) == (recipe.model, recipe.network, recipe.seed)
    assert len(back.edit.strokes) == 3
    for one, other in zip(recipe.edit.strokes, back.edit.strokes, strict=True):
        np.testing.assert_array_equal(one.mask, other.mask)
        assert other.mask.dtype == np.float32
        assert (one.brush, one.mode, one.strength, one.rule) == (
            *(other.brush, other.mode, other.strength, other.rule),
        )


def test_text_that_is_no_recipe_is_refused(recipe: Recipe) -> None:
    for text in ("", "[]", "{}", "null", '{"schema": 1}', "\x00", '{"schema": 1, "strokes": 3}'):
        with pytest.raises(BadInputError, match="no recipe"):
            Recipe.from_text(text)
    row = json.loads(recipe.to_text())
    with pytest.raises(BadInputError, match="schema 3"):
        Recipe.from_text(json.dumps({**row, "schema": 3}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shape", [16, 21]),
        ("shape", [10**6, 10**6]),
        ("shape", [0, 4]),
        ("zlib", "no base64!"),
        ("zlib", "AAAA"),
    ],
)
def test_damaged_masks_are_refused(recipe: Recipe, field: str, value: object) -> None:
    row = json.loads(recipe.to_text())
    row["strokes"][0]["mask"][field] = value
    with pytest.raises(BadInputError, match="no recipe"):
        Recipe.from_text(json.dumps(row))
