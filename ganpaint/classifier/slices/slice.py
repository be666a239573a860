"""Some of the held-out pictures, by what they are. Free of Qt and torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dissection.data.picture_tags import Tags, folder_tags, storybook_tags, table_tags
from dissection.interventions.ablation.slices import matching

_STORYBOOK = "storybook:"


@dataclass(frozen=True)
class Slice:
    """Pictures with these tags.

    Attributes:
        conditions: tag to the value that it must have; none for all pictures.
        name: what a person calls it; empty where it is not kept.
    """

    conditions: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    @property
    def said(self) -> str:
        """Its name, or what it is."""
        if self.name or not self.conditions:
            return self.name or "all pictures"
        return ", ".join(f"{tag}: {value}" for tag, value in self.conditions.items())

    def within(self, tag: str, value: str) -> "Slice":
        """Those of it that have one more tag."""
        return Slice({**self.conditions, tag: value})

    def without(self, tag: str) -> "Slice":
        """The same without a condition."""
        return Slice({name: value for name, value in self.conditions.items() if name != tag})

    def places(self, tags: Tags, total: int) -> NDArray[np.int64]:
        """Places of its pictures.

        Args:
            tags: of all pictures.
            total: how many pictures there are.

        Returns:
            Int64 (M,), 0..total - 1, ascending.

        Raises:
            UnknownNameError: the pictures do not have a tag of it.
        """
        if not self.conditions:
            return np.arange(total)
        return matching(tags, self.conditions)


#: All pictures.
ALL = Slice()


def tags_of(pictures: str, names: Sequence[str], table: str = "") -> Tags:
    """What is known of held-out pictures.

    Args:
        pictures: ``storybook:DOMAIN``, or a folder.
        names: of the pictures.
        table: path of a table of tags, or an empty text.

    Raises:
        BadInputError: the table cannot be used.
    """
    if pictures.startswith(_STORYBOOK):
        found = storybook_tags(names, pictures.removeprefix(_STORYBOOK))
    else:
        found = folder_tags(names)
    return {**found, **(table_tags(Path(table), names) if table else {})}
