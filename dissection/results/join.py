"""Two dissections of one network, of different layers, as one. Free of torch."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dissection.errors import BadInputError
from dissection.results.dissection import Dissection

#: What both must have been measured with, and what that is called.
_ALIKE = (
    ("network", "networks"),
    ("segmenter", "segmenters"),
    ("levels", "levels"),
    ("sample", "samples"),
)


def join_dissections(first: Dissection, second: Dissection) -> Dissection:
    """The layers of both; where both measured a layer, the second one's figures count.

    Args:
        first: what was there.
        second: what was measured since.

    Raises:
        BadInputError: they are of other networks, segmenters, levels or samples; the sentence says
            which.
    """
    for key, what in _ALIKE:
        if _told(first, key) != _told(second, key):
            raise _apart(what)
    if first.vocabulary != second.vocabulary:
        raise _apart("concepts")
    measured = {**first.measured, **second.measured}
    names = _in_order(first.layers, second.layers)
    old = [s for s in first.strengths if not set(s.layers).intersection(second.layers)]
    joined = {
        "layers": list(second.layers),
        "command": second.provenance.get("command", ""),
        "versions": second.provenance.get("versions", {}),
    }
    return replace(
        first,
        measured={name: measured[name] for name in names},
        strengths=[*old, *second.strengths],
        pictures={**second.pictures, **first.pictures},
        provenance={
            **first.provenance,
            "joined": [*first.provenance.get("joined", ()), joined],
        },
    )


def _told(dissection: Dissection, key: str) -> Any:
    told = dissection.provenance.get(key)
    if key == "levels" and isinstance(told, dict):  # where cells lie is of each layer
        return {name: told.get(name) for name in ("grid", "quantile")}
    return told.get("digest") if key == "segmenter" and isinstance(told, dict) else told


def _in_order(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """All names; by their numbers where the first ones are in that order already."""
    names = list(dict.fromkeys([*first, *second]))
    return sorted(names, key=_natural) if list(first) == sorted(first, key=_natural) else names


def _natural(name: str) -> list[tuple[int, int, str]]:
    pieces = re.split(r"(\d+)", name)
    return [(int(p.isdigit()), int(p) if p.isdigit() else 0, p) for p in pieces]


def _apart(what: str) -> BadInputError:
    return BadInputError(f"The two dissections have different {what} and cannot become one.")
