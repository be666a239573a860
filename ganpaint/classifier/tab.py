"""The Classifier tab as the window knows it."""

import argparse
from pathlib import Path

from PySide6.QtWidgets import QWidget

from ganpaint.classifier.view import ClassifierView
from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import Tab
from ganpaint.tabs.waiting import wait_until


class Classifier(Tab):
    """Takes units out of a classifier and shows which classes it can no longer tell."""

    def __init__(self, context: WindowContext) -> None:
        self.view = ClassifierView(context)

    @property
    def widget(self) -> QWidget:
        """Which ablation, and its pages."""
        return self.view

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        for page in self.view.pages.values():
            page.retheme()

    def activate(self) -> None:
        """Read what ships, the first time; the classes take the keys."""
        self.view.look()
        self.view.classes.table.setFocus()

    def escape(self) -> None:
        """Put all units back."""
        self.view.session.removal.take_out(())

    def open_path(self, path: Path) -> bool:
        """An ablation: its folder, or the ablation.json in it; a picture while one is looked at."""
        if self.view.opens(path):
            return True
        looking = self.view.isVisible() and self.view.page == "picture"
        if looking and path.is_file():
            self.view.picture_page.choose(path)
        return looking and path.is_file()

    def close(self) -> None:
        """End what is being read and computed."""
        self.view.close_threads()

    def prepare_screenshot(self, options: argparse.Namespace) -> None:
        """Wait until the held-out pictures are there, if an ablation shows."""
        self.view.look()
        wait_until(self._settled)

    def _settled(self) -> bool:
        view = self.view
        if not view.reading.idle:
            return False
        waiting = view.load_bar.button.isVisible()
        return not view.studies or view.session.loaded is not None or waiting
