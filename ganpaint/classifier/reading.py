"""Reads stored ablations in a thread of their own, so that the window never waits."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, SignalInstance

from dissection.errors import DissectionError
from dissection.results.dissection import Dissection
from ganpaint.classifier.studies import read_study


class Reading(QObject):
    """Reads one ablation at a time.

    Signals:
        opened(AblationStudy): it was read.
        failed(str): one sentence on why not.
    """

    opened = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def read(
        self, path: Path, dissections: Sequence[Dissection], model: str, pictures: str
    ) -> None:
        """Read an ablation; a signal follows. See ``read_study``."""
        task = _Task(path, dissections, model, pictures, self.opened, self.failed)
        self._pool.start(task)

    @property
    def idle(self) -> bool:
        """Whether nothing is being read."""
        return self._pool.activeThreadCount() == 0

    def close(self) -> None:
        """Wait for what is being read."""
        self._pool.clear()
        self._pool.waitForDone()


class _Task(QRunnable):
    def __init__(
        self,
        path: Path,
        dissections: Sequence[Dissection],
        model: str,
        pictures: str,
        opened: SignalInstance,
        failed: SignalInstance,
    ) -> None:
        super().__init__()
        self._arguments = (path, tuple(dissections), model, pictures)
        self._opened, self._failed = opened, failed

    def run(self) -> None:
        """Qt calls this in its thread."""
        try:
            study = read_study(*self._arguments)
        except DissectionError as error:
            self._failed.emit(str(error))
        else:
            self._opened.emit(study)
