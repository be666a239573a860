"""Strokes carried to other scenes: one step on each, nothing lost."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from ganpaint.rendering.scene import Scene
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def click(window: MainWindow, row: int, held: Qt.KeyboardModifier) -> None:
    strip = window.scenes.strip
    place = strip.visualRect(strip.scenes.index(row, 0)).center()
    QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, held, place)


def act(menu: QMenu, text: str) -> None:
    (action,) = [a for a in menu.actions() if a.text().startswith(text)]
    assert action.isEnabled()
    action.trigger()


def test_strokes_go_on_chosen_scenes_and_can_be_undone_on_each(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    settle(window, qtbot, lambda: window.document.go_to(6))
    mouse.drag((12, 12))
    own = window.document.history
    settle(window, qtbot, lambda: window.document.go_to(3))
    mouse.drag((4, 4), (9, 9))
    qtbot.waitUntil(lambda: not window.scenes.strip.missing(), timeout=20_000)
    before = window.scenes.strip.scenes.thumbnail(Scene(window.document.scene.model, 5))
    click(window, 5, CONTROL)
    click(window, 8, CONTROL | SHIFT)
    assert window.document.scene.seed == 3  # choosing goes nowhere
    assert [s.seed for s in window.scenes.strip.chosen] == [5, 6, 7, 8]
    assert window.commands["apply"].text().endswith("(4)")
    QTest.keyClick(window, Qt.Key.Key_Return, CONTROL)
    assert window.canvas.message.text == "Applied 1 stroke to 4 scenes."
    model = window.document.scene.model
    painted = window.document.history
    assert window.document.history_of(Scene(model, 6)) == (*own, *painted)
    assert window.document.history_of(Scene(model, 5)) == painted
    qtbot.waitUntil(
        lambda: window.scenes.strip.scenes.thumbnail(Scene(model, 5)) not in (None, before),
        timeout=20_000,
    )
    settle(window, qtbot, lambda: window.document.go_to(6))
    assert "carry the strokes of scene 3" in window.commands["undo"].text()
    settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Z, CONTROL))
    assert window.document.history == own
    assert window.document.history_of(Scene(model, 5)) == painted


def test_one_button_takes_all_of_it_back_but_what_was_painted_since(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.drag((4, 4))
    click(window, 5, CONTROL)
    click(window, 6, CONTROL)
    window.commands["apply"].trigger()
    model = window.document.scene.model
    undo = window.canvas.message.button
    settle(window, qtbot, lambda: window.document.go_to(6))
    mouse.drag((12, 12))
    undo.click()
    assert window.document.history_of(Scene(model, 5)) == ()
    assert len(window.document.history_of(Scene(model, 6))) == 2
    assert len(window.document.history_of(Scene(model, 3))) == 1


def test_carrying_again_brings_strokes_up_to_date(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.drag((4, 4))
    model = window.document.scene.model
    click(window, 5, CONTROL)
    window.commands["apply"].trigger()
    window.document.toggle_stroke(window.document.history[0])
    mouse.drag((9, 9))
    window.commands["apply"].trigger()
    there = window.document.history_of(Scene(model, 5))
    assert [p.shown for p in there] == [False, True]
    window.commands["apply"].trigger()
    assert "already" in window.canvas.message.text
    assert window.document.history_of(Scene(model, 5)) is there


def test_the_menu_of_a_thumbnail_carries_and_brings(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.drag((4, 4))
    model = window.document.scene.model
    settle(
        window, qtbot, lambda: act(window.scenes.menu_of(Scene(model, 9)), "Carry the edit here")
    )
    assert window.document.scene.seed == 9
    assert len(window.document.history) == 1
    carried = pixels(window)
    settle(window, qtbot, lambda: window.document.go_to(20))
    menu = window.scenes.menu_of(Scene(model, 9))
    (carry,) = [a for a in menu.actions() if a.text().startswith("Carry")]
    assert not carry.isEnabled()
    settle(window, qtbot, lambda: act(menu, "Bring its strokes to scene 20"))
    assert len(window.document.history) == 1
    assert window.document.scene.seed == 20
    back = settle(window, qtbot, lambda: window.document.go_to(9))
    np.testing.assert_array_equal(back, carried)


def test_applying_says_what_is_missing(window: MainWindow, mouse: Mouse) -> None:
    assert not window.commands["apply"].isEnabled()
    mouse.drag((4, 4))
    assert not window.commands["apply"].isEnabled()
    click(window, 5, CONTROL)
    assert window.commands["apply"].isEnabled()
