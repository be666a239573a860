"""A person's own brushes: made of units in the inspector, kept for each network, in the palette.

A custom brush is a concept like others, (name, "mine"): no segmenter has that category, so strokes,
projects and the palette hold it without a rule of their own. Strokes carry their units and levels;
a project shows as it was painted where nobody knows its brushes.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dissection.data.images import Picture
from dissection.errors import BadInputError, DissectionError, UnknownNameError
from dissection.painting.edits import Brush, LayerUnits
from dissection.results.rarity import OWN_CATEGORY, brush_of_units
from dissection.runtime.reading import FileState, file_state
from dissection.vocabulary import Concept
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.user_brush import UserBrush
from ganpaint.painter.document.user_brush_file import Found, read_store, store_path, write_store

LONGEST_NAME = 60


class UserBrushes(QObject):
    """Keeps own brushes in a file for each network, and has them in the document's palette.

    Brushes that a project brings from elsewhere are in the palette too, for as long as its network
    is in use; they are kept in the file once they are asked to be.

    Args:
        document: its palette gets the brushes.
        folder: where the files are; None keeps brushes for this session only.

    Signals:
        trouble(str): a sentence: a file is damaged, or cannot be written.
    """

    trouble = Signal(str)

    def __init__(
        self,
        document: Document,
        folder: Path | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._folder = folder
        self._network = ""
        self._kept: tuple[UserBrush, ...] = ()
        self._seen: set[Concept] = set()
        self._file: FileState | None = None
        self._borrowed: tuple[UserBrush, ...] = ()
        document.palette_changed.connect(self._follow_palette)
        document.loaded.connect(self._borrow)

    @property
    def brushes(self) -> tuple[UserBrush, ...]:
        """All of the network in use: those that are kept, then those of the project."""
        known = {brush.concept for brush in self._kept}
        return (*self._kept, *(b for b in self._borrowed if b.concept not in known))

    def find(self, concept: Concept) -> UserBrush | None:
        """The own brush of a concept; None where there is none."""
        return next((b for b in self.brushes if b.concept == concept), None)

    def is_kept(self, concept: Concept) -> bool:
        """Whether it outlives the session; else it came with the project."""
        return any(b.concept == concept for b in self._kept)

    def add(self, brush: Brush, picture: Picture | None) -> UserBrush:
        """Keep a new brush and choose it.

        Args:
            brush: its concept says its name, and is of ``OWN_CATEGORY``.
            picture: what it was made from, uint8 (h, w, 3), 96 at most.

        Raises:
            BadInputError: there is one of this name, or the name is empty or too long.
        """
        self._require_free(brush.concept.name)
        own = UserBrush(brush, picture)
        self._change((*self._merged(), own))
        self._document.choose_concept(own.concept)
        return own

    def names(self) -> list[str]:
        """What the brushes of the network in use are called."""
        return [brush.concept.name for brush in self.brushes]

    def extend(self, name: str, units: Mapping[str, Sequence[int]]) -> None:
        """Put units into a brush, behind those that it has, at their levels t_u.

        Strokes that were painted with it keep the units that they have.

        Raises:
            UnknownNameError: there is no such brush, layer or dissection.
            BadInputError: a layer has no such unit.
        """
        own = self._require(Concept(name, OWN_CATEGORY))
        dissection = self._document.palette.dissection
        if dissection is None:
            raise UnknownNameError(self._document.palette.reason.splitlines()[0])
        layers = dict(own.brush.layers)
        for layer, wanted in units.items():
            before = layers.get(layer, LayerUnits((), ()))
            fresh = [unit for unit in wanted if unit not in before.units]
            if fresh:
                more = brush_of_units(dissection[layer], fresh, name).layers[layer]
                layers[layer] = LayerUnits(
                    (*before.units, *more.units), (*before.levels, *more.levels)
                )
        extended = UserBrush(Brush(own.concept, layers), own.picture)
        self._borrowed = tuple(b for b in self._borrowed if b.concept != own.concept)
        kept = self._merged()
        known = any(b.concept == own.concept for b in kept)
        swapped = tuple(extended if b.concept == own.concept else b for b in kept)
        self._change(swapped if known else (*kept, extended))

    def rename(self, concept: Concept, name: str) -> Concept:
        """Give a brush another name; strokes that were painted with it keep theirs.

        Raises:
            BadInputError: there is one of this name, or the name is empty or too long.
            UnknownNameError: there is no such brush.
        """
        own, name = self._require(concept), name.strip()
        if name == concept.name:
            return concept
        self._require_free(name)
        renamed = own.renamed(name)
        chosen = self._document.choice.concept == concept
        self._borrowed = tuple(b for b in self._borrowed if b.concept != concept)
        kept = self._merged()
        swapped = tuple(renamed if b.concept == concept else b for b in kept)
        self._change(swapped if renamed in swapped else (*kept, renamed))
        if chosen:
            self._document.choose_concept(renamed.concept)
        return renamed.concept

    def delete(self, concept: Concept) -> Callable[[], None]:
        """Take a brush away; strokes that were painted with it stay. Returns the way back.

        Raises:
            UnknownNameError: there is no such brush.
        """
        own = self._require(concept)
        self._borrowed = tuple(b for b in self._borrowed if b.concept != concept)
        self._change(tuple(b for b in self._merged() if b.concept != concept))

        def bring_back() -> None:
            if self.find(concept) is None:
                self._change((*self._merged(), own))
                self._document.choose_concept(concept)

        return bring_back

    def keep(self, concept: Concept) -> None:
        """Keep a brush that came with a project."""
        own = self._require(concept)
        if not self.is_kept(concept):
            self._change((*self._merged(), own))

    def _require(self, concept: Concept) -> UserBrush:
        own = self.find(concept)
        if own is None:
            raise UnknownNameError(f"There is no brush of your own called '{concept}'.")
        return own

    def _require_free(self, name: str) -> None:
        if not name.strip() or len(name) > LONGEST_NAME:
            raise BadInputError(f"A brush has a name of 1 to {LONGEST_NAME} letters.")
        if self.find(Concept(name, OWN_CATEGORY)) is not None:
            raise BadInputError(f"You have a brush called '{name}' already; take another name.")

    def _merged(self) -> tuple[UserBrush, ...]:
        """What is kept, with what another window has added to the file meanwhile."""
        if self._folder is None or not self._network:
            return self._kept
        path = store_path(self._folder, self._network)
        if file_state(path) == self._file:
            return self._kept
        there = self._take(read_store(path))
        return (*self._kept, *(b for b in there if b.concept not in self._seen))

    def _take(self, found: Found) -> tuple[UserBrush, ...]:
        if found.trouble:
            self.trouble.emit(found.trouble)
        return found.brushes

    def _change(self, kept: Sequence[UserBrush]) -> None:
        """Take other brushes, write them, and have them in the palette."""
        self._kept = tuple(kept)
        self._seen = {brush.concept for brush in kept}
        if self._folder is not None and self._network:
            try:
                path = store_path(self._folder, self._network)
                write_store(path, self._kept)
                self._file = file_state(path)
            except DissectionError as error:
                self.trouble.emit(f"Your own brushes last for this session only: {error}")
        self._fill_palette()

    def _follow_palette(self) -> None:
        """Another model has other brushes."""
        dissection = self._document.palette.dissection
        network = dissection.network if dissection else ""
        if network != self._network:
            self._network = network
            self._kept, self._file = (), None
            if self._folder is not None and network:
                path = store_path(self._folder, network)
                self._file = file_state(path)
                # Read beside the GUI thread, with the palette.
                self._kept = self._take(self._document.palette.stored or read_store(path))
            self._seen = {brush.concept for brush in self._kept}
            self._gather()
        self._fill_palette()

    def _borrow(self) -> None:
        """A project was opened: its own brushes can be painted with."""
        self._gather()
        self._fill_palette()

    def _gather(self) -> None:
        """Own brushes of all strokes that were painted with the network in use."""
        found: dict[Concept, UserBrush] = {}
        model = self._document.scene.model
        for scene in self._document.painted_scenes(model):
            for painted in self._document.history_of(scene):
                brush = painted.stroke.brush
                if brush is not None and brush.concept.category == OWN_CATEGORY:
                    found[brush.concept] = UserBrush(brush)
        self._borrowed = tuple(found.values())

    def _fill_palette(self) -> None:
        palette = self._document.palette
        if palette.dissection is not None and palette.own != self.brushes:
            self._document.set_palette(palette.with_own(self.brushes))
