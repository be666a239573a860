"""Pictures of results for their cards, in the theme in force.

Both are stored with a result. Results of earlier versions have the one on white alone: for the dark
theme theirs is drawn from the figures, beside the window's thread, once.
"""

import logging
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from dissection.errors import DissectionError
from dissection.experiments.store import CARD, DARK_CARD, MANIFEST, draw_card, load_result
from dissection.report.looks import DARK
from ganpaint.experiments.results import KnownResult
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.theme import Theme

_log = logging.getLogger(__name__)


class CardPictures(QObject):
    """Reads them, and draws those that are missing.

    Args:
        theme: the one in force.
        parent: owns it; calls ``close``.

    Signals:
        drawn: one is there that was not.
    """

    drawn = Signal()

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._made: dict[tuple[Path, float], bytes] = {}
        self._asked: set[tuple[Path, float]] = set()
        self._background = Background(self)

    @property
    def busy(self) -> bool:
        """Whether one is being drawn."""
        return self._background.busy

    def of(self, known: KnownResult) -> QPixmap | None:
        """The picture of a result, a null one where it has none; None while it is being drawn."""
        if self._theme.name != "dark":
            return QPixmap(str(known.folder / CARD))
        stored = QPixmap(str(known.folder / DARK_CARD))
        if not stored.isNull() or not (known.folder / CARD).is_file():
            return stored
        try:
            which = known.folder, (known.folder / MANIFEST).stat().st_mtime
        except OSError:  # it has just gone
            return QPixmap()
        if which in self._made:
            made = QPixmap()
            if not made.loadFromData(self._made[which]):  # it cannot be drawn
                made = QPixmap(str(known.folder / CARD))
            return made
        if which not in self._asked:
            self._asked.add(which)
            self._draw(known.folder, which)
        if which in self._made:  # it took no time
            return self.of(known)
        return None

    def close(self) -> None:
        """Wait for what is being drawn."""
        self._background.close()

    def _draw(self, folder: Path, which: tuple[Path, float]) -> None:
        def take(drawn: bytes) -> None:
            self._made[which] = drawn
            self.drawn.emit()

        self._background.do(partial(_dark_card, folder), take)


def _dark_card(folder: Path) -> bytes:
    """Draw it; empty where a result has no figures, or none that can be drawn."""
    try:
        figure = next(iter(load_result(folder).figures().values()), None)
        return b"" if figure is None else draw_card(figure, DARK)
    except Exception as error:
        # A card without a new picture is no harm; opening the result says what is wrong with it.
        if not isinstance(error, DissectionError):
            _log.exception("The card of %s cannot be drawn", folder)
        return b""
