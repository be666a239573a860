"""A folder of images with label maps as PNG files.

``images/NAME.jpg`` (or png, jpeg, webp, bmp) with its maps ``object/NAME.png``, ``part/NAME.png``
and so on, a folder for each category; or one folder ``labels`` for all. Pixel values are indices
into ``vocabulary.json`` (a list of [name, category], nothing first) or ``names.txt`` (line n is
the name of value n, an object, or ``category:name``; where the first line is not ``-``, it names
value 1). Value 0 is nothing. The folders of ``dissection storybook`` have this form.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.errors import BadInputError
from dissection.segmenters.labelled import ANY, IGNORED, LabelledSource
from dissection.vocabulary import CATEGORIES, NOTHING, Concept, Vocabulary

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_TOGETHER = "labels"
_MODES = ("P", "L", "I", "I;16", "I;16B", "1")


class FolderLabels(LabelledSource):
    """The labelled images of a folder, by name; see the module for its form.

    Images that lack a map or that cannot be opened are left out and listed in ``skipped``.

    Args:
        folder: the folder.
        ignore: the pixel value of what nobody labelled; None if there is none.
        size: px along a side of the network's input.
        resize: px along a side before the border is cut off; None cuts nothing.

    Raises:
        BadInputError: the folder lacks images, maps or names, or the names are damaged.
    """

    def __init__(
        self,
        folder: str | Path,
        ignore: int | None = 255,
        size: int = 224,
        resize: int | None = None,
    ) -> None:
        root = Path(folder).expanduser()
        vocabulary = read_names(root)
        names = [n for n in (*CATEGORIES, _TOGETHER) if (root / n).is_dir()]
        if not (root / "images").is_dir() or not names:
            raise BadInputError(
                f"{root} holds no labelled images: it needs a folder images, and label maps in "
                f"folders called {', '.join(CATEGORIES)} or {_TOGETHER}."
            )
        pictures = sorted(p for p in (root / "images").iterdir() if p.suffix.lower() in _PICTURES)
        rows, skipped = [], []
        for picture in pictures:
            files = [picture, *(root / name / f"{picture.stem}.png" for name in names)]
            trouble = next((t for t in map(_trouble, files) if t), None)
            if trouble:
                skipped.append(f"{picture.name}: {trouble}.")
            else:
                rows.append(files)
        if not rows:
            why = f" ({skipped[0].rstrip('.')})" if skipped else ""
            raise BadInputError(f"{root / 'images'} holds no image that can be used{why}.")
        listed = json.dumps(
            [[str(file.relative_to(root)), file.stat().st_size] for row in rows for file in row]
        )
        categories = [ANY if name == _TOGETHER else name for name in names]
        digest = hashlib.sha256(f"folder 1 {ignore} {listed}".encode()).hexdigest()
        super().__init__(vocabulary, categories, size, resize, digest, len(rows), skipped)
        self.ignore = ignore
        self._rows = rows

    def picture(self, row: int) -> NDArray[np.uint8]:
        """uint8 (H, W, 3).

        Raises:
            BadInputError: the file is damaged.
        """
        return read_picture(self._rows[row][0])

    def label_maps(self, row: int) -> NDArray[np.int64]:
        """int64 (K, h, w), a channel for each folder of maps.

        Raises:
            BadInputError: a map is damaged, has another size than the first, or a value that has
                no name.
        """
        maps: list[NDArray[np.int64]] = []
        for file in self._rows[row][1:]:
            values = self._values(file)
            if maps and values.shape != maps[0].shape:
                raise BadInputError(
                    f"{file} has another size than the first map of this image; make them alike."
                )
            maps.append(values)
        return np.stack(maps)

    def _values(self, file: Path) -> NDArray[np.int64]:
        try:
            with Image.open(file) as image:
                if image.mode not in _MODES:
                    raise BadInputError(
                        f"{file} is a picture of mode {image.mode}; a label map has one number a "
                        "pixel, as grey or palette PNG."
                    )
                values = np.asarray(image).astype(np.int64)
        except (OSError, SyntaxError) as error:
            raise BadInputError(f"{file} cannot be read; it is damaged.") from error
        ignored = values == self.ignore if self.ignore is not None else np.zeros(values.shape, bool)
        values[ignored] = 0
        if values.max(initial=0) >= len(self.vocabulary) or values.min(initial=0) < 0:
            raise BadInputError(
                f"{file} has the value {values.max()}, which has no name; there are "
                f"{len(self.vocabulary) - 1} names."
            )
        values[ignored] = IGNORED
        return values


def read_names(root: Path) -> Vocabulary:
    """The vocabulary of a folder of label maps; see the module.

    Raises:
        BadInputError: there is none, or it is damaged.
    """
    listed, lines = root / "vocabulary.json", root / "names.txt"
    file = listed if listed.is_file() else lines
    try:
        if file is listed:
            return Vocabulary.from_json(json.loads(listed.read_text("utf-8")))
        names = [line.strip() for line in lines.read_text("utf-8").splitlines()]
        return Vocabulary(_named(name) for name in names if name)
    except FileNotFoundError:
        raise BadInputError(
            f"{root} does not say what its labels mean: put a file vocabulary.json or names.txt "
            "there."
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BadInputError(f"{file} is no list of names: {error}.") from error


def read_picture(file: Path) -> NDArray[np.uint8]:
    """An image file as uint8 (H, W, 3), RGB.

    Raises:
        BadInputError: it is missing or damaged.
    """
    try:
        with Image.open(file) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise BadInputError(f"{file} cannot be read; it is missing or damaged.") from error


def _named(line: str) -> Concept:
    if line == NOTHING.name:
        return NOTHING
    category, colon, name = line.partition(":")
    return Concept(name, category) if colon and category in CATEGORIES else Concept(line, "object")


def _trouble(file: Path) -> str | None:
    """What speaks against a file, by its header alone."""
    if not file.is_file():
        return f"there is no {file.parent.name}/{file.name}"
    try:
        with Image.open(file):
            return None
    except (OSError, SyntaxError):
        return f"{file.parent.name}/{file.name} cannot be opened"
