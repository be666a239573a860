"""Waiting, in the GUI thread, for what other threads bring: for screenshots, where nobody works."""

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

#: Loading torch on a cold machine takes most of it.
PATIENCE_MILLISECONDS = 180_000
_LOOK_MILLISECONDS = 50


def wait_until(there: Callable[[], bool], patience: int = PATIENCE_MILLISECONDS) -> bool:
    """Let the window go on until something is there.

    Args:
        there: asked every now and then.
        patience: milliseconds after which it is waited for no longer.

    Returns:
        Whether it is there.
    """
    if there():
        return True
    loop = QEventLoop()
    look, late = QTimer(interval=_LOOK_MILLISECONDS), QTimer(singleShot=True, interval=patience)
    look.timeout.connect(lambda: loop.quit() if there() else None)
    late.timeout.connect(loop.quit)
    look.start()
    late.start()
    loop.exec()
    look.stop()
    late.stop()
    return there()


def let_pass(milliseconds: int) -> None:
    """Let the window go on for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
