"""The recipe of a picture: which model, which seed, which strokes. Travels as text in PNG files.

Strokes that are off are in it too, so that a picture opens as it was left.

Masks and patches are kept bit for bit, so that a recipe renders to the same pixels.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.data.latents import LAST_ROW, Blend, latent_of
from dissection.errors import BadInputError, DissectionError
from dissection.painting.edits import Edit
from dissection.painting.history import History, Painted, shown_edit
from dissection.painting.serialize import (
    MALFORMED,
    Room,
    TooLargeError,
    painted_row,
    patch_row,
    patches_of,
    read_painted,
    read_patch,
)
from dissection.runtime.reading import parse_json
from dissection.runtime.version import VERSION

#: The keyword under which the text stands in a PNG file.
KEYWORD = "ganpaint"
#: 1 knew neither patches nor blends.
_SCHEMA = 2
_DEEPEST_LATENT = 1 << 16


@dataclass(frozen=True, eq=False)
class Recipe:
    """What makes a picture.

    Attributes:
        model: the generator's bundled name, or the path of its file.
        network: SHA-256 of the generator's file, hexadecimal; empty if unknown.
        seed: the row of the standard latents.
        edit: the strokes that the picture shows.
        history: all strokes, those that are off too; made from ``edit`` unless given.
        blend: how far on the way to another row; None for the row itself.
        latent: z, float32 (d,), where it is not that of the seed; None where it is.
    """

    model: str
    network: str
    seed: int
    edit: Edit
    history: History = ()
    blend: Blend | None = None
    latent: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if not self.history:
            object.__setattr__(self, "history", tuple(Painted(s) for s in self.edit.strokes))

    @classmethod
    def of_history(
        cls,
        model: str,
        network: str,
        seed: int,
        history: History,
        blend: Blend | None = None,
        latent: NDArray[np.float32] | None = None,
    ) -> "Recipe":
        """The recipe of the picture that a history shows.

        A latent that is the row of the seed anyway is left out.
        """
        if latent is not None and blend is None:
            row = latent_of(seed, len(latent))
            latent = None if np.array_equal(latent, row) else latent
        return cls(model, network, seed, shown_edit(history), history, blend, latent)

    def to_text(self) -> str:
        """The recipe as JSON text."""
        patches = patches_of(painted.stroke for painted in self.history)
        return json.dumps(
            {
                "schema": _SCHEMA,
                "version": VERSION,
                "model": self.model,
                "network": self.network,
                "seed": self.seed,
                "blend": blend_row(self.blend),
                "latent": None if self.latent is None else pack_latent(self.latent),
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
            row = parse_json(text)
            if row["schema"] not in range(1, _SCHEMA + 1):
                raise BadInputError(
                    f"This recipe has schema {row['schema']}, and this program reads schema 1 to "
                    f"{_SCHEMA}; use the program that made it."
                )
            room = Room()
            patches = {key: read_patch(p, room) for key, p in row.get("patches", {}).items()}
            history = tuple(read_painted(painted, patches, room) for painted in row["strokes"])
            latent = row.get("latent")
            return cls.of_history(
                str(row["model"]),
                str(row["network"]),
                read_seed(row["seed"]),
                history,
                read_blend(row.get("blend")),
                None if latent is None else read_latent(latent),
            )
        except TooLargeError as error:
            raise BadInputError(f"The recipe of a picture is too large: {error}.") from error
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


def blend_row(blend: Blend | None) -> list[float] | None:
    """A blend as plain JSON values: the other row and its share."""
    return None if blend is None else [blend.toward, blend.share]


def read_blend(value: Any) -> Blend | None:
    """The inverse of ``blend_row``.

    Raises:
        TypeError, ValueError: the values are no blend.
    """
    if value is None:
        return None
    toward, share = value
    made = Blend(read_seed(toward), float(share))
    if not 0 < made.share <= 1:
        raise ValueError(f"a blend with a share of {made.share}")
    return made


def pack_latent(latent: NDArray[np.float32]) -> str:
    """A latent, float32 (d,), as text, bit for bit."""
    return base64.b64encode(np.ascontiguousarray(latent, "<f4").tobytes()).decode("ascii")


def read_latent(text: str) -> NDArray[np.float32]:
    """The inverse of ``pack_latent``.

    Raises:
        TypeError, ValueError: the text is none.
    """
    latent = np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
    if not (0 < latent.size <= _DEEPEST_LATENT and np.isfinite(latent).all()):
        raise ValueError("a latent that is none")
    return latent
