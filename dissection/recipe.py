"""The recipe of a picture: which model, which seed, which strokes. Travels as text in PNG files.

Masks are kept bit for bit (float32, compressed), so that a recipe renders to the same pixels.
"""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from dissection import __version__
from dissection.edits import Brush, CellRule, Edit, LayerUnits, Mode, Stroke
from dissection.errors import BadInputError, DissectionError
from dissection.masks import Mask
from dissection.vocabulary import Concept

#: The keyword under which the text stands in a PNG file.
KEYWORD = "ganpaint"
_SCHEMA = 1
#: No picture of a Progressive GAN is larger; a text that claims more is damaged.
_LARGEST_SIDE = 4096


@dataclass(frozen=True, eq=False)
class Recipe:
    """What makes a picture.

    Attributes:
        model: the generator's bundled name, or the path of its file.
        network: SHA-256 of the generator's file, hexadecimal; empty if unknown.
        seed: the row of the standard latents.
        edit: the strokes.
    """

    model: str
    network: str
    seed: int
    edit: Edit

    def to_text(self) -> str:
        """The recipe as JSON text."""
        return json.dumps(
            {
                "schema": _SCHEMA,
                "version": __version__,
                "model": self.model,
                "network": self.network,
                "seed": self.seed,
                "strokes": [_stroke_row(stroke) for stroke in self.edit.strokes],
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
            strokes = tuple(_read_stroke(stroke) for stroke in row["strokes"])
            return cls(str(row["model"]), str(row["network"]), int(row["seed"]), Edit(strokes))
        except DissectionError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
            raise BadInputError(f"The text is no recipe of a picture ({error!r}).") from error


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
        brush = Brush(Concept(str(name), str(category)), layers)
    return Stroke(
        _read_mask(row["mask"]), brush, Mode(row["mode"]), float(row["strength"]),
        CellRule(row["rule"]),
    )  # fmt: skip


def _mask_row(mask: Mask) -> dict[str, Any]:
    data = zlib.compress(np.ascontiguousarray(mask, "<f4").tobytes(), 9)
    return {"shape": list(mask.shape), "zlib": base64.b64encode(data).decode("ascii")}


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
