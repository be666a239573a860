"""Training pictures: Storybook scenes painted into a cache, or a folder of image files.

Either way the pictures lie in one memory-mapped file, written once and resumed if painting was
interrupted, so that a batch costs a copy.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image

from dissection.errors import BadInputError
from dissection.storybook.book import Storybook

#: Scenes with this layout or above are never trained on: they measure.
HELD_OUT = 10_000_000
_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}
_CHUNK = 32
Report = Callable[[int, int], None]


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
    cache.mkdir(parents=True, exist_ok=True)
    if data.startswith("storybook:"):
        domain = data.removeprefix("storybook:")
        return _paint(domain, size, count, first, cache, report)
    return _read_folder(Path(data), size, count, cache, report)


def _paint(
    domain: str, size: int, count: int, first: int, cache: Path, report: Report | None
) -> Pictures:
    if count < 1:
        raise BadInputError(f"At least one scene must be painted, not {count}.")
    Storybook(domain)  # an unknown domain is refused before any process starts
    stem = cache / f"{domain}-{size}-{first}-{count}"
    images, maps = _arrays(stem, [(count, size, size, 3), (count, 3, size, size)])
    starts = range(0, count, _CHUNK)
    with _Ledger(stem.with_suffix(".done")) as ledger:
        wanted = [s for s in starts if s not in ledger.done]
        jobs = ((domain, size, first, s, min(s + _CHUNK, count)) for s in wanted)
        for start, pictures, labels in _in_processes(_paint_chunk, jobs):
            images[start : start + len(pictures)] = pictures
            maps[start : start + len(labels)] = labels
            ledger.add(start)
            if report:
                report(min(len(ledger.done) * _CHUNK, count), count)
    source = f"Storybook {domain}, {count:,} scenes (layouts {first} to {first + count - 1})"
    return Pictures(images, maps, source)


Painted = tuple[int, NDArray[np.uint8], NDArray[np.uint8]]


def _paint_chunk(job: tuple[str, int, int, int, int]) -> Painted:
    domain, size, first, start, stop = job
    cv2.setNumThreads(1)  # one process a core: threads inside would fight
    book = Storybook(domain)
    scenes = [book.paint(first + i, size=size) for i in range(start, stop)]
    return start, np.stack([s.image for s in scenes]), np.stack([s.maps for s in scenes])


def _in_processes(function: Callable[[Any], Painted], jobs: Iterator[Any]) -> Iterator[Painted]:
    """Results in order, with a bounded number of jobs under way (memory) on all cores."""
    workers = os.cpu_count() or 1
    # Fresh processes: a fork of one in which torch has threads can hang.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        waiting = [pool.submit(function, job) for job in islice(jobs, 2 * workers)]
        while waiting:
            result = waiting.pop(0).result()
            waiting += [pool.submit(function, job) for job in islice(jobs, 1)]
            yield result


def _read_folder(
    folder: Path, size: int, count: int, cache: Path, report: Report | None
) -> Pictures:
    if not folder.is_dir():
        raise BadInputError(f"There is no folder {folder} to take training pictures from.")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)
    files = files[:count] if count else files
    listing = json.dumps([[str(f), f.stat().st_size, f.stat().st_mtime_ns] for f in files])
    stem = cache / f"folder-{size}-{hashlib.sha256(listing.encode()).hexdigest()[:16]}"
    chosen = stem.with_suffix(".json")
    if not chosen.exists():
        images = open_memmap(
            stem.with_suffix(".images.npy"), "w+", np.uint8, (max(len(files), 1), size, size, 3)
        )
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
        chosen.write_text(json.dumps({"pictures": good, "unreadable": bad}))
    made = json.loads(chosen.read_text())
    images = np.load(stem.with_suffix(".images.npy"), mmap_mode="r")[: made["pictures"]]
    unreadable = made["unreadable"]
    note = f", {len(unreadable)} unreadable files left out" if unreadable else ""
    return Pictures(images, None, f"{len(images):,} pictures of {folder}{note}")


def read_square(path: Path, size: int) -> NDArray[np.uint8]:
    """A picture file as uint8 (size, size, 3): the central square, resampled by area.

    Raises:
        OSError: it cannot be read as a picture.
    """
    with Image.open(path) as file:
        picture = np.asarray(file.convert("RGB"))
    edge = min(picture.shape[:2])
    top, left = (picture.shape[0] - edge) // 2, (picture.shape[1] - edge) // 2
    square = picture[top : top + edge, left : left + edge]
    way = cv2.INTER_AREA if edge > size else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(square, (size, size), interpolation=way), np.uint8)


def _arrays(stem: Path, shapes: list[tuple[int, ...]]) -> list[NDArray[np.uint8]]:
    arrays: list[NDArray[np.uint8]] = []
    for kind, shape in zip(("images", "maps"), shapes, strict=True):
        path = stem.with_suffix(f".{kind}.npy")
        mode = "r+" if path.exists() else "w+"
        if mode == "w+":
            stem.with_suffix(".done").unlink(missing_ok=True)
            arrays.append(open_memmap(path, mode, np.uint8, shape))
        else:
            arrays.append(np.load(path, mmap_mode="r+"))
    return arrays


class _Ledger:
    """Which chunks are whole: one number a line, appended after the chunk has been written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.done: set[int] = set()

    def __enter__(self) -> "_Ledger":
        if self._path.exists():
            lines = self._path.read_text().split("\n")[:-1]  # a torn last line has no newline
            self.done = {int(line) for line in lines}
        self._file = self._path.open("a")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, start: int) -> None:
        self.done.add(start)
        self._file.write(f"{start}\n")
        self._file.flush()
