"""Reads what held-out pictures are in a thread of its own: of scenes it takes seconds."""

import logging
from collections.abc import Sequence

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, SignalInstance

from dissection.errors import DissectionError
from ganpaint.classifier.slices.slice import tags_of

_log = logging.getLogger(__name__)


class TagReading(QObject):
    """Reads the tags of one sample at a time.

    Signals:
        found(object, object): the names that were asked for, and their tags.
        failed(str): one sentence on why there are none.
    """

    found = Signal(object, object)
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    @property
    def idle(self) -> bool:
        """Whether nothing is being read."""
        return self._pool.activeThreadCount() == 0

    def read(self, pictures: str, names: Sequence[str], table: str) -> None:
        """Read; a signal follows. See ``tags_of``."""
        self._pool.start(_Task(pictures, names, table, self.found, self.failed))

    def close(self) -> None:
        """Wait for what is being read."""
        self._pool.clear()
        self._pool.waitForDone()


class _Task(QRunnable):
    def __init__(
        self,
        pictures: str,
        names: Sequence[str],
        table: str,
        found: SignalInstance,
        failed: SignalInstance,
    ) -> None:
        super().__init__()
        self._arguments = (pictures, tuple(names), table)
        self._found, self._failed = found, failed

    def run(self) -> None:
        """Qt calls this in its thread."""
        try:
            tags = tags_of(*self._arguments)
        except DissectionError as error:
            self._failed.emit(str(error))
        except Exception as error:
            _log.exception("tags")
            self._failed.emit(f"The tags cannot be read: {type(error).__name__}, {error}.")
        else:
            self._found.emit(self._arguments[1], tags)
