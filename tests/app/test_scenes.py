"""Going from scene to scene."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from conftest import Mouse, pixels, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ganpaint.document import LAST_SEED, Scene
from ganpaint.main_window import MainWindow


def test_each_scene_keeps_its_edit_and_its_undo_steps(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    start = pixels(window)
    mouse.drag((4, 4), (12, 12))
    painted = pixels(window)
    other = settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Right))
    assert window.document.scene.seed == 4
    assert not window.document.strokes
    assert not window.commands["undo"].isEnabled()
    assert not np.array_equal(other, painted)
    mouse.drag((8, 8), (8, 9))
    back = settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Left))
    np.testing.assert_array_equal(back, painted)
    assert len(window.document.strokes) == 1
    undone = settle(window, qtbot, window.commands["undo"].trigger)
    np.testing.assert_array_equal(undone, start)
    assert len(window.document.edit_of(Scene(window.document.scene.model, 4)).strokes) == 1


def test_the_newest_scene_wins(window: MainWindow, qtbot: QtBot) -> None:
    wanted = settle(window, qtbot, lambda: window.document.go_to(9))
    settle(window, qtbot, lambda: window.document.go_to(3))

    def leap() -> None:
        for seed in (5, 6, 7, 8, 9):
            window.document.go_to(seed)

    np.testing.assert_array_equal(settle(window, qtbot, leap), wanted)
    assert window.live.before is not None


def test_a_drag_does_not_follow_to_another_scene(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.press(4, 4)
    settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Right))
    mouse.move(9, 9)
    mouse.release()
    assert not window.document.strokes
    window.document.go_to(3)
    assert not window.document.strokes


def test_the_seed_box_goes_there_and_letters_do_not_fire_in_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    box = window.scenes.seed
    box.setFocus()
    box.selectAll()
    QTest.keyClick(box, Qt.Key.Key_E)
    assert window.document.choice.mode == "draw"
    QTest.keyClicks(box, "512")
    assert window.document.scene.seed == 3
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert window.document.scene.seed == 512
    assert not box.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_E)
    assert window.document.choice.mode == "erase"
    row = window.scenes.strip.currentIndex()
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "Scene 512"


def test_seeds_stay_within_the_standard_latents(window: MainWindow) -> None:
    window.document.go_to(0)
    QTest.keyClick(window, Qt.Key.Key_Left)
    assert window.document.scene.seed == 0
    window.document.go_to(10**9)
    assert window.document.scene.seed == LAST_SEED
    for _ in range(20):
        QTest.keyClick(window, Qt.Key.Key_N)
        assert 0 <= window.document.scene.seed <= LAST_SEED


def test_every_scene_on_offer_gets_a_thumbnail(window: MainWindow, qtbot: QtBot) -> None:
    scenes = window.scenes.strip.scenes
    qtbot.waitUntil(lambda: not scenes.missing(), timeout=20_000)
    pictures = {
        scenes.index(row, 0).data(Qt.ItemDataRole.DecorationRole).toImage().cacheKey()
        for row in range(scenes.rowCount())
    }
    assert len(pictures) == scenes.rowCount() == 24


def test_a_click_in_the_strip_goes_there(window: MainWindow, qtbot: QtBot) -> None:
    strip = window.scenes.strip
    place = strip.visualRect(strip.scenes.index(5, 0)).center()
    QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.document.scene.seed == 5
    assert window.scenes.seed.value() == 5
    assert "seed 5" in window.windowTitle()


def test_two_models_keep_their_own_edits(
    open_window: Callable[..., MainWindow], model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(model.read_bytes())
    window = open_window("--model", str(model))
    QTest.keyClick(window, Qt.Key.Key_R)
    Mouse(window, qtbot).drag((4, 4), (9, 9))
    settle(window, qtbot, lambda: window.document.open_model(str(copy)))
    assert not window.document.strokes
    settle(window, qtbot, lambda: window.document.open_model(str(model)))
    assert len(window.document.strokes) == 1
