"""The 1,825 concepts of the published unified-parsing segmenter, in its own numbering.

Nothing, 335 objects, the same objects' top, left, bottom and right halves, 25 materials, 112
parts, a second nothing (of the color network, never seen) and 11 colors. A part whose name is
also an object's carries the object's number: *door* is one concept, whether it was seen as an
object or as a part of a building.
"""

import csv
import hashlib
from functools import cache
from typing import NamedTuple

from dissection.runtime.resources import resource
from dissection.vocabulary import NOTHING, Concept, Vocabulary

OBJECTS = 335
FIRST_MATERIAL = 1 + OBJECTS * 5
FIRST_COLOR = 1814
_CONCEPTS = "vocabularies/unified.tsv"
_PARTS = "vocabularies/unified-parts.tsv"


class PartGroup(NamedTuple):
    """The parts of one kind of object: exactly one of them holds at each of its pixels.

    Attributes:
        owner: the object's index in the vocabulary.
        first: the group's first channel in the part head.
        concepts: vocabulary indices of the group's channels; the first is 0, nothing.
    """

    owner: int
    first: int
    concepts: tuple[int, ...]


@cache
def unified_vocabulary(colors: bool = True) -> Vocabulary:
    """The whole vocabulary, or without the 12 entries of the color network at its end."""
    with resource(_CONCEPTS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    concepts = [
        NOTHING if row["name"] == NOTHING.name else Concept(row["name"], row["category"])
        for row in rows
    ]
    return Vocabulary(concepts if colors else concepts[: FIRST_COLOR - 1])


@cache
def part_groups() -> tuple[PartGroup, ...]:
    """The 77 groups of the part head's 427 channels, by ascending object."""
    with resource(_PARTS).open(encoding="utf-8", newline="") as file:
        return tuple(
            PartGroup(
                int(row["object_id"]),
                int(row["first_channel"]),
                tuple(int(number) for number in row["unified_ids"].split(";")),
            )
            for row in csv.DictReader(file, delimiter="\t")
        )


@cache
def numbering_digest() -> str:
    """SHA-256 of the two tables together."""
    tables = resource(_CONCEPTS).read_bytes() + resource(_PARTS).read_bytes()
    return hashlib.sha256(tables).hexdigest()
