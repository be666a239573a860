"""Units that are asked for: a list's, those with notes, a concept's, those that a class needs."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from dissection.vocabulary import Concept
from ganpaint.tabs.context import UnitsAsked
from ganpaint.units.browsed import Browsed
from ganpaint.units.filter_bar import FilterBar
from ganpaint.units.notes import Notes
from ganpaint.units.notes_file import Place


class AskedUnits(QObject):
    """Filters the grid by places, which may lie in several layers, and follows changes of them.

    Signals:
        said(str): how many there are, and where.
    """

    said = Signal(str)

    def __init__(self, browsed: Browsed, notes: Notes, bar: FilterBar, parent: QObject) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._notes = notes
        self._bar = bar
        self._places: Callable[[], Sequence[Place]] = tuple

    def show_list(self, name: str) -> None:
        """Show the units of one of the user's lists."""
        self._show(lambda: self._notes.lists.get(name, ()), f"List {name}", f" of {name}")

    def show_noted(self) -> None:
        """Show the units that the user has named, or written a note on."""
        self._show(lambda: self._notes.noted, "With notes", " with notes")

    def show_places(self, places: Sequence[Place], about: str) -> None:
        """Show these units of the dissection that is browsed.

        Args:
            places: of any layers.
            about: what they are called.
        """
        fixed = tuple(places)
        self._show(lambda: fixed, about, "")

    def show_asked(self, asked: UnitsAsked) -> None:
        """Show what another tab asks for; its dissection is browsed already."""
        if asked.concept is not None:
            self.show_concept(asked.concept)
        else:
            self.show_places(asked.places, asked.about)

    def show_concept(self, concept: Concept) -> None:
        """Show the units of a concept, of the layer with most of them if this one has none."""
        dissection = self._browsed.dissection
        if dissection is None or concept not in dissection.vocabulary:
            return
        label = dissection.vocabulary.id(concept)
        counts = {name: int((layer.labels == label).sum()) for name, layer in dissection.items()}
        if not counts[self._browsed.layer] and any(counts.values()):
            self._browsed.choose_layer(max(counts, key=lambda name: counts[name]))
        self._bar.charts.setChecked(False)
        self._bar.clear()
        self._bar.narrow(concept=concept)

    def follow(self) -> None:
        """What is shown may have others now: a list was changed, a note was written."""
        if self._bar.filter.places is not None:
            self._bar.narrow(places=frozenset(self._places()))

    def _show(self, places: Callable[[], Sequence[Place]], about: str, of: str) -> None:
        dissection = self._browsed.dissection
        found = [p for p in places() if dissection is not None and p[0] in dissection.layers]
        layers = [layer for layer, _ in found]
        if layers and self._browsed.layer not in layers:
            self._browsed.choose_layer(max(layers, key=layers.count))
        self._bar.charts.setChecked(False)
        self._bar.clear()
        self._places = places
        self._bar.narrow(places=frozenset(places()), about=about)
        here = layers.count(self._browsed.layer)
        if others := len(found) - here:
            self.said.emit(f"{here} units{of} are in this layer, {others} in others.")
