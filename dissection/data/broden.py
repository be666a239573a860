"""The Broden layout: the densely labeled data set of network dissection (Bau et al. 2017).

``index.csv`` lists the images and, for each category, their label maps (PNG files under
``images/``, a pixel's label is red + 256 * green) or labels of the whole image (numbers), several
with semicolons; an empty entry means that nobody labeled this category, and all of its pixels
are ignored there. ``category.csv`` lists the categories, ``c_CATEGORY.csv`` the numbers and names
in each. Tables may have been through a spreadsheet or pandas: with a byte order mark, semicolons or
tabs between the columns, and numbers like 12.0.
"""

import csv
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.label_reading import alike, choose, read_map, read_picture
from dissection.data.labeled import IGNORED, LabeledSource
from dissection.errors import BadInputError
from dissection.runtime.files import reason
from dissection.runtime.model_names import folder_of_pictures
from dissection.runtime.progress import Report
from dissection.runtime.reading import read_ordinary
from dissection.vocabulary import Concept, Vocabulary

#: Bytes of a table and its rows, at most: Broden has 63,305 images.
LARGEST_TABLE, MOST_ROWS = 256 << 20, 500_000
#: Pixels of all label maps of an image together, at most; the table claims their size.
MOST_MAP_PIXELS = 1 << 25
_MOST_DIGITS = 18
_WHOLE_AS_FLOAT = re.compile(r"(\d+)\.0+$")
_SUFFIXES = {"color": "-c", "scene": "-s"}  # what tells "blue-c" from other blues


@dataclass(frozen=True)
class _BrodenPicture:
    """A row of the index.

    Attributes:
        folder: of the data set.
        name: the image's, below ``images``.
        size: (sh, sw) of its maps.
        labels: its maps and numbers in each category.
        channels: how many each category has.
        indices: each category's numbers to indices into the vocabulary.
    """

    folder: Path
    name: str
    size: tuple[int, int]
    labels: Mapping[str, tuple[str, ...]]
    channels: Mapping[str, int]
    indices: Mapping[str, Mapping[int, int]]

    def files(self) -> Sequence[Path]:
        maps = [x for labels in self.labels.values() for x in labels if not is_whole(x)]
        return [self.folder / "images" / name for name in (self.name, *maps)]

    def picture(self) -> NDArray[np.uint8]:
        return read_picture(self.folder / "images" / self.name)

    def label_maps(self) -> NDArray[np.int64]:
        maps = []
        for category, depth in self.channels.items():
            labels = self.labels[category]
            empty = np.full(self.size, 0 if labels else IGNORED, np.int64)
            maps += [self._map(category, label) for label in labels]
            maps += [empty] * (depth - len(labels))
        return np.stack(maps)

    def _map(self, category: str, label: str) -> NDArray[np.int64]:
        if is_whole(label):
            number = self._known(category, int(label), f"index.csv ({self.name})")
            return np.full(self.size, number, np.int64)
        pixels = read_map(self.folder / "images" / label).astype(np.int64)
        if pixels.shape[:2] != self.size:
            if not alike(pixels.shape[:2], self.size):
                (height, width), (sh, sw) = pixels.shape[:2], self.size
                raise BadInputError(
                    f"{self.folder / 'images' / label} has another size ({width} x {height} px) "
                    f"than index.csv says ({sw} x {sh} px); give it its proportions."
                )
            image = Image.fromarray(pixels.astype(np.uint8))
            image = image.resize(self.size[::-1], Image.Resampling.NEAREST)
            pixels = np.asarray(image).astype(np.int64)
        numbers, places = np.unique(pixels[..., 0] + 256 * pixels[..., 1], return_inverse=True)
        file = f"images/{label}"
        known = np.array([self._known(category, int(n), file) for n in numbers], np.int64)
        return known[places].reshape(self.size)

    def _known(self, category: str, number: int, file: str) -> int:
        if number not in self.indices[category]:
            raise BadInputError(
                f"{self.folder / file} has the label {number}, which c_{category}.csv does not "
                "name; add it there."
            )
        return self.indices[category][number]


