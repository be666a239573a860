"""Fetching a published model or data set, checking it, and taking what a person put there.

Free of torch.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dissection.errors import BadInputError, DissectionError
from dissection.models.zoo.archives import unpack
from dissection.models.zoo.download import Download, HostError, drop_part
from dissection.models.zoo.manifest import Entry, Kind, PublishedFile
from dissection.models.zoo.shelf import (
    by_hand_places,
    count,
    file_place,
    held,
    is_archive,
    is_here,
    place_of,
    read_record,
    set_aside,
    set_aside_place,
    write_record,
)
from dissection.runtime.files import make_folder, reason
from dissection.runtime.progress import Meter, Report

_PIECE = 4 << 20


class UnverifiedError(DissectionError):
    """A file's SHA-256 does not begin as its name says, which nobody could verify; it is kept."""


@dataclass(frozen=True)
class Digests:
    """Of a file's bytes, in hexadecimal digits."""

    sha256: str
    md5: str
    size: int


def fetch(
    entry: Entry, report: Report | None = None, accept: bool = False, timeout: float = 20
) -> Path:
    """Bring an entry to its place; what is there already is not fetched again.

    Args:
        entry: what to fetch.
        report: told of bytes.
        accept: take a file though its SHA-256 does not begin as its name says.
        timeout: seconds without a byte after which a server counts as dead.

    Returns:
        The file or folder.

    Raises:
        BadInputError: the program cannot use it, or a file put there by hand is another.
        UnverifiedError: see there.
        HostError: no address gives a file; the sentence says where to put it by hand.
        StoreError: another process fetches it.
        Stopped: the report asked for it; the next fetch goes on.
        DissectionError: the disk is full or says no.
    """
    if entry.bundled:
        return place_of(entry)
    if entry.unusable:
        raise BadInputError(f"{entry.name} is not fetched: {entry.unusable}.")
    with held(entry):
        for file in entry.files:
            try:
                _bring(entry, file, report, accept, timeout)
            except OSError as error:
                raise DissectionError(
                    f"Cannot put {entry.name} to {place_of(entry)}: {reason(error)}."
                ) from error
    return place_of(entry)


def verify(entry: Entry, report: Report | None = None) -> list[str]:
    """What is wrong with what was fetched, a sentence each; nothing if all is as it was taken.

    Files that a person put there are checked against what is published.

    Raises:
        BadInputError: it is not fetched.
        Stopped: the report asked for it.
    """
    if entry.bundled:
        return []
    if not entry.files or not all(is_here(entry, file) for file in entry.files):
        raise BadInputError(f"{entry.name} is not fetched; dissection fetch {entry.name} does it.")
    wrong = []
    for file in entry.files:
        place = file_place(entry, file)
        if entry.kind is Kind.DATA and is_archive(file):
            folder = place_of(entry)
            told = read_record(folder)
            if told is None:
                wrong.append(f"{folder} was not unpacked here, so nothing is known of it.")
            elif count(folder) != (told.get("files"), told.get("size")):
                wrong.append(f"{folder} holds other files than were unpacked there.")
            continue
        found = digests(place, report, f"checking {place.name}")
        told = read_record(place)
        if told is not None and told.get("sha256") != found.sha256:
            wrong.append(
                f"{place} has changed since it was taken; move it away and fetch "
                f"{entry.name} again."
            )
        elif told is None:
            wrong += [
                f"{place}: {fault}."
                for fault in (_known(file, found), _prefix(file, found))
                if fault
            ]
    return wrong


def digests(path: Path, report: Report | None, stage: str) -> Digests:
    """Digests of a file, read once.

    Raises:
        OSError: it cannot be read.
        Stopped: the report asked for it.
    """
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    size = path.stat().st_size
    meter = Meter(report, stage, size)
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            sha256.update(piece)
            md5.update(piece)
            meter.step(len(piece))
    return Digests(sha256.hexdigest(), md5.hexdigest(), size)


def _bring(
    entry: Entry, file: PublishedFile, report: Report | None, accept: bool, timeout: float
) -> None:
    """One file of an entry, and what is in it."""
    place = file_place(entry, file)
    if entry.kind is Kind.DATA and is_archive(file):
        if place_of(entry).is_dir():
            return
        _take_or_fetch(entry, file, report, accept, timeout)
        _unpack(entry, place, report)
    else:
        _take_or_fetch(entry, file, report, accept, timeout)


def _take_or_fetch(
    entry: Entry, file: PublishedFile, report: Report | None, accept: bool, timeout: float
) -> None:
    place = file_place(entry, file)
    make_folder(place.parent)
    told = read_record(place)
    if told is not None and place.is_file():
        if place.stat().st_size == told.get("size"):
            return
        set_aside(place, place)  # changed since
    for path in by_hand_places(entry, file):
        if path.is_file():
            _take(entry, file, path, report, accept)
            return
    kept = set_aside_place(place)
    if accept and kept.is_file():
        found = digests(kept, report, f"checking {place.name}")
        if _known(file, found) is None:
            kept.replace(place)
            _note(entry, file, place, found, "", accepted=True)
            return
    _fetch_file(entry, file, report, accept, timeout)


