"""Reads what held-out pictures are, beside the GUI thread: of scenes it takes seconds."""

import logging
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from dissection.data.picture_tags import Tags
from dissection.errors import DissectionError
from ganpaint.classifier.slices.slice import tags_of
from ganpaint.toolkit.background import Background

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
        self._background = Background(self)

    @property
    def idle(self) -> bool:
        """Whether nothing is being read."""
        return not self._background.busy

    def read(self, pictures: str, names: Sequence[str], table: str) -> None:
        """Read; a signal follows, or comes at once. See ``tags_of``."""
        asked = tuple(names)
        self._background.do(
            lambda: _tags(pictures, asked, table),
            lambda tags: self.found.emit(asked, tags),
            self.failed.emit,
        )

    def close(self) -> None:
        """Wait for what is being read."""
        self._background.close()


def _tags(pictures: str, names: tuple[str, ...], table: str) -> Tags:
    try:
        return tags_of(pictures, names, table)
    except DissectionError:
        raise
    except Exception as error:
        _log.exception("tags")
        raise DissectionError(
            f"The tags cannot be read: {type(error).__name__}, {error}."
        ) from error
