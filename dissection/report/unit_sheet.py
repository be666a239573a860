"""One sheet of units: what each stands for, and the pictures that drive it hardest beside it.

Laid out as figures 1 and 3 of Bau et al. 2020 are: a row for each unit. Free of torch.
"""

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dissection.data.images import Picture, contact_sheet, thumbnail
from dissection.errors import BadInputError
from dissection.results.ranking import BestUnit
from dissection.results.sheets import Strips

#: Width and height of a picture: five of them and the text make about 1,000 px.
SIDE = 144
#: Larger sheets are more than most viewers open and take gigabytes to make.
LARGEST = 2**27
_MARGIN, _GAP, _BETWEEN = 20, 4, 20
_INK, _PALE, _LINE = "#1b1f24", "#5d666f", "#d8dde2"
_SPACE = 6


class _Piece(NamedTuple):
    """A few words in one type."""

    text: str
    size: int
    color: str = _PALE


#: What stands in one line, left to right.
_Line = Sequence[_Piece]


def unit_sheet(units: Sequence[BestUnit], strips: Sequence[Strips], side: int = SIDE) -> Picture:
    """Draw units below each other, a thin line between concepts.

    Args:
        units: at least one; those of one concept stand together.
        strips: of each unit, uint8 (images, size, size, 3), RGB, at least one picture; as
            ``LayerDissection.pictures`` and ``exemplars.unit_pictures`` give them.
        side: width and height of a picture on the sheet; others are resized.

    Returns:
        uint8 (H, W, 3), RGB, as wide as the longest text and row of pictures.

    Raises:
        BadInputError: no units, or more than fit on a sheet.
    """
    if not units:
        raise BadInputError("A sheet of units needs at least one unit.")
    texts = [_text(unit) for unit in units]
    most = max(len(strip) for strip in strips)
    left = _MARGIN + max(_width(line) for text in texts for line in text) + _MARGIN
    width = left + most * (side + _GAP) - _GAP + _MARGIN
    tall = max(side, max(_height(text) for text in texts))
    breaks = [one.concept != other.concept for one, other in pairwise(units)]
    steps = [tall + (_BETWEEN if new else 2 * _GAP) for new in breaks]
    tops = np.cumsum([_MARGIN, *steps]).tolist()
    height = tops[-1] + tall + _MARGIN
    if width * height > LARGEST:
        raise BadInputError(
            f"{len(units)} units with {most} pictures of {side} px each are too many for one "
            "sheet; ask for fewer, or for smaller pictures."
        )
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    for text, strip, top in zip(texts, strips, tops, strict=True):
        row = contact_sheet([thumbnail(picture, side) for picture in strip], len(strip), _GAP)
        sheet.paste(Image.fromarray(row), (left, top + (tall - side) // 2))
        _write(draw, text, top + (tall - _height(text)) // 2)
    for top, new in zip(tops[1:], breaks, strict=True):
        if new:
            middle = top - _BETWEEN // 2
            draw.line((_MARGIN, middle, width - _MARGIN - 1, middle), fill=_LINE)
    return np.asarray(sheet)


def _text(unit: BestUnit) -> list[_Line]:
    """What is told of a unit, from top to bottom."""
    concept = unit.concept
    own = "" if unit.label == concept else f" ({unit.label_iou:.3f})"
    lines: list[_Line] = [
        [_Piece(concept.name, 22, _INK), _Piece(concept.category, 13)],
        [_Piece(f"{unit.layer}, unit {unit.unit}", 15, _INK)],
        [_Piece(f"IoU {unit.iou:.3f}", 15, _INK)],
    ]
    if unit.reached is not None:
        lines.append([_Piece(f"{unit.reached:.0%} of what its area allows", 13)])
    lines.append([_Piece(f"label: {unit.label_name}{own}", 13)])
    return lines


def _write(draw: ImageDraw.ImageDraw, text: Sequence[_Line], top: int) -> None:
    for line in text:
        left, largest = float(_MARGIN), max(piece.size for piece in line)
        for piece in line:
            font = _font(piece.size)
            draw.text((left, top + largest), _plain(piece.text), piece.color, font, anchor="ls")
            left += font.getlength(_plain(piece.text)) + _SPACE
        top += _line_height(line)


def _width(line: _Line) -> int:
    widths = [_font(piece.size).getlength(_plain(piece.text)) for piece in line]
    return int(np.ceil(sum(widths))) + _SPACE * (len(line) - 1)


def _line_height(line: _Line) -> int:
    return max(piece.size for piece in line) + _SPACE


def _height(text: Sequence[_Line]) -> int:
    return sum(_line_height(line) for line in text)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _plain(text: str) -> str:
    """Text in the letters that Pillow's own font has: no accents, nothing beyond ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or "?"
