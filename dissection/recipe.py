"""The recipe of a picture: which model, which seed, which strokes. Travels as text in PNG files.

Strokes that are off are in it too, so that a picture opens as it was left.

Masks are kept bit for bit (float32, compressed), so that a recipe renders to the same pixels.
"""

import base64
import binascii
import json
import math
import weakref
import zlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dissection import __version__
from dissection.edits import Brush, CellRule, Edit, LayerUnits, Mode, Stroke
from dissection.errors import BadInputError, DissectionError
from dissection.history import History, Painted, UnitChoice, shown_edit
from dissection.latents import LAST_ROW
from dissection.masks import Mask
from dissection.vocabulary import Concept

#: The keyword under which the text stands in a PNG file.
KEYWORD = "ganpaint"
_SCHEMA = 1
#: No picture of a Progressive GAN is larger; a text that claims more is damaged.
_LARGEST_SIDE = 4096
#: What reading a text of the wrong form may raise.
MALFORMED = (
    *(KeyError, TypeError, ValueError, AttributeError, IndexError),
    *(OverflowError, RecursionError, zlib.error),
)
#: Masks never change once they are painted, and packing is most of the work of saving again.
_packed: dict[int, tuple["weakref.ref[Mask]", dict[str, Any]]] = {}


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
        return json.dumps(
            {
                "schema": _SCHEMA,
                "version": __version__,
                "model": self.model,
                "network": self.network,
                "seed": self.seed,
                "strokes": [painted_row(painted) for painted in self.history],
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
            if row["schema"] != _SCHEMA:
                raise BadInputError(
                    f"This recipe has schema {row['schema']}, and this program reads schema "
                    f"{_SCHEMA}; use the program that made it."
                )
            history = tuple(read_painted(painted) for painted in row["strokes"])
            return cls.of_history(
                str(row["model"]), str(row["network"]), read_seed(row["seed"]), history
            )
        except DissectionError:
            raise
        except MALFORMED as error:
            raise BadInputError(f"The text is no recipe of a picture ({error!r}).") from error


def painted_row(painted: Painted) -> dict[str, Any]:
    """A stroke of a history as plain JSON values."""
    row = _stroke_row(painted.stroke)
    if not painted.shown:
        row["shown"] = False
    if painted.choice is not None:
        row["choice"] = asdict(painted.choice)
    return row


def read_painted(row: dict[str, Any]) -> Painted:
    """The inverse of ``painted_row``.

    Raises:
        one of ``MALFORMED``: the values are no stroke.
        BadInputError: a number is outside of what a stroke allows.
    """
    choice = None
    if row.get("choice") is not None:
        given = row["choice"]
        choice = UnitChoice(
            str(given["order"]), int(given["units"]), str(given["level"]), float(given["boost"])
        )
        if choice.units < 1 or not (math.isfinite(choice.boost) and choice.boost > 0):
            raise ValueError(f"a choice of {choice.units} units, boosted {choice.boost} times")
    return Painted(_read_stroke(row), bool(row.get("shown", True)), choice)


def read_seed(value: Any) -> int:
    """A row of the standard latents.

    Raises:
        ValueError: no row that is ever computed.
    """
    seed = int(value)
    if not 0 <= seed <= LAST_ROW:
        raise ValueError(f"the seed {seed}")
    return seed


def _stroke_row(stroke: Stroke) -> dict[str, Any]:
    brush = stroke.brush
    return {
        "mode": stroke.mode.value,
        "strength": stroke.strength,
        "rule": stroke.rule.value,
        "mask": _mask_row(stroke.mask),
        "brush": brush
        and {
            "concept": [brush.concept.name, brush.concept.category],
            "layers": {
                name: {"units": part.units, "levels": part.levels}
                for name, part in brush.layers.items()
            },
        },
    }


def _read_stroke(row: dict[str, Any]) -> Stroke:
    brush = None
    if row["brush"] is not None:
        name, category = row["brush"]["concept"]
        layers = {
            str(layer): LayerUnits(
                tuple(int(unit) for unit in part["units"]),
                tuple(float(level) for level in part["levels"]),
            )
            for layer, part in row["brush"]["layers"].items()
        }
        if not all(math.isfinite(level) for part in layers.values() for level in part.levels):
            raise ValueError("a level that is no finite number")
        brush = Brush(Concept(str(name), str(category)), layers)
    return Stroke(
        _read_mask(row["mask"]), brush, Mode(row["mode"]), float(row["strength"]),
        CellRule(row["rule"]),
    )  # fmt: skip


def _mask_row(mask: Mask) -> dict[str, Any]:
    key = id(mask)
    known = _packed.get(key)
    if known is not None and known[0]() is mask:
        return known[1]
    data = zlib.compress(np.ascontiguousarray(mask, "<f4").tobytes(), 6)
    row = {"shape": list(mask.shape), "zlib": base64.b64encode(data).decode("ascii")}
    _packed[key] = (weakref.ref(mask, lambda _gone: _packed.pop(key, None)), row)
    return row


def _read_mask(row: dict[str, Any]) -> Mask:
    height, width = (int(n) for n in row["shape"])
    if not (0 < height <= _LARGEST_SIDE and 0 < width <= _LARGEST_SIDE):
        raise ValueError(f"a mask of {height} x {width}")
    try:
        packed = base64.b64decode(row["zlib"], validate=True)
    except binascii.Error as error:
        raise ValueError("a mask that is no base64 text") from error
    size = 4 * height * width
    # A few bytes can claim to unpack to gigabytes: take one more than there should be.
    data = zlib.decompressobj().decompress(packed, size + 1)
    if len(data) != size:
        raise ValueError("a mask of another size than it says")
    mask = np.frombuffer(data, "<f4").reshape(height, width).astype(np.float32)
    if not (np.isfinite(mask).all() and mask.min() >= 0 and mask.max() <= 1):
        raise ValueError("a mask with values outside of 0..1")
    return mask
