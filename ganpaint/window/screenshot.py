"""``ganpaint --screenshot``: the real window, painted into without a mouse, as a file."""

import argparse
import re
import sys
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QCursor, QMouseEvent
from PySide6.QtWidgets import QApplication

from dissection.errors import BadInputError, DissectionError
from dissection.painting.stroke_text import parse_stroke
from dissection.results.brushes import find_brush
from dissection.runtime.files import replacing
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
        window = make_window(options, Settings())
        try:
            window.resize(width, height)
            window.show()
            if options.project:
                window.projects.take(options.project)
                window.canvas.message.hide()
            _wait(window)
            for text in options.stroke:
                _paint(window, text)
            if options.concept:
                _hold(window, options.concept)
            if options.pointer:
                _point(window, options.pointer)
            for view in options.view:
                _switch(window, view)
            _wait_until(lambda: not (window.scenes.strip.missing() or window.live.asking))
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


def _hold(window: MainWindow, concept: str) -> None:
    """Choose a brush without painting."""
    document = window.document
    document.choose_concept(document.palette.find(concept))


def _point(window: MainWindow, text: str) -> None:
    """Hold the brush over a place of the picture, as the mouse does."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)", text)
    if match is None:
        raise BadInputError(f"A place is X,Y in picture pixels such as 60,90, not '{text}'.")
    viewport = window.canvas.viewport()
    at = window.canvas.viewportTransform().map(QPointF(float(match[1]), float(match[2])))
    everywhere = QPointF(viewport.mapToGlobal(at.toPoint()))
    none = Qt.MouseButton.NoButton
    kind, held = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(viewport, QMouseEvent(kind, at, everywhere, none, none, held))


def _switch(window: MainWindow, view: str) -> None:
    """Show something beside the picture, as its key does."""
    if view == "before":
        window.canvas.comparison.hold(True)
    else:
        window.commands[view].trigger()


def _paint(window: MainWindow, text: str) -> None:
    """Paint a stroke as ``dissection paint`` does, and leave the brush as it was held for it."""
    document, image = window.document, window.live.image
    assert image is not None, "the first picture has been waited for"
    palette = document.palette
    if palette.dissection is None:
        raise DissectionError(palette.reason.splitlines()[0])
    stroke = parse_stroke(text, image.width(), partial(find_brush, palette.brushes))
    if stroke.brush is not None:
        document.choose_concept(stroke.brush.concept)
    document.choose(mode=stroke.mode)
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


def _wait_until(there: Callable[[], bool]) -> None:
    waited = 0
    while not there() and waited < _PATIENCE_MILLISECONDS:
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
