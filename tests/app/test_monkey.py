"""Random actions: whatever comes, no exception, no Qt warning, no thread that stays behind."""

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from conftest import Mouse, pixels, settle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.edits import Edit
from ganpaint.canvas.comparison import View
from ganpaint.main_window import MainWindow

KEYS = (
    *("D", "E", "R", "1", "2", "3", "4", "5", "F", "N", "C", "G", "A", "S", "X"),
    *("Left", "Right", "BracketLeft", "BracketRight", "Space", "Escape", "Delete"),
)
COMMANDS = ("undo", "redo", "clear", "fit", "actual", "zoom_in", "zoom_out", "search", "copy")
BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)


def test_four_hundred_random_actions(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path
) -> None:
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

    def change_history() -> None:
        history, panel = window.document.history, window.history.panel
        if not history:
            return
        window.history.rows.setCurrentIndex(
            window.history.strokes.index(dice.randrange(len(history)), 0)
        )
        painted = dice.choice(history)
        combo = dice.choice((panel.concept, panel.level, panel.rule))
        knob = dice.choice((panel.strength, panel.units, panel.boost))
        dice.choice(
            (
                lambda: window.document.toggle_stroke(painted),
                lambda: window.document.move_stroke(painted, dice.randint(-1, len(history))),
                lambda: window.document.delete_stroke(painted),
                lambda: combo.activated.emit(dice.randrange(combo.count())),
                lambda: knob.slider.setValue(dice.randint(0, 100)),
                lambda: dice.choice(panel.modes.buttons()).click(),
            )
        )()

    def change_brush() -> None:
        brush = window.tools.brush
        combo = dice.choice((brush.layer, brush.order, brush.level, brush.rule))
        dice.choice(
            (
                lambda: combo.activated.emit(dice.randrange(combo.count())),
                lambda: brush.boost.slider.setValue(dice.randint(0, 40)),
                brush.reset.click,
            )
        )()

    def file() -> None:
        path = tmp_path / f"{dice.randint(0, 2)}.ganpaint"
        if dice.random() < 0.5 or not path.exists():
            window.projects.save_to(path)
        else:
            window.projects.open_path(path)

    actions: list[Callable[[], object]] = [
        lambda: mouse.press(*place(), dice.choice(BUTTONS), modifiers()),
        lambda: mouse.move(*place()),
        lambda: mouse.move(*place()),
        mouse.release,
        key,
        key,
        slide,
        change_history,
        change_history,
        file,
        lambda: window.commands[dice.choice(COMMANDS)].trigger(),
        change_brush,
        lambda: window.canvas.comparison.choose(dice.choice(tuple(View))),
        lambda: window.commands["cells"].trigger(),
        lambda: window.document.go_to(dice.randint(-5, 40)),
        lambda: window.resize(dice.randint(960, 1300), dice.randint(600, 900)),
        lambda: qtbot.wait(dice.randint(1, 20)),
    ]
    for _ in range(400):
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
    window.canvas.comparison.choose(View.EDITED)
    window.canvas.comparison.hold(True)
    np.testing.assert_array_equal(pixels(window), cleared)
