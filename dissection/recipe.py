"""The recipe of a picture: which model, which seed, which strokes. Travels as text in PNG files.

Strokes that are off are in it too, so that a picture opens as it was left.

Masks and patches are kept bit for bit, so that a recipe renders to the same pixels.
"""

import json
from dataclasses import dataclass
from typing import Any

from dissection import __version__
from dissection.edits import Edit
from dissection.errors import BadInputError, DissectionError
from dissection.history import History, Painted, shown_edit
from dissection.latents import LAST_ROW
from dissection.stroke_rows import (
    MALFORMED,
    painted_row,
    patch_row,
    patches_of,
    read_painted,
    read_patch,
)

#: The keyword under which the text stands in a PNG file.
KEYWORD = "ganpaint"
#: 1 knew no patches.
_SCHEMA = 2


@dataclass(frozen=True, eq=False)
class Recipe:
    """What makes a picture.

    Attributes:
        model: the generator's bundled name, or the path of its file.
        network: SHA-256 of the generator's file, hexadecimal; empty if unknown.
        seed: the row of the standard latents.
        edit: the strokes that the picture shows.
        history: all strokes, those that are off too; made from ``edit`` unless given.
    """

    model: str
    network: str
    seed: int
    edit: Edit
    history: History = ()

    def __post_init__(self) -> None:
        if not self.history:
            object.__setattr__(self, "history", tuple(Painted(s) for s in self.edit.strokes))

    @classmethod
    def of_history(cls, model: str, network: str, seed: int, history: History) -> "Recipe":
        """The recipe of the picture that a history shows."""
        return cls(model, network, seed, shown_edit(history), history)

    def to_text(self) -> str:
        """The recipe as JSON text."""
        patches = patches_of(painted.stroke for painted in self.history)
        return json.dumps(
            {
                "schema": _SCHEMA,
                "version": __version__,
                "model": self.model,
                "network": self.network,
                "seed": self.seed,
                "strokes": [painted_row(painted) for painted in self.history],
                "patches": {digest: patch_row(patch) for digest, patch in patches.items()},
            }
        )

    @classmethod
    def from_text(cls, text: str) -> "Recipe":
        """The inverse of ``to_text``.

        Raises:
            BadInputError: the text is no recipe, or one of a newer program.
        """
        try:
            row = json.loads(text)
            if row["schema"] not in range(1, _SCHEMA + 1):
                raise BadInputError(
                    f"This recipe has schema {row['schema']}, and this program reads schema 1 to "
                    f"{_SCHEMA}; use the program that made it."
                )
            patches = {key: read_patch(patch) for key, patch in row.get("patches", {}).items()}
            history = tuple(read_painted(painted, patches) for painted in row["strokes"])
            return cls.of_history(
                str(row["model"]), str(row["network"]), read_seed(row["seed"]), history
            )
        except DissectionError:
            raise
        except MALFORMED as error:
            raise BadInputError(f"The text is no recipe of a picture ({error!r}).") from error


def read_seed(value: Any) -> int:
    """A row of the standard latents.

    Raises:
        ValueError: no row that is ever computed.
    """
    seed = int(value)
    if not 0 <= seed <= LAST_ROW:
        raise ValueError(f"the seed {seed}")
    return seed
