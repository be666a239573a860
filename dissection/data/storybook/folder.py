"""Scenes as files: a folder of pictures and label maps that is resumed, never repeated.

``images/L.png`` is the scene of layout seed L, ``object/L.png``, ``part/L.png`` and
``material/L.png`` its label maps: PNG files with a palette, whose pixel values are indices into
``vocabulary.json``. ``storybook.json`` says how the folder was painted.
"""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from dissection.data.image_files import LARGEST_PICTURE
from dissection.data.images import write_picture
from dissection.data.storybook.book import Storybook
from dissection.data.storybook.legend import label_colors, scene_sheet
from dissection.data.storybook.vocabulary import CHANNELS
from dissection.errors import BadInputError
from dissection.runtime.files import make_folder, write_text, write_with
from dissection.runtime.reading import read_object, read_ordinary

_ON_SHEET = 16
_LARGEST_NOTE = 1 << 20


def write_folder(book: Storybook, layouts: Sequence[int], size: int, out: Path) -> Iterator[bool]:
    """Paint scenes into a folder; files that are there and whole are kept.

    Args:
        book: the painter.
        layouts: the layout seeds, at least one; each style is the one derived from its layout.
        size: pixels along a side, 64 to 512.
        out: the folder; it is made where it is missing.

    Returns:
        An iterator that does the painting: for each layout, in order, whether it was painted
        (True) or was there (False). The folder, vocabulary and contact sheet are there before.

    Raises:
        BadInputError: a seed or the size is out of range, there are no layouts, or the folder
            holds scenes of another domain or size.
        DissectionError: a file cannot be written.
    """
    if not layouts:
        raise BadInputError("No scenes were asked for; ask for a count of at least 1.")
    on_sheet = [book.paint(layout, size=size) for layout in layouts[:_ON_SHEET]]
    _claim(out, {"domain": book.domain, "size": size})
    write_text(out / "vocabulary.json", json.dumps(book.vocabulary.to_json(), indent=1) + "\n")
    sheet = scene_sheet(on_sheet, book.concepts, vocabulary=book.vocabulary)
    write_picture(out / "contact-sheet.png", sheet)
    return _write_scenes(book, layouts, size, out)


def _write_scenes(book: Storybook, layouts: Sequence[int], size: int, out: Path) -> Iterator[bool]:
    colors = label_colors(book.vocabulary)
    for layout in layouts:
        files = [out / name / f"{layout:06d}.png" for name in ("images", *CHANNELS)]
        if all(_is_whole(file) for file in files):
            yield False
            continue
        scene = book.paint(layout, size=size)
        for file, labels in zip(files[1:], scene.maps, strict=True):
            _write_labels(file, labels, colors)
        write_picture(files[0], scene.image)
        yield True


def _claim(out: Path, what: dict[str, str | int]) -> None:
    """Make the folder, or check that it holds the same kind of scenes."""
    note = make_folder(out) / "storybook.json"
    if note.exists():
        try:
            found = read_object(note, _LARGEST_NOTE)
        except (OSError, ValueError):
            raise BadInputError(
                f"{note} is damaged; delete it if {out} is to be painted again."
            ) from None
        if found != what:
            raise BadInputError(
                f"{out} holds other scenes ({_words(found)}) than asked for ({_words(what)}); "
                "choose another folder."
            )
    elif any(not _is_begun(path) for path in note.parent.iterdir()):
        raise BadInputError(
            f"{out} is not empty and holds no scenes; choose another folder, so that nothing in "
            "it is replaced."
        )
    write_text(note, json.dumps(what, indent=1) + "\n")
    for name in ("images", *CHANNELS):
        make_folder(out / name)


def _is_begun(path: Path) -> bool:
    """Whether it is what a killed job left before it said what it paints."""
    return path.name.startswith(".tmp-")


def _words(what: object) -> str:
    pairs = what.items() if isinstance(what, dict) else [("content", what)]
    return ", ".join(f"{key} {value}" for key, value in pairs)


def _is_whole(file: Path) -> bool:
    """Whether a file is there and passes the checksums that PNG carries."""
    try:
        with Image.open(io.BytesIO(read_ordinary(file, LARGEST_PICTURE))) as picture:
            picture.verify()
    except Exception:
        # Damaged files make decoders fail in a dozen ways, none of which concerns the user.
        return False
    return True


def _write_labels(file: Path, labels: npt.NDArray[np.uint8], colors: npt.NDArray[np.uint8]) -> None:
    picture = Image.frombytes("P", labels.shape[::-1], labels.tobytes())
    picture.putpalette(colors.tobytes())
    write_with(file, lambda stream: picture.save(stream, format="PNG"))
