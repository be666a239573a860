import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dissection.__main__ import app, main
from dissection.data.latents import standard
from dissection.errors import BadInputError, UnknownNameError
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Edit, Mode
from dissection.painting.history import UnitChoice
from dissection.painting.recipe import KEYWORD, Recipe
from dissection.painting.stroke_text import parse_stroke
from dissection.results.brushes import find_brush
from dissection.results.store import save_dissection
from support.synthetic import make_dissection
from support.tiny import tiny_generator

BRUSHES = make_dissection().brushes()


def parsed(text: str):
    return parse_stroke(text, 32, lambda name: find_brush(BRUSHES, name))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A generator of 32 px with a dissection of its own beside it."""
    path = tmp_path / "little.safetensors"
    save_generator(tiny_generator((32, 32, 16, 8)), path)
    save_dissection(make_dissection("little", load_generator(path).digest), tmp_path / "stored")
    return path


def paint(model: Path, *arguments: str) -> list[str]:
    stored, out = model.with_name("stored"), model.with_name("out.png")
    given = ["--model", str(model), "--dissection", str(stored), "--out", str(out)]
    return ["paint", *given, "--device", "cpu", *arguments]


def test_the_grammar_of_strokes() -> None:
    stroke = parsed("tree:draw:10,20,4.5")
    assert stroke.mode == Mode.DRAW
    assert stroke.brush is not None
    assert str(stroke.brush.concept) == "tree"
    assert stroke.mask.shape == (32, 32)
    rows, columns = np.nonzero(stroke.mask == 1)
    assert (rows.mean() + 0.5, columns.mean() + 0.5) == (20, 10)
    assert np.pi * 4.5**2 == pytest.approx(stroke.mask.sum(), rel=0.05)
    assert parsed("part:door:erase:1,2,3").mode == Mode.ERASE
    assert parsed("restore:1,2,3").brush is None
    assert parsed("tree:restore:1,2,3").brush is None


@pytest.mark.parametrize(
    "text",
    ["", "tree", "tree:draw", "tree:paint:1,2,3", "tree:draw:1,2", "tree:draw:1,2,x",
     "tree:draw:1,2,3,4", "1,2,3", "tree:1,2,3"],
)  # fmt: skip
def test_strokes_written_wrongly(text: str) -> None:
    with pytest.raises(BadInputError, match="A stroke is written"):
        parsed(text)


def test_strokes_that_paint_nothing() -> None:
    with pytest.raises(BadInputError, match=r"names no concept to draw"):
        parsed("draw:1,2,3")
    with pytest.raises(BadInputError, match=r"outside of the picture of 32 px"):
        parsed("tree:draw:100,2,3")
    with pytest.raises(BadInputError, match=r"a radius above 0"):
        parsed("tree:draw:1,2,0")
    with pytest.raises(UnknownNameError, match=r"no brush for 'object:door'"):
        parsed("object:door:draw:1,2,3")


def test_painting_is_the_renderers_edit_and_its_recipe_repeats_it(model: Path) -> None:
    strokes = ["--stroke", "tree:draw:8,8,3", "--stroke", "part:door:erase:20,24,4"]
    result = CliRunner().invoke(app, paint(model, "--seed", "7", *strokes))
    assert result.exit_code == 0, result.output
    assert "tree: 4 units of layer3, by effect" in result.output
    with Image.open(model.with_name("out.png")) as image:
        picture, recipe = np.asarray(image), Recipe.from_text(image.info[KEYWORD])
    renderer = Renderer(load_generator(model), "cpu", "float32")
    renderer.set_latent(standard([7], 16))
    assert not np.array_equal(picture, renderer.render())
    assert (recipe.seed, recipe.network) == (7, load_generator(model).digest)
    assert np.array_equal(picture, renderer.render(recipe.edit, exact=True))
    by_hand = Edit((parsed("tree:draw:8,8,3"), parsed("part:door:erase:20,24,4")))
    assert np.array_equal(picture, renderer.render(by_hand, exact=True))


def test_before_and_after_stand_side_by_side(model: Path) -> None:
    arguments = paint(model, "--stroke", "tree:draw:8,8,3", "--before-after")
    assert CliRunner().invoke(app, arguments).exit_code == 0
    with Image.open(model.with_name("out.png")) as image:
        pair = np.asarray(image)
    renderer = Renderer(load_generator(model), "cpu", "float32")
    renderer.set_latent(standard([0], 16))
    assert pair.shape == (32, 66, 3)
    assert np.array_equal(pair[:, :32], renderer.render())
    assert not np.array_equal(pair[:, 34:], renderer.render())


def test_several_layers_and_a_raised_level_are_chosen(model: Path) -> None:
    chosen = ["--units", "3", "--order", "effect", "--layer", "layer3+layer4", "--boost", "2"]
    result = CliRunner().invoke(app, paint(model, "--stroke", "tree:draw:8,8,3", *chosen))
    assert result.exit_code == 0, result.output
    assert "tree: 6 units of layer3+layer4, by effect, levels x 2" in result.output
    with Image.open(model.with_name("out.png")) as image:
        recipe = Recipe.from_text(image.info[KEYWORD])
    (painted,) = recipe.history
    assert painted.choice == UnitChoice("effect", 3, boost=2.0)
    brush = painted.stroke.brush
    assert brush is not None
    (plain,) = (b.brush for b in make_dissection().brushes(3, "effect", "layer3+layer4", boost=1)
                if b.concept == brush.concept)  # fmt: skip
    for name, part in plain.layers.items():
        assert brush.layers[name].units == part.units
        assert brush.layers[name].levels == tuple(2 * level for level in part.levels)


@pytest.mark.parametrize("boost", ["0", "-1", "nan", "1e9"])
def test_levels_are_raised_by_sensible_numbers_only(model: Path, boost: str) -> None:
    with pytest.raises(BadInputError, match="--boost is above 0"):
        CliRunner().invoke(
            app, paint(model, "--stroke", "tree:draw:8,8,3", "--boost", boost),
            catch_exceptions=False,
        )  # fmt: skip


def test_units_order_and_layer_are_chosen(model: Path) -> None:
    chosen = ["--units", "10", "--order", "iou", "--layer", "layer4"]
    result = CliRunner().invoke(app, paint(model, "--stroke", "tree:draw:8,8,3", *chosen))
    assert result.exit_code == 0, result.output
    assert "units of layer4, by iou" in result.output


def test_the_number_of_units_alone_is_chosen(model: Path) -> None:
    result = CliRunner().invoke(app, paint(model, "--stroke", "tree:draw:8,8,3", "--units", "2"))
    assert result.exit_code == 0, result.output
    assert "tree: 2 units of layer3, by effect" in result.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--stroke", "tree:draw:8,8"], "A stroke is written"),
        (["--stroke", "bicycle:draw:8,8,3"], "no brush for 'bicycle'"),
        (["--stroke", "tree:draw:8,8,3", "--layer", "layer9"], "layer9"),
        (["--stroke", "tree:draw:8,8,3", "--seed", "-1"], "from 0 to 999999, not -1"),
        (["--stroke", "tree:draw:8,8,3", "--dissection", "absent"], "absent"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    arguments: list[str],
    complaint: str,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["dissection", *paint(model, *arguments)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    message = capsys.readouterr().err
    assert complaint in message
    assert message.strip().count("\n") == 0
    assert not model.with_name("out.png").exists()


def test_a_model_without_a_dissection_says_what_to_give(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ["paint", "--model", str(model), "--out", str(tmp_path / "out.png")]
    result = CliRunner().invoke(app, [*given, "--stroke", "tree:draw:8,8,3"])
    assert isinstance(result.exception, UnknownNameError)
    assert "No dissection of 'little' is bundled" in str(result.exception)
    assert "--dissection" in str(result.exception)


def test_a_dissection_of_another_network_is_refused(model: Path, tmp_path: Path) -> None:
    save_dissection(make_dissection("little"), tmp_path / "stored")
    result = CliRunner().invoke(app, paint(model, "--stroke", "tree:draw:8,8,3"))
    assert result.exit_code != 0
    assert "network" in str(result.exception)
