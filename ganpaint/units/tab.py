"""The Units tab as the window knows it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from dissection.runtime.user_folders import config_folder
from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import Tab, TabMenu
from ganpaint.units.opening import is_dissection
from ganpaint.units.view import UnitsView

#: In the user's config folder.
NOTES = "unit-notes.json"


class Units(Tab):
    """Browses the units of the dissections that are loaded."""

    def __init__(self, context: WindowContext) -> None:
        # A window that keeps nothing keeps no notes.
        folder = config_folder() if context.data is not None else None
        self.view = UnitsView(context, folder / NOTES if folder is not None else None)

    @property
    def widget(self) -> QWidget:
        """Filter bar, grid and detail."""
        return self.view

    def menus(self) -> Sequence[TabMenu]:
        """What the buttons and the context menu offer."""
        return ()

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.view.retheme()

    def activate(self) -> None:
        """The grid takes the keys."""
        self.view.grid.setFocus()

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
        """Wait until the pictures in view are there."""
        self.view.wait_for_pictures()
