"""Which files in a folder are this program's: those alone are replaced or deleted.

A list in the folder names every file before it is made. What the list does not name belongs to
somebody else, whatever it is called: it stays, and is not written over. Links are not followed.
"""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dissection.errors import StoreError
from dissection.runtime.files import make_folder, reason, write_text
from dissection.runtime.reading import read_object

if TYPE_CHECKING:
    from filelock import BaseFileLock

LIST = "made-by-dissection.json"
LOCK = "made-by-dissection.lock"
PART = ".part"
_LARGEST_LIST = 16 << 20
#: Bytes of a name, with room for the suffix of its temporary file.
_LONGEST_NAME = 240


class OwnFiles:
    """The files that this program made in one folder, of which it may hold others.

    Args:
        folder: made by the first ``claim`` if missing.
        known: names of files that are this program's by what another file of its own says.

    Raises:
        StoreError: the folder is something else, or its list is damaged.
    """

    def __init__(self, folder: Path, known: Iterable[str] = ()) -> None:
        self.folder = folder
        self._lock: BaseFileLock | None = None
        self._stored: set[str] = set()
        if _is_there(folder) and not folder.is_dir():
            raise StoreError(f"{folder} is there and is no folder; choose another place.")
        if (folder / LIST).is_file() and not (folder / LIST).is_symlink():
            try:
                self._stored = _names(read_object(folder / LIST, _LARGEST_LIST)["files"])
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise StoreError(
                    f"{folder / LIST} is damaged, so nobody knows which files of {folder} may be "
                    "replaced; choose another place."
                ) from error
        self.names = self._stored | set(known)

    @property
    def listed(self) -> bool:
        """Whether there is a list in the folder."""
        return (self.folder / LIST).is_file()

    def is_empty(self) -> bool:
        """Whether the folder holds nothing, or only what a kill left before the first file."""
        if not self.folder.exists():
            return True
        try:
            found = list(self.folder.iterdir())
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be looked into: {reason(error)}.") from error
        return all(path.name in (LIST + PART, LOCK) for path in found)

    def lock(self, job: str) -> None:
        """Keep other processes from the folder until ``unlock``, or until this one ends.

        Args:
            job: what works there, for the sentence: "training".

        Raises:
            StoreError: another process works there.
        """
        make_folder(self.folder)
        import filelock  # only for whoever writes: it takes a while to load

        lock = filelock.FileLock(self.folder / LOCK, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise StoreError(
                f"Another {job} works in {self.folder}; wait until it ends, or choose another "
                "folder."
            ) from error
        except (OSError, NotImplementedError) as error:
            said = reason(error) if isinstance(error, OSError) else str(error)
            raise StoreError(f"Cannot work in {self.folder}: {said}.") from error
        self._lock = lock

    def unlock(self) -> None:
        """Let other processes into the folder."""
        if self._lock is not None:
            with suppress(OSError):
                (self.folder / LOCK).unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def claim(self, *names: str) -> None:
        """Files of these names are about to be made, or replaced if they are listed.

        Raises:
            StoreError: one is there and is not this program's.
            DissectionError: the list cannot be written.
        """
        for name in names:
            for path in (self.folder / name, self.part(name)):
                if name not in self.names and _is_there(path):
                    raise StoreError(
                        f"{path} is there and was not made by this program; move it away, or "
                        "choose another folder."
                    )
        if not self.listed or not self._stored.issuperset(names):
            self.names.update(names)
            self._write()

    def part(self, name: str) -> Path:
        """The temporary file of a listed file."""
        return self.folder / f"{name}{PART}"

    def remove(self, name: str) -> None:
        """Delete a file if it is this program's."""
        if name in self.names:
            for path in (self.folder / name, self.part(name)):
                if path.is_file() or path.is_symlink():
                    path.unlink()

    def drop_parts(self) -> None:
        """Delete what a killed process was writing and did not bring to its place."""
        for name in self.names:
            self.part(name).unlink(missing_ok=True)

    def forget(self, names: Iterable[str]) -> None:
        """Delete files, and take them from the list."""
        gone = set(names) & self.names
        for name in gone:
            self.remove(name)
        if gone:
            self.names -= gone
            self._write()

    def forget_list(self) -> None:
        """Delete the list alone: another file names what is this program's."""
        for path in (self.part(LIST), self.folder / LIST):
            path.unlink(missing_ok=True)

    def remove_all(self, last: str = "") -> None:
        """Delete all of them as far as that can be done, then the folder if it is empty.

        Args:
            last: the name that goes after all others.
        """
        with suppress(OSError):
            for name in (*sorted(self.names - {last}), last):
                self.remove(name)
            self.forget_list()
            self.unlock()
            (self.folder / LOCK).unlink(missing_ok=True)
            self.folder.rmdir()

    def _write(self) -> None:
        make_folder(self.folder)
        text = json.dumps({"files": sorted(self.names)}, indent=1) + "\n"
        write_text(self.folder / LIST, text, self.part(LIST))
        self._stored = set(self.names)


def inner_folder(folder: Path, name: str) -> Path:
    """A folder of this program's in a folder that a person named.

    Raises:
        StoreError: there is a link of this name, which is not followed.
    """
    inner = folder / name
    if inner.is_symlink():
        raise StoreError(
            f"{inner} is a link, and links inside {folder} are not followed; name the folder that "
            "it leads to, or move it away."
        )
    return inner


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(
            f"{path} cannot be looked at: {reason(error)}; choose another place."
        ) from error
    return True


def _names(found: object) -> set[str]:
    """Names of files in a folder; none that leads out of it.

    Raises:
        ValueError: it is no list of such names.
    """
    if not isinstance(found, list):
        raise ValueError("no list of names")
    names = set()
    for name in found:
        if not isinstance(name, str) or Path(name).name != name or "\0" in name:
            raise ValueError(f"{name!r} is no name of a file")
        if len(os.fsencode(name)) > _LONGEST_NAME:  # raises at half a character, which is none
            raise ValueError("a name that no file can have")
        names.add(name)
    return names
