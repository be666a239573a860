"""Starts the Qt application and opens the window."""

import argparse
import sys
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from dissection.runtime.user_folders import data_folder
from ganpaint.toolkit.settings import Settings
from ganpaint.toolkit.theme import Theme
from ganpaint.window.interrupts import Interrupts
from ganpaint.window.main_window import MainWindow


def run(options: argparse.Namespace) -> int:
    """Open the window and stay until it is closed; returns the exit status."""
    application = make_application()
    settings = Settings(QSettings("GANPaint", "GANPaint"))
    data = data_folder()
    window = make_window(options, settings, data)
    window.fit_screen(window.screen().availableSize())
    window.show()
    if options.project:
        window.open_path(options.project)
    if options.unit:
        window.stack.show_tab("units")
    interrupts = Interrupts(window)
    status = application.exec()
    interrupts.end()
    return status


def make_application() -> QApplication:
    """The one Qt application."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("GANPaint")
    application.setApplicationDisplayName("GANPaint")
    return application


def make_window(
    options: argparse.Namespace, settings: Settings, data: Path | None = None
) -> MainWindow:
    """A window for the options of the command line; not shown yet.

    Args:
        options: of the command line.
        settings: what is remembered.
        data: folder where unsaved work outlives a crash, and brushes of one's own are kept; None
            keeps none.
    """
    application = QApplication.instance()
    assert isinstance(application, QApplication), "make_application comes first"
    theme = Theme()
    theme.apply(application, options.theme or settings.theme)
    return MainWindow(options, theme, settings, data)
