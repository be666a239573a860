"""The file of a person's own brushes for one network, in the user's data folder.

After a line that says what it is, one line for each brush, with a checksum: a damaged line costs
one brush. A file that is not whole is set aside under another name before it is written again, so
that nothing of it is lost.
"""

import base64
import errno
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from dissection.data.images import Picture
from dissection.errors import DissectionError
from dissection.painting.serialize import MALFORMED, brush_row, read_brush
from dissection.results.rarity import OWN_CATEGORY
from dissection.runtime.checked_lines import checked_line, read_line
from dissection.runtime.files import make_folder, reason, write_bytes
from dissection.runtime.reading import read_ordinary
from dissection.vocabulary import Concept
from ganpaint.painter.document.user_brush import PICTURE_SIZE, UserBrush

SUFFIX = ".brushes"
_MAGIC = b"GANPaint brushes"
#: Hundreds of brushes with their pictures stay far below.
LARGEST_FILE = 1 << 26


@dataclass(frozen=True)
class Found:
    """What a file held.

    Attributes:
        brushes: those that are whole, in order.
        trouble: a sentence on what is not, empty where all is well.
    """

    brushes: tuple[UserBrush, ...] = ()
    trouble: str = ""


def store_path(folder: Path, network: str) -> Path:
    """The file of a network, given the SHA-256 of its own file, hexadecimal."""
    return folder / f"{network}{SUFFIX}"


def write_store(path: Path, brushes: Sequence[UserBrush]) -> None:
    """Write all brushes of a network, whole; the folder is made if need be.

    Raises:
        DissectionError: it cannot be written; what was there before is still there.
    """
    make_folder(path.parent)
    lines = [_MAGIC, *(checked_line(_row(brush)) for brush in brushes)]
    write_bytes(path, b"\n".join((*lines, b"")))


def read_store(path: Path) -> Found:
    """The brushes of a file; one that is damaged is set aside under a name that ``trouble`` tells.

    No file is no trouble: nothing was kept yet.
    """
    try:
        lines = read_ordinary(path, LARGEST_FILE).split(b"\n")
    except (FileNotFoundError, NotADirectoryError):  # who writes there will be told
        return Found()
    except OSError as error:
        if error.errno == errno.EFBIG:
            return _set_aside(path, ())
        return Found(trouble=f"Your own brushes in {path} cannot be read: {reason(error)}.")
    brushes: dict[Concept, UserBrush] = {}
    damaged = lines[0] != _MAGIC or lines[-1] != b""
    for line in lines[1:-1] if not damaged else lines:
        try:
            brush = _read_row(line)
            brushes[brush.concept] = brush
        except MALFORMED:
            damaged = True
    whole = tuple(brushes.values())
    return _set_aside(path, whole) if damaged else Found(whole)


def _row(brush: UserBrush) -> dict[str, object]:
    return {"brush": brush_row(brush.brush), "picture": _png(brush.picture)}


def _read_row(line: bytes) -> UserBrush:
    row = read_line(line)
    if row is None:
        raise ValueError("a line that is not whole")
    brush = read_brush(row["brush"])
    if brush.concept.category != OWN_CATEGORY or not brush.layers:
        raise ValueError("a brush that nobody made")
    return UserBrush(brush, _picture(row["picture"]))


def _set_aside(path: Path, whole: tuple[UserBrush, ...]) -> Found:
    """Keep a damaged file under another name, and what is whole of it under its own."""
    aside = path.with_name(f"{path.stem}-damaged-{time.strftime('%Y%m%d-%H%M%S')}{SUFFIX}")
    count = f"{len(whole)} whole brush{'' if len(whole) == 1 else 'es'}"
    try:
        path.rename(aside)
        if whole:
            write_store(path, whole)
    except (OSError, DissectionError):
        return Found(whole, f"Your own brushes in {path} are damaged; {count} could be read.")
    return Found(
        whole, f"Your own brushes were damaged; {count} could be read, and the file is now {aside}."
    )


def _png(picture: Picture | None) -> str | None:
    if picture is None:
        return None
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode("ascii")


def _picture(text: object) -> Picture | None:
    """A picture that is there for looks only: one that cannot be read is left out."""
    if not isinstance(text, str):
        return None
    try:
        data = io.BytesIO(base64.b64decode(text, validate=True))
        with Image.open(data, formats=["PNG"]) as image:
            if max(image.size) > PICTURE_SIZE:
                return None
            return np.asarray(image.convert("RGB"), np.uint8)
    except Exception:
        # Damaged files make decoders fail in a dozen ways, none of which concerns the user.
        return None
