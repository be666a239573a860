"""The way from one scene to another: live, with the strokes of the first, a scene once painted."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.latents import Blend, blend, standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Edit
from dissection.painting.project import read_project
from ganpaint.rendering.requests import Purpose
from ganpaint.rendering.scene import Scene
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle


def rendered(model: Path, share: float, edit: Edit) -> np.ndarray:
    """Scene 3 on its way to 9, by the library alone."""
    renderer = Renderer(load_generator(model), device="cpu", precision="float32")
    one, other = standard([3, 9], 24)
    renderer.set_latent(blend(one, other, share))
    return renderer.render(edit, exact=True)


def slide(slider: QSlider, shares: list[int]) -> None:
    """Drag the handle with the mouse from where it is through some values."""
    inside = slider.width() - 14

    def at(value: int) -> QPoint:
        return QPoint(7 + round(inside * value / 100), slider.height() // 2)

    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=at(slider.value()))
    for share in shares:
        QTest.mouseMove(slider, at(share))
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=at(shares[-1]))


def test_dragging_shows_what_lies_between_with_the_strokes_of_the_first(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, model: Path
) -> None:
    mouse.drag((4, 4), (9, 9))
    painted = pixels(window)
    window.scenes.blend.choose(9)
    frames: list[tuple[Purpose, Scene]] = []
    window.live.changed.connect(lambda f: frames.append((f.request.purpose, f.request.scene)))
    slider = window.scenes.blend.knob.slider
    settle(window, qtbot, lambda: slide(slider, [10, 20, 30, 40]))
    share = window.document.scene.blend.share
    assert share == pytest.approx(0.4, abs=0.03)
    assert window.document.scene.name == f"3-9 at {share:.2f}"
    assert window.scenes.strip.chosen == []  # nobody chose the scene that the way began at
    assert frames[-1] == (Purpose.REST, Scene(str(model), 3, Blend(9, share)))
    assert {purpose for purpose, _ in frames[:-1]} == {Purpose.LIVE}
    strokes = Edit(window.document.strokes)
    assert len(strokes.strokes) == 1
    np.testing.assert_array_equal(pixels(window), rendered(model, share, strokes))
    assert not window.commands["undo"].isEnabled()  # nothing was done to this scene
    back = settle(window, qtbot, lambda: slide(slider, [0]))
    np.testing.assert_array_equal(back, painted)
    assert window.document.scene == Scene(str(model), 3)
    assert window.document.painted_scenes(str(model)) == [Scene(str(model), 3)]


def test_a_blend_that_is_painted_on_is_a_scene_of_its_own(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, model: Path
) -> None:
    mouse.drag((4, 4))
    strip = window.scenes.strip
    rows = strip.scenes.rowCount()
    settle(window, qtbot, lambda: window.document.blend(9, 0.4))
    assert strip.scenes.rowCount() == rows
    assert strip.currentIndex().row() == 3
    mouse.drag((12, 12))
    assert len(window.document.strokes) == 2
    between = pixels(window)
    own = Scene(str(model), 3, Blend(9, 0.4))
    assert strip.scenes.rowCount() == rows + 1
    assert strip.scenes.scene_at(4) == own
    assert strip.currentIndex().row() == 4
    assert len(window.document.edit_of(own.base).strokes) == 1
    settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Right))
    assert window.document.scene.seed == 4
    back = settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Left))
    assert window.document.scene == own
    np.testing.assert_array_equal(back, between)
    assert window.scenes.blend.knob.value == 40
    settle(window, qtbot, window.commands["undo"].trigger)
    assert len(window.document.strokes) == 1
    assert strip.scenes.rowCount() == rows  # a blend that is looked at is no scene
    settle(window, qtbot, window.commands["redo"].trigger)
    assert strip.scenes.scene_at(4) == own


def test_its_latent_is_kept_in_projects_and_pictures(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    model: Path,
    tmp_path: Path,
    open_window: Callable[..., MainWindow],
) -> None:
    settle(window, qtbot, lambda: window.document.blend(9, 0.4))
    mouse.drag((12, 12), (9, 4))
    between = pixels(window)
    path, picture = tmp_path / "between.ganpaint", tmp_path / "between.png"
    window.projects.save_to(path)
    with qtbot.waitSignal(window.live.saved, timeout=10_000):
        window.saver.save(picture)
    scene = read_project(path).scene
    assert scene.blend == Blend(9, 0.4)
    one, other = standard([3, 9], 24)
    np.testing.assert_array_equal(scene.latent, blend(one, other, 0.4))
    for file in (path, picture):
        again = open_window("--model", str(model))
        settle(again, qtbot, lambda again=again, file=file: again.projects.open_path(file))
        assert again.document.scene.name == "3-9 at 0.40"
        assert "3-9 at 0.40" in again.windowTitle()
        np.testing.assert_array_equal(pixels(again), between)
    out = tmp_path / "out.png"
    ran = CliRunner().invoke(app, ["paint", "--project", str(path), "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    with Image.open(out) as image:
        np.testing.assert_array_equal(np.asarray(image), between)


def test_the_other_scene_is_typed_or_taken_from_the_strip(
    window: MainWindow, qtbot: QtBot, model: Path
) -> None:
    blending = window.scenes.blend
    assert blending.toward.value() == 4  # the next one unless said
    blending.toward.setFocus()
    blending.toward.selectAll()
    QTest.keyClicks(blending.toward, "57")
    QTest.keyClick(blending.toward, Qt.Key.Key_Return)
    slide(blending.knob.slider, [50])
    assert window.document.scene.name.startswith("3-57 at 0.")
    menu = window.scenes.menu_of(Scene(str(model), 12))
    (action,) = [a for a in menu.actions() if a.text().startswith("Blend scene 3")]
    shown = settle(window, qtbot, action.trigger)
    assert window.document.scene.name == "3-12 at 0.50"
    assert blending.toward.value() == 12
    blending.toward.setValue(13)  # a blend on screen follows
    other = settle(window, qtbot, window.live.refresh)
    assert window.document.scene.name == "3-13 at 0.50"
    assert not np.array_equal(shown, other)


def test_strokes_painted_on_the_first_scene_later_show_on_its_blends(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    settle(window, qtbot, lambda: window.document.blend(9, 0.3))
    window.document.blend(9, 0)
    mouse.drag((4, 4))
    settle(window, qtbot, lambda: window.document.blend(9, 0.3))
    assert len(window.document.strokes) == 1
    assert not window.document.painted_scenes(window.document.scene.model)[1:]
