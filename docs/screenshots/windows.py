"""What the scripts that make the guide's pictures share: a real window, waiting, and WebP."""

from collections.abc import Callable

from PIL import Image
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from ganpaint.__main__ import parser
from ganpaint.toolkit.settings import Settings
from ganpaint.window.application import make_application, make_window
from ganpaint.window.main_window import MainWindow

_QUALITY = 82


def open_window(*options: str) -> MainWindow:
    """A window of 1280 x 800 on the smaller generator, which shows its scene."""
    make_application()
    words = ["--model", "storybook-church", *options]
    window = make_window(parser().parse_args(words), Settings())
    window.resize(1280, 800)
    window.show()
    wait(lambda: window.context.dissection is not None)
    return window


def wait(there: Callable[[], object], more: int = 0) -> None:
    """Let the window work until something is there, and for some milliseconds more."""
    while not there():
        pause(100)
    pause(more)


def pause(milliseconds: int) -> None:
    """Let the window work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def keep(widget: QWidget, path: str) -> None:
    """Write what a widget shows: as WebP, or as PNG where it is mostly text."""
    shown = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    size = (shown.width(), shown.height())
    picture = Image.frombytes(
        "RGB", size, bytes(shown.constBits()), "raw", "RGB", shown.bytesPerLine()
    )
    if path.endswith(".webp"):
        picture.save(path, quality=_QUALITY, method=6)
    else:
        picture.save(path)  # with fewer colors afterwards, see make.sh
