"""Lays out pictures with polygons painted beside them as a folder that ``maps:`` names.

Many data sets come as ``NAME.jpg`` with ``NAME.png``, whose values are numbers of objects, and a
list of hundreds of object names of which most are rare. What is measured wants fewer, frequent
ones: a merge says which of the names are one concept. Free of torch.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.label_reading import read_image
from dissection.errors import BadInputError
from dissection.runtime.files import replacing, user_path, write_text
from dissection.runtime.progress import Meter, Report
from dissection.vocabulary import Concept, Vocabulary

#: The pixel value of what nobody labeled.
IGNORE = 255
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
        lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
        found = {int(words[-1]): " ".join(words[:-1]) for words in lines if words}
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{file} is no list of names with their numbers, one on each line ({error})."
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
        found = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): tuple(str(words).split()) for name, words in found.items()}
    except (OSError, ValueError, AttributeError) as error:
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
    for folder in ("images", "object", *(("color",) if colors is not None else ())):
        (target / folder).mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary(
        [
            *(Concept(name, "object") for name in concepts),
            *(Concept(name, "color") for name in hues),
        ]
    )
    write_text(target / "vocabulary.json", json.dumps(vocabulary.to_json()))
    meter = Meter(report, "laying out pictures", len(pairs))
    for file in pairs:
        values = read_image(file.with_suffix(".png"), np.asarray)
        if values.ndim != 2 or values.max(initial=0) >= len(table):
            raise BadInputError(f"{file.with_suffix('.png')} is no map of numbers of objects.")
        _write_map(target / "object" / f"{file.stem}.png", table[values])
        if colors is not None:
            picture = read_image(file, lambda image: np.asarray(image.convert("RGB")))
            painted = 1 + len(concepts) + colors[1](picture)
            _write_map(target / "color" / f"{file.stem}.png", painted.astype(np.uint8))
        with replacing(target / "images" / file.name) as temporary:
            shutil.copyfile(file, temporary)
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


def _write_map(path: Path, values: NDArray[np.uint8]) -> None:
    with replacing(path) as temporary:
        Image.fromarray(values).save(temporary, "PNG")
