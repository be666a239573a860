"""Which units are taken out: the slider's first so many of an order, or those that are ticked."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QObject, Signal


class Removal(QObject):
    """The units that are taken out now.

    Signals:
        changed: others are.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._units: frozenset[int] = frozenset()

    @property
    def units(self) -> frozenset[int]:
        """Their numbers."""
        return self._units

    def take_out(self, units: Collection[int]) -> None:
        """Take out these and no others."""
        chosen = frozenset(int(unit) for unit in units)
        if chosen != self._units:
            self._units = chosen
            self.changed.emit()

    def tick(self, unit: int, out: bool) -> None:
        """Take out one unit more, or put it back."""
        self.take_out(self._units | {unit} if out else self._units - {unit})

    def place_in(self, order: Sequence[int]) -> int | None:
        """How many these are, if they are the first of an order; None if they are others."""
        number = len(self._units)
        return number if self._units == frozenset(order[:number]) else None
