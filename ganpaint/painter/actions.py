"""The actions of menus, buttons and keys, made from the table of shortcuts."""

from collections.abc import Callable

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow

from dissection.painting.edits import Mode
from ganpaint.painter.canvas.comparison import View
from ganpaint.toolkit import shortcuts
from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.theme import Theme


class Actions:
    """One action for each row of the table that is no gesture, nor the window's or a tab's own.

    Attributes:
        modes: the group of draw, erase and restore.
        views: the group of edited, split and difference.
        numbers: the actions of keys 1 to 9.

    Args:
        window: gets all of them, so that their keys work anywhere in it.
        theme: for the icons.
    """

    def __init__(self, window: QMainWindow, theme: Theme) -> None:
        self._theme = theme
        self._made: dict[str, QAction] = {}
        for row in shortcuts.SHORTCUTS.values():
            if row.held or row.of_window or row.of_tab:
                continue
            action = QAction(row.text, window)
            action.setObjectName(row.name)
            action.setShortcuts([QKeySequence(key) for key in row.keys])
            action.setToolTip(row.tip)
            action.setCheckable(row.toggle)
            window.addAction(action)
            self._made[row.name] = action
        self.numbers = [QAction(window) for _ in range(shortcuts.NUMBER_KEYS)]
        for number, action in enumerate(self.numbers, start=1):
            action.setShortcut(QKeySequence(str(number)))
            window.addAction(action)
        self.modes = QActionGroup(window)
        for mode in Mode:
            self[mode].setCheckable(True)
            self.modes.addAction(self[mode])
        self.views = QActionGroup(window)
        for view in View:
            self.views.addAction(self[view])
        for name in ("smaller", "larger"):
            self[name].setAutoRepeat(True)
        self.retheme()

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def on(self, name: str, do: Callable[[], object]) -> None:
        """Say what an action does."""
        self[name].triggered.connect(lambda _checked=False: do())

    def tell(self, name: str, what: str) -> None:
        """Say in the menu what an action would be about, such as *Undo draw tree*."""
        self[name].setText(f"{shortcuts.SHORTCUTS[name].text} {what}".strip())
        self[name].setToolTip(shortcuts.SHORTCUTS[name].tip)

    def retheme(self) -> None:
        """Draw the icons in the colors of the theme in force."""
        for name, action in self._made.items():
            drawn = shortcuts.SHORTCUTS[name].icon
            if drawn:
                action.setIcon(icon(drawn, self._theme.colors))
