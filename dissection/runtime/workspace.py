"""The working folder of a dissection: what is finished, so that a killed job goes on from there.

Large arrays are memory maps that are filled batch by batch; a small file beside them says how
much of each stage is finished and is replaced whole after each batch. What is written after it is
written again when the job resumes.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import DTypeLike, NDArray

from dissection.errors import DissectionError, StoreError
from dissection.runtime.files import is_temporary, write_bytes, write_text

_SETTINGS = "settings.json"
_PROGRESS = "progress.json"
#: At the end of the name of an array whose space is still being reserved.
_PART = ".part"


class Workspace:
    """A folder for one job, or a temporary one that goes with the process.

    Args:
        folder: where to work; None works in a temporary folder and cannot be resumed.
        settings: everything that decides the result, plain JSON values.
        resume: go on with what the folder holds; otherwise it is emptied first.

    Raises:
        StoreError: the folder holds a job with other settings, is damaged, or cannot be made.
    """

    def __init__(
        self, folder: Path | None, settings: Mapping[str, Any], resume: bool = False
    ) -> None:
        self._temporary = None
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="dissection-")
            folder = Path(self._temporary.name)
        self.folder = folder
        wanted = json.loads(json.dumps(dict(settings)))
        if resume and (folder / _SETTINGS).exists():
            self._require_same(wanted)
            _drop_stale(folder)
        else:
            if self._temporary is None and _is_foreign(folder):
                raise StoreError(
                    f"{folder} is no working folder of a dissection and is not empty; "
                    "choose another place."
                )
            remove_work(folder)
            try:
                folder.mkdir(parents=True)
            except OSError as error:
                raise StoreError(
                    f"Cannot work in {folder}: {(error.strerror or str(error)).lower()}."
                ) from error
            write_text(folder / _SETTINGS, json.dumps(wanted, indent=1))
        self._done: dict[str, Any] = self._read(_PROGRESS) if self._has(_PROGRESS) else {}

    def done(self, stage: str) -> int:
        """How much of a stage is finished."""
        return int(self._done.get(stage, 0))

    def mark(self, stage: str, done: int) -> None:
        """A stage is finished up to here."""
        self._done[stage] = done
        write_text(self.folder / _PROGRESS, json.dumps(self._done))

    def remember(self, key: str, value: str) -> None:
        """Keep a word that was chosen in this job."""
        self._done[key] = value
        write_text(self.folder / _PROGRESS, json.dumps(self._done))

    def recall(self, key: str) -> str | None:
        """What ``remember`` kept, or None."""
        value = self._done.get(key)
        return None if value is None else str(value)

    def array(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """A memory map of this shape; a new one is zero and its space on the disk is reserved.

        Raises:
            DissectionError: the disk is too full, or the file there has another size.
        """
        path = self.folder / f"{name}.bin"
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        if not path.exists():
            part = path.with_name(path.name + _PART)
            try:
                # Reserved now: a memory map on a full disk would end the process without a word.
                # Under another name, for that takes time, and what is half reserved is of no use.
                with part.open("wb") as stream:
                    if hasattr(os, "posix_fallocate") and size:
                        os.posix_fallocate(stream.fileno(), 0, size)
                    stream.truncate(size)
                part.replace(path)
            except OSError as error:
                part.unlink(missing_ok=True)
                raise DissectionError(
                    f"Cannot keep {size / 2**20:,.0f} MB of {name} in {self.folder}: "
                    f"{(error.strerror or str(error)).lower()}; free some space, or dissect fewer "
                    "layers or latents."
                ) from error
        if path.stat().st_size != size:
            raise StoreError(f"{path} is damaged: it has the wrong size; start without --resume.")
        return np.memmap(path, dtype, "r+", shape=shape)

    def holds(self, name: str) -> bool:
        """Whether there is a memory map of this name."""
        return (self.folder / f"{name}.bin").exists()

    def drop(self, name: str) -> None:
        """Remove a memory map that is not needed any more."""
        (self.folder / f"{name}.bin").unlink(missing_ok=True)

    def save(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep small arrays, as a whole file."""
        tight = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
        write_bytes(self.folder / f"{name}.safetensors", safetensors.numpy.save(tight))

    def load(self, name: str) -> dict[str, NDArray[Any]] | None:
        """What ``save`` kept, or None.

        Raises:
            StoreError: the file is damaged.
        """
        path = self.folder / f"{name}.safetensors"
        if not path.exists():
            return None
        try:
            loaded: dict[str, NDArray[Any]] = safetensors.numpy.load(path.read_bytes())
        except safetensors.SafetensorError as error:
            raise StoreError(f"{path} is damaged; start without --resume.") from error
        return loaded

    def close(self, remove: bool) -> None:
        """Leave the folder; ``remove`` it when the job is finished."""
        if self._temporary is not None:
            self._temporary.cleanup()
        elif remove:
            remove_work(self.folder)

    def _has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"{path} is damaged; start without --resume.") from error
        return value

    def _require_same(self, wanted: dict[str, Any]) -> None:
        before = self._read(_SETTINGS)
        for key in sorted({*before, *wanted}):
            if before.get(key) != wanted.get(key):
                raise StoreError(
                    f"{self.folder} holds a job with {key} {before.get(key)}, not "
                    f"{wanted.get(key)}; resume it with the same settings, or start anew without "
                    "--resume."
                )


def _is_foreign(folder: Path) -> bool:
    """Whether there is something else there, which must not be emptied."""
    if not folder.exists() or (folder / _SETTINGS).exists():
        return False
    # Killed before its settings were in place, a job leaves them under a temporary name.
    return not folder.is_dir() or not all(map(is_temporary, folder.iterdir()))


def _drop_stale(folder: Path) -> None:
    """Remove what a killed process was writing and did not bring to its place."""
    for path in folder.iterdir():
        if is_temporary(path) or path.name.endswith(_PART):
            path.unlink(missing_ok=True)


def remove_work(folder: Path) -> None:
    """Remove a working folder as far as that can be done.

    What is finished is forgotten first, and the settings, by which the folder is known, go last:
    killed in the midst of it, the job can be resumed, from its beginning.
    """
    with suppress(OSError):
        if folder.is_dir() and not folder.is_symlink():
            for progress in sorted(folder.rglob(_PROGRESS)):
                progress.unlink()
            for path in folder.iterdir():
                if path.is_dir() and not path.is_symlink():
                    remove_work(path)
                elif path.name != _SETTINGS:
                    path.unlink()
    shutil.rmtree(folder, ignore_errors=True)