def _take(
    entry: Entry, file: PublishedFile, path: Path, report: Report | None, accept: bool
) -> None:
    """Check a file that a person put there, and give it its name."""
    place = file_place(entry, file)
    found = digests(path, report, f"checking {path.name}")
    fault = _known(file, found)
    if fault is not None:
        raise BadInputError(
            f"{path} is not the published file of {entry.name}: {fault}; move it away, or put "
            "the right one there."
        )
    doubt = _prefix(file, found)
    if doubt is not None and not accept:
        raise UnverifiedError(_asked(entry, path, doubt))
    if path != place:
        path.replace(place)
    _note(entry, file, place, found, "by hand", accepted=doubt is not None)


def _fetch_file(
    entry: Entry, file: PublishedFile, report: Report | None, accept: bool, timeout: float
) -> None:
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    place = file_place(entry, file)
    said: list[str] = []
    for url in entry.urls(file):
        found: list[Digests] = []
        # What is fetched is checked where it was written, before it gets a name: pooch would
        # check it without a word, and delete what nobody could verify.
        shelf = pooch.create(place.parent, "", registry={place.name: None}, urls={place.name: url})
        download = Download(
            place, report, file.size, timeout, _checker(entry, file, report, accept, found)
        )
        try:
            shelf.fetch(place.name, downloader=download)
        except HostError as error:
            said.append(str(error).rstrip("."))
            continue
        doubt = _prefix(file, found[0])
        _note(entry, file, place, found[0], url, accepted=doubt is not None)
        return
    name = PurePosixPath(file.file).name
    raise HostError(
        f"{name} of {entry.name} cannot be fetched ({'; '.join(said)}). If you get the file "
        f"elsewhere, put it to {place.with_name(name)} and run dissection fetch {entry.name} "
        "again: it is then checked and taken."
    )


def _checker(
    entry: Entry, file: PublishedFile, report: Report | None, accept: bool, found: list[Digests]
) -> Callable[[Path, str], None]:
    """What a downloader asks of a file before it gives it away."""
    place = file_place(entry, file)

    def check(part: Path, url: str) -> None:
        seen = digests(part, report, f"checking {place.name}")
        fault = _known(file, seen)
        if fault is not None:
            drop_part(part)
            raise HostError(f"{url} holds something else than is published: {fault}.")
        doubt = _prefix(file, seen)
        if doubt is not None and not accept:
            kept = set_aside(part, place)
            drop_part(part)
            raise UnverifiedError(_asked(entry, kept, doubt))
        found.append(seen)

    return check


def _known(file: PublishedFile, found: Digests) -> str | None:
    """What of a file is not as it is known to be."""
    if file.size is not None and file.size != found.size:
        return f"it has {found.size:,} bytes and should have {file.size:,}"
    if file.sha256 is not None and file.sha256 != found.sha256:
        return f"its SHA-256 is {found.sha256} and should be {file.sha256}"
    if file.md5 is not None and file.md5 != found.md5:
        return f"its MD5 is {found.md5} and should be {file.md5}"
    return None


def _prefix(file: PublishedFile, found: Digests) -> str | None:
    """Whether a SHA-256 does not begin as the published name says."""
    prefix = file.sha256_prefix
    if file.sha256 is None and prefix is not None and not found.sha256.startswith(prefix):
        return (
            f"its SHA-256 begins with {found.sha256[: len(prefix)]} and its name says {prefix}, "
            "which nobody could verify"
        )
    return None


def _asked(entry: Entry, kept: Path, doubt: str) -> str:
    return (
        f"The file of {entry.name} is kept at {kept} and not used: {doubt}; dissection fetch "
        f"{entry.name} --accept takes it as it is."
    )


def _note(
    entry: Entry, file: PublishedFile, place: Path, found: Digests, source: str, accepted: bool
) -> None:
    """Remember what was taken: the first SHA-256 is what later ones are compared with."""
    told = {"entry": entry.name, "file": file.file, "size": found.size, "sha256": found.sha256}
    write_record(place, told | {"source": source, "accepted": accepted})


def _unpack(entry: Entry, archive: Path, report: Report | None) -> None:
    folder = place_of(entry)
    try:
        files, size = unpack(archive, folder, report)
    except BadInputError as error:
        kept = set_aside(archive, archive)
        write_record(archive, None)
        raise BadInputError(f"{str(error).rstrip('.')}; the archive is kept at {kept}.") from error
    told = read_record(archive) or {}
    write_record(folder, told | {"files": files, "size": size})
    archive.unlink()
    write_record(archive, None)
