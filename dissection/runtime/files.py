"""Files are written whole: a temporary file beside the target, then a rename.

Whoever reads the target, at any moment and after any crash, finds the old file or the new one,
never a part. Trouble with the disk or the name is told in one sentence.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from dissection.errors import BadInputError, DissectionError
from dissection.runtime.reading import digest_ordinary
from dissection.runtime.unfinished import PREFIX, recorded, remove_left

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_RANDOM_BYTES = 6
#: Bytes of a file whose digest is computed, at most.
LARGEST_DIGESTED = 64 << 30


def user_path(path: str | Path) -> Path:
    """A path that a person typed or a file names, with ``~`` for the home folder.

    Raises:
        BadInputError: no file can have this name (an unknown user's home, a NUL, half a
            character, thousands of letters), or the folders before it may not be entered.
    """
    try:
        expanded = Path(path).expanduser()
        with suppress(FileNotFoundError, NotADirectoryError):
            expanded.stat()
    except (RuntimeError, ValueError) as error:
        raise BadInputError(
            f"{path} is no path here: {str(error).rstrip('.')}; name another."
        ) from error
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be looked at: {reason(error)}; name another."
        ) from error
    return expanded


def reason(error: OSError) -> str:
    """What went wrong, as the end of a sentence."""
    told = (error.strerror or str(error)).rstrip(".")
    return told[:1].lower() + told[1:]


@contextmanager
def replacing(path: str | Path, part: Path | None = None) -> Iterator[Path]:
    """A temporary path to write to; it becomes ``path`` when the block ends without an error.

    The temporary file stands in the same folder and keeps the suffix, for writers that look at
    it. What a kill leaves of it is removed when a file is written next. A link is written through,
    not replaced, and a file that is replaced keeps its permissions.

    Args:
        path: the target, as a person named it.
        part: the temporary file's own name, for folders whose every file is known by name; one
            that is there is taken for what a kill left. Then a link at ``path`` is replaced.

    Raises:
        DissectionError: the disk is full, the folder is missing or cannot be written to, or
            ``path`` is something other than an ordinary file, or write-protected.
    """
    temporary: Path | None = None
    target = user_path(path)
    with ExitStack() as known:
        try:
            if part is None:
                target = Path(os.path.realpath(target))
            mode = _mode_of(target, path)
            if part is None:
                remove_left()
                suffix = target.suffix if len(target.suffix) < 32 else ""
                name = f"{PREFIX}{secrets.token_hex(_RANDOM_BYTES)}{suffix}"
                part = target.with_name(name)
                known.enter_context(recorded(part))
            else:
                part.unlink(missing_ok=True)
            # Created here, exclusively and with the user's own umask, so that no writer follows a
            # link that somebody else has put in its way.
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            temporary = part
            mode = part.stat().st_mode if mode is None else mode
            yield temporary
            temporary.chmod(stat.S_IMODE(mode))  # a writer may have made it anew, and private
            flush_to_disk(temporary)
            temporary.replace(target)
            temporary = None
        except OSError as error:
            if error.filename not in (None, str(part), str(target)):
                raise  # about another file that the caller's block opened
            raise DissectionError(_sentence(path, error)) from error
        finally:
            if temporary is not None:
                with suppress(OSError):  # the error that is on its way says more
                    temporary.unlink(missing_ok=True)


class _OnlyTriedError(Exception):
    """Ends the trial of a target."""


def require_writable(path: str | Path) -> None:
    """Refuse a target before hours of work, not behind them: its file is begun and dropped.

    Raises:
        DissectionError: see ``replacing``.
    """
    with suppress(_OnlyTriedError), replacing(path):
        raise _OnlyTriedError


def write_with(
    path: str | Path, write: Callable[[BinaryIO], object], part: Path | None = None
) -> None:
    """Write a file whole through ``write(stream)``; raises as ``replacing`` does.

    Libraries hide the disk's errors behind their own (torch: "unexpected pos"). The stream
    remembers what the disk said, and that is told.
    """
    with replacing(path, part) as temporary, temporary.open("wb") as file:
        stream = _Remembering(file)
        try:
            write(cast(BinaryIO, stream))
            file.flush()
        except Exception as error:
            if stream.error is not None and stream.error is not error:
                raise stream.error from error
            raise


def write_bytes(path: str | Path, data: bytes, part: Path | None = None) -> None:
    """Write bytes as a whole file; raises as ``replacing`` does."""
    write_with(path, lambda stream: stream.write(data), part)


def write_text(path: str | Path, text: str, part: Path | None = None) -> None:
    """Write UTF-8 text, newlines as they are, as a whole file; raises as ``replacing`` does.

    Half characters, which names of files may hold, are written escaped.
    """
    write_bytes(path, text.encode("utf-8", "backslashreplace"), part)


def make_folder(path: str | Path) -> Path:
    """A folder with those above it, made if missing.

    Raises:
        DissectionError: it cannot be made, or there is a file in its place.
    """
    folder = user_path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DissectionError(
            f"Cannot make the folder {path}: {reason(error)}; choose another place."
        ) from error
    return folder


def file_digest(path: str | Path) -> str:
    """SHA-256 of an ordinary file's bytes, 64 hexadecimal digits.

    Raises:
        OSError: it cannot be opened, is no ordinary file, or above ``LARGEST_DIGESTED``.
    """
    return digest_ordinary(path, LARGEST_DIGESTED)


class _Remembering:
    """A stream to write to that keeps the first error of the disk."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, data: Any) -> int:
        return int(self._tried(self._file.write, data))

    def flush(self) -> None:
        self._tried(self._file.flush)

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._tried(self._file.seek, offset, whence))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def _tried(self, call: Callable[..., Any], *values: Any) -> Any:
        try:
            return call(*values)
        except OSError as error:
            self.error = self.error or error
            raise


def _mode_of(target: Path, path: str | Path) -> int | None:
    """Permissions of the file that is there, which the new one gets; None without one."""
    try:
        found = target.lstat()
    except FileNotFoundError:
        return None
    if stat.S_ISLNK(found.st_mode):  # in a folder of ours: replaced, not followed
        return None
    if not stat.S_ISREG(found.st_mode):
        raise DissectionError(f"Cannot write {path}: it is there and is no ordinary file.")
    if not os.access(target, os.W_OK):
        raise DissectionError(
            f"Cannot write {path}: it is write-protected; choose another name, or allow it."
        )
    return found.st_mode


def flush_to_disk(path: Path) -> None:
    """Bring the bytes to the disk: a rename must not overtake them when the power fails."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _sentence(path: str | Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"Cannot write {path}: the disk is full; free some space or choose another disk."
    if error.errno == errno.ENOENT:
        parent = user_path(path).parent
        return f"Cannot write {path}: there is no folder {parent}; make it first."
    return f"Cannot write {path}: {reason(error)}; choose another place."
