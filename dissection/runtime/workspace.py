"""The working folder of a dissection: what is finished, so that a killed job goes on from there.

Large arrays are memory maps that are filled batch by batch; a small file beside them says how
much of each stage is finished, with sizes and checksums of the arrays, and is replaced whole after
each batch, when the arrays have reached the disk. What is written after it is written again when
the job resumes; what is gone or changed since is measured anew. Files that the job did not make are
left alone (``own_files``).
"""

import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import DTypeLike, NDArray

from dissection.errors import DissectionError, StoreError
from dissection.runtime.checksums import Checksums
from dissection.runtime.files import make_folder, reason, write_bytes
from dissection.runtime.own_files import OwnFiles
from dissection.runtime.reading import read_object, read_ordinary

if TYPE_CHECKING:
    from dissection.runtime.merge import Merge

_SETTINGS = "settings.json"
_PROGRESS = "progress.json"
#: In the progress, beside the stages: sizes and checksums of arrays.
_ARRAYS = "arrays"
_CHECKSUM = "checksum"
#: Folders of the other processes of a job begin so.
_PROCESS = "process-"
#: Settings of stages that version 0.1.0 did not have: a job that it left goes on to them, too.
_LATER = {"relate"}
#: Settings that have more entries than in version 0.1.0, and the arrays that their stage had there;
#: it keeps its work under other names since, so that this is done anew, and all else goes on.
_GROWN = {"strength": ("strength", "fresh")}
_LARGEST_NOTES = 64 << 20
_LARGEST_ARRAYS = 16 << 30


