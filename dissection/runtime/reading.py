"""Files are opened only if they are ordinary ones below a stated size.

A name may stand for anything: a pipe that never ends, a device, a folder, a file of a terabyte.
Whatever is wrong comes as ``OSError`` whose ``strerror`` ends a sentence, or, where the text is
not what it should be, as ``ValueError``.
"""

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO


def told_size(size: int) -> str:
    """A number of bytes in words: "512 MiB"."""
    for unit, step in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= step:
            return f"{size / step:.4g} {unit}"
    return f"{size} bytes"


#: Time of change, size, and which file it is.
FileState = tuple[int, int, int]


def file_state(path: str | Path) -> FileState | None:
    """By what a change of a file is noticed without reading it; None where there is none."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@contextmanager
def open_ordinary(path: str | Path, limit: int) -> Iterator[BinaryIO]:
    """An ordinary file, open for reading.

    Args:
        path: of the file; links are followed.
        limit: bytes that it may have at most.

    Raises:
        OSError: it cannot be opened, is something else, or is larger.
    """
    try:
        _require(
            Path(path).stat(), path, limit
        )  # looked at first: to open a device may do something
        # Not to wait for somebody who writes into a pipe.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    except (ValueError, TypeError) as error:
        raise OSError(errno.EINVAL, "no file can have such a name") from error
    with os.fdopen(handle, "rb") as stream:
        _require(os.fstat(handle), path, limit)
        yield stream


def require_ordinary(path: str | Path, limit: int) -> int:
    """The size of an ordinary file, for libraries that open it by its name themselves.

    Raises:
        OSError: see ``open_ordinary``.
    """
    with open_ordinary(path, limit) as stream:
        return os.fstat(stream.fileno()).st_size


def read_ordinary(path: str | Path, limit: int) -> bytes:
    """The bytes of an ordinary file; raises as ``open_ordinary`` does."""
    with open_ordinary(path, limit) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:  # it has grown
        raise OSError(errno.EFBIG, f"it is larger than {told_size(limit)}", str(path))
    return data


def digest_ordinary(path: str | Path, limit: int) -> str:
    """SHA-256 of an ordinary file, 64 hexadecimal digits; raises as ``open_ordinary`` does."""
    with open_ordinary(path, limit) as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def parse_json(data: bytes | str) -> Any:
    """A JSON text.

    Raises:
        ValueError: it is none, is nested too deeply, or no UTF-8.
    """
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_json(path: str | Path, limit: int) -> Any:
    """What a file of JSON says; raises as ``read_ordinary`` and ``parse_json`` do."""
    return parse_json(read_ordinary(path, limit))


def read_object(path: str | Path, limit: int) -> dict[str, Any]:
    """The entries of a file that holds one JSON object.

    Raises:
        OSError, ValueError: it cannot be read, or is something else.
    """
    found = read_json(path, limit)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    return found


_BINARY = getattr(os, "O_BINARY", 0)


def _require(found: os.stat_result, path: str | Path, limit: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        what = "is a directory" if stat.S_ISDIR(found.st_mode) else "it is no ordinary file"
        raise OSError(errno.EINVAL, what, str(path))
    if found.st_size > limit:
        raise OSError(
            errno.EFBIG,
            f"it has {told_size(found.st_size)}, and {told_size(limit)} are the most that is read",
            str(path),
        )
