"""What a filter finds in the other layers of the dissection, counted a layer at a time."""

from functools import partial
from time import monotonic
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Signal

from ganpaint.units.browsed import Browsed
from ganpaint.units.notes import Notes
from ganpaint.units.unit_table import UnitFilter, UnitTable


class Elsewhere(QObject):
    """Counts units of the other layers that a filter lets through.

    Dissections of a dozen layers are counted at once; of hundreds, in turns with everything else.

    Attributes:
        counts: units of each layer that has some, in the order of the network; empty while they are
            counted, and where nothing is looked for.
        turn: seconds that the window is kept from other things at most: half of what a frame takes.

    Signals:
        changed: ``counts`` is another.
    """

    turn: ClassVar[float] = 0.008
    changed = Signal()

    def __init__(self, browsed: Browsed, notes: Notes, parent: QObject) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._notes = notes
        self._tables: dict[str, UnitTable] = {}
        self._chosen = UnitFilter()
        self._left: list[str] = []
        self._found: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._count)
        browsed.leaving.connect(self._forget)

    @property
    def total(self) -> int:
        """Units in all other layers."""
        return sum(self.counts.values())

    @property
    def most(self) -> str:
        """The layer that has most of them; empty where none has any."""
        return max(self.counts, key=lambda name: self.counts[name], default="")

    def look(self, chosen: UnitFilter) -> None:
        """Count anew, if the filter says what is looked for: an IoU or a kind alone does not."""
        self._timer.stop()
        self._chosen, self._found, self._left = chosen, {}, []
        dissection = self._browsed.dissection
        sought = (chosen.text, chosen.concept, chosen.category, chosen.class_name)
        if dissection is not None and (any(sought) or chosen.places is not None):
            self._left = [name for name in dissection.layers if name != self._browsed.layer]
        self._count()

    def _count(self) -> None:
        began = monotonic()
        dissection = self._browsed.dissection
        while self._left and dissection is not None:
            if monotonic() - began > self.turn:
                self._timer.start()
                break
            layer = self._left.pop(0)
            if layer not in self._tables:
                self._tables[layer] = UnitTable(dissection, layer)
            written = partial(self._notes.text_of, layer)
            if found := len(self._tables[layer].matching(self._chosen, written)):
                self._found[layer] = found
        self.counts = {} if self._left else self._found
        self.changed.emit()

    def _forget(self) -> None:
        self._timer.stop()
        self._tables.clear()
        self._left, self.counts = [], {}
