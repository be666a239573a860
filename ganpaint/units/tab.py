"""The Units tab as the window knows it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QWidget

from dissection.runtime.user_folders import config_folder
from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import Tab, TabMenu
from ganpaint.units.menu import UnitsMenu
from ganpaint.units.opening import is_dissection
from ganpaint.units.view import UnitsView

_PATIENCE_MILLISECONDS = 120_000
_LOOK_MILLISECONDS = 50
#: In the user's config folder.
NOTES = "unit-notes.json"


class Units(Tab):
    """Browses the units of the dissections that are loaded."""

    def __init__(self, context: WindowContext) -> None:
        # A window that keeps nothing keeps no notes.
        folder = config_folder() if context.data is not None else None
        self.view = UnitsView(context, folder / NOTES if folder is not None else None)
        self.menu = UnitsMenu(self.view)
        self._context = context
        self._first = context.options.unit  # the unit that is shown first

    @property
    def widget(self) -> QWidget:
        """Filter bar, grid and detail."""
        return self.view

    def menus(self) -> Sequence[TabMenu]:
        """What the buttons and the context menu offer, with keys."""
        return (self.menu.menu,)

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.view.retheme()

    def activate(self) -> None:
        """The grid takes the keys; the first time the command line may say which unit shows."""
        self.view.grid.setFocus()
        first, self._first = self._first, ""
        if first:
            self.view.navigation.go_to(first)

    def escape(self) -> None:
        """Close the detail."""
        self.view.browsed.choose_unit(None)

    def open_path(self, path: Path) -> bool:
        """A dissection: its folder, a report.json or a dissect.json."""
        if is_dissection(path):
            self.view.opening.read(path)
            return True
        return False

    def close(self) -> None:
        """End what is being read."""
        self.view.close_threads()

    def prepare_screenshot(self, options: argparse.Namespace) -> None:
        """Wait until the pictures in view are there, and all that one unit shows."""
        if options.unit:
            self._wait_for_generator()
        self.view.wait_for_pictures(_PATIENCE_MILLISECONDS)

    def _wait_for_generator(self) -> None:
        """Until the painter has one: it makes the unit's pictures, if it is that of the unit."""
        loop = QEventLoop()
        look = QTimer(interval=_LOOK_MILLISECONDS)
        look.timeout.connect(lambda: loop.quit() if self._context.model.name else None)
        look.start()
        QTimer.singleShot(_PATIENCE_MILLISECONDS, loop.quit)
        loop.exec()
        look.stop()
