"""Files are written whole: a temporary file beside the target, then a rename.

Whoever reads the target, at any moment and after any crash, finds the old file or the new one,
never a part. Trouble with the disk is told in one sentence.
"""

import errno
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dissection.errors import DissectionError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_RANDOM_BYTES = 6
_TEMPORARY = re.compile(rf"\.tmp-[0-9a-f]{{{2 * _RANDOM_BYTES}}}(\..*)?")


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path to write to; it becomes ``path`` when the block ends without an error.

    The temporary file stands in the same folder and keeps the suffix, for writers that look at
    it. A link is written through, not replaced.

    Raises:
        DissectionError: the disk is full, the folder is missing or cannot be written to, or
            ``path`` is something other than an ordinary file.
    """
    target = Path(os.path.realpath(Path(path).expanduser()))
    if target.exists() and not target.is_file():
        raise DissectionError(f"Cannot write {path}: it is there and is no ordinary file.")
    temporary = target.with_name(f".tmp-{secrets.token_hex(_RANDOM_BYTES)}{target.suffix}")
    try:
        # Created here, exclusively and with the user's own umask, so that no writer follows a
        # link that somebody else has put in its way.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        mode = temporary.stat().st_mode
        yield temporary
        temporary.chmod(mode)  # a writer that made the file anew may have made it private
        _flush(temporary)
        temporary.replace(target)
    except OSError as error:
        if error.filename not in (None, str(temporary), str(target)):
            raise  # about another file that the caller's block opened
        raise DissectionError(_sentence(path, error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def is_temporary(path: Path) -> bool:
    """Whether a path has the name of a temporary file of ``replacing``, which a kill leaves."""
    return _TEMPORARY.fullmatch(path.name) is not None


def write_with(path: str | Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file whole through ``write(stream)``; raises as ``replacing`` does."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        write(stream)


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write bytes as a whole file; raises as ``replacing`` does."""
    write_with(path, lambda stream: stream.write(data))


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text, newlines as they are, as a whole file; raises as ``replacing`` does."""
    write_bytes(path, text.encode())


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _flush(path: Path) -> None:
    """Bring the bytes to the disk: a rename must not overtake them when the power fails."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _sentence(path: str | Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"Cannot write {path}: the disk is full; free some space or choose another disk."
    if error.errno == errno.ENOENT:
        return f"Cannot write {path}: there is no folder {Path(path).parent}; make it first."
    reason = (error.strerror or str(error)).lower()
    return f"Cannot write {path}: {reason}; choose another place."
