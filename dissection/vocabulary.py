"""Concepts and vocabularies: what a segmenter can see.

Concepts are keyed by (name, category), never by name alone: in the unified vocabulary nine names
are both an object and a material. Index 0 of every vocabulary is *nothing*, and is never a label.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import overload

from dissection.errors import UnknownNameError, printable

CATEGORIES = ("object", "part", "material", "color", "texture", "scene")


#: Letters of a name; the longest of the published vocabularies has some hundred.
LONGEST_NAME = 250
#: What is called by an empty text.
NAMELESS = "(no name)"


def readable_name(name: str, most: int = LONGEST_NAME) -> str:
    """A name from a file as one line that can be printed: the rest is escaped, or left out.

    Escaped are ends of lines, changes of the direction of writing and the like, and spaces where
    there is nothing else; left out is what is behind so many letters, and more than a few marks
    upon one letter.
    """
    if not (name.isascii() and name.isprintable()):
        name = printable(name)
    if name.isspace():
        name = name.replace(" ", r"\x20")
    return name if len(name) <= most else f"{name[: most - 1]}…"


@dataclass(frozen=True, order=True)
class Concept:
    r"""Something a segmenter can see, for example ``Concept("tree", "object")``.

    Names come from files of others and are shown in many places, so they are as ``readable_name``
    has them from the start.

    Example:
        >>> print(Concept("tree\n", "object"))
        tree\n
    """

    name: str
    category: str

    def __post_init__(self) -> None:
        for field in ("name", "category"):
            object.__setattr__(self, field, readable_name(getattr(self, field)))

    def __str__(self) -> str:
        return self.name


NOTHING = Concept("-", "-")


class Vocabulary(Sequence[Concept]):
    """The ordered list of concepts of a segmenter; the index of a concept is its map value.

    Args:
        concepts: the concepts from index 1 on; index 0 (``NOTHING``) is put in front unless it
            is there already.

    Raises:
        ValueError: two entries other than nothing are the same (name, category).
    """

    def __init__(self, concepts: Iterable[Concept]) -> None:
        entries = list(concepts)
        if not entries or entries[0] != NOTHING:
            entries.insert(0, NOTHING)
        self._concepts = tuple(entries)
        self._index = {concept: i for i, concept in reversed(list(enumerate(self._concepts)))}
        named = [c for c in self._concepts if c.name != "-"]
        if len(set(named)) != len(named):
            raise ValueError("a vocabulary may name each (name, category) once")

    @overload
    def __getitem__(self, index: int) -> Concept: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Concept]: ...
    def __getitem__(self, index: int | slice) -> Concept | Sequence[Concept]:
        return self._concepts[index]

    def __len__(self) -> int:
        return len(self._concepts)

    def __iter__(self) -> Iterator[Concept]:
        return iter(self._concepts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self._concepts == other._concepts

    def __hash__(self) -> int:
        return hash(self._concepts)

    def id(self, concept: Concept) -> int:
        """The map value of a concept.

        Raises:
            UnknownNameError: the vocabulary does not hold it.
        """
        try:
            return self._index[concept]
        except KeyError:
            raise UnknownNameError(
                f"This vocabulary has no {concept.category} named '{concept.name}'."
            ) from None

    def find(self, name: str, category: str | None = None) -> Concept:
        """The concept called ``name``: ``tree``, ``part:door`` or ``door`` with a category.

        Where a name stands in several categories, the order of ``CATEGORIES`` decides.

        Raises:
            UnknownNameError: nothing is called so; the sentence names the nearest spellings.
        """
        if category is None and ":" in name:
            category, name = name.split(":", 1)
        name = readable_name(name)
        found = [c for c in self._concepts if c.name == name and category in (None, c.category)]
        if found and name != NOTHING.name:
            rank = {category: i for i, category in enumerate(CATEGORIES)}
            return min(found, key=lambda c: rank.get(c.category, len(rank)))
        names = sorted({c.name for c in self._concepts if c.name != NOTHING.name})
        near = get_close_matches(name, names, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(names)}."
        raise UnknownNameError(f"No concept is called '{name}'; {hint}")

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories of the concepts, in order of their first concept."""
        return tuple(dict.fromkeys(c.category for c in self._concepts if c != NOTHING))

    def category_indices(self) -> list[int]:
        """For each concept the place of its category in ``categories``; -1 for nothing."""
        places = {category: i for i, category in enumerate(self.categories)}
        return [-1 if c == NOTHING else places[c.category] for c in self._concepts]

    def of(self, category: str) -> list[int]:
        """Map values of all concepts of one category, ascending."""
        return [i for i, c in enumerate(self._concepts) if c.category == category]

    def to_json(self) -> list[list[str]]:
        """``[[name, category], ...]`` with nothing at index 0."""
        return [[c.name, c.category] for c in self._concepts]

    @classmethod
    def from_json(cls, rows: Iterable[Sequence[str]]) -> "Vocabulary":
        """The inverse of ``to_json``.

        Raises:
            TypeError, ValueError: the rows are no pairs of texts, or name a concept twice.
        """
        pairs: list[tuple[object, object]] = [(name, category) for name, category in rows]
        concepts = []
        for name, category in pairs:
            if not isinstance(name, str) or not isinstance(category, str):
                raise TypeError("a name or category that is no text")
            concepts.append(Concept(name, category))
        return cls(concepts)

    def digest(self) -> str:
        """SHA-256 of the ordered list: two segmenters with one digest number concepts alike."""
        return hashlib.sha256(json.dumps(self.to_json()).encode()).hexdigest()