class Workspace:
    """A folder for one job, or a temporary one that goes with the process.

    Args:
        folder: where to work; None works in a temporary folder and cannot be resumed.
        settings: everything that decides the result, plain JSON values.
        resume: go on with what the folder holds; otherwise what an earlier job made there goes
            first.

    Raises:
        StoreError: the folder holds a job with other settings, or other files and no job, is
            damaged, in use, or cannot be made.
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
        make_folder(folder)
        self._own = _own_files(folder)
        if not (self._own.listed or self._own.names or self._own.is_empty()):
            raise StoreError(
                f"{folder} is no working folder of a dissection and is not empty; "
                "choose another place."
            )
        self._own.lock("job")
        try:
            if resume and self._has(_SETTINGS):
                self._require_same(wanted)
                # Earlier versions kept no list: the job that goes on knows its files by name.
                self._adopts = not self._own.listed
                self._take_over(wanted)
                self._own.drop_parts()
            else:
                self._adopts = False
                _remove(self._own)
                self._own = OwnFiles(folder)
                self._own.lock("job")
                self._write(_SETTINGS, json.dumps(wanted, indent=1).encode())
        except BaseException:
            self._own.unlock()
            raise
        self._done: dict[str, Any] = self._read(_PROGRESS) if self._has(_PROGRESS) else {}
        self._checksums = Checksums(self._done.get(_ARRAYS))
        self._open: dict[str, np.memmap[Any, Any]] = {}

    def done(self, stage: str) -> int:
        """How much of a stage is finished."""
        done = self._done.get(stage, 0)
        if not isinstance(done, int) or done < 0:
            raise StoreError(
                f"{self.folder / _PROGRESS} is damaged: {stage} is {done}; start without --resume."
            )
        return done

    def mark(self, stage: str, done: int) -> None:
        """A stage is finished up to here; what was put into arrays is on the disk first."""
        self._done[stage] = done
        self._write_progress()

    def remember(self, key: str, value: str) -> None:
        """Keep a word that was chosen in this job."""
        self._done[key] = value
        self._write_progress()

    def recall(self, key: str) -> str | None:
        """What ``remember`` kept, or None."""
        value = self._done.get(key)
        return None if value is None else str(value)

    def array(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """A memory map of this shape; a new one is zero and its space on the disk is reserved.

        What a stage is said to have filled is looked at with ``sound`` first.

        Raises:
            DissectionError: the disk is too full, or the file there has another size.
        """
        file = f"{name}.bin"
        path = self.folder / file
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        self._claim(file)
        if path.is_symlink():
            raise StoreError(f"{path} is a link, which is not followed; start without --resume.")
        if not path.exists():
            part = self._own.part(file)
            try:
                # Reserved now: a memory map on a full disk would end the process without a word.
                # Under another name, for that takes time, and what is half reserved is of no use.
                part.unlink(missing_ok=True)
                with part.open("xb") as stream:
                    if hasattr(os, "posix_fallocate") and size:
                        os.posix_fallocate(stream.fileno(), 0, size)
                    stream.truncate(size)
                part.replace(path)
            except OSError as error:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
                raise DissectionError(
                    f"Cannot keep {size / 2**20:,.0f} MB of {name} in {self.folder}: "
                    f"{reason(error)}; free some space, or dissect fewer layers or latents."
                ) from error
        if path.stat().st_size != size:
            raise StoreError(f"{path} is damaged: it has the wrong size; start without --resume.")
        return np.memmap(path, dtype, "r+", shape=shape)

    def put(
        self, name: str, shape: tuple[int, ...], dtype: DTypeLike, rows: slice, values: Any
    ) -> None:
        """Write rows of an array, from the front; ``mark`` then says that they are there.

        Args:
            name: of the array.
            shape: of all of it.
            dtype: likewise.
            rows: which.
            values: for them.

        Raises:
            DissectionError: as of ``array``.
        """
        array = self.array(name, shape, dtype)
        array[rows] = values
        self.note(name, array, rows)

    def note(self, name: str, array: NDArray[Any], rows: slice) -> None:
        """Rows of an array were written; ``mark`` then says that they are there."""
        if self._temporary is None:
            self._checksums.note(name, array, rows)
            if isinstance(array, np.memmap):
                self._open[name] = array

    def sound(
        self,
        stage: str,
        arrays: Mapping[str, tuple[tuple[int, ...], DTypeLike]],
        first: int = 0,
    ) -> int:
        """How much of a stage is finished, and still there: all that was, or nothing.

        Args:
            stage: its name.
            arrays: name to shape and dtype of those that it fills, and that are needed.
            first: where the stage begins: their first row is of this place.
        """
        done = self.done(stage)
        for name, (shape, dtype) in arrays.items():
            row = int(np.prod(shape[1:])) * np.dtype(dtype).itemsize
            path, size = self.folder / f"{name}.bin", row * shape[0]
            if done and not self._checksums.holds(name, path, size, done - first, row):
                done = 0
        if not done and self.done(stage):
            for name in arrays:  # measured anew: a file of a wrong size is in the way
                self._checksums.forget(name)
                self._own.remove(f"{name}.bin")
            self.mark(stage, 0)
        return done

    def holds(self, name: str) -> bool:
        """Whether there is a memory map of this name."""
        return (self.folder / f"{name}.bin").exists()

    def drop(self, name: str) -> None:
        """Remove a memory map that is not needed any more."""
        self._open.pop(name, None)
        self._checksums.forget(name)
        self._own.remove(f"{name}.bin")

    def save(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep small arrays, as a whole file that carries its checksum."""
        tight = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
        texts = {_CHECKSUM: _checksum(tight)}
        self._write(f"{name}.safetensors", safetensors.numpy.save(tight, texts))

    def load(self, name: str) -> dict[str, NDArray[Any]] | None:
        """What ``save`` kept; None where there is nothing, or nothing sound: it is made anew."""
        path = self.folder / f"{name}.safetensors"
        if not path.exists():
            return None
        if self._adopts:
            self._claim(path.name)
        try:
            data = read_ordinary(path, _LARGEST_ARRAYS)
            loaded: dict[str, NDArray[Any]] = safetensors.numpy.load(data)
            header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
            texts = header.get("__metadata__", {})
        except (OSError, ValueError, KeyError, safetensors.SafetensorError):
            return None
        # Earlier versions kept no checksums.
        return loaded if texts.get(_CHECKSUM) in (None, _checksum(loaded)) else None

    def is_unused(self) -> bool:
        """Whether no stage has begun and nothing is kept: going on would be starting anew."""
        begun = any(isinstance(done, int) and done > 0 for done in self._done.values())
        return not begun and self._own.names <= {_SETTINGS, _PROGRESS}

    def close(self, remove: bool) -> None:
        """Leave the folder; ``remove`` it when the job is finished."""
        if self._temporary is not None:
            self._own.unlock()
            self._temporary.cleanup()
        elif remove:
            _remove(self._own)
        else:
            self._own.unlock()

    def _claim(self, file: str) -> None:
        if self._adopts and (self.folder / file).is_file():
            self._own.names.add(file)
        self._own.claim(file)

    def _write(self, file: str, data: bytes) -> None:
        self._claim(file)
        write_bytes(self.folder / file, data, self._own.part(file))

    def _write_progress(self) -> None:
        for array in self._open.values():
            array.flush()
        self._open.clear()
        told = {**self._done, _ARRAYS: self._checksums.to_json()}
        self._write(_PROGRESS, json.dumps(told).encode())

    def _has(self, name: str) -> bool:
        return (self.folder / name).exists()

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            return read_object(path, _LARGEST_NOTES)
        except (OSError, ValueError) as error:
            raise StoreError(f"{path} is damaged; start without --resume.") from error

    def _require_same(self, wanted: dict[str, Any]) -> None:
        before = self._read(_SETTINGS)
        for key in sorted({*before, *(wanted.keys() - (_LATER - before.keys()))}):
            if not _same(key, before.get(key), wanted.get(key)):
                raise StoreError(
                    f"{self.folder} holds a job with {key} {before.get(key)}, not "
                    f"{wanted.get(key)}; resume it with the same settings, or start anew without "
                    "--resume."
                )

    def _take_over(self, wanted: Mapping[str, Any]) -> None:
        """Arrays of an earlier version that nothing reads any more go with the folder."""
        before = self._read(_SETTINGS)
        grown = [
            name for key in _GROWN if before.get(key) != wanted.get(key) for name in _GROWN[key]
        ]
        for name in grown:
            for file in (f"{name}.safetensors", *(f"{name}-{n}.safetensors" for n in range(9))):
                if (self.folder / file).is_file():
                    self._claim(file)


