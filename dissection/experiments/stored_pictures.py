"""Pictures of a result as WebP files. Free of torch.

Rows and columns of pictures lie on one sheet as they are shown. WebP has no sheets of more than
16,383 px: what is larger is cut into several, of whole rows where they fit, which are read as one.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.results.sheets import LONGEST, MOST_PIXELS, opened_webp
from dissection.results.stored.fault import Fault, read_part, reference

_QUALITY = 80


def encode_pictures(
    name: str, pictures: NDArray[np.uint8]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a manifest says of pictures, and the files that it names.

    Args:
        name: of the pictures, with which the names of files begin.
        pictures: uint8 (rows, columns, H, W, 3), RGB.
    """
    files, entries = {}, []
    for sheet in _sheets(pictures):
        data = _webp(sheet)
        entry = reference(name, "webp", data)
        files[entry["file"]] = data
        entries.append({**entry, "shape": list(sheet.shape)})
    if entries[0]["shape"] == list(pictures.shape):
        return entries[0], files
    return {"sheets": entries, "shape": list(pictures.shape)}, files


def decode_pictures(folder: Path, entry: Mapping[str, Any]) -> NDArray[np.uint8]:
    """The inverse.

    Raises:
        Fault: a file is missing, damaged, or of another size.
        KeyError, TypeError, ValueError: the manifest says nothing that makes sense.
    """
    if "sheets" not in entry:
        return _decoded(folder, entry)
    rows, columns, *picture = (int(side) for side in entry["shape"])
    sheets = [_decoded(folder, each) for each in entry["sheets"]]
    found = np.concatenate([sheet.reshape(-1, *sheet.shape[2:]) for sheet in sheets])
    if len(found) < rows * columns:
        raise Fault(f"there are {len(found)} pictures of {rows * columns}")
    return found[: rows * columns].reshape(rows, columns, *picture)


def _sheets(pictures: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The pictures as they are, or as many of them at a time as fit on a sheet."""
    rows, columns, high, wide, _ = pictures.shape
    across = min(columns, max(1, LONGEST // wide))
    down = max(1, min(LONGEST, MOST_PIXELS // (across * wide)) // high)
    if columns <= across and rows <= down:
        return [pictures]
    flat = pictures.reshape(-1, *pictures.shape[2:])
    sheets = []
    for first in range(0, len(flat), down * across):
        part = flat[first : first + down * across]
        lacking = -len(part) % across  # the last row is filled up with black
        filled = np.concatenate([part, np.zeros((lacking, *part.shape[1:]), np.uint8)])
        sheets.append(filled.reshape(-1, across, *part.shape[1:]))
    return sheets


def _webp(pictures: NDArray[np.uint8]) -> bytes:
    rows, columns, high, wide, _ = pictures.shape
    sheet = pictures.swapaxes(1, 2).reshape(rows * high, columns * wide, 3)
    stream = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(sheet))
    image.save(stream, format="WEBP", quality=_QUALITY, method=6)
    return stream.getvalue()


def _decoded(folder: Path, entry: Mapping[str, Any]) -> NDArray[np.uint8]:
    """One sheet."""
    rows, columns, high, wide, _ = (int(side) for side in entry["shape"])
    with opened_webp(read_part(folder, entry)) as image:
        sheet = np.asarray(image.convert("RGB"), np.uint8)
    if sheet.shape != (rows * high, columns * wide, 3):
        raise Fault(f"{entry['file']} has the wrong size")
    return sheet.reshape(rows, high, columns, wide, 3).swapaxes(1, 2)
