"""Strokes as they are written on a command line: ``tree:draw:40,80,12``."""

from collections.abc import Callable
from typing import Protocol

from dissection.errors import BadInputError
from dissection.painting.edits import Brush, Mode, Stroke
from dissection.painting.masks import disc

_GRAMMAR = "[category:]concept:mode:X,Y,R, such as tree:draw:40,80,12, or restore:X,Y,R"


class HasBrush(Protocol):
    """Something that knows its brush, such as one that was measured."""

    @property
    def brush(self) -> Brush:
        """The units and their levels."""


def parse_stroke(text: str, size: int, brush: Callable[[str], HasBrush]) -> Stroke:
    """A stroke as it is written on the command line.

    Args:
        text: ``[category:]concept:mode:X,Y,R``, or ``restore:X,Y,R``.
        size: width and height of the picture, pixels.
        brush: finds the brush of a concept by ``name`` or ``category:name``.

    Raises:
        BadInputError: the text does not follow the grammar, or the disc misses the picture.
        UnknownNameError: from ``brush``.
    """
    what, _, numbers = text.rpartition(":")
    name, _, word = what.rpartition(":")
    try:
        mode = Mode(word.strip())
        x, y, radius = (float(number) for number in numbers.split(","))
    except ValueError:
        raise BadInputError(f"A stroke is written {_GRAMMAR}; '{text}' is not.") from None
    if not name and mode != Mode.RESTORE:
        raise BadInputError(f"The stroke '{text}' names no concept to {mode}; write {_GRAMMAR}.")
    mask = disc((size, size), x, y, radius)
    if not mask.any():
        raise BadInputError(f"The stroke '{text}' lies outside of the picture of {size} px.")
    return Stroke(mask, None if mode == Mode.RESTORE else brush(name.strip()).brush, mode)
