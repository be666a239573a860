"""Random actions: whatever comes, no exception, no Qt warning, no thread that stays behind."""

import random
from collections.abc import Callable

import numpy as np
from conftest import Mouse, pixels, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.edits import Edit
from ganpaint.main_window import MainWindow

KEYS = (
    *("D", "E", "R", "1", "2", "3", "4", "5", "F", "N", "C"),
    *("Left", "Right", "BracketLeft", "BracketRight", "Space", "Escape", "Delete"),
)
COMMANDS = ("undo", "redo", "clear", "fit", "actual", "zoom_in", "zoom_out", "search", "copy")
BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)


def test_three_hundred_random_actions(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> None:
    dice = random.Random(7)

    def place() -> tuple[float, float]:
        return dice.uniform(-4, 20), dice.uniform(-4, 20)

    def key() -> None:
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{dice.choice(KEYS)}"))

    def slide() -> None:
        knob = dice.choice((window.tools.diameter, window.tools.units, window.tools.strength))
        knob.slider.setValue(dice.randint(0, 100))

    def modifiers() -> Qt.KeyboardModifier:
        return dice.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier))

    actions: list[Callable[[], object]] = [
        lambda: mouse.press(*place(), dice.choice(BUTTONS), modifiers()),
        lambda: mouse.move(*place()),
        lambda: mouse.move(*place()),
        mouse.release,
        key,
        key,
        slide,
        lambda: window.commands[dice.choice(COMMANDS)].trigger(),
        lambda: dice.choice(window.tools.brush_menu.actions()).trigger(),
        lambda: window.document.go_to(dice.randint(-5, 40)),
        lambda: window.resize(dice.randint(960, 1300), dice.randint(600, 900)),
        lambda: qtbot.wait(dice.randint(1, 20)),
    ]
    for _ in range(300):
        dice.choice(actions)()
    mouse.release()
    shown = settle(window, qtbot, window.live.refresh)
    again = settle(window, qtbot, window.live.refresh)
    np.testing.assert_array_equal(shown, again)
    window.commands["clear"].trigger()
    window.document.abort_stroke()
    cleared = settle(window, qtbot, window.live.refresh)
    assert window.document.edit.strokes == Edit().strokes
    before = window.live.before
    assert before is not None
    window.canvas.compare(True)
    np.testing.assert_array_equal(pixels(window), cleared)
