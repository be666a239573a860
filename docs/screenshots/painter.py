"""Pictures of the painter for README and guide, from the real window with its own generator.

python painter.py [NAME ...]     all, or some of them, into the folder it is called in
"""

import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QCursor, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

from ganpaint.__main__ import parser
from ganpaint.toolkit.settings import Settings
from ganpaint.window.application import make_application, make_window
from ganpaint.window.main_window import MainWindow
from ganpaint.window.painter_tab import Painter

TOWN = ["--seed", "445", "--stroke", "dome:draw:112,95,16", "--stroke", "mountain:draw:220,140,20"]


def wait(milliseconds: int) -> None:
    """Let the window work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def painter(window: MainWindow) -> Painter:
    """The first tab."""
    tab = window.stack.tabs["painter"]
    assert isinstance(tab, Painter)
    return tab


def open_brush_panel(window: MainWindow) -> None:
    """The panel of the brush in hand, below its button."""
    painter(window).tools.open_brush.click()
    wait(500)


def inspect_door(window: MainWindow) -> None:
    """What fires in the door: the mouse points there, and clicks."""
    tab = painter(window)
    tab.commands["inspect"].trigger()
    wait(500)
    viewport = tab.canvas.viewport()
    at = tab.canvas.viewportTransform().map(QPointF(120, 180))
    everywhere = QPointF(viewport.mapToGlobal(at.toPoint()))
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    free = Qt.KeyboardModifier.NoModifier
    for kind, button, held in (
        (QEvent.Type.MouseMove, none, none),
        (QEvent.Type.MouseButtonPress, left, left),
        (QEvent.Type.MouseButtonRelease, left, none),
    ):
        event = QMouseEvent(kind, at, everywhere, button, held, free)
        QApplication.sendEvent(viewport, event)
    wait(4000)


SHOTS: dict[str, tuple[list[str], Callable[[MainWindow], None] | None]] = {
    "first": (["--theme", "light"], None),
    "window": (["--theme", "dark", *TOWN], None),
    "brush": (["--theme", "light", "--seed", "125", "--concept", "tower"], open_brush_panel),
    "cells": (
        ["--theme", "light", "--seed", "68", "--stroke", "door:draw:128,188,5", "--view", "cells",
         "--pointer", "128,150"], None,
    ),
    "where": (["--theme", "light", "--seed", "68", "--concept", "door", "--view", "where"], None),
    "tint": (["--theme", "dark", "--seed", "60", "--view", "tint"], None),
    "split": (["--theme", "dark", *TOWN, "--view", "split"], None),
    "inspector": (["--theme", "light", "--seed", "445"], inspect_door),
}  # fmt: skip


def take(name: str, arguments: list[str], then: Callable[[MainWindow], None] | None) -> None:
    """One picture, of a window of its own."""
    options = parser().parse_args(arguments)
    window = make_window(options, Settings())
    window.resize(1280, 800)
    window.show()
    painter(window).prepare_screenshot(options)
    if then:
        then(window)
    QApplication.processEvents()
    picture = window.grab()
    popup = QApplication.activePopupWidget()
    if popup is not None:  # a window of its own
        with QPainter(picture) as brush:
            brush.drawPixmap(window.mapFromGlobal(popup.pos()), popup.grab())
        popup.close()
    picture.save(f"{name}.png")
    shown = Path(f"{name}.png")
    with Image.open(shown) as image:
        image.convert("RGB").save(f"{name}.webp", quality=84, method=6)
    shown.unlink()
    window.close()


def main() -> None:
    """Write those that are asked for."""
    make_application()
    QCursor.setPos(-1, -1)  # nothing is under the mouse
    for name in sys.argv[1:] or SHOTS:
        take(Path(name).stem, *SHOTS[name])


if __name__ == "__main__":
    main()
