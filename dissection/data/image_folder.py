"""A folder of pictures as a sample for classifiers."""

import hashlib
import json
import random
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dissection.data.image_files import Crop, Examined, examine, list_images, read_crop
from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.runtime.choices import StartMethod
from dissection.runtime.model_names import folder_of_pictures
from dissection.runtime.prefetch import prefetch
from dissection.runtime.progress import Meter, Report

#: Class of a picture that lies in no class's folder.
NO_CLASS = -1
#: Folders of these names are parts of a data set, not classes.
SPLITS = frozenset({"train", "training", "val", "valid", "validation", "test", "testing"})


class ImageFolder:
    """Pictures of a folder and the folders in it; place i of the sample is ``names[i]``.

    The sample is drawn as published (Bau et al. 2020): the sorted list of files, shuffled by
    Python's generator with this seed, from the front. Files that cannot be used are left out and
    listed, and the next ones take their places. The held-out pictures of the paper are those of
    its validation folder: name that one.

    Where the folder holds folders, those are classes, in sorted order; where these are called
    train, val, test or the like, the folders below them are.

    Args:
        folder: with images, or folders of them.
        crop: how pictures are cut to size.
        size: pictures in the sample; None or more than there are takes all.
        seed: of the shuffle; None keeps the order of the list.
        workers: processes that load pictures; 0 loads them here.
        method: how they start, "spawn" or "forkserver".
        report: told of the progress of looking at the files.

    Attributes:
        generates: False: the network's inputs are the pictures, float32 (n, 3, size, size),
            -1..1. See ``classifiers.transforms`` for networks that want them otherwise.
        names: the chosen files, relative to the folder.
        classes: the folder's classes; empty if it holds pictures only.
        targets: int64 (N,): the class of each picture, or ``NO_CLASS``.
        skipped: "name: why" of each file that was left out.
        provenance: what identifies the sample: ``sha256`` of the chosen names and their contents,
            ``folder`` its name, ``files`` how many it holds and ``listing`` the SHA-256 of their
            names, seed, size, crop and what was skipped; and where there are such pictures,
            how many were ``turned`` as their EXIF data say, ``scaled`` from 16 bits, and by suffix
            those ``not_looked_at``.

    Raises:
        BadInputError: no such folder, nothing in it that can be used, or a size below 1.
        Stopped: the report asked for it.
    """

    generates = False

    def __init__(
        self,
        folder: str | Path,
        crop: Crop | None = None,
        size: int | None = None,
        seed: int | None = 1,
        workers: int = 0,
        method: StartMethod = "spawn",
        report: Report | None = None,
    ) -> None:
        if size is not None and size < 1:
            raise BadInputError(f"A dissection measures at least 1 picture, not {size}.")
        self.folder = folder_of_pictures(folder)
        self.crop = crop or Crop()
        self.workers = workers
        self.method = method
        listing = list_images(self.folder)
        files = listing.names
        depth = _depth_of_classes(files)
        self.classes = tuple(sorted({c for n in files if (c := _class_of(n, depth)) is not None}))
        order = list(files)
        if seed is not None:
            random.Random(seed).shuffle(order)
        chosen, self.skipped = self._usable(order, size or len(order), report)
        if not chosen:
            raise BadInputError(
                f"{self.folder} holds no image that can be used: {self.skipped[0]}, for one."
            )
        self.names = tuple(chosen)
        place: dict[str | None, int] = {name: index for index, name in enumerate(self.classes)}
        self.targets = np.array(
            [place.get(_class_of(n, depth), NO_CLASS) for n in self.names], np.int64
        )
        self.provenance: dict[str, Any] = {
            "kind": "image folder",
            "folder": self.folder.resolve().name,
            "files": len(files),
            "listing": listing_digest(files),
            "sha256": _sha256([[name, examined.sha256] for name, examined in chosen.items()]),
            "seed": seed,
            "size": len(self.names),
            "crop": self.crop.to_json(),
            "skipped": {"count": len(self.skipped), "files": list(self.skipped)},
        }
        # Of ordinary pictures there is nothing to tell.
        changed = {
            "turned": sum(examined.turned for examined in chosen.values()),
            "scaled": sum(examined.scaled for examined in chosen.values()),
            "not_looked_at": listing.others,
        }
        self.provenance |= {name: value for name, value in changed.items() if value}

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.names)

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """The pictures at some places, float32 (n, 3, size, size), RGB, -1..1.

        Raises:
            BadInputError: a file is gone or damaged since the sample was chosen.
        """
        return self.batch(read_crop(self.crop, self._path(row)) for row in rows)

    def load(self, rows: Sequence[int]) -> Generator[NDArray[np.uint8], None, None]:
        """The pictures at some places, one by one, loaded ahead by the workers.

        Raises:
            BadInputError: a file is gone or damaged since the sample was chosen.
        """
        files = [self._path(row) for row in rows]
        return prefetch(partial(read_crop, self.crop), files, self.workers, self.method)

    def batch(self, pictures: Iterable[NDArray[np.uint8]]) -> Tensor:
        """What ``load`` gives as the network takes it."""
        stacked = np.stack(list(pictures))
        # Contiguous: networks with x.view(len(x), -1) take no other.
        return from_bytes(stacked).contiguous()

    def _path(self, row: int) -> Path:
        return self.folder / self.names[row]

    def _usable(
        self, order: Sequence[str], wanted: int, report: Report | None
    ) -> tuple[dict[str, Examined], tuple[str, ...]]:
        """The first usable files and what is known of them, and what is wrong with the others."""
        chosen, skipped = {}, []
        meter = Meter(report, "looking at images", min(wanted, len(order)))
        found = prefetch(examine, (self.folder / n for n in order), self.workers, self.method)
        with closing(found):
            for name, examined in zip(order, found, strict=False):
                if examined.trouble:
                    skipped.append(f"{name}: {examined.trouble}")
                else:
                    chosen[name] = examined
                    meter.step()
                if len(chosen) == wanted:
                    break
        return chosen, tuple(skipped)


def listing_digest(names: Sequence[str]) -> str:
    """By which a folder's list of files is known, hexadecimal."""
    return _sha256(list(names))


def _depth_of_classes(names: Sequence[str]) -> int:
    """Which folder of a picture is its class: the outermost, or that below train, val ..."""
    outermost = {name.split("/")[0] for name in names if "/" in name}
    return 1 if outermost and {name.lower() for name in outermost} <= SPLITS else 0


def _class_of(name: str, depth: int) -> str | None:
    folders = name.split("/")[:-1]
    return folders[depth] if len(folders) > depth else None


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
