"""The table of everything that the random test does to the window.

An action is a function of a ``Monkey`` with a weight; to have another part of the window tried,
write one with ``@action(weight)``: those of the painter are in ``monkey_painter``, those of files
and of the window in ``monkey_program``, those of the other tabs in ``monkey_tabs``.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from ganpaint.window.main_window import MainWindow
from support.driving import Mouse

Action = Callable[["Monkey"], object]
T = TypeVar("T")
ACTIONS: dict[Action, int] = {}
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
WORDS = ("tree", "sky", "x", "", "own one")


def action(weight: int) -> Callable[[Action], Action]:
    """Put a function into the table; of all weights its own is the share that it gets."""

    def put(function: Action) -> Action:
        ACTIONS[function] = weight
        return function

    return put


@dataclass
class Monkey:
    """Whoever does the actions.

    Attributes:
        window: the real one.
        mouse: over its canvas.
        qtbot: waits.
        dice: decides everything.
        folder: for files.
        models: generators that can be opened.
    """

    window: MainWindow
    mouse: Mouse
    qtbot: QtBot
    dice: random.Random
    folder: Path
    models: Sequence[Path]

    def act(self) -> str:
        """Do one action; its name."""
        (chosen,) = self.dice.choices(list(ACTIONS), list(ACTIONS.values()))
        chosen(self)
        return chosen.__name__

    def one_of(self, *things: T) -> T:
        """Any of some things."""
        return self.dice.choice(things)

    def place(self) -> tuple[float, float]:
        """Somewhere on the picture of 16 px, or beside it."""
        return self.dice.uniform(-4, 20), self.dice.uniform(-4, 20)

    def trigger(self, menu: QMenu) -> None:
        """Choose something of a menu."""
        able = [a for a in menu.actions() if a.isEnabled() and not a.isSeparator() and not a.menu()]
        if able:
            self.dice.choice(able).trigger()

    def file(self, *suffixes: str) -> Path:
        """A name for a file, of few, so that they are met again."""
        return self.folder / f"{self.dice.randint(0, 2)}{self.one_of(*suffixes)}"
