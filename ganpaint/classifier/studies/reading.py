"""Reads stored ablations beside the GUI thread, so that the window never waits."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dissection.results.dissection import Dissection
from ganpaint.classifier.studies.study import read_study
from ganpaint.toolkit.background import Background


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
        self._background = Background(self)

    def read(
        self, path: Path, dissections: Sequence[Dissection], model: str, pictures: str
    ) -> None:
        """Read an ablation; a signal follows, or comes at once. See ``read_study``."""
        work = partial(read_study, path, tuple(dissections), model, pictures)
        self._background.do(work, self.opened.emit, self.failed.emit)

    @property
    def idle(self) -> bool:
        """Whether all that was asked for was told."""
        return not self._background.busy

    def close(self) -> None:
        """Wait for what is being read."""
        self._background.close()
