"""What is chosen, once for the whole window: a concept, a layer, a unit."""

from PySide6.QtCore import QObject, Signal

from dissection.vocabulary import Concept


class Selection(QObject):
    """A concept chosen in one tab filters the others; a unit chosen anywhere is the one shown.

    Setting what is set already emits nothing, so tabs may follow one another both ways.

    Signals:
        concept_changed: another concept, or none.
        unit_changed: another layer or unit, or none.
    """

    concept_changed = Signal()
    unit_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._concept: Concept | None = None
        self._layer: str | None = None
        self._unit: int | None = None

    @property
    def concept(self) -> Concept | None:
        """The chosen concept; None for none."""
        return self._concept

    @property
    def layer(self) -> str | None:
        """The chosen layer; None for none."""
        return self._layer

    @property
    def unit(self) -> int | None:
        """The chosen unit of ``layer``; None for none."""
        return self._unit

    def choose_concept(self, concept: Concept | None) -> None:
        """Choose a concept; None for none."""
        if concept != self._concept:
            self._concept = concept
            self.concept_changed.emit()

    def choose_layer(self, layer: str | None) -> None:
        """Choose a layer, and none of its units; None for none."""
        if layer != self._layer:
            self._choose(layer, None)

    def choose_unit(self, layer: str, unit: int) -> None:
        """Choose a unit of a layer."""
        self._choose(layer, unit)

    def _choose(self, layer: str | None, unit: int | None) -> None:
        if (layer, unit) != (self._layer, self._unit):
            self._layer, self._unit = layer, unit
            self.unit_changed.emit()
