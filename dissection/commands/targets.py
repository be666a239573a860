"""Files that a command is to write: none that it reads, and none that a stored result needs.

Links and hard links are followed: what counts is the file, not what it is called.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from dissection.errors import BadInputError
from dissection.runtime.files import make_folder, require_writable, user_path
from dissection.runtime.model_names import fetched_segmenter, find_model
from dissection.runtime.own_files import LIST, LOCK, OwnFiles
from dissection.runtime.reading import read_ordinary

#: What tells of a stored dissection, ablation or experiment which files are its own.
_MANIFESTS = ("dissection.json", "ablation.json", "result.json")
_TIMINGS = "timings.json"
_LARGEST_MANIFEST = 256 << 20
#: What is read of a folder that a command is given: pictures, painted ones and pieces of files.
_READ = {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".npy", ".piece"}

Read = str | Path | None


def require_targets(*targets: Path | None, reads: Iterable[Read] = ()) -> None:
    """Refuse files to write before the work, not behind it; None is a file that nobody asked for.

    Args:
        targets: all files that the command writes.
        reads: what it reads: files, folders, names of models and segmenters.

    Raises:
        BadInputError: two targets are one file; one is a file that the command reads, or that
            belongs to a dissection, an ablation, an experiment or a training.
        DissectionError: one cannot be written.
    """
    named = [target for target in targets if target is not None]
    places = [_place(target) for target in named]
    for target, place in zip(named, places, strict=True):
        if places.count(place) > 1:
            raise BadInputError(f"{target} is named for two files; give each a name of its own.")
        _require_free(target, place)
        require_others(target, reads)
        require_writable(target)


def require_others(target: Path, reads: Iterable[Read]) -> None:
    """Refuse a target that is one of the files that are read.

    Raises:
        BadInputError: it is.
    """
    place = _place(target)
    if not place.exists():
        return
    for read in reads:
        for path in _paths(read):
            if path.samefile(place):
                known = "" if str(path) == str(target) else f" ({path})"
                raise BadInputError(
                    f"{target} is a file that is read{known}; give the new file another name."
                )
            if path.is_dir() and _is_in(place, path):
                raise BadInputError(
                    f"{target} is a file of {path}, which is read; give the new file another name."
                )


def require_folder(folder: Path) -> None:
    """Refuse a folder to write to before the work; one that was not there is not left there.

    Raises:
        DissectionError: it cannot be made, or not written to.
    """
    wanted = user_path(folder)
    made = [path for path in (wanted, *wanted.parents) if not path.exists()]
    try:
        make_folder(wanted)
        require_writable(wanted / LIST)
    finally:
        for path in made:
            with suppress(OSError):
                path.rmdir()


def require_result(result: Path | None, out: Path, name: str, reads: Iterable[Read] = ()) -> None:
    """Refuse a place for what is trained, and the run's folder, before the training.

    Args:
        result: the place, where one was named.
        out: the run's own folder, which is made by it.
        name: of the result in that folder.
        reads: as in ``require_targets``.

    Raises:
        BadInputError: see ``require_targets``; or the run uses the file itself.
        DissectionError: it cannot be written.
    """
    from dissection.training.run_folder import PICTURES, SNAPSHOTS, run_uses

    target, folder = result or out / name, _place(out)
    place = _place(target)
    require_folder(out)
    require_others(target, [*reads, out / PICTURES])
    if place == folder / name:
        return
    inner = {folder / PICTURES, folder / SNAPSHOTS}
    if inner & set(place.parents) or (place.parent == folder and run_uses(place.name)):
        raise BadInputError(
            f"--result {target} is a file that the training in {out} uses itself; give the result "
            "another name."
        )
    if place.parent != folder or folder.exists():
        require_targets(target)


def _place(path: Path) -> Path:
    """Where a file is written: links are written through."""
    return Path(os.path.realpath(user_path(path)))


def _require_free(target: Path, place: Path) -> None:
    """Raise a BadInputError where what is stored in the folder of a target needs the file."""
    name = place.name.casefold()
    if any(name == own.casefold() for own in _own_names(place.parent, place.name)):
        raise BadInputError(
            f"{target} is a file of the result or the training in {target.parent}; give the new "
            "file another name."
        )


def _own_names(folder: Path, name: str) -> Iterator[str]:
    """Names of files that this program keeps in a folder, as far as they may be the one asked."""
    if (folder / LIST).is_file():
        names = OwnFiles(folder).names
        yield from (LIST, LOCK, *names)
    for manifest in _MANIFESTS:
        if (folder / manifest).is_file():
            yield from (manifest, _TIMINGS)
            with suppress(OSError):
                text = read_ordinary(folder / manifest, _LARGEST_MANIFEST)
                if json.dumps(name).encode() in text:
                    yield name
    if (folder / "settings.json").is_file() and (folder / "state.pt").is_file():
        from dissection.training.run_folder import run_uses  # of a run that kept no list

        if run_uses(name):
            yield name


def _paths(read: Read) -> Iterator[Path]:
    """Files and folders that something that is read stands for, those that are there."""
    if read is None or not str(read).strip():
        return
    text = str(read).strip()
    parts = [text, *text.split("+")] if "+" in text else [text]
    for part in parts:
        found = [find_model(part).path, fetched_segmenter(part)]
        if "=" in part:  # a segmenter's folder
            found.append(user_path(part.partition("=")[2]))
        for path in found:
            if path is not None and path.exists():
                yield path
                yield from _used_by(path)


def _used_by(path: Path) -> Iterator[Path]:
    """What is read with a file or folder: an overlay's base, a dissection's network."""
    names: list[str] = []
    if path.suffix == ".safetensors" and path.is_file():
        from dissection.models.weights.files import base_name

        names = [base_name(path)]
        yield from (p for p in [path.with_name(f"{names[0]}.safetensors")] if p.is_file())
    elif (path / "dissection.json").is_file():
        with suppress(OSError, ValueError, KeyError, TypeError):
            manifest = json.loads(read_ordinary(path / "dissection.json", _LARGEST_MANIFEST))
            names = [str(manifest["model"])]
    for name in filter(None, names):
        found = find_model(name).path
        if found is not None and found.is_file():
            yield found


def _is_in(place: Path, folder: Path) -> bool:
    """Whether a file that is there is one that is read of a folder, by whatever name."""
    found = place.stat()
    for path in _files_of(folder):
        with suppress(OSError):
            other = path.stat()
            if (other.st_ino, other.st_dev) == (found.st_ino, found.st_dev):
                return True
    return False


def _files_of(folder: Path) -> Iterator[Path]:
    """What is read of a folder: of one with a result what that names, else pictures and pieces."""
    manifests = [folder / name for name in _MANIFESTS if (folder / name).is_file()]
    if not manifests:
        yield from (p for p in folder.rglob("*") if p.suffix.lower() in _READ)
        return
    yield from manifests
    for manifest in manifests:
        with suppress(OSError):
            text = read_ordinary(manifest, _LARGEST_MANIFEST)
            yield from (p for p in folder.iterdir() if json.dumps(p.name).encode() in text)
