"""Ctrl+C in the terminal that the window was started from closes the window."""

import signal
import socket
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QWidget


class Interrupts(QObject):
    """Closes a window at the first SIGINT, as its own button would; a second one ends the program.

    Python would raise KeyboardInterrupt wherever it is just then, also in what Qt has called, and
    Qt does not bear exceptions there: some end the process by a fault of memory.

    Args:
        window: asked to close, and asks itself if something is not finished. Its strokes are kept
            for the next start either way.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._asked = False
        # While Qt waits, no line of Python runs that could see the signal: a byte wakes it.
        self._wakes, self._woken = socket.socketpair()
        for end in (self._wakes, self._woken):
            end.setblocking(False)
        self._before = signal.signal(signal.SIGINT, self._note)
        self._wakes_before = signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._woken.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._close)

    def end(self) -> None:
        """Leave signals as they were."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._wakes_before)
        signal.signal(signal.SIGINT, self._before)
        self._wakes.close()
        self._woken.close()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self._asked:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self._asked = True

    def _close(self) -> None:
        self._woken.recv(64)
        if self._asked:  # other signals wake it, too
            self._window.close()
