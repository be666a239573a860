"""The Units tab as the window knows it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from dissection.runtime.user_folders import config_folder
from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import Tab, TabMenu
from ganpaint.tabs.waiting import PATIENCE_MILLISECONDS, wait_until
from ganpaint.units.menu import UnitsMenu
from ganpaint.units.opening import is_dissection
from ganpaint.units.view import UnitsView

#: In the user's config folder.
NOTES = "unit-notes.json"
_READING = "Reading the dissection…"


class Units(Tab):
    """Browses the units of the dissections that are loaded."""

    def __init__(self, context: WindowContext) -> None:
        # A window that keeps nothing keeps no notes.
        folder = config_folder() if context.data is not None else None
        self._context = context
        self.view = UnitsView(context, folder / NOTES if folder is not None else None)
        self.menu = UnitsMenu(self.view)
        self._first = context.options.unit  # the unit that is shown first
        context.reading_changed.connect(self._tell_reading)
        self.view.opening.busy_changed.connect(self._tell_reading)
        self._tell_reading()

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
        """Wait until dissections are read, or refused, and all that is in view is there."""
        wait_until(lambda: not self._reading)
        self.view.wait_for_pictures(PATIENCE_MILLISECONDS)

    @property
    def _reading(self) -> bool:
        return self._context.reading or self.view.opening.busy or self.view.navigation.busy

    def _tell_reading(self) -> None:
        self.view.empty.wait_for(_READING if self._reading else "")