def _same(key: str, before: Any, wanted: Any) -> bool:
    """Whether a job of the settings before goes on with those that are wanted."""
    if key in _GROWN and isinstance(before, dict) and isinstance(wanted, dict):
        return all(entry in wanted and wanted[entry] == value for entry, value in before.items())
    return bool(before == wanted)


def _checksum(arrays: Mapping[str, NDArray[Any]]) -> str:
    found = 0
    for name in sorted(arrays):
        found = zlib.crc32(name.encode() + np.ascontiguousarray(arrays[name]).tobytes(), found)
    return f"{found:08x}"


def open_workspace(
    merge: "Merge", work: str | Path | None, settings: Mapping[str, Any], resume: bool
) -> Workspace:
    """The working folder of a process: ``work`` for the first, a folder in it for each other.

    Args:
        merge: the processes that share the job.
        work: where to work; None works in temporary folders.
        settings: see ``Workspace``.
        resume: go on with what the folder holds.

    Raises:
        StoreError: as ``Workspace``.
    """
    if work is None:
        return Workspace(None, settings, resume)
    if not merge.rank:
        workspace = Workspace(Path(work), settings, resume)
        merge.wait()
        return workspace
    merge.wait()  # the first one empties the folder where it starts anew
    return Workspace(Path(work) / f"{_PROCESS}{merge.rank}", settings, resume)


def remove_work(folder: Path) -> None:
    """Delete what a job made in a working folder, and the folder unless it holds something else.

    What is finished is forgotten first, and the settings, by which an unfinished removal is
    known, go last: killed in the midst of it, the job can be resumed, from its beginning.
    """
    if folder.is_dir() and not folder.is_symlink():
        with suppress(DissectionError):
            own = _own_files(folder)
            own.lock("job")
            _remove(own)
            own.unlock()


def _own_files(folder: Path) -> OwnFiles:
    own = OwnFiles(folder)
    if own.listed:
        return own
    try:  # earlier versions kept no list; they are known by their settings, which tell the network
        settings = read_object(folder / _SETTINGS, _LARGEST_NOTES)
    except (OSError, ValueError):
        return own
    return OwnFiles(folder, (_SETTINGS, _PROGRESS)) if "network" in settings else own


def _remove(own: OwnFiles) -> None:
    with suppress(OSError):
        own.remove(_PROGRESS)
        for inner in sorted(own.folder.glob(f"{_PROCESS}*")):
            if inner.is_dir() and not inner.is_symlink():
                with suppress(StoreError):
                    _remove(_own_files(inner))
        own.remove_all(last=_SETTINGS)
