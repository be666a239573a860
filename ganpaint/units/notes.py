"""A user's own names and notes for units, and lists of units, of the network that is browsed."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dissection.errors import BadInputError, DissectionError
from dissection.results.dissection import Dissection
from ganpaint.units.browsed import Browsed
from ganpaint.units.notes_file import (
    NetworkNotes,
    Place,
    UnitNote,
    changing,
    merge_notes,
    read_notes,
    write_notes,
)

_LONGEST_NAME = 80


class Notes(QObject):
    """Keeps notes in one file; each change is written at once, whole.

    Args:
        browsed: says which network's units are meant.
        path: of the file; None keeps notes for this session only.
        parent: owns it.

    Signals:
        changed: names, notes or lists are others now.
        trouble(str): a sentence: the file cannot be read or written.
    """

    changed = Signal()
    trouble = Signal(str)

    def __init__(self, browsed: Browsed, path: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._path = path
        self._networks: dict[str, NetworkNotes] = {}
        self._read()
        browsed.dissection_changed.connect(self._follow)

    def name_of(self, layer: str, unit: int) -> str:
        """The user's own name for a unit; empty where there is none."""
        return self._of(layer, unit).name

    def note_of(self, layer: str, unit: int) -> str:
        """The user's note on a unit; empty where there is none."""
        return self._of(layer, unit).note

    def text_of(self, layer: str, unit: int) -> str:
        """All that the user wrote of a unit, name and note."""
        written = self._here.units.get((layer, unit))
        return f"{written.name} {written.note}" if written is not None else ""

    @property
    def noted(self) -> list[Place]:
        """The units of this network that have a name or a note of the user's."""
        return sorted(self._here.units)

    def write(self, layer: str, unit: int, name: str, note: str) -> None:
        """Take a name and a note for a unit; empty ones take away what was there."""
        written = UnitNote(name.strip()[:_LONGEST_NAME], note.strip())
        if written == self._of(layer, unit):
            return

        def change(notes: NetworkNotes) -> None:
            if written == UnitNote():
                notes.units.pop((layer, unit), None)
            else:
                notes.units[layer, unit] = written

        self._change(change)

    @property
    def lists(self) -> dict[str, list[Place]]:
        """Lists of units of this network, by name."""
        return self._here.lists

    def add_to_list(self, name: str, places: Iterable[Place]) -> None:
        """Put units on a list, which is made if there is none of this name.

        Raises:
            BadInputError: the name is empty or too long.
        """
        name = _list_name(name)
        wanted = list(places)

        def change(notes: NetworkNotes) -> None:
            listed = notes.lists.setdefault(name, [])
            listed += [place for place in dict.fromkeys(wanted) if place not in listed]

        self._change(change)

    def remove_from_list(self, name: str, places: Iterable[Place]) -> None:
        """Take units off a list."""
        gone = set(places)

        def change(notes: NetworkNotes) -> None:
            if name in notes.lists:
                notes.lists[name] = [other for other in notes.lists[name] if other not in gone]

        self._change(change)

    def rename_list(self, name: str, wanted: str) -> None:
        """Call a list otherwise; it keeps its place among the others.

        Raises:
            BadInputError: the name is empty, too long, or another list's.
        """
        wanted = _list_name(wanted)
        if wanted == name:
            return
        if wanted in self.lists:
            raise BadInputError(f"There is a list {wanted} already; choose another name.")

        def change(notes: NetworkNotes) -> None:
            notes.lists = {wanted if n == name else n: p for n, p in notes.lists.items()}

        self._change(change)

    def set_list(self, name: str, places: Sequence[Place] | None) -> None:
        """Have a list hold just these units, in this order; None takes it away.

        The names and notes of its units stay.
        """

        def change(notes: NetworkNotes) -> None:
            if places is None:
                notes.lists.pop(name, None)
            else:
                notes.lists[name] = list(places)

        self._change(change)

    @property
    def lists_elsewhere(self) -> list[tuple[str, str, str, int]]:
        """Lists of other networks: its digest, its name, the list's name, how many units."""
        return [
            (digest, notes.model, name, len(places))
            for digest, notes in self._networks.items()
            if digest != self._digest
            for name, places in notes.lists.items()
        ]

    def is_of(self, dissection: Dissection, digest: str) -> bool:
        """Whether a dissection is of the network that notes are kept of."""
        return _digest_of(dissection) == digest

    def export(self, path: Path) -> int:
        """Write this network's notes to a file; returns how many units and lists it holds.

        Raises:
            DissectionError: it cannot be written.
        """
        write_notes(path, {self._digest: self._here})
        return len(self._here.units) + len(self._here.lists)

    def take(self, path: Path) -> int:
        """Take what another file of notes holds, too; returns how much came or changed.

        Raises:
            DissectionError: it is no such file.
        """
        if not path.is_file():
            raise BadInputError(f"There is no file {path}.")
        other = read_notes(path)
        if self._path is None:
            count = merge_notes(self._networks, other)
        else:
            with changing(self._path) as networks:
                count = merge_notes(networks, other)
            self._networks = networks
        self.changed.emit()
        return count

    @property
    def _digest(self) -> str:
        """By which the network is known: its file's, or where that is not told its name."""
        dissection = self._browsed.dissection
        return "" if dissection is None else _digest_of(dissection)

    @property
    def _here(self) -> NetworkNotes:
        return self._networks.get(self._digest) or NetworkNotes()

    def _of(self, layer: str, unit: int) -> UnitNote:
        return self._here.units.get((layer, unit)) or UnitNote()

    def _change(self, change: Callable[[NetworkNotes], object]) -> None:
        dissection, digest = self._browsed.dissection, self._digest
        if dissection is None:
            return
        try:
            if self._path is None:
                change(self._networks.setdefault(digest, NetworkNotes(dissection.model)))
            else:
                with changing(self._path) as networks:
                    change(networks.setdefault(digest, NetworkNotes(dissection.model)))
                self._networks = networks
        except DissectionError as error:
            change(self._networks.setdefault(digest, NetworkNotes(dissection.model)))
            self.trouble.emit(f"Your notes last for this session only: {error}")
        self.changed.emit()

    def _follow(self) -> None:
        self._read()
        self.changed.emit()

    def _read(self) -> None:
        if self._path is None:
            return
        try:
            self._networks = read_notes(self._path)
        except DissectionError as error:
            self.trouble.emit(str(error))


def _digest_of(dissection: Dissection) -> str:
    return dissection.network or f"name:{dissection.model}"


def _list_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise BadInputError(f"A list has a name of 1 to {_LONGEST_NAME} letters.")
    return name
