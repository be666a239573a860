"""Training pictures: Storybook scenes painted into a cache, or a folder of image files.

Either way the pictures lie in one memory-mapped file, written once and resumed if painting was
interrupted, so that a batch costs a copy.
"""

import errno
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.image_decoding import decode
from dissection.data.image_files import LARGEST_PICTURE, require_pixels
from dissection.errors import BadInputError, DissectionError
from dissection.runtime.files import make_folder, user_path, write_text
from dissection.runtime.reading import file_state, read_object, read_ordinary
from dissection.training.growing import Whole
from dissection.training.picture_cache import new_array, stored_array
from dissection.training.scene_writer import Painting, Report

#: Scenes with this layout or above are never trained on: they measure.
HELD_OUT = 10_000_000
#: Bytes of the list of pictures that were read, at most.
_LARGEST_LISTING = 256 << 20
#: What damaged files of a cache may raise.
_MALFORMED = (OSError, LookupError, TypeError, ValueError, EOFError, OverflowError)
_SUFFIXES = {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp"}


@dataclass(frozen=True)
class Pictures:
    """Pictures with their label maps, if they have any.

    Attributes:
        images: uint8 (N, S, S, 3), memory-mapped.
        maps: uint8 (N, 3, S, S), object, part, material; None for image folders.
        source: what they are, for the model card.
    """

    images: NDArray[np.uint8]
    maps: NDArray[np.uint8] | None
    source: str

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> int:
        """Width and height in px."""
        return int(self.images.shape[1])


def open_pictures(
    data: str, size: int, count: int, cache: Path, report: Report | None = None, first: int = 0
) -> Pictures:
    """Storybook scenes (``storybook:churches``) or the image files of a folder, at one size.

    Args:
        data: ``storybook:DOMAIN`` or a folder.
        size: width and height in px.
        count: scenes to paint; of a folder, the most files to take (0: all).
        cache: folder for the memory-mapped copies.
        report: called with (done, total) while pictures are made.
        first: the first layout seed.

    Raises:
        BadInputError: the folder is missing or has no readable picture.
    """
    with growing_pictures(data, size, count, cache, report, first) as growing:
        growing.wait(len(growing.images))
    maps = growing.maps if isinstance(growing, Painting) else None
    return Pictures(growing.images, maps, growing.source)


@contextmanager
def growing_pictures(
    data: str, size: int, count: int, cache: Path, report: Report | None = None, first: int = 0
) -> Iterator["Painting | FolderPictures"]:
    """The same pictures as ``open_pictures``, before all of them are there.

    Scenes are painted by other processes inside the ``with`` block; the files of a folder are
    read before it begins.

    Raises:
        BadInputError: the folder is missing or has no readable picture.
    """
    make_folder(cache)
    if not data.startswith("storybook:"):
        yield _read_folder(user_path(data), size, count, cache, report)
        return
    domain = data.removeprefix("storybook:")
    with Painting(domain, size, count, first, cache, report) as painting:
        yield painting


class FolderPictures(Whole):
    """The pictures of a folder; ``source`` says which."""

    def __init__(self, images: NDArray[np.uint8], source: str) -> None:
        super().__init__(images)
        self.source = source


def _read_folder(
    folder: Path, size: int, count: int, cache: Path, report: Report | None
) -> FolderPictures:
    if not folder.is_dir():
        raise BadInputError(f"There is no folder {folder} to take training pictures from.")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)
    files = files[:count] if count else files
    states = [file_state(f) or (0, 0, 0) for f in files]  # none: a link that leads nowhere
    listing = json.dumps([[str(f), s[1], s[0]] for f, s in zip(files, states, strict=True)])
    stem = cache / f"folder-{size}-{hashlib.sha256(listing.encode()).hexdigest()[:16]}"
    chosen = stem.with_suffix(".json")
    if not chosen.exists():
        images = new_array(stem.with_suffix(".images.npy"), (max(len(files), 1), size, size, 3))
        good, bad = 0, []
        for i, path in enumerate(files):
            try:
                images[good] = read_square(path, size)
                good += 1
            except OSError:
                bad.append(str(path))
            if report:
                report(i + 1, len(files))
        if not good:
            raise BadInputError(
                f"The folder {folder} has no readable picture among its {len(files)} image files "
                f"({', '.join(sorted(_SUFFIXES))})."
            )
        images.flush()
        write_text(chosen, json.dumps({"pictures": good, "unreadable": bad}))
    try:
        made = read_object(chosen, _LARGEST_LISTING)
        count, unreadable = int(made["pictures"]), list(made["unreadable"])
        stored = stored_array(stem.with_suffix(".images.npy"), "r")
        if stored.shape[1:] != (size, size, 3) or not 0 < count <= len(stored):
            raise ValueError("pictures of another size")
    except _MALFORMED as error:
        raise DissectionError(
            f"The pictures read before, {stem}.*, are damaged; remove them, and they are read "
            "again."
        ) from error
    note = f", {len(unreadable)} unreadable files left out" if unreadable else ""
    shown = stored[:count]
    return FolderPictures(shown, f"{len(shown):,} pictures of {folder}{note}")


def read_square(path: Path, size: int) -> NDArray[np.uint8]:
    """A picture file as uint8 (size, size, 3): the central square, resampled by area.

    Raises:
        OSError: it cannot be read as a picture.
    """
    try:
        with Image.open(io.BytesIO(read_ordinary(path, LARGEST_PICTURE))) as file:
            require_pixels(file)
            picture = np.asarray(decode(file).image)
    except OSError:
        raise
    except Exception as error:
        # Damaged files make decoders fail in a dozen ways, none of which concerns the user.
        raise OSError(errno.EINVAL, "it is damaged", str(path)) from error
    edge = min(picture.shape[:2])
    top, left = (picture.shape[0] - edge) // 2, (picture.shape[1] - edge) // 2
    square = picture[top : top + edge, left : left + edge]
    way = cv2.INTER_AREA if edge > size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (size, size), interpolation=way), np.uint8)
