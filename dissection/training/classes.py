"""Training pictures with classes: Storybook's scenes, or a folder of one subfolder a class."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dissection.data.image_files import list_images
from dissection.data.storybook import Storybook
from dissection.errors import BadInputError, DissectionError
from dissection.runtime.files import make_folder, user_path, write_text
from dissection.runtime.reading import file_state, read_object
from dissection.training.picture_cache import new_array, stored_array
from dissection.training.pictures import HELD_OUT, open_pictures, read_square
from dissection.training.scene_writer import Report

#: Of a folder's pictures, one in so many of each class is held out.
_EVERY = 10
#: Bytes of the list of a folder's pictures.
_LARGEST_LISTING = 256 << 20


@dataclass(frozen=True)
class ClassPictures:
    """Pictures and what each is.

    Attributes:
        images: uint8 (N, S, S, 3), RGB, memory-mapped.
        targets: int64 (N,), numbers of classes.
        classes: names of the classes, in the order of their numbers.
        source: what they are, for the model card.
    """

    images: NDArray[np.uint8]
    targets: NDArray[np.int64]
    classes: tuple[str, ...]
    source: str

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> int:
        """Width and height in px."""
        return int(self.images.shape[1])


def class_pictures(
    data: str, size: int, count: int, held_out: int, cache: Path, report: Report | None = None
) -> tuple[ClassPictures, ClassPictures]:
    """Pictures to train on, and others that are held out.

    Args:
        data: ``storybook:DOMAIN``, or a folder with a subfolder for each class, of which one
            picture in ten is held out.
        size: width and height in px.
        count: scenes to paint to train on; a folder gives all it has.
        held_out: scenes to paint that are held out.
        cache: folder for the memory-mapped copies.
        report: called with (done, total) while pictures are made.

    Raises:
        BadInputError: no such folder or domain, fewer than two classes, or a class without a
            picture that can be read.
    """
    cache = make_folder(cache)
    if data.startswith("storybook:"):
        return (
            _scenes(data, size, count, cache, report, 0),
            _scenes(data, size, held_out, cache, report, HELD_OUT),
        )
    return _folder(user_path(data), size, cache, report)


def held_out_scenes(
    data: str, size: int, count: int, cache: Path, report: Report | None = None
) -> ClassPictures:
    """Scenes that no training run has seen; see ``class_pictures``."""
    cache = make_folder(cache)
    return _scenes(data, size, count, cache, report, HELD_OUT)


def every_picture(
    folder: str | Path, size: int, cache: Path, report: Report | None = None
) -> ClassPictures:
    """All pictures of a folder with a subfolder for each class; see ``class_pictures``."""
    cache = make_folder(cache)
    first, second = _folder(user_path(folder), size, cache, report)
    images = np.concatenate([first.images, second.images])
    targets = np.concatenate([first.targets, second.targets])
    return ClassPictures(images, targets, first.classes, first.source)


def _scenes(
    data: str, size: int, count: int, cache: Path, report: Report | None, first: int
) -> ClassPictures:
    book = Storybook(data.removeprefix("storybook:"))
    if len(book.classes) < 2:
        raise BadInputError(
            f"The scenes of {data} are all of one class, and a classifier tells classes apart; "
            "take --data storybook:scenes."
        )
    pictures = open_pictures(data, size, count, cache, report, first)
    targets = np.array([book.class_of(first + i) for i in range(len(pictures))], np.int64)
    return ClassPictures(pictures.images, targets, book.classes, pictures.source)


def _folder(
    folder: Path, size: int, cache: Path, report: Report | None
) -> tuple[ClassPictures, ClassPictures]:
    names = [name for name in list_images(folder).names if "/" in name]
    found = {p.name for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")}
    classes = tuple(sorted(found))
    if len(classes) < 2:
        raise BadInputError(
            f"{folder} holds {len(classes)} subfolder{'' if len(classes) == 1 else 's'}, and a "
            "classifier tells at least 2 classes apart; give each class a subfolder of pictures."
        )
    empty = sorted(found - {name.split("/")[0] for name in names})
    if empty:
        raise BadInputError(
            f"The class folder {folder / empty[0]} holds no image file; put pictures there, or "
            "remove it."
        )
    images, kept, bad = _read(folder, names, size, cache, report)
    numbers = {name: k for k, name in enumerate(classes)}
    targets = np.array([numbers[name.split("/")[0]] for name in kept], np.int64)
    ranks = np.zeros(len(kept), np.int64)
    for k, name in enumerate(classes):
        here = np.flatnonzero(targets == k)
        if len(here) < 2:
            raise BadInputError(
                f"Of the class folder {folder / name} {len(here)} picture"
                f"{'' if len(here) == 1 else 's'} can be read, and training takes at least 2; "
                "add pictures, or remove the folder."
            )
        ranks[here] = np.arange(len(here))
    held = (ranks % _EVERY) == 1  # of two pictures already one
    note = f", {len(bad)} unreadable files left out" if bad else ""
    source = f"{len(kept):,} pictures in {len(classes)} classes of {folder}{note}"
    first, second = (
        ClassPictures(images[chosen], targets[chosen], classes, source)
        for chosen in (np.flatnonzero(~held), np.flatnonzero(held))
    )
    return first, second


def _read(
    folder: Path, names: list[str], size: int, cache: Path, report: Report | None
) -> tuple[NDArray[np.uint8], list[str], list[str]]:
    """All readable pictures at one size, their names, and the names of the others."""
    told = []
    for name in names:
        changed, length, _ = file_state(folder / name) or (0, 0, 0)  # a link that leads nowhere
        told.append([name, length, changed])
    key = hashlib.sha256(json.dumps([str(folder.resolve()), told]).encode()).hexdigest()[:16]
    stem = cache / f"classes-{size}-{key}"
    listing, file = stem.with_suffix(".json"), stem.with_suffix(".images.npy")
    if not listing.exists():
        images = new_array(file, (max(len(names), 1), size, size, 3))
        kept: list[str] = []
        bad: list[str] = []
        for i, name in enumerate(names):
            try:
                images[len(kept)] = read_square(folder / name, size)
                kept.append(name)
            except OSError:
                bad.append(name)
            if report:
                report(i + 1, len(names))
        images.flush()
        write_text(listing, json.dumps({"pictures": kept, "unreadable": bad}))
    try:
        made = read_object(listing, _LARGEST_LISTING)
        kept, bad = [str(n) for n in made["pictures"]], [str(n) for n in made["unreadable"]]
        stored = stored_array(file, "r")
        fits = stored.shape[1:] == (size, size, 3) and len(stored) >= len(kept)
        if not fits or sorted([*kept, *bad]) != sorted(names):
            raise ValueError("other pictures")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DissectionError(
            f"The pictures read before, {stem}.*, are damaged; remove them, and they are read "
            "again."
        ) from error
    return stored[: len(kept)], kept, bad
