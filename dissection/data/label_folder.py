"""A folder of images with label maps as PNG files.

``images/NAME.jpg`` (or png, jpeg, webp, bmp) with its maps ``object/NAME.png``, ``part/NAME.png``
and so on, a folder for each category; or one folder ``labels`` for all. Pixel values are indices
into ``vocabulary.json`` (a list of [name, category], nothing first) or ``names.txt`` (line n is
the name of value n, an object, or ``category:name``; where the first line is not ``-``, it names
value 1). Value 0 is nothing, unless it is said to be the first value with a name, as it is in maps
that count their classes from 0. The folders of ``dissection storybook`` have this form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.data.label_reading import choose, read_image, read_picture
from dissection.data.labeled import ANY, IGNORED, LabeledSource
from dissection.errors import BadInputError
from dissection.runtime.model_names import folder_of_pictures
from dissection.runtime.progress import Report
from dissection.runtime.reading import read_json, read_ordinary
from dissection.vocabulary import CATEGORIES, NOTHING, Concept, Vocabulary

_PICTURES = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp")
_TOGETHER = "labels"
_MODES = ("P", "L", "I", "I;16", "I;16B", "1")
#: Value 0 is common above this share of the labeled pixels of so many pictures.
_COMMON, _LOOKED_AT = 0.05, 20
#: The pixel value of what nobody labeled, unless said.
IGNORE = 255
#: Bytes of a file of names, at most.
LARGEST_NAMES = 16 << 20


@dataclass(frozen=True)
class _FolderPicture:
    file: Path
    maps: tuple[Path, ...]
    values: int  # how many have a name, nothing among them
    ignore: int | None
    first: int = 1

    @property
    def name(self) -> str:
        return self.file.name

    def files(self) -> Sequence[Path]:
        return (self.file, *self.maps)

    def picture(self) -> NDArray[np.uint8]:
        return read_picture(self.file)

    def label_maps(self) -> NDArray[np.int64]:
        maps: list[NDArray[np.int64]] = []
        for file in self.maps:
            values = self._values(file)
            if maps and values.shape != maps[0].shape:
                raise BadInputError(
                    f"{file} has another size than the first map of this image; make them alike."
                )
            maps.append(values)
        return np.stack(maps)

    def _values(self, file: Path) -> NDArray[np.int64]:
        mode, values = read_image(file, lambda image: (image.mode, np.asarray(image)))
        if mode not in _MODES:
            raise BadInputError(
                f"{file} is a picture of mode {mode}; a label map has one number a pixel, as gray "
                "or palette PNG."
            )
        values = values.astype(np.int64)
        ignored = values == self.ignore if self.ignore is not None else np.zeros(values.shape, bool)
        values += 1 - self.first
        values[ignored] = 0
        unknown = values[(values >= self.values) | (values < 0)]
        if len(unknown):
            raise BadInputError(
                f"{file} has the value {unknown[0] - 1 + self.first}, which has no name; there are "
                f"{self.values - 1} names{'' if self.first else ', from value 0 on'}."
            )
        values[ignored] = IGNORED
        return values


class FolderLabels(LabeledSource):
    """The labeled images of a folder; see the module for its form.

    Images that lack a map or that are damaged are left out and listed in ``skipped``. The sample
    is drawn like that of an ``ImageFolder``; without a seed it goes by name.

    Args:
        folder: the folder.
        ignore: the pixel value of what nobody labeled; None if there is none.
        size: px along a side of the network's input.
        resize: px along a side before the border is cut off; None cuts nothing.
        count: images in the sample; None or more than there are takes all.
        seed: of the shuffle; None keeps the order of names.
        workers: processes that read images and maps ahead; 0 reads them here.
        report: told of the progress of looking at the files.
        interpolation: of the resizing of pictures, see ``Crop``.
        first_value: the pixel value that the first name is of, 0 or 1; None is 1, and where that
            looks wrong the provenance says so as ``zero_is_nothing``.

    Raises:
        BadInputError: the folder lacks images, maps or names, the names are damaged, or a map has
            another size than its image, or a value that has no name.
        Stopped: the report asked for it.
    """

    def __init__(
        self,
        folder: str | Path,
        ignore: int | None = IGNORE,
        size: int = 224,
        resize: int | None = None,
        count: int | None = None,
        seed: int | None = None,
        workers: int = 0,
        report: Report | None = None,
        interpolation: str = "bilinear",
        first_value: int | None = None,
    ) -> None:
        root = folder_of_pictures(folder)
        if not root.is_dir():
            raise BadInputError(f"{root} is no folder; name one of images and label maps.")
        vocabulary, unnamed = read_names(root), not _names_nothing(root)
        first = _first_value(root, first_value, unnamed)
        names = [n for n in (*CATEGORIES, _TOGETHER) if (root / n).is_dir()]
        if not (root / "images").is_dir() or not names:
            raise BadInputError(
                f"{root} holds no labeled images: it needs a folder images, and label maps in "
                f"folders called {', '.join(CATEGORIES)} or {_TOGETHER}."
            )
        files = sorted(p for p in (root / "images").iterdir() if p.suffix.lower() in _PICTURES)
        pictures = [
            _FolderPicture(
                file,
                tuple(root / name / f"{file.stem}.png" for name in names),
                len(vocabulary),
                ignore,
                first,
            )
            for file in files
        ]
        chosen = choose(pictures, count, seed, workers, report)
        if not chosen.pictures:
            why = f" ({chosen.skipped[0]})" if chosen.skipped else ""
            raise BadInputError(f"{root / 'images'} holds no image that can be used{why}.")
        super().__init__(
            "labels of a folder",
            vocabulary,
            [ANY if name == _TOGETHER else name for name in names],
            chosen.pictures,
            size,
            resize,
            f"folder 2 {ignore} {' '.join(names)} {chosen.sha256}" + ("" if first else " from 0"),
            chosen.skipped,
            workers,
            {
                "folder": root.resolve().name,
                "files": len(files),
                "seed": seed,
                "ignore": ignore,
                **chosen.changed,
                **({} if first else {"first_value": first}),
                **(
                    _zero_is_nothing(chosen.pictures, vocabulary)
                    if unnamed and first_value is None
                    else {}
                ),
            },
            interpolation=interpolation,
        )


def read_names(root: Path) -> Vocabulary:
    """The vocabulary of a folder of label maps; see the module.

    Raises:
        BadInputError: there is none, or it is damaged.
    """
    listed, lines = root / "vocabulary.json", root / "names.txt"
    file = listed if listed.is_file() else lines
    try:
        if file is listed:
            return Vocabulary.from_json(read_json(listed, LARGEST_NAMES))
        return Vocabulary(_named(name) for name in _lines(lines))
    except FileNotFoundError:
        raise BadInputError(
            f"{root} does not say what its labels mean: put a file vocabulary.json or names.txt "
            "there."
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise BadInputError(f"{file} is no list of names: {error}.") from error


def _names_nothing(root: Path) -> bool:
    """Whether the names say that value 0 is nothing: they begin with "-"."""
    listed = root / "vocabulary.json"
    if listed.is_file():
        entries = read_json(listed, LARGEST_NAMES)
        return bool(entries) and list(entries[0])[:1] == [NOTHING.name]
    return _lines(root / "names.txt")[:1] == [NOTHING.name]


def _lines(file: Path) -> list[str]:
    text = read_ordinary(file, LARGEST_NAMES).decode("utf-8-sig")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _first_value(root: Path, asked: int | None, unnamed: bool) -> int:
    """The pixel value of the first name."""
    if asked not in (None, 0, 1):
        raise BadInputError(f"The first value with a name is 0 or 1, not {asked}.")
    if asked == 0 and not unnamed:
        raise BadInputError(
            f"The names in {root} begin with nothing, which is value 0; leave out --first-value 0."
        )
    return 1 if asked is None else asked


def _zero_is_nothing(pictures: Sequence[_FolderPicture], names: Vocabulary) -> dict[str, Any]:
    """For the provenance: value 0, which is taken for nothing, is common, and may have a name."""
    maps = [picture.label_maps() for picture in pictures[:_LOOKED_AT]]
    labeled = sum(int((m != IGNORED).sum()) for m in maps)
    share = sum(int((m == 0).sum()) for m in maps) / max(labeled, 1)
    if share < _COMMON or len(names) < 2:
        return {}
    return {"zero_is_nothing": {"share": round(share, 4), "first": names[1].name}}


def zero_in_words(sample: Mapping[str, object]) -> list[str]:
    """What is to be said of value 0, from the entry ``sample`` of a dissection's provenance."""
    told = sample.get("zero_is_nothing")
    if not isinstance(told, Mapping):
        return []
    return [
        f"Value 0 covers {told['share']:.0%} of the labeled pixels and is taken for nothing; the "
        f"first name, {told['first']}, is of value 1. If it is of value 0, say --first-value 0"
    ]


def _named(line: str) -> Concept:
    if line == NOTHING.name:
        return NOTHING
    category, colon, name = line.partition(":")
    return Concept(name, category) if colon and category in CATEGORIES else Concept(line, "object")
