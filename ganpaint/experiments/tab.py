"""The Experiments tab as the window knows it."""

import argparse
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ganpaint.experiments.results import is_result
from ganpaint.experiments.view import ExperimentsView
from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import Tab
from ganpaint.tabs.waiting import wait_until


class Experiments(Tab):
    """The papers' figures: what ships, what a person ran, and how to run them."""

    def __init__(self, context: WindowContext) -> None:
        self.view = ExperimentsView(context)

    @property
    def widget(self) -> QWidget:
        """The cards, or a result."""
        return self.view

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.view.retheme()

    def activate(self) -> None:
        """Take up what jobs have made meanwhile."""
        self.view.refresh()

    def escape(self) -> None:
        """From a result back to the cards; a search is cleared."""
        if self.view.stack.currentWidget() is self.view.page:
            self.view.show_cards()
        else:
            self.view.cards.search.clear()

    def open_path(self, path: Path) -> bool:
        """A result: its folder, or the result.json in it."""
        if not is_result(path):
            return False
        self.view.open(path if path.is_dir() else path.parent)
        return True

    def close(self) -> None:
        """End what is being read and written."""
        self.view.close_threads()

    def prepare_screenshot(self, options: argparse.Namespace) -> None:
        """Wait until all cards have their pictures."""
        self.view.refresh()
        wait_until(lambda: not self.view.pictures.busy)
