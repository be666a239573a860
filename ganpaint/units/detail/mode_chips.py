"""Chips that choose how a unit is shown on pictures."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from ganpaint.toolkit.theme import GRID
from ganpaint.units.detail.views import MODES, ViewMode


class ModeChips(QWidget):
    """One chip for each way, one of which is in force.

    Signals:
        chosen(str): another way was clicked, a key of ``MODES``.

    Attributes:
        mode: the one in force.
        group: the buttons.
    """

    chosen = Signal(str)

    def __init__(self, modes: Sequence[ViewMode], parent: QWidget, mode: ViewMode = "outline"):
        super().__init__(parent)
        self.mode: ViewMode = mode
        self.group = QButtonGroup(self)
        self._buttons: dict[ViewMode, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        for name in modes:
            button = QPushButton(MODES[name], self)
            button.setCheckable(True)
            button.setObjectName("chip")
            button.setChecked(name == mode)
            button.clicked.connect(partial(self.choose, name))
            self.group.addButton(button)
            self._buttons[name] = button
            row.addWidget(button)
        row.addStretch(1)

    def choose(self, mode: ViewMode) -> None:
        """Show pictures in another way."""
        self.mode = mode
        self._buttons[mode].setChecked(True)
        self.chosen.emit(mode)

    def call(self, mode: ViewMode, words: str) -> None:
        """Call a way something else."""
        self._buttons[mode].setText(words)

    def offer(self, mode: ViewMode, there: bool) -> None:
        """Whether there is a way; the first one takes the place of one that goes."""
        self._buttons[mode].setVisible(there)
        if not there and self.mode == mode:
            self.choose(next(name for name in self._buttons if name != mode))
