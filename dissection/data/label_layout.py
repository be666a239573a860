"""Lays out pictures with polygons painted beside them as a folder that ``maps:`` names.

Many data sets come as ``NAME.jpg`` with ``NAME.png``, whose values are numbers of objects, and a
list of hundreds of object names of which most are rare. What is measured wants fewer, frequent
ones: a merge says which of the names are one concept. Free of torch.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.label_reading import read_image
from dissection.errors import BadInputError, StoreError
from dissection.runtime.files import make_folder, reason, replacing, user_path, write_text
from dissection.runtime.own_files import OwnFiles, inner_folder
from dissection.runtime.progress import Meter, Report
from dissection.runtime.reading import (
    read_json,
    read_object,
    read_ordinary,
    require_ordinary,
)
from dissection.vocabulary import Concept, Vocabulary

#: The pixel value of what nobody labeled.
IGNORE = 255
VOCABULARY = "vocabulary.json"
#: Bytes of a list of names, or a merge of them; and of a picture.
_LARGEST_LIST, _LARGEST_PICTURE = 16 << 20, 512 << 20
_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")

#: Names the concept of every pixel of uint8 (H, W, 3): places in a list of names, (H, W).
Painter = Callable[[NDArray[np.uint8]], NDArray[np.int64]]


def read_numbered_names(path: str | Path) -> dict[int, str]:
    """Names of a text file with a name and its number on each line, such as ``awning 2``.

    Raises:
        BadInputError: it cannot be read, or a line is no such pair.
    """
    file = user_path(path)
    try:
        text = read_ordinary(file, _LARGEST_LIST).decode("utf-8-sig")
        lines = [line.split() for line in text.splitlines()]
        found = {int(words[-1]): " ".join(words[:-1]) for words in lines if words}
    except (OSError, ValueError) as error:
        said = reason(error) if isinstance(error, OSError) else str(error)
        raise BadInputError(
            f"{file} is no list of names with their numbers, one on each line ({said})."
        ) from error
    if not found or "" in found.values():
        raise BadInputError(f"{file} is no list of names with their numbers, one on each line.")
    return found


def read_merge(path: str | Path) -> dict[str, tuple[str, ...]]:
    """A JSON object of concepts, each with the names that are one, separated by spaces.

    Raises:
        BadInputError: it cannot be read, or is none.
    """
    file = user_path(path)
    try:
        found = read_object(file, _LARGEST_LIST)
        return {str(name): tuple(str(words).split()) for name, words in found.items()}
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{file} is no merge of names: a JSON object of concepts, each with its names."
        ) from error


def lay_out(
    pictures: str | Path,
    out: str | Path,
    names: Mapping[int, str],
    merge: Mapping[str, Sequence[str]] | None = None,
    colors: tuple[Sequence[str], Painter] | None = None,
    count: int | None = None,
    report: Report | None = None,
) -> int:
    """Write the folder; see the module.

    Args:
        pictures: folder of pictures, each with a map of the same name beside it.
        out: the folder, which is made; ``images``, ``object`` and ``color`` in it.
        names: by pixel value.
        merge: concept to the names that are one, which need not all be there; None keeps all
            names. What is in no concept is labeled, as nothing of these.
        colors: names of colors and what names them, for a second category; None leaves it out.
        count: pictures at most, spread evenly over the list; None takes all.
        report: told of every picture.

    Returns:
        How many pictures there are.

    Raises:
        BadInputError: there is none with a map, none of the names of a concept is there, a map is
            damaged, or there are more names than a map of bytes holds.
        StoreError: the folder holds other things, or a file that would be replaced.
        Stopped: the report asked for it.
    """
    source, target = user_path(pictures), user_path(out)
    files = sorted(p for p in source.rglob("*") if p.suffix.lower() in _PICTURES)
    pairs = [p for p in files if p.with_suffix(".png") in set(files) and p.suffix != ".png"]
    if not pairs:
        raise BadInputError(
            f"{source} holds no picture with a map of the same name beside it, such as 1.jpg with "
            "1.png."
        )
    if count is not None and count < len(pairs):
        pairs = [pairs[place * len(pairs) // count] for place in range(count)]
    concepts = dict(merge) if merge is not None else {name: (name,) for name in names.values()}
    hues = tuple(colors[0]) if colors is not None else ()
    if len(concepts) + len(hues) >= IGNORE:
        raise BadInputError(
            f"{len(concepts) + len(hues)} names do not fit in a map of bytes; merge them to fewer."
        )
    table = _table(names, concepts)
    own = _own_folders(target, ("images", "object", *(("color",) if colors is not None else ())))
    called = _called(pairs, source)
    own[""].claim(VOCABULARY)
    for folder, files_there in own.items():
        if folder:
            ends = {"images": [p.suffix for p in pairs]}.get(folder, [".png"] * len(pairs))
            files_there.claim(*{f"{called[p]}{end}" for p, end in zip(pairs, ends, strict=True)})
    vocabulary = Vocabulary(
        [
            *(Concept(name, "object") for name in concepts),
            *(Concept(name, "color") for name in hues),
        ]
    )
    told = json.dumps(vocabulary.to_json())
    write_text(target / VOCABULARY, told, own[""].part(VOCABULARY))
    meter = Meter(report, "laying out pictures", len(pairs))
    for file in pairs:
        values = read_image(file.with_suffix(".png"), np.asarray)
        if values.ndim != 2 or values.max(initial=0) >= len(table):
            raise BadInputError(f"{file.with_suffix('.png')} is no map of numbers of objects.")
        _write_map(own["object"], f"{called[file]}.png", table[values])
        if colors is not None:
            picture = read_image(file, lambda image: np.asarray(image.convert("RGB")))
            painted = 1 + len(concepts) + colors[1](picture)
            _write_map(own["color"], f"{called[file]}.png", painted.astype(np.uint8))
        _copy(file, own["images"], f"{called[file]}{file.suffix}")
        meter.step()
    return len(pairs)


def _table(names: Mapping[int, str], concepts: Mapping[str, Sequence[str]]) -> NDArray[np.uint8]:
    """The pixel value of each number: uint8 (256,)."""
    known = set(names.values())
    place: dict[str, int] = {}
    for number, (concept, own) in enumerate(concepts.items(), 1):
        if not known & set(own):
            raise BadInputError(
                f"The merge makes {concept} of {', '.join(own) or 'nothing'}, and no object is "
                "called so."
            )
        place.update(dict.fromkeys(own, number))
    table = np.zeros(256, np.uint8)
    for value, name in names.items():
        if not 0 <= value < IGNORE:
            raise BadInputError(f"The number {value} of {name} is not from 0 to {IGNORE - 1}.")
        table[value] = place.get(name, 0)
    table[IGNORE] = IGNORE
    return table


def _own_folders(target: Path, names: Sequence[str]) -> dict[str, OwnFiles]:
    """The folder, as "", and those in it, of which each lists the files that may be replaced.

    Raises:
        StoreError: it is not empty and was not laid out by this program.
    """
    own = OwnFiles(target)
    # Earlier versions kept no list: what they laid out is known by its vocabulary.
    earlier = not own.listed and _is_vocabulary(target / VOCABULARY)
    if not (own.listed or earlier or own.is_empty()):
        raise StoreError(
            f"{target} is not empty and holds no pictures laid out before; choose another folder, "
            "so that nothing in it is replaced."
        )
    found = {"": OwnFiles(target, [VOCABULARY]) if earlier else own}
    for name in names:
        folder = make_folder(inner_folder(make_folder(target), name))
        known = [path.name for path in folder.iterdir()] if earlier else ()
        found[name] = OwnFiles(folder, known)
    return found


def _is_vocabulary(path: Path) -> bool:
    try:
        Vocabulary.from_json(read_json(path, _LARGEST_LIST))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


def _called(pairs: Sequence[Path], source: Path) -> dict[Path, str]:
    """Names without a suffix in one folder, of pictures in several: alike ones with theirs."""
    paths = {file: file.relative_to(source).with_suffix("") for file in pairs}
    alike = Counter(path.name for path in set(paths.values()))
    return {
        file: path.name if alike[path.name] == 1 else "_".join(path.parts)
        for file, path in paths.items()
    }


def _copy(file: Path, own: OwnFiles, name: str) -> None:
    with replacing(own.folder / name, own.part(name)) as temporary:
        try:
            require_ordinary(file, _LARGEST_PICTURE)
            shutil.copyfile(file, temporary)
        except OSError as error:
            if error.filename not in (None, str(file)):
                raise
            raise BadInputError(f"{file} cannot be read: {reason(error)}.") from error


def _write_map(own: OwnFiles, name: str, values: NDArray[np.uint8]) -> None:
    with replacing(own.folder / name, own.part(name)) as temporary:
        Image.fromarray(values).save(temporary, "PNG")
