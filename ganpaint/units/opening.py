"""Opens dissections to look at: read in a thread of their own, so that the window never waits."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from dissection.results.dissection import Dissection
from dissection.results.readers import GANDISSECT, REPORT
from dissection.results.store import load_dissection
from dissection.results.stored.manifest import MANIFEST
from ganpaint.toolkit.background import Background

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
        busy_changed: one is being read, or no longer.
    """

    opened = Signal(object, object)
    failed = Signal(str)
    busy_changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._background = Background(self)

    def ask(self) -> None:
        """Ask which, and read it."""
        chosen, _ = QFileDialog.getOpenFileName(self._over, "Open a dissection", "", _FILES)
        if chosen:
            self.read(Path(chosen))

    def read(self, path: Path) -> None:
        """Read a dissection; a signal follows."""

        def take(dissection: Dissection) -> None:
            self.opened.emit(dissection, path)
            self.busy_changed.emit()

        def refuse(said: str) -> None:
            self.failed.emit(said)
            self.busy_changed.emit()

        work = partial(load_dissection, path)
        self._background.do(work, take, refuse, self.busy_changed.emit)

    @property
    def busy(self) -> bool:
        """Whether one is being read."""
        return self._background.busy

    def close(self) -> None:
        """Wait for what is being read."""
        self._background.close()
