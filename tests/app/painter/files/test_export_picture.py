"""Saved pictures: exact, with their recipe; and what happens when they cannot be written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Edit
from dissection.painting.recipe import KEYWORD, Recipe
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels


def rendered(model: Path, seed: int, edit: Edit) -> np.ndarray:
    """The picture by the library alone."""
    renderer = Renderer(load_generator(model), device="cpu", precision="float32")
    renderer.set_latent(standard([seed], 24)[0])
    return renderer.render(edit, exact=True)


@pytest.fixture
def choose_file(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    def choose(path: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))

    return choose


def test_screen_and_file_show_what_the_library_renders(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    model: Path,
    tmp_path: Path,
    choose_file: Callable[[Path], None],
) -> None:
    mouse.drag((3, 3), (8, 5))
    window.document.choose_numbered(1)
    mouse.drag((12, 10), (13, 13))
    wanted = rendered(model, 3, Edit(window.document.strokes))
    np.testing.assert_array_equal(pixels(window), wanted)
    choose_file(tmp_path / "picture")
    with qtbot.waitSignal(window.live.saved, timeout=10_000):
        window.commands["export"].trigger()
    with Image.open(tmp_path / "picture.png") as image:
        np.testing.assert_array_equal(np.asarray(image), wanted)
        recipe = Recipe.from_text(image.text[KEYWORD])
    assert (recipe.model, recipe.seed) == (str(model), 3)
    assert recipe.network == load_generator(model).digest
    np.testing.assert_array_equal(rendered(model, recipe.seed, recipe.edit), wanted)
    assert str(tmp_path / "picture.png") in window.canvas.message.text


def test_before_and_after_stand_side_by_side(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    model: Path,
    tmp_path: Path,
    choose_file: Callable[[Path], None],
) -> None:
    mouse.drag((3, 3), (12, 12))
    choose_file(tmp_path / "pair.png")
    with qtbot.waitSignal(window.live.saved, timeout=10_000):
        window.commands["export_pair"].trigger()
    with Image.open(tmp_path / "pair.png") as image:
        pair = np.asarray(image)
    np.testing.assert_array_equal(pair[:, :16], rendered(model, 3, Edit()))
    np.testing.assert_array_equal(pair[:, 16:], rendered(model, 3, Edit(window.document.strokes)))


def test_a_target_that_cannot_be_written_costs_nothing(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    tmp_path: Path,
    choose_file: Callable[[Path], None],
) -> None:
    mouse.drag((3, 3), (12, 12))
    painted = pixels(window)
    choose_file(tmp_path / "no" / "such" / "folder" / "picture.png")
    with qtbot.waitSignal(window.live.save_failed, timeout=10_000):
        window.commands["export"].trigger()
    sentence = window.canvas.message.text
    assert sentence.startswith("Cannot write")
    assert "picture.png" in sentence
    assert list(tmp_path.iterdir()) == []
    np.testing.assert_array_equal(pixels(window), painted)
    assert len(window.document.strokes) == 1
    choose_file(tmp_path / "picture.png")
    with qtbot.waitSignal(window.live.saved, timeout=10_000):
        window.canvas.message.button.click()
    assert (tmp_path / "picture.png").exists()


def test_a_picture_that_is_being_saved_is_written_before_the_window_ends(
    window: MainWindow, tmp_path: Path
) -> None:
    window.saver.save(tmp_path / "last.png")
    window.close()
    with Image.open(tmp_path / "last.png") as image:
        assert image.size == (16, 16)


def options(window: MainWindow) -> dict[str, QAction]:
    (menu,) = (
        action.menu()
        for action in window.menus["File"].actions()
        if action.menu() and "options" in action.text()
    )
    return {action.text(): action for action in menu.actions() if action.text()}


def test_pictures_are_exported_larger_sharp_or_smooth(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path
) -> None:
    mouse.drag((3, 3), (8, 5))
    options(window)["Size × 4"].trigger()
    with qtbot.waitSignal(window.live.saved, timeout=10_000):
        window.saver.save(tmp_path / "sharp.png")
    options(window)["Smooth"].trigger()
    with qtbot.waitSignal(window.live.saved, timeout=10_000):
        window.saver.save(tmp_path / "smooth.png")
    shown = pixels(window)
    with Image.open(tmp_path / "sharp.png") as image:
        sharp = np.asarray(image)
        assert KEYWORD in image.text  # it opens with its strokes, whatever its size
    np.testing.assert_array_equal(sharp, shown.repeat(4, 0).repeat(4, 1))
    with Image.open(tmp_path / "smooth.png") as image:
        smooth = np.asarray(image).astype(int)
    assert smooth.shape == sharp.shape
    assert len(np.unique(smooth.reshape(-1, 3), axis=0)) > len(
        np.unique(sharp.reshape(-1, 3), axis=0)
    )
    np.testing.assert_array_equal(pixels(window), shown)


def test_a_pair_has_its_captions_below(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path
) -> None:
    mouse.drag((3, 3), (8, 5))
    options(window)["Size × 4"].trigger()
    options(window)["Captions below before and after"].trigger()
    with qtbot.waitSignal(window.live.saved, timeout=10_000):
        window.saver.save(tmp_path / "pair.png", pair=True)
    with Image.open(tmp_path / "pair.png") as image:
        pair = np.asarray(image).astype(int)
    assert pair.shape == (64 + 16, 128, 3)
    band = pair[64:].sum(-1)
    assert (band[:, :64] < 300).any()  # a word below each
    assert (band[:, 64:] < 300).any()
    assert (band[0] == 765).all()
    np.testing.assert_array_equal(pair[:64, 64:], pixels(window).repeat(4, 0).repeat(4, 1))
