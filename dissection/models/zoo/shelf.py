"""Where fetched models and data sets lie in the user's data folder, and what is known of them.

``models/NAME.pth``       a generator, a classifier, a segmenter of one file
``segmodel/``             the published segmenter, in its own folders; netpq and netpqc share files
``segmenters/NAME/``      a user's segmenter of several files
``datasets/NAME/``        pictures and labels, unpacked
``results/NAME/``         everything else
``fetched.json``          size and SHA-256 of each file when it was taken

Free of torch.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

import filelock

from dissection.errors import BadInputError, StoreError
from dissection.models.zoo.download import drop_parts
from dissection.models.zoo.manifest import Entry, Kind, PublishedFile, entries
from dissection.runtime import model_names
from dissection.runtime.files import make_folder, reason, write_text
from dissection.runtime.reading import read_object
from dissection.runtime.resources import resource

_RECORD = "fetched.json"
_LARGEST_RECORD = 16 << 20


class State(StrEnum):
    """What of an entry is here."""

    BUNDLED = "bundled"
    FETCHED = "fetched"
    BEGUN = "begun"
    AVAILABLE = "available"
    UNUSABLE = "cannot be used"


def place_of(entry: Entry) -> Path:
    """The file or folder that an entry is, here or once it is fetched."""
    if entry.bundled:
        return resource(f"models/{entry.name}.safetensors")
    data = _data()
    if entry.kind is Kind.DATA:
        return data / "datasets" / entry.name
    if entry.kind in (Kind.RESULTS, Kind.OTHER) or not entry.files:
        return data / "results" / entry.name
    if len(entry.files) > 1:
        return data / "segmenters" / entry.name if entry.own else data / "segmodel"
    return _data() / "models" / f"{entry.name}{PurePosixPath(entry.files[0].file).suffix}"


def file_place(entry: Entry, file: PublishedFile) -> Path:
    """Where a file of an entry is put; an archive beside the folder that it becomes."""
    place = place_of(entry)
    if entry.kind is Kind.DATA and is_archive(file):
        return place.with_name(f"{entry.name}-{PurePosixPath(file.file).name}")
    if place.parent.name == "models":
        return place
    return place / file.file


def by_hand_places(entry: Entry, file: PublishedFile) -> list[Path]:
    """Where a file that a person put there is looked for."""
    place = file_place(entry, file)
    return [place.with_name(PurePosixPath(file.file).name), place]


def set_aside_place(place: Path) -> Path:
    """Where a file is kept that is not what it should be, or perhaps not."""
    return place.with_name(f"{place.name}.set-aside")


def set_aside(path: Path, place: Path) -> Path:
    """Keep a file aside; none that is kept already is written over."""
    aside, number = set_aside_place(place), 1
    while aside.exists():
        number += 1
        aside = place.with_name(f"{place.name}.set-aside-{number}")
    path.replace(aside)
    return aside


def is_archive(file: PublishedFile) -> bool:
    """Whether a file is unpacked."""
    return file.file.endswith(".zip")


def state_of(entry: Entry) -> State:
    """What of an entry is here."""
    if entry.bundled:
        return State.BUNDLED
    if entry.unusable:
        return State.UNUSABLE
    here = [is_here(entry, file) for file in entry.files]
    if all(here):
        return State.FETCHED
    begun = any(here) or any(_begun(file_place(entry, file)) for file in entry.files)
    return State.BEGUN if begun else State.AVAILABLE


def size_of(entry: Entry) -> int | None:
    """Bytes of what is here, or as published; None where nobody knows."""
    place = place_of(entry)
    if entry.kind is Kind.DATA and place.is_dir():
        told = read_record(place) or {}
        size = told.get("size")
        return size if isinstance(size, int) else None
    if entry.bundled:
        return place.stat().st_size
    places = [file_place(entry, file) for file in entry.files]
    if places and all(path.is_file() for path in places):
        return sum(path.stat().st_size for path in places)
    return entry.size


def is_here(entry: Entry, file: PublishedFile) -> bool:
    """Whether a file was taken, or the folder that it became is there."""
    place = place_of(entry)
    if entry.kind is Kind.DATA and is_archive(file):
        return place.is_dir()
    return file_place(entry, file).is_file()


def read_record(place: Path) -> dict[str, Any] | None:
    """What was noted of a file or an unpacked folder when it was taken."""
    found = _records().get(_key(place))
    return found if isinstance(found, dict) else None


def write_record(place: Path, told: dict[str, Any] | None) -> None:
    """Note it, or forget it.

    Raises:
        StoreError: what is noted already cannot be read.
        DissectionError: it cannot be written.
    """
    make_folder(_data())
    with filelock.FileLock(_data() / f"{_RECORD}.lock"):
        files = _records()
        if told is None:
            files.pop(_key(place), None)
        else:
            files[_key(place)] = told
        write_text(_data() / _RECORD, json.dumps({"version": 1, "files": files}, indent=1) + "\n")


@contextmanager
def held(entry: Entry) -> Iterator[None]:
    """Nobody else fetches or removes an entry meanwhile.

    Raises:
        StoreError: another process does.
    """
    folder = make_folder(_data())
    # netpq and netpqc share files
    name = "segmodel" if place_of(entry).name == "segmodel" else entry.name
    lock = filelock.FileLock(folder / f".{name}.lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise StoreError(
            f"{entry.name} is being fetched by another process; wait until it is done."
        ) from error
    except (OSError, NotImplementedError) as error:
        said = reason(error) if isinstance(error, OSError) else str(error)
        raise StoreError(f"Cannot work in {folder}: {said}.") from error
    try:
        yield
    finally:
        with suppress(OSError):
            (folder / f".{name}.lock").unlink(missing_ok=True)
        lock.release()


def remove(entry: Entry) -> list[Path]:
    """Delete what was fetched of an entry, and what a broken download left.

    Files that another fetched entry needs stay, and so do folders that hold other files than were
    unpacked, and files that this program did not take.

    Returns:
        What was deleted.

    Raises:
        BadInputError: it ships with the program, nothing is here, or what is here is not ours.
    """
    if entry.bundled:
        raise BadInputError(f"{entry.name} ships with the program and stays.")
    gone: list[Path] = []
    with held(entry):
        needed = {
            file_place(other, file)
            for other in entries()
            if other.name != entry.name and state_of(other) is State.FETCHED
            if not set(other.files) < set(entry.files)
            for file in other.files
        }
        for file in entry.files:
            place = file_place(entry, file)
            drop_parts(place)
            if place not in needed and read_record(place) is not None:
                place.unlink(missing_ok=True)
                write_record(place, None)
                gone.append(place)
        folder = place_of(entry)
        if entry.kind is Kind.DATA and folder.is_dir():
            told = read_record(folder)
            if told is None or count(folder) != (told.get("files"), told.get("size")):
                raise BadInputError(
                    f"{folder} holds other files than were unpacked there; delete it by hand."
                )
            shutil.rmtree(folder)
            write_record(folder, None)
            gone.append(folder)
        _drop_empty(folder)
    if not gone:
        left = f"; {place_of(entry)} was not put there by dissection fetch"
        raise BadInputError(
            f"Of {entry.name} nothing is here that was fetched"
            f"{left if state_of(entry) is State.FETCHED else ''}."
        )
    return gone


def count(folder: Path) -> tuple[int, int]:
    """Files below a folder and their bytes; links are not followed."""
    files = size = 0
    for root, _, names in os.walk(folder):
        for name in names:
            files += 1
            size += (Path(root) / name).lstat().st_size
    return files, size


def _drop_empty(folder: Path) -> None:
    """Delete the folders of an entry that are empty now."""
    if folder.is_dir():
        for inner in [*(path for path in folder.iterdir() if path.is_dir()), folder]:
            with suppress(OSError):
                inner.rmdir()


def _begun(place: Path) -> bool:
    if place.exists() or set_aside_place(place).exists():
        return True
    if not place.parent.is_dir():
        return False
    return any(
        path.name.startswith(f".{place.name}.") and path.suffix == ".part"
        for path in place.parent.iterdir()
    )


def _data() -> Path:
    return model_names.fetched_folder().parent


def _key(place: Path) -> str:
    return place.relative_to(_data()).as_posix()


def _records() -> dict[str, Any]:
    path = _data() / _RECORD
    if not path.exists():
        return {}
    try:
        files = read_object(path, _LARGEST_RECORD)["files"]
        if not isinstance(files, dict):
            raise ValueError("no table")
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"{path} is damaged, so nobody knows what was fetched; move it away, and what is "
            "there is checked anew."
        ) from error
    return files
