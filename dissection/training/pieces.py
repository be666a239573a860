"""A file in pieces, each of which says what it is a part of, and one file again.

For channels that carry small files only: a machine that is lent for minutes gives back eight files
of 16 MiB. Each piece begins with a line of JSON: the file's name, SHA-256 and age, which piece it
is, and its own SHA-256. Pieces of a newer file are written before those of the older one go, so
that one whole set is there at any moment.
"""

import hashlib
import json
import re
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

from dissection.errors import DissectionError
from dissection.runtime.files import make_folder, reason, write_bytes
from dissection.runtime.progress import Meter, Report
from dissection.runtime.reading import parse_json, read_ordinary

#: Payload of a piece in bytes; with its line it stays under 15 MiB.
PIECE_BYTES = 15 * 2**20 - 4096
_SUFFIX = ".piece"
_LINE_LIMIT = 4096
#: Bytes of a piece that are read at most, and pieces of one file.
_LARGEST_PIECE = 64 << 20
_MOST_PIECES = 4096


@dataclass(frozen=True)
class _Label:
    name: str
    age: int
    digest: str
    index: int
    count: int
    piece_digest: str


_TYPES = ("", 0, "", 0, 0, "")


def write_pieces(file: Path, folder: Path, age: int, piece_bytes: int = PIECE_BYTES) -> list[Path]:
    """Write a file in pieces into a folder, then remove the pieces of older ones of its name.

    Args:
        file: what to cut up.
        folder: made if missing. Names of pieces are letters, digits, dots and dashes.
        age: grows from one version of the file to the next (images shown).
        piece_bytes: payload of a piece.

    Returns:
        The pieces, in order.

    Raises:
        DissectionError: a piece cannot be written, or another file has its name.
    """
    make_folder(folder)
    data = file.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    parts = [data[i : i + piece_bytes] for i in range(0, max(len(data), 1), piece_bytes)]
    stem = re.sub(r"[^A-Za-z0-9]", "-", file.stem)
    older = {p for p in folder.glob(f"{stem}-*{_SUFFIX}") if _is_piece_of(p, file.name)}
    paths = []
    for index, part in enumerate(parts):
        own = hashlib.sha256(part).hexdigest()
        label = _Label(file.name, age, digest, index, len(parts), own)
        path = folder / f"{stem}-{age}-{digest[:8]}-{index + 1}of{len(parts)}{_SUFFIX}"
        if path not in older and (path.exists() or path.is_symlink()):
            raise DissectionError(f"{path} is there and is no piece of {file.name}; move it away.")
        paths.append(path)
        write_bytes(paths[-1], json.dumps(asdict(label)).encode() + b"\n" + part)
    for path in older - set(paths):
        path.unlink(missing_ok=True)
    return paths


def names_in_pieces(folder: Path, report: Report | None = None) -> list[str]:
    """Of which files there are undamaged pieces in a folder, at any depth, in order.

    Raises:
        Stopped: the report, which is told how many pieces were looked at, said so.
    """
    paths = sorted(folder.rglob(f"*{_SUFFIX}"))
    meter = Meter(report, "looking at pieces", len(paths))
    names = set()
    for path in paths:
        piece = _read(path)
        if isinstance(piece, tuple):
            names.add(piece[0].name)
        meter.step()
    return sorted(names)


def join_pieces(
    folder: Path, out: Path | None = None, name: str | None = None, report: Report | None = None
) -> Path:
    """Put the newest whole set of pieces in a folder together.

    Args:
        folder: with pieces, at any depth; other files in it do not matter.
        out: where to write the file; its own name beside the folder's pieces if None.
        name: of which file; None where all pieces are of one.
        report: told how many pieces were read; False stops.

    Returns:
        The file written.

    Raises:
        DissectionError: there are no pieces, or of no file all are there and undamaged; the
            sentence names what is wrong with the newest.
        Stopped: the report said so; nothing is written then.
    """
    sets: dict[tuple[int, str], dict[int, tuple[_Label, bytes]]] = {}
    faults: list[str] = []
    paths = sorted(folder.rglob(f"*{_SUFFIX}"))
    meter = Meter(report, f"reading pieces of {name or 'a file'}", len(paths))
    for path in paths:
        piece = _read(path)
        meter.step()
        if isinstance(piece, str):
            faults.append(piece)
        elif name in (None, piece[0].name):
            label = piece[0]
            sets.setdefault((label.age, label.digest), {})[label.index] = piece
    for _, pieces in sorted(sets.items(), reverse=True):
        label = next(iter(pieces.values()))[0]
        if not 0 < label.count <= _MOST_PIECES:
            faults.append(f"{label.name} ({label.age}) claims to have {label.count} pieces")
            continue
        missing = [i + 1 for i in range(label.count) if i not in pieces]
        if missing:
            numbers = ", ".join(map(str, missing))
            faults.append(f"{label.name} ({label.age}) lacks piece {numbers} of {label.count}")
            continue
        data = b"".join(pieces[i][1] for i in range(label.count))
        if hashlib.sha256(data).hexdigest() != label.digest:
            faults.append(f"the pieces of {label.name} ({label.age}) do not make up its SHA-256")
            continue
        target = out or folder / Path(label.name).name
        write_bytes(target, data)
        return target
    if not paths:
        raise DissectionError(f"There are no pieces (*{_SUFFIX}) in {folder}; check the folder.")
    raise DissectionError(
        f"No file can be put together from {folder}: {'; '.join(faults)}. Fetch the pieces again."
    )


def _is_piece_of(path: Path, name: str) -> bool:
    """Whether a file says itself that it is a piece of the file of this name."""
    piece = None if path.is_symlink() else _read(path)
    return isinstance(piece, tuple) and piece[0].name == name


def _read(path: Path) -> tuple[_Label, bytes] | str:
    """A piece, or what is wrong with it."""
    try:
        data = read_ordinary(path, _LARGEST_PIECE)
    except OSError as error:
        return f"{path.name} cannot be read ({reason(error)})"
    end = data.find(b"\n", 0, _LINE_LIMIT)
    label: _Label | None = None
    try:
        label = _Label(**parse_json(data[: max(end, 0)]))
        typed = all(isinstance(v, type(w)) for v, w in zip(astuple(label), _TYPES, strict=True))
        whole = typed and hashlib.sha256(data[end + 1 :]).hexdigest() == label.piece_digest
    except (ValueError, TypeError):
        whole = False
    if label is None or not whole:
        return f"{path.name} is damaged"
    return label, data[end + 1 :]
