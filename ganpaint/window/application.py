"""Starts the Qt application and opens the window."""

import argparse
import sys
from pathlib import Path

import platformdirs
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from ganpaint.painter.document.document import Document
from ganpaint.toolkit.settings import Settings
from ganpaint.toolkit.theme import Theme
from ganpaint.window.main_window import MainWindow


def run(options: argparse.Namespace) -> int:
    """Open the window and stay until it is closed; returns the exit status."""
    application = make_application()
    settings = Settings(QSettings("GANPaint", "GANPaint"))
    data = platformdirs.user_data_path("GANPaint", appauthor=False)
    window = make_window(options, settings, data)
    window.show()
    if options.project:
        window.projects.open_path(options.project)
    return application.exec()


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
    model = options.model
    if Path(model).expanduser().is_file():
        model = str(Path(model).expanduser().resolve())
    document = Document(model, options.seed)
    document.dissection_folder = options.dissection
    return MainWindow(document, theme, settings, data)
