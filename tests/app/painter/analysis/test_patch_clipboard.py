"""Transplant: a region's activations are stamped elsewhere, here and in other scenes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Edit, Mode
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle


def by_library(window: MainWindow, seed: int = 3) -> np.ndarray:
    """What the library renders for the strokes that are on."""
    renderer = Renderer(load_generator(window.document.scene.model), "cpu", "float32")
    renderer.set_latent(standard([seed], 24)[0])
    on = tuple(p.stroke for p in window.document.history if p.shown)
    return renderer.render(Edit(on), exact=True)


@pytest.fixture
def taken(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> MainWindow:
    """The patch of rows 1 and 2, columns 1 to 3 of layer3 in hand."""
    QTest.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: window.inspector.inspection.features is not None, timeout=5000)
    mouse.press(2.5, 2.5)
    mouse.move(7.5, 5.5)
    mouse.release()
    QTest.mouseClick(window.inspector.panel.take_patch, Qt.MouseButton.LeftButton)
    assert window.canvas.pointer is window.inspector.stamp
    return window


def test_the_ghost_follows_the_mouse_cell_by_cell(taken: MainWindow, mouse: Mouse) -> None:
    ghost = taken.inspector.stamp.ghost
    assert taken.inspector.patch_clipboard.picture.size().toTuple() == (6, 4)
    mouse.move(9, 10)
    assert ghost.place == QRectF(6, 8, 6, 4)
    mouse.move(9.4, 10.3)
    assert ghost.place == QRectF(6, 8, 6, 4)
    mouse.move(11, 10)
    assert ghost.place == QRectF(8, 8, 6, 4)
    mouse.move(0, 0)
    assert ghost.place == QRectF(-2, -2, 6, 4)
    mouse.move(-30, 0)
    assert ghost.place.isEmpty() or not ghost.place.intersects(QRectF(0, 0, 16, 16))
    assert taken.document.history == ()


def test_stamped_on_its_own_place_it_changes_nothing(taken: MainWindow, mouse: Mouse) -> None:
    before = pixels(taken).astype(int)
    mouse.drag((5, 4))
    assert len(taken.document.history) == 1
    assert np.abs(pixels(taken).astype(int) - before).max() <= 1


def test_a_click_stamps_and_undo_takes_it_away(
    taken: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    before = pixels(taken)
    mouse.drag((11, 12))
    stamped = pixels(taken)
    assert not np.array_equal(stamped, before)
    np.testing.assert_array_equal(stamped, by_library(taken))
    stroke = taken.document.strokes[0]
    assert stroke.stamp is not None
    assert (stroke.stamp.row, stroke.stamp.column) == (5, 4)
    assert stroke.mask[10:14, 8:14].all()
    assert stroke.mask.sum() == 24
    assert taken.canvas.pointer is taken.inspector.stamp  # another click is another stamp
    mouse.drag((3, 12))
    assert len(taken.document.history) == 2
    assert taken.commands["undo"].text() == "Undo stamp patch of seed 3"
    taken.commands["undo"].trigger()
    undone = settle(taken, qtbot, taken.commands["undo"].trigger)
    np.testing.assert_array_equal(undone, before)
    redone = settle(taken, qtbot, taken.commands["redo"].trigger)
    np.testing.assert_array_equal(redone, stamped)


def test_it_can_be_moved_until_the_button_is_up_and_escape_leaves_it(
    taken: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    before = pixels(taken)
    mouse.drag((3, 12), (7, 12), (11, 12))
    stroke = taken.document.strokes[0]
    assert stroke.stamp is not None
    assert (stroke.stamp.row, stroke.stamp.column) == (5, 4)
    assert len(taken.document.history) == 1
    settle(taken, qtbot, taken.commands["undo"].trigger)
    mouse.press(3, 12)
    mouse.move(7, 12)
    assert taken.document.live is not None
    shown = settle(taken, qtbot, lambda: QTest.keyClick(taken.canvas, Qt.Key.Key_Escape))
    np.testing.assert_array_equal(shown, before)
    mouse.release()
    assert taken.document.history == ()
    assert taken.inspector.stamp.ghost.place.isEmpty()


def test_a_stamp_that_misses_the_picture_is_none(taken: MainWindow, mouse: Mouse) -> None:
    mouse.press(-40, -40)
    mouse.release()
    assert taken.document.history == ()
    assert taken.document.live is None


def test_it_goes_into_another_scene_and_keeps_the_strength_of_the_brush(
    taken: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(taken.live.settled, timeout=10_000):
        QTest.keyClick(taken, Qt.Key.Key_Right)
    before = pixels(taken)
    taken.document.choose(strength=0.5)
    assert taken.canvas.pointer is taken.inspector.stamp
    mouse.drag((11, 12))
    stroke = taken.document.strokes[0]
    assert stroke.strength == 0.5
    assert stroke.subject == "patch of seed 3"
    np.testing.assert_array_equal(pixels(taken), by_library(taken, seed=4))
    assert not np.array_equal(pixels(taken), before)


def test_the_history_changes_a_stamp(taken: MainWindow, mouse: Mouse, qtbot: QtBot) -> None:
    mouse.drag((11, 12))
    stamped = pixels(taken)
    rows, panel = taken.history.rows, taken.history.panel
    taken.history.window().activateWindow()
    rows.setCurrentIndex(taken.history.strokes.index(0, 0))
    index = taken.history.strokes.index(0, 0)
    assert index.data() == "patch of seed 3, stamp"
    assert "2 × 3 cells of layer3" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert panel.concept.placeholderText() == "patch of seed 3"
    assert not panel.concept.isEnabled()
    assert not panel.units.isEnabled()
    weak = settle(taken, qtbot, lambda: panel.strength.slider.setValue(30))
    np.testing.assert_array_equal(weak, by_library(taken))
    assert not np.array_equal(weak, stamped)
    erase = next(b for b in panel.modes.buttons() if b.objectName() == "erase")
    erased = settle(taken, qtbot, erase.click)
    assert taken.document.strokes[0].mode == Mode.ERASE
    np.testing.assert_array_equal(erased, by_library(taken))
    off = settle(taken, qtbot, lambda: taken.document.toggle_stroke(taken.document.history[0]))
    np.testing.assert_array_equal(off, by_library(taken))
    for _ in range(3):
        taken.commands["undo"].trigger()
    np.testing.assert_array_equal(settle(taken, qtbot, taken.live.refresh), stamped)


def test_restore_and_order_count_for_stamps(taken: MainWindow, mouse: Mouse, qtbot: QtBot) -> None:
    before = pixels(taken)
    mouse.drag((11, 12))
    QTest.keyClick(taken, Qt.Key.Key_R)  # a mode brings the brush back
    taken.document.choose(radius=12.0)
    mouse.drag((8, 8))
    np.testing.assert_array_equal(pixels(taken), before)
    stamp = taken.document.history[0]
    moved = settle(taken, qtbot, lambda: taken.document.move_stroke(stamp, 1))
    np.testing.assert_array_equal(moved, by_library(taken))
    assert not np.array_equal(moved, before)


def test_a_project_keeps_stamps_and_renders_without_a_window(
    taken: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path
) -> None:
    mouse.drag((11, 12))
    mouse.drag((3, 12))
    stamped, path, out = pixels(taken), tmp_path / "p.ganpaint", tmp_path / "out.png"
    taken.projects.save_to(path)
    assert path.read_bytes().count(b'"patch": "') == 3  # once whole, and named by two strokes
    settle(taken, qtbot, taken.document.clear)
    reopened = settle(taken, qtbot, lambda: taken.projects.open_path(path))
    np.testing.assert_array_equal(reopened, stamped)
    given = ["paint", "--project", str(path), "--out", str(out), "--device", "cpu"]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    with Image.open(out) as image:
        np.testing.assert_array_equal(np.asarray(image), stamped)
    settle(taken, qtbot, taken.document.clear)
    again = settle(taken, qtbot, lambda: taken.projects.open_path(out))
    np.testing.assert_array_equal(again, stamped)


def test_without_a_patch_the_pinned_region_is_taken_or_it_is_said(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    QTest.keyClick(window, Qt.Key.Key_V)
    assert "There is no patch yet" in window.canvas.message.text
    assert window.canvas.pointer is None
    assert not window.commands["stamp"].isChecked()
    QTest.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: window.inspector.inspection.features is not None, timeout=5000)
    mouse.press(5, 5)
    mouse.release()
    QTest.keyClick(window, Qt.Key.Key_V)
    assert window.canvas.pointer is window.inspector.stamp
    assert window.commands["stamp"].isChecked()
    assert not window.commands["inspect"].isChecked()
    mouse.drag((11, 11))
    assert len(window.document.history) == 1


def test_a_patch_of_another_generator_is_refused(taken: MainWindow, mouse: Mouse) -> None:
    taken.inspector.patch_clipboard.model = "elsewhere/kitchen.pth"
    mouse.press(8, 8)
    mouse.release()
    assert "The patch is of kitchen.pth" in taken.canvas.message.text
    assert taken.document.history == ()
