"""Entries of files that other programs wrote: nothing is taken on trust, nothing is made up."""

import math
from collections.abc import Mapping
from typing import Any

#: Of float32, in which all of them are kept.
_LARGEST_NUMBER = 3e38
#: How the published writers spell numbers that JSON has no word for.
_NOT_FINITE = {"NaN", "Infinity", "-Infinity"}


#: Cells of the tables of all layers together (concepts or classes by units), at most: four
#: bytes each here, and some more copies where they are ranked.
MOST_CELLS = 1 << 24


class Wrong(Exception):  # noqa: N818 - half a sentence, which read_result_file completes
    """What is wrong with a result file."""


def require_cells(cells: int, what: str) -> None:
    """A table is not made before it is known to fit: every unit may have a label of its own."""
    if cells > MOST_CELLS:
        raise Wrong(f"{what} would have {cells:,} cells, and {MOST_CELLS:,} are the most")


def entry(record: Any, key: str, where: str) -> Any:
    """An entry that must be there."""
    if not isinstance(record, Mapping):
        raise Wrong(f"{where} is no record")
    if key not in record:
        raise Wrong(f"{where} has no '{key}'")
    return record[key]


def records(record: Any, key: str, where: str) -> list[Any]:
    """A list that must be there."""
    found = entry(record, key, where)
    if not isinstance(found, list):
        raise Wrong(f"'{key}' of {where} is no list")
    return found


def text(record: Any, key: str, where: str) -> str:
    """A text that must be there."""
    found = entry(record, key, where)
    if not isinstance(found, str):
        raise Wrong(f"'{key}' of {where} is no text")
    return found


def number(record: Any, key: str, where: str) -> float:
    """A number that must be there; NaN where it is none, in any spelling."""
    return as_number(entry(record, key, where), f"'{key}' of {where}")


def as_number(found: Any, what: str) -> float:
    """A value as a number; NaN for all that are not finite."""
    if isinstance(found, str) and found in _NOT_FINITE:
        return math.nan
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Wrong(f"{what} is no number")
    try:
        value = float(found)
    except OverflowError:
        raise Wrong(f"{what} is no number that fits") from None
    if math.isfinite(value) and abs(value) > _LARGEST_NUMBER:
        raise Wrong(f"{what} is {value:g}, which is no number that fits")
    return value if math.isfinite(value) else math.nan


def as_iou(value: float, what: str) -> float:
    """A number as an IoU, which is from 0 to 1; NaN stays."""
    if value < 0 or value > 1:
        raise Wrong(f"{what} is {value:g}, and an IoU is from 0 to 1")
    return value


def require_place(unit: Any, place: int, where: str) -> None:
    """Units are numbered by their place in the list."""
    if entry(unit, "unit", where) != place:
        raise Wrong(f"{where} calls itself unit {unit['unit']!r}")
