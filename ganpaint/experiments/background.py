"""Reads and writes results in a thread of its own, so that the window never waits."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, SignalInstance

from dissection.errors import DissectionError


class Background(QObject):
    """Does one thing after the other.

    Signals:
        done(object, object): what was to be called with the outcome, and the outcome.
        failed(str): one sentence on why not.
    """

    done = Signal(object, object)
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._waiting = 0
        self.done.connect(self._take)
        self.failed.connect(lambda _: self._count())

    @property
    def idle(self) -> bool:
        """Whether everything that was begun has been answered."""
        return not self._waiting

    def begin(self, work: Callable[[], Any], take: Callable[[Any], None]) -> None:
        """Do something there; ``take`` is called with the outcome in this thread.

        Args:
            work: may raise ``DissectionError``, whose sentence then goes to ``failed``.
            take: what to do with the outcome.
        """
        self._waiting += 1
        self._pool.start(_Task(work, take, self.done, self.failed))

    def close(self) -> None:
        """Wait for what is at work, and forget the rest."""
        self._pool.clear()
        self._pool.waitForDone()

    def _take(self, take: Callable[[Any], None], outcome: object) -> None:
        self._count()
        take(outcome)

    def _count(self) -> None:
        self._waiting -= 1


class _Task(QRunnable):
    def __init__(
        self,
        work: Callable[[], Any],
        take: Callable[[Any], None],
        done: SignalInstance,
        failed: SignalInstance,
    ) -> None:
        super().__init__()
        self._work, self._take, self._done, self._failed = work, take, done, failed

    def run(self) -> None:
        """Qt calls this in its thread."""
        try:
            outcome = self._work()
        except DissectionError as error:
            self._failed.emit(str(error))
        else:
            self._done.emit(self._take, outcome)
