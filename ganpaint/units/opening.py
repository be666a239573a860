"""Opens dissections to look at: read in a thread of their own, so that the window never waits."""

from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, SignalInstance
from PySide6.QtWidgets import QFileDialog, QWidget

from dissection.errors import DissectionError
from dissection.results.dissection import Dissection
from dissection.results.readers import GANDISSECT, REPORT
from dissection.results.store import load_dissection
from dissection.results.stored.manifest import MANIFEST

_NAMES = (MANIFEST, REPORT, GANDISSECT)
_FILES = f"Dissections ({' '.join(_NAMES)});;All files (*)"


def is_dissection(path: Path) -> bool:
    """Whether a path is, by its name, a dissection's folder or a result file."""
    if path.is_dir():
        return any((path / name).is_file() for name in _NAMES)
    return path.name in _NAMES


class Opening(QObject):
    """Reads one dissection at a time.

    Signals:
        opened(Dissection, Path): it was read.
        failed(str): one sentence on why not.
    """

    opened = Signal(object, object)
    failed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def ask(self) -> None:
        """Ask which, and read it."""
        chosen, _ = QFileDialog.getOpenFileName(self._over, "Open a dissection", "", _FILES)
        if chosen:
            self.read(Path(chosen))

    def read(self, path: Path) -> None:
        """Read a dissection; a signal follows."""
        self._pool.start(_Reading(path, self.opened, self.failed))

    def close(self) -> None:
        """Wait for what is being read."""
        self._pool.clear()
        self._pool.waitForDone()


class _Reading(QRunnable):
    def __init__(self, path: Path, opened: SignalInstance, failed: SignalInstance) -> None:
        super().__init__()
        self._path, self._opened, self._failed = path, opened, failed

    def run(self) -> None:
        """Qt calls this in its thread."""
        try:
            dissection: Dissection = load_dissection(self._path)
        except DissectionError as error:
            self._failed.emit(str(error))
        else:
            self._opened.emit(dissection, self._path)
