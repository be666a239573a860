"""Reads stored ablations in a thread of their own, so that the window never waits."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, SignalInstance

from dissection.errors import DissectionError
from dissection.results.dissection import Dissection
from ganpaint.classifier.studies.study import read_study


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
        self._awaited = 0
        for ended in (self.opened, self.failed):
            ended.connect(self._count)

    def read(
        self, path: Path, dissections: Sequence[Dissection], model: str, pictures: str
    ) -> None:
        """Read an ablation; a signal follows. See ``read_study``."""
        self._awaited += 1
        task = _Task(path, dissections, model, pictures, self.opened, self.failed)
        self._pool.start(task)

    @property
    def idle(self) -> bool:
        """Whether all that was asked for was told."""
        return not self._awaited

    def _count(self, _: object) -> None:
        self._awaited -= 1

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