class BrodenLabels(LabeledSource):
    """The images of a folder in Broden's layout.

    One number may stand for concepts of several categories; here each (name, category) has an
    index of its own. A category has as many channels as any image has maps of it. Images that are
    missing or damaged, or have such a map, are left out and listed in ``skipped``. The sample is
    drawn like that of an ``ImageFolder``; without a seed it keeps the order of the index.

    Args:
        folder: holds ``index.csv``.
        split: "train", "val" or "test"; None takes all images.
        size: px along a side of the network's input.
        resize: px along a side before the border is cut off; None cuts nothing.
        count: images in the sample; None or more than there are takes all.
        seed: of the shuffle; None keeps the order of the index.
        workers: processes that read images and maps ahead; 0 reads them here.
        report: told of the progress of looking at the files.
        interpolation: of the resizing of pictures, see ``Crop``.

    Raises:
        BadInputError: a table is missing or damaged, or lists no image that is there; a map has
            another size than the index says, or a number that its category does not have.
        Stopped: the report asked for it.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str | None = None,
        size: int = 224,
        resize: int | None = None,
        count: int | None = None,
        seed: int | None = None,
        workers: int = 0,
        report: Report | None = None,
        interpolation: str = "bilinear",
    ) -> None:
        self.folder = folder_of_pictures(folder)
        self._tables = hashlib.sha256(f"broden 2 {split}".encode())
        categories = [row["name"] for row in self._table("category.csv", "name")]
        concepts: list[Concept] = []
        indices: dict[str, dict[int, int]] = {}
        for category in categories:
            named = [
                (self._number(f"c_{category}.csv", row["number"]), row["name"])
                for row in self._table(f"c_{category}.csv", "number", "name")
            ]
            numbers = {number: name for number, name in named if number > 0 and name != "-"}
            first = len(concepts) + 1
            indices[category] = {n: first + k for k, n in enumerate(sorted(numbers))} | {0: 0}
            suffix = _SUFFIXES.get(category, "")
            concepts += [
                Concept(numbers[n].removesuffix(suffix), category) for n in sorted(numbers)
            ]
        try:
            vocabulary = Vocabulary(concepts)
        except ValueError as error:
            raise BadInputError(f"The tables in {self.folder} do not fit: {error}.") from error
        pictures = self._pictures_of_index(indices, split)
        chosen = choose(pictures, count, seed, workers, report)
        if not chosen.pictures:
            of_split = f" with split {split}" if split else ""
            raise BadInputError(
                f"{self.folder / 'index.csv'} lists no image{of_split} that can be used"
                + (f": {chosen.skipped[0]}, for one." if chosen.skipped else ".")
            )
        super().__init__(
            "labels of Broden",
            vocabulary,
            [c for c in categories for _ in range(pictures[0].channels[c])],
            chosen.pictures,
            size,
            resize,
            f"{self._tables.hexdigest()} {chosen.sha256}",
            chosen.skipped,
            workers,
            {
                "folder": self.folder.resolve().name,
                "files": len(pictures),
                "split": split,
                "seed": seed,
                **chosen.changed,
            },
            interpolation=interpolation,
        )

    def _pictures_of_index(
        self, indices: Mapping[str, Mapping[int, int]], split: str | None
    ) -> list[_BrodenPicture]:
        table = self._table("index.csv", "image", "split", "sh", "sw", *indices)
        channels: dict[str, int] = dict.fromkeys(indices, 0)
        pictures = []
        for line in table:
            if split in (None, line["split"]):
                size = (
                    self._number("index.csv", line["sh"]),
                    self._number("index.csv", line["sw"]),
                )
                labels = {c: tuple(_plain(s) for s in line[c].split(";") if s) for c in indices}
                channels.update({c: max(channels[c], len(labels[c])) for c in indices})
                pictures.append(
                    _BrodenPicture(self.folder, line["image"], size, labels, channels, indices)
                )
        depth = max(sum(channels.values()), 1)
        for picture in pictures:
            if not 0 < depth * picture.size[0] * picture.size[1] <= MOST_MAP_PIXELS:
                raise BadInputError(
                    f"{self.folder / 'index.csv'} says that {picture.name} has {depth} maps of "
                    f"{picture.size[1]} x {picture.size[0]} px; all maps of an image have from 1 "
                    f"to {MOST_MAP_PIXELS:,} pixels together."
                )
        return pictures

    def _table(self, name: str, *columns: str) -> list[dict[str, str]]:
        path = self.folder / name
        try:
            data = read_ordinary(path, LARGEST_TABLE)
            rows = _rows(data.decode("utf-8-sig"), columns)
        except FileNotFoundError:
            raise BadInputError(
                f"{self.folder} is not in Broden's layout: it has no {name}."
            ) from None
        except OSError as error:
            raise BadInputError(f"{path} cannot be read: {reason(error)}.") from error
        except (ValueError, csv.Error) as error:
            raise BadInputError(f"{path} cannot be read: {error}.") from error
        self._tables.update(data)
        for column in columns:
            if not rows or any(column not in row for row in rows):
                raise BadInputError(f"{path} is damaged: it lacks entries in column {column}.")
        return rows

    def _number(self, name: str, text: str) -> int:
        if not is_whole(_plain(text)):
            raise BadInputError(f"{self.folder / name} is damaged: '{text}' is no number.")
        return int(_plain(text))


def _plain(text: str) -> str:
    """A whole number as such: pandas writes 12.0 where other entries are empty."""
    return _WHOLE_AS_FLOAT.sub(r"\1", text.strip())


def is_whole(text: str) -> bool:
    """Whether a text is a whole number from 0 on that is one: "²" is a digit, too."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _rows(text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a table, of each the columns that are wanted and there.

    Raises:
        ValueError: there are too many.
    """
    # Spreadsheets separate by semicolons where the comma is in numbers; tables have no such names.
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    lines = csv.reader(text.splitlines(), delimiter=delimiter)
    header = [name.strip() for name in next(lines, [])]
    places = {name: place for place, name in enumerate(header) if name in columns}
    rows = []
    for line in lines:
        if line:
            rows.append({name: line[place] for name, place in places.items() if place < len(line)})
            if len(rows) > MOST_ROWS:
                raise ValueError(f"it has more than {MOST_ROWS:,} rows")
    return rows
