"""Temporary files that a killed process left beside what people named: found by a record of them.

A name is no proof of whose a file is. So each temporary file is entered, by its whole path, in a
record of its own in the user's cache folder before it is made. The record is locked for as long as
its process lives, and goes when the file is finished: one that nobody holds tells what a kill left.
Where there is no such folder, or there are no such locks, nothing is recorded and nothing removed.
"""

import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dissection.runtime.user_folders import cache_folder

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: What the names of temporary files begin with.
PREFIX = ".tmp-"
_SUFFIX, _BEING_WRITTEN = ".path", ".new"
#: A path is no longer than this.
_LONGEST = 1 << 16
#: A record of a file on a disk that is not there is kept for so long.
_SECONDS_KEPT = 30 * 86_400


def records_folder() -> Path | None:
    """Where the records are; None for a user without a home."""
    cache = cache_folder()
    return cache / "unfinished" if cache is not None else None


@contextmanager
def recorded(path: Path) -> Iterator[None]:
    """While the block runs, a file that is made at this path is known to be of this process."""
    handle, record = -1, None
    folder = records_folder()
    if fcntl is not None and folder is not None:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            name = secrets.token_hex(8)
            new = folder / f"{name}{_BEING_WRITTEN}"
            handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(handle, os.fsencode(path.absolute()))
            record = new.rename(folder / f"{name}{_SUFFIX}")
    try:
        yield
    finally:
        with suppress(OSError):
            if record is not None:
                record.unlink(missing_ok=True)
        with suppress(OSError):
            if handle >= 0:
                os.close(handle)


def remove_left() -> None:
    """Remove what processes that live no longer left unfinished; trouble with that is no matter."""
    folder = records_folder()
    if fcntl is None or folder is None:
        return
    with suppress(OSError), os.scandir(folder) as entries:
        for record in [Path(entry.path) for entry in entries if entry.name.endswith(_SUFFIX)]:
            with suppress(OSError, ValueError):
                _settle(record)


def _settle(record: Path) -> None:
    """Remove the file of a record, and the record, unless somebody holds it."""
    handle = os.open(record, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where its process lives
        left = Path(os.fsdecode(os.read(handle, _LONGEST)))
        if not left.is_absolute() or not left.name.startswith(PREFIX):
            return  # not written here
        if not left.parent.is_dir():  # a disk that is not there now
            if time.time() - record.stat().st_mtime < _SECONDS_KEPT:
                return
        else:
            with suppress(FileNotFoundError):
                if stat.S_ISREG(left.lstat().st_mode):
                    left.unlink()
        record.unlink(missing_ok=True)
    finally:
        os.close(handle)
