"""The file of a user's names, notes and lists: one readable JSON for all networks. No Qt here.

::

    {"format": "ganpaint unit notes", "version": 1, "networks": {
      "57b7...": {"model": "storybook-church",
        "units": {"layer4/123": {"name": "dome top", "note": "left half only"}},
        "lists": {"domes": ["layer4/123", "layer5/7"]}}}}
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dissection.errors import StoreError
from dissection.runtime.files import reason, write_text
from dissection.runtime.reading import read_ordinary

FORMAT, VERSION = "ganpaint unit notes", 1
#: Notes on every unit of a hundred networks stay far below.
LARGEST_FILE = 64 << 20
Place = tuple[str, int]


@dataclass
class UnitNote:
    """What a user wrote of a unit; either may be empty."""

    name: str = ""
    note: str = ""


@dataclass
class NetworkNotes:
    """What a user wrote of the units of one network.

    Attributes:
        model: the network's name, for whoever reads the file.
        units: (layer, unit) to what was written.
        lists: name to (layer, unit), in the order in which they were added.
    """

    model: str = ""
    units: dict[Place, UnitNote] = field(default_factory=dict)
    lists: dict[str, list[Place]] = field(default_factory=dict)


def read_notes(path: Path) -> dict[str, NetworkNotes]:
    """All networks' notes by digest; nothing where there is no file.

    Raises:
        StoreError: it cannot be read, is of a newer program, or is no file of notes.
    """
    try:
        text = read_ordinary(path, LARGEST_FILE).decode("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            f"The notes in {path} cannot be read; see whether it is a file of "
            "yours, or move it away."
        ) from error
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            raise ValueError("another format")
        version = int(content["version"])
        networks = {str(k): _network(v) for k, v in content["networks"].items()}
    except (
        ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError,
    ) as error:  # fmt: skip
        raise StoreError(
            f"{path} is no file of notes on units, or is damaged; move it away, or mend it with a "
            "text editor."
        ) from error
    if version > VERSION:
        raise StoreError(f"{path} was written by a newer GANPaint; use that one, or move it away.")
    return networks


def write_notes(path: Path, networks: dict[str, NetworkNotes]) -> None:
    """Write all networks' notes as a whole file.

    Raises:
        DissectionError: the folder cannot be written.
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "networks": {
            digest: {
                "model": notes.model,
                "units": {
                    _text(place): {k: v for k, v in vars(note).items() if v}
                    for place, note in sorted(notes.units.items())
                },
                "lists": {n: [_text(p) for p in places] for n, places in notes.lists.items()},
            }
            for digest, notes in networks.items()
        },
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"Cannot write {path}: {reason(error)}.") from error
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


@contextmanager
def changing(path: Path) -> Iterator[dict[str, NetworkNotes]]:
    """Read the notes, let them be changed, and write them: what another window wrote stays."""
    networks = read_notes(path)
    yield networks
    write_notes(path, networks)


def merge_notes(into: dict[str, NetworkNotes], other: dict[str, NetworkNotes]) -> int:
    """Take what another file holds, too; nothing that is there is lost.

    Where both name a unit differently the first name stays and the other goes into the note.

    Returns:
        How many units and lists came or changed.
    """
    changed = 0
    for digest, notes in other.items():
        mine = into.setdefault(digest, NetworkNotes(notes.model))
        for place, note in notes.units.items():
            here = mine.units.setdefault(place, UnitNote())
            before = (here.name, here.note)
            more = [note.note] if note.note and note.note not in here.note else []
            if here.name and note.name and here.name != note.name and note.name not in here.note:
                more.insert(0, note.name)
            here.name = here.name or note.name
            here.note = "\n".join([*([here.note] if here.note else []), *more])
            changed += (here.name, here.note) != before
        for name, places in notes.lists.items():
            listed = mine.lists.setdefault(name, [])
            fresh = [place for place in places if place not in listed]
            changed += bool(fresh) or not places
            listed += fresh
    return changed


def _network(content: Any) -> NetworkNotes:
    return NetworkNotes(
        str(content.get("model", "")),
        {
            _place(text): UnitNote(str(note.get("name", "")), str(note.get("note", "")))
            for text, note in content.get("units", {}).items()
        },
        {
            str(name): [_place(text) for text in places]
            for name, places in content.get("lists", {}).items()
        },
    )


def _text(place: Place) -> str:
    return f"{place[0]}/{place[1]}"


def _place(text: str) -> Place:
    layer, _, unit = text.rpartition("/")
    if not layer or not unit.isdecimal():
        raise ValueError(f"{text} is no unit")
    return layer, int(unit)
