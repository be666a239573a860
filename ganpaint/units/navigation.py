"""Goes to units by their addresses, in any dissection at hand, and back to those seen before."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from weakref import ref

from PySide6.QtCore import QObject, Signal

from dissection.errors import printable
from ganpaint.tabs.context import LoadedDissection
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.plain import shortened
from ganpaint.units.address import parse_address, place_in
from ganpaint.units.browsed import Browsed
from ganpaint.units.known_dissections import Candidate, FoundUnit, find_unit
from ganpaint.units.notes_file import Place

#: Units that one can go back to.
_MOST = 100


@dataclass(frozen=True)
class Visit:
    """A unit that was looked at.

    Attributes:
        address: of it, with the network's digest where that is known.
        path: where its dissection was read from; None where it ships, or that is not known.
        of: that dissection, as long as it is loaded.
    """

    address: str
    path: Path | None = field(compare=False)
    of: "ref[LoadedDissection]" = field(compare=False)


class Navigation(QObject):
    """Goes to units: an open dissection's at once, another one's when it has been read.

    Args:
        browsed: is sent there.
        known: where dissections are that are not loaded.
        parent: owns it; whoever made it calls ``close``.

    Signals:
        arrived: a unit was gone to; nothing shall hide it.
        listed(object): places of the browsed dissection, of several addresses, are to be shown.
        failed(str): one sentence on why there is nothing to go to.
        told(str): what takes its time; empty when it is over.
        changed: one can go back or forward, or no longer.
    """

    arrived = Signal()
    listed = Signal(object)
    failed = Signal(str)
    told = Signal(str)
    changed = Signal()

    def __init__(
        self, browsed: Browsed, known: Callable[[], Sequence[Candidate]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._known = known
        self._background = Background(self)
        self._visits: list[Visit] = []
        self._at = -1
        browsed.unit_changed.connect(self._note)

    @property
    def busy(self) -> bool:
        """Whether a dissection is being read to go to."""
        return self._background.busy

    def go_to(self, text: str) -> None:
        """Go to the unit of an address; several addresses, one a line, are shown together."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            self._go(lines[0], partial(self._list, lines) if len(lines) > 1 else self._arrive)

    def close(self) -> None:
        """Wait for what is being read."""
        self._background.close()

    # Back and forward -----------------------------------------------------------------------------

    @property
    def before(self) -> Visit | None:
        """Where back leads; None where there is nothing before."""
        place = self._at if self._away else self._at - 1
        return self._visits[place] if 0 <= place < len(self._visits) else None

    @property
    def after(self) -> Visit | None:
        """Where forward leads; None where one has not gone back."""
        place = self._at + 1
        return self._visits[place] if 0 < place < len(self._visits) else None

    def back(self) -> None:
        """Look at the unit before, or again at the one whose detail was closed."""
        if self.before is not None:
            self._visit(self._at if self._away else self._at - 1)

    def forward(self) -> None:
        """Look at the unit that one has gone back from."""
        if self.after is not None:
            self._visit(self._at + 1)

    @property
    def _away(self) -> bool:
        """Whether another unit, or none, is looked at than the newest of the visits."""
        return 0 <= self._at < len(self._visits) and self._here() != self._visits[self._at]

    def _here(self) -> Visit | None:
        address, loaded = self._browsed.address, self._browsed.loaded
        if address is None or loaded is None:
            return None
        network = loaded.dissection.network
        return Visit(str(replace(address, network=network)), loaded.folder, ref(loaded))

    def _note(self) -> None:
        here = self._here()
        if here is not None and (self._away or not self._visits):
            del self._visits[self._at + 1 :]
            self._visits = [*self._visits, here][-_MOST:]
            self._at = len(self._visits) - 1
        self.changed.emit()

    def _visit(self, place: int) -> None:
        visit = self._visits[place]

        def arrive(loaded: LoadedDissection, there: Place) -> None:
            if place < len(self._visits) and self._visits[place] is visit:
                self._at = place
            self._arrive(loaded, there)
            self.changed.emit()

        self._go(visit.address, arrive, visit)

    # Going ----------------------------------------------------------------------------------------

    def _go(
        self,
        text: str,
        then: Callable[[LoadedDissection, Place], None],
        visit: Visit | None = None,
    ) -> None:
        """Find a unit and hand it over.

        Args:
            text: its address.
            then: gets the dissection, which is loaded, and the place.
            visit: whose dissection is looked for first; None for the one that is browsed.
        """
        self._background.forget()  # whoever asks again wants the newer one
        here = self._browsed.loaded
        wanted = visit.of() if visit is not None else here

        def distance(loaded: LoadedDissection) -> tuple[bool, bool]:
            return loaded is not wanted, loaded is not here

        for loaded in sorted(self._browsed.choices, key=distance):
            place = place_in(text, loaded.dissection, bare=loaded is here)
            if place is not None:
                self.told.emit("")
                then(loaded, place)
                return
        address = parse_address(text)
        if address is not None and not address.model:
            self.failed.emit(
                f"There is no unit {shortened(printable(text))} in this dissection; an address is "
                "model/layer/number."
            )
            return

        def take(found: FoundUnit) -> None:
            self.told.emit("")
            self._browsed.open(found.dissection, found.path)
            opened = self._browsed.loaded
            assert opened is not None, "it was opened just now"
            then(opened, found.place)

        def fail(sentence: str) -> None:
            self.told.emit("")
            self.failed.emit(sentence)

        first = (Candidate(visit.path),) if visit is not None and visit.path is not None else ()
        among = (*first, *self._known())
        self._background.do(
            partial(find_unit, text, among),
            take,
            fail,
            lambda: self.told.emit(f"Looking for {shortened(printable(text))}…"),
        )

    def _arrive(self, loaded: LoadedDissection, place: Place) -> None:
        self._browsed.browse(loaded)
        self._browsed.look_at(place)
        self.arrived.emit()

    def _list(self, lines: Sequence[str], loaded: LoadedDissection, place: Place) -> None:
        self._browsed.browse(loaded)
        self._browsed.choose_layer(place[0])
        found = (place_in(line, loaded.dissection, bare=True) for line in lines)
        self.listed.emit([each for each in found if each is not None])
