"""``ganpaint --screenshot``: the real window, painted into without a mouse, as a file."""

import argparse
import re
import sys

from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from dissection.errors import BadInputError, DissectionError
from dissection.runtime.files import replacing
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.settings import Settings
from ganpaint.window.application import make_application, make_window
from ganpaint.window.main_window import MainWindow

#: Longest wait for one picture; loading torch on a cold machine takes most of it.
_PATIENCE_MILLISECONDS = 120_000
_FADE_MILLISECONDS = 400


def take(options: argparse.Namespace) -> int:
    """Write the screenshot; returns the exit status, 2 after a sentence on what is wrong."""
    try:
        width, height = read_size(options.size)
        application = make_application()
        QCursor.setPos(-1, -1)  # nothing is under the mouse
        Background.patience = _PATIENCE_MILLISECONDS / 1000  # nobody works in this window
        window = make_window(options, Settings())
        try:
            window.resize(width, height)
            window.show()
            if options.tab and options.tab not in window.stack.names:
                known = ", ".join(window.stack.names)
                raise BadInputError(f"There is no tab '{options.tab}'; the tabs are {known}.")
            window.stack.show_tab(options.tab or ("units" if options.unit else ""))
            window.stack.tabs[window.stack.current].prepare_screenshot(options)
            application.processEvents()
            _write(window, options)
        finally:
            window.close()
    except DissectionError as error:
        print(f"ganpaint: {error}", file=sys.stderr)  # noqa: T201 - a command's own words
        return 2
    return 0


def read_size(text: str) -> tuple[int, int]:
    """``1280x800`` as (width, height).

    Raises:
        BadInputError: the text is something else, or not from 320 to 8192.
    """
    match = re.fullmatch(r"(\d{3,4})x(\d{3,4})", text)
    if match is None or not all(320 <= int(side) <= 8192 for side in match.groups()):
        raise BadInputError(f"A size is WIDTHxHEIGHT such as 1280x800, not '{text}'.")
    return int(match[1]), int(match[2])


def _write(window: MainWindow, options: argparse.Namespace) -> None:
    QApplication.processEvents()
    if options.screenshot.suffix.lower() != ".png":
        raise BadInputError(
            f"Screenshots are PNG files; {options.screenshot} does not end in .png."
        )
    with replacing(options.screenshot) as temporary:
        if not window.grab().save(str(temporary), "PNG"):
            raise BadInputError(f"Cannot write {options.screenshot}; choose another place.")
