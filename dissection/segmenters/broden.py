"""The Broden layout: the densely labelled data set of network dissection (Bau et al. 2017).

``index.csv`` lists the images and, for each category, their label maps (PNG files under
``images/``, a pixel's label is red + 256 * green) or labels of the whole image (numbers), several
with semicolons; an empty entry means that nobody labelled this category, and all of its pixels
are ignored there. ``category.csv`` lists the categories, ``c_CATEGORY.csv`` the numbers and names
in each.
"""

import csv
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.errors import BadInputError
from dissection.segmenters.label_folder import read_picture
from dissection.segmenters.labelled import IGNORED, LabelledSource
from dissection.vocabulary import Concept, Vocabulary

_SUFFIXES = {"color": "-c", "scene": "-s"}  # what tells "blue-c" from other blues


class _Row(NamedTuple):
    picture: str
    size: tuple[int, int]
    labels: dict[str, tuple[str, ...]]


class BrodenLabels(LabelledSource):
    """The images of a folder in Broden's layout, in the order of its index.

    One number may stand for concepts of several categories; here each (name, category) has an
    index of its own. A category has as many channels as any image has maps of it.

    Args:
        folder: holds ``index.csv``.
        split: "train", "val" or "test"; None takes all images.
        size: px along a side of the network's input.
        resize: px along a side before the border is cut off; None cuts nothing.

    Raises:
        BadInputError: a table is missing or damaged, or lists no image that is there.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str | None = None,
        size: int = 224,
        resize: int | None = None,
    ) -> None:
        self.folder = Path(folder).expanduser()
        self._tables = hashlib.sha256(f"broden 1 {split}".encode())
        categories = [row["name"] for row in self._table("category.csv", "name")]
        concepts: list[Concept] = []
        self._index: dict[str, dict[int, int]] = {}
        for category in categories:
            named = [
                (self._number(f"c_{category}.csv", row["number"]), row["name"])
                for row in self._table(f"c_{category}.csv", "number", "name")
            ]
            numbers = {number: name for number, name in named if number > 0 and name != "-"}
            first = len(concepts) + 1
            self._index[category] = {n: first + k for k, n in enumerate(sorted(numbers))} | {0: 0}
            suffix = _SUFFIXES.get(category, "")
            concepts += [
                Concept(numbers[n].removesuffix(suffix), category) for n in sorted(numbers)
            ]
        rows = self._rows_of_index(categories, split)
        there, missing = [], []
        for row in rows:
            if (self.folder / "images" / row.picture).is_file():
                there.append(row)
            else:
                missing.append(f"{row.picture}: there is no such image.")
        if not there:
            of_split = f" with split {split}" if split else ""
            raise BadInputError(
                f"{self.folder / 'index.csv'} lists no image{of_split} that is there; "
                f"{len(missing)} are missing."
            )
        depths = {c: max(len(row.labels[c]) for row in there) for c in categories}
        channels = [c for c in categories for _ in range(depths[c])]
        try:
            vocabulary = Vocabulary(concepts)
        except ValueError as error:
            raise BadInputError(f"The tables in {self.folder} do not fit: {error}.") from error
        digest = self._tables.hexdigest()
        super().__init__(vocabulary, channels, size, resize, digest, len(there), missing)
        self._rows = there
        self._depths = depths

    def picture(self, row: int) -> NDArray[np.uint8]:
        """uint8 (H, W, 3).

        Raises:
            BadInputError: the file is damaged.
        """
        return read_picture(self.folder / "images" / self._rows[row].picture)

    def label_maps(self, row: int) -> NDArray[np.int64]:
        """int64 (K, sh, sw), -1 in the channels of a category that nobody labelled.

        Raises:
            BadInputError: a map is missing, damaged, of another size than the index says, or
                holds a number that its category does not have.
        """
        entry = self._rows[row]
        maps = []
        for category, depth in self._depths.items():
            labels = entry.labels[category]
            empty = np.full(entry.size, 0 if labels else IGNORED, np.int64)
            maps += [self._map(entry, category, label) for label in labels]
            maps += [empty] * (depth - len(labels))
        return np.stack(maps)

    def _map(self, entry: _Row, category: str, label: str) -> NDArray[np.int64]:
        if label.isdigit():
            return np.full(entry.size, self._known(category, int(label), "index.csv"), np.int64)
        pixels = read_picture(self.folder / "images" / label).astype(np.int64)
        if pixels.shape[:2] != entry.size:
            image = Image.fromarray(pixels.astype(np.uint8))
            image = image.resize(entry.size[::-1], Image.Resampling.NEAREST)
            pixels = np.asarray(image).astype(np.int64)
        numbers, places = np.unique(pixels[..., 0] + 256 * pixels[..., 1], return_inverse=True)
        known = np.array([self._known(category, int(n), label) for n in numbers], np.int64)
        return known[places].reshape(entry.size)

    def _known(self, category: str, number: int, file: str) -> int:
        if number not in self._index[category]:
            raise BadInputError(
                f"{self.folder / file} has the label {number}, which c_{category}.csv does not "
                "name."
            )
        return self._index[category][number]

    def _rows_of_index(self, categories: list[str], split: str | None) -> list[_Row]:
        table = self._table("index.csv", "image", "split", "sh", "sw", *categories)
        rows = []
        for line in table:
            if split in (None, line["split"]):
                size = (
                    self._number("index.csv", line["sh"]),
                    self._number("index.csv", line["sw"]),
                )
                labels = {c: tuple(s for s in line[c].split(";") if s) for c in categories}
                rows.append(_Row(line["image"], size, labels))
        return rows

    def _table(self, name: str, *columns: str) -> list[dict[str, str]]:
        path = self.folder / name
        try:
            data = path.read_bytes()
            rows = list(csv.DictReader(data.decode("utf-8").splitlines()))
        except FileNotFoundError:
            raise BadInputError(
                f"{self.folder} is not in Broden's layout: it has no {name}."
            ) from None
        except (OSError, ValueError, csv.Error) as error:
            raise BadInputError(f"{path} cannot be read: {error}.") from error
        self._tables.update(data)
        for column in columns:
            if not rows or any(row.get(column) is None for row in rows):
                raise BadInputError(f"{path} is damaged: it lacks entries in column {column}.")
        return rows

    def _number(self, name: str, text: str) -> int:
        if not text.isdigit():
            raise BadInputError(f"{self.folder / name} is damaged: '{text}' is no number.")
        return int(text)
