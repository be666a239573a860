"""``ganpaint --screenshot``: the real window, painted into without a mouse, as a file."""

import argparse
import re
import sys
from dataclasses import dataclass

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from dissection.edits import Mode
from dissection.errors import BadInputError, DissectionError
from dissection.files import replacing
from dissection.masks import disc
from ganpaint.application import make_application, make_window
from ganpaint.main_window import MainWindow
from ganpaint.settings import Settings

#: Longest wait for one picture; loading torch on a cold machine takes most of it.
_PATIENCE_MILLISECONDS = 120_000
_FADE_MILLISECONDS = 400


@dataclass(frozen=True)
class Dab:
    """One ``--stroke``: a disc of radius r around (x, y), picture pixels."""

    concept: str
    mode: Mode
    x: float
    y: float
    radius: float


def take(options: argparse.Namespace) -> int:
    """Write the screenshot; returns the exit status, 2 after a sentence on what is wrong."""
    try:
        dabs = [read_dab(text) for text in options.stroke]
        width, height = read_size(options.size)
        application = make_application()
        QCursor.setPos(-1, -1)  # nothing is under the mouse
        window = make_window(options, Settings())
        try:
            window.resize(width, height)
            window.show()
            _wait(window)
            for dab in dabs:
                _paint(window, dab)
            _wait_thumbnails(window)
            application.processEvents()
            _write(window, options)
        finally:
            window.close()
    except DissectionError as error:
        print(f"ganpaint: {error}", file=sys.stderr)  # noqa: T201 - a command's own words
        return 2
    return 0


def read_dab(text: str) -> Dab:
    """``tree:draw:40,90,12`` as a dab; the concept may be ``part:door``.

    Raises:
        BadInputError: the text is something else.
    """
    number = r"(-?\d+(?:\.\d+)?)"
    match = re.fullmatch(rf"(.*):(draw|erase|restore):{number},{number},{number}", text)
    if match is None:
        raise BadInputError(
            f"A stroke is CONCEPT:MODE:X,Y,R such as tree:draw:40,90,12, not '{text}'."
        )
    x, y, radius = (float(match[i]) for i in (3, 4, 5))
    return Dab(match[1], Mode(match[2]), x, y, radius)


def read_size(text: str) -> tuple[int, int]:
    """``1280x800`` as (width, height).

    Raises:
        BadInputError: the text is something else, or not from 320 to 8192.
    """
    match = re.fullmatch(r"(\d{3,4})x(\d{3,4})", text)
    if match is None or not all(320 <= int(side) <= 8192 for side in match.groups()):
        raise BadInputError(f"A size is WIDTHxHEIGHT such as 1280x800, not '{text}'.")
    return int(match[1]), int(match[2])


def _paint(window: MainWindow, dab: Dab) -> None:
    document, image = window.document, window.live.image
    assert image is not None, "the first picture has been waited for"
    if dab.mode != Mode.RESTORE:
        document.choose_concept(document.palette.find(dab.concept))
    document.choose(mode=dab.mode, radius=dab.radius)
    mask = disc((image.height(), image.width()), dab.x, dab.y, dab.radius)
    stroke = document.stroke(mask, dab.mode)
    assert stroke is not None, "the palette has found the concept"
    document.preview(stroke)
    document.finish_stroke()
    window.canvas.painted.emit()
    _wait(window)


def _wait(window: MainWindow) -> None:
    """Until the exact picture of the document is on screen, and masks have faded.

    Raises:
        DissectionError: there will be none.
    """
    trouble: list[str] = []
    loop = QEventLoop()
    window.live.settled.connect(loop.quit)
    window.live.failed.connect(trouble.append)
    window.live.failed.connect(loop.quit)
    late = QTimer(singleShot=True, interval=_PATIENCE_MILLISECONDS)
    late.timeout.connect(lambda: trouble.append("There was no picture within two minutes."))
    late.timeout.connect(loop.quit)
    late.start()
    loop.exec()
    window.live.settled.disconnect(loop.quit)
    window.live.failed.disconnect(loop.quit)
    if trouble:
        raise DissectionError(trouble[0])
    _pass(_FADE_MILLISECONDS)


def _wait_thumbnails(window: MainWindow) -> None:
    waited = 0
    while window.scenes.strip.scenes.missing() and waited < _PATIENCE_MILLISECONDS:
        _pass(50)
        waited += 50


def _pass(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _write(window: MainWindow, options: argparse.Namespace) -> None:
    QApplication.processEvents()
    if options.screenshot.suffix.lower() != ".png":
        raise BadInputError(
            f"Screenshots are PNG files; {options.screenshot} does not end in .png."
        )
    with replacing(options.screenshot) as temporary:
        if not window.grab().save(str(temporary), "PNG"):
            raise BadInputError(f"Cannot write {options.screenshot}; choose another place.")
