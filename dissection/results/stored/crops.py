"""The crops that show concepts, all in one WebP."""

import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.results.dissection import GRAY, PICTURE_SIZE, Dissection
from dissection.results.sheets import LONGEST, opened_webp
from dissection.results.stored.fault import Fault, read_part
from dissection.vocabulary import Concept, Vocabulary

#: Pictures in a row, unless there are so many that the sheet would be higher than WebP allows.
_COLUMNS = 8
_QUALITY = 92


def encode_crops(dissection: Dissection) -> tuple[bytes, list[int]]:
    """All concepts' pictures in one WebP, in rows, and the concepts' indices in order."""
    order = sorted(dissection.vocabulary.id(concept) for concept in dissection.pictures)
    if not order:
        return b"", []
    size = PICTURE_SIZE
    rows, columns = _grid(len(order))
    sheet = np.full((rows * size, columns * size, 3), GRAY, np.uint8)
    for place, index in enumerate(order):
        top, left = place // columns * size, place % columns * size
        picture = dissection.pictures[dissection.vocabulary[index]]
        sheet[top : top + size, left : left + size] = picture
    stream = io.BytesIO()
    Image.fromarray(sheet).save(stream, format="WEBP", quality=_QUALITY, method=6)
    return stream.getvalue(), order


def read_crops(
    folder: Path, entry: Mapping[str, Any], vocabulary: Vocabulary
) -> dict[Concept, NDArray[np.uint8]]:
    """The inverse, from the file that a manifest's entry names.

    Raises:
        Fault: it is missing, damaged, or of other concepts.
    """
    order = [int(index) for index in entry["concepts"]]
    if not order:
        return {}
    if min(order) < 1 or max(order) >= len(vocabulary):
        raise Fault("its manifest names pictures of concepts that the vocabulary does not have")
    data = read_part(folder, entry)
    try:
        with opened_webp(data) as image:
            sheet = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise Fault(f"{entry['file']} is no WebP picture") from error
    size = PICTURE_SIZE
    rows, columns = _grid(len(order))
    if sheet.shape[:2] != (rows * size, columns * size):
        raise Fault(f"{entry['file']} has the wrong size")
    tiles = sheet.reshape(-1, size, columns, size, 3).swapaxes(1, 2).reshape(-1, size, size, 3)
    return {vocabulary[index]: tiles[place] for place, index in enumerate(order)}


def _grid(count: int) -> tuple[int, int]:
    """Rows and columns of a sheet of so many pictures."""
    columns = max(_COLUMNS, math.ceil(count / (LONGEST // PICTURE_SIZE)))
    return math.ceil(count / columns), columns
