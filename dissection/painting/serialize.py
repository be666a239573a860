"""Strokes and patches as plain JSON values, for project files and recipes. Free of torch.

Masks and patches are kept bit for bit (float32 and float16, compressed), so that what is read
again renders to the same pixels. A patch stands once, however often it was stamped: strokes name
it by its digest.
"""

import base64
import binascii
import weakref
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from dissection.errors import BadInputError
from dissection.painting.edits import Brush, CellRule, LayerUnits, Mode, Stroke
from dissection.painting.history import Painted, UnitChoice
from dissection.painting.masks import Mask
from dissection.painting.patches import Patch, Stamp
from dissection.runtime.choices import UNIT_ORDERS, chosen
from dissection.vocabulary import Concept

#: No picture of a Progressive GAN is larger; a text that claims more is damaged.
_LARGEST_SIDE = 4096
#: Values of the largest layer of a published network, four times over.
_LARGEST_PATCH = 1 << 23
#: Of all masks of one file, in pixels (512 MiB): two thousand strokes on pictures of 256 px.
MOST_MASK_PIXELS = 1 << 27
#: Of all patches of one file that strokes put down, in values (128 MiB).
MOST_PATCH_VALUES = 1 << 26
#: Beyond it float32 arithmetic ends: no unit of a network comes near.
LARGEST_LEVEL = 1e9
LARGEST_BOOST = 1e6
#: What reading a text of the wrong form may raise.
MALFORMED = (
    *(KeyError, TypeError, ValueError, AttributeError, IndexError),
    *(OverflowError, RecursionError, zlib.error),
)
#: Masks and patches never change, and packing is most of the work of saving again.
_packed_masks: dict[int, tuple["weakref.ref[Mask]", dict[str, Any]]] = {}
_packed_patches: "weakref.WeakKeyDictionary[Patch, dict[str, Any]]" = weakref.WeakKeyDictionary()
#: Letters of a stroke's own name; what is longer is cut.
LONGEST_NAME = 60


class TooLargeError(BadInputError):
    """A file claims more than is read; what it holds is not looked at any further."""


class Room:
    """What masks and patches of one file may take in memory, all together.

    A few bytes can claim gigabytes; the claims are added up before anything is unpacked.
    """

    def __init__(self) -> None:
        self._pixels = 0
        self._values = 0

    def take(self, pixels: int = 0, values: int = 0) -> None:
        """Claim room for a mask or a patch.

        Raises:
            TooLargeError: it is used up.
        """
        self._pixels += pixels
        self._values += values
        if self._pixels > MOST_MASK_PIXELS or self._values > MOST_PATCH_VALUES:
            raise TooLargeError(
                f"all masks together have more than {MOST_MASK_PIXELS:,} pixels, or all patches "
                f"more than {MOST_PATCH_VALUES:,} values"
            )


def painted_row(painted: Painted) -> dict[str, Any]:
    """A stroke of a history as plain JSON values; its patch, if any, is named only."""
    row = _stroke_row(painted.stroke)
    if not painted.shown:
        row["shown"] = False
    if painted.choice is not None:
        row["choice"] = asdict(painted.choice)
    if painted.name:
        row["name"] = painted.name
    return row


def read_painted(row: Mapping[str, Any], patches: Mapping[str, Patch], room: Room) -> Painted:
    """The inverse of ``painted_row``.

    Args:
        row: the values.
        patches: by their digests.
        room: what is left for its mask.

    Raises:
        one of ``MALFORMED``: the values are no stroke, or its patch is missing.
        BadInputError: a number is outside of what a stroke allows.
        TooLargeError: there is no room left.
    """
    choice = None
    if row.get("choice") is not None:
        given = row["choice"]
        order = chosen(str(given["order"]), UNIT_ORDERS)
        if order is None:
            raise ValueError(f"units in an order '{given['order']}'")
        choice = UnitChoice(order, int(given["units"]), str(given["level"]), float(given["boost"]))
        if choice.units < 1 or not 0 < choice.boost <= LARGEST_BOOST:
            raise ValueError(f"a choice of {choice.units} units, boosted {choice.boost} times")
    name = str(row.get("name", ""))[:LONGEST_NAME]
    return Painted(_read_stroke(row, patches, room), bool(row.get("shown", True)), choice, name)


def patches_of(strokes: Iterable[Stroke]) -> dict[str, Patch]:
    """The patches that strokes put down, by their digests, each once."""
    return {s.stamp.patch.digest: s.stamp.patch for s in strokes if s.stamp is not None}


def patch_row(patch: Patch) -> dict[str, Any]:
    """A patch as plain JSON values."""
    row = _packed_patches.get(patch)
    if row is None:
        data = zlib.compress(np.ascontiguousarray(patch.values, "<f2").tobytes(), 6)
        row = _packed_patches[patch] = {
            "layer": patch.layer,
            "name": patch.name,
            "shape": list(patch.values.shape),
            "zlib": base64.b64encode(data).decode("ascii"),
        }
    return row


def read_patch(row: Mapping[str, Any], room: Room) -> Patch:
    """The inverse of ``patch_row``.

    Raises:
        one of ``MALFORMED``: the values are no patch.
        TooLargeError: there is no room left.
    """
    units, height, width = (int(n) for n in row["shape"])
    if min(units, height, width) < 1 or units * height * width > _LARGEST_PATCH:
        raise ValueError(f"a patch of {units} x {height} x {width}")
    room.take(values=units * height * width)
    values = _unpack(row["zlib"], units * height * width, "<f2").reshape(units, height, width)
    return Patch(str(row["layer"]), values.astype(np.float16), str(row["name"]))


def brush_row(brush: Brush) -> dict[str, Any]:
    """A brush as plain JSON values."""
    return {
        "concept": [brush.concept.name, brush.concept.category],
        "layers": {
            name: {"units": layer_units.units, "levels": layer_units.levels}
            for name, layer_units in brush.layers.items()
        },
    }


def read_brush(row: Mapping[str, Any]) -> Brush:
    """The inverse of ``brush_row``.

    Raises:
        one of ``MALFORMED``: the values are no brush.
    """
    name, category = row["concept"]
    layers = {
        str(layer): LayerUnits(
            tuple(int(unit) for unit in layer_units["units"]),
            tuple(float(level) for level in layer_units["levels"]),
        )
        for layer, layer_units in row["layers"].items()
    }
    if not all(
        abs(level) <= LARGEST_LEVEL
        for layer_units in layers.values()
        for level in layer_units.levels
    ):
        raise ValueError("a level that no unit has")
    return Brush(Concept(str(name), str(category)), layers)


def _stroke_row(stroke: Stroke) -> dict[str, Any]:
    row: dict[str, Any] = {
        "mode": stroke.mode.value,
        "strength": stroke.strength,
        "rule": stroke.rule.value,
        "mask": _mask_row(stroke.mask),
        "brush": stroke.brush and brush_row(stroke.brush),
    }
    if stroke.stamp is not None:
        stamp = stroke.stamp
        row["stamp"] = {"patch": stamp.patch.digest, "row": stamp.row, "column": stamp.column}
    return row


def _read_stroke(row: Mapping[str, Any], patches: Mapping[str, Patch], room: Room) -> Stroke:
    brush = None if row["brush"] is None else read_brush(row["brush"])
    stamp = None
    if row.get("stamp") is not None:
        place = row["stamp"]
        stamp = Stamp(patches[str(place["patch"])], int(place["row"]), int(place["column"]))
    return Stroke(
        _read_mask(row["mask"], room), brush, Mode(row["mode"]), float(row["strength"]),
        CellRule(row["rule"]), stamp,
    )  # fmt: skip


def _mask_row(mask: Mask) -> dict[str, Any]:
    key = id(mask)
    known = _packed_masks.get(key)
    if known is not None and known[0]() is mask:
        return known[1]
    data = zlib.compress(np.ascontiguousarray(mask, "<f4").tobytes(), 6)
    row = {"shape": list(mask.shape), "zlib": base64.b64encode(data).decode("ascii")}
    _packed_masks[key] = (weakref.ref(mask, lambda _gone: _packed_masks.pop(key, None)), row)
    return row


def _read_mask(row: Mapping[str, Any], room: Room) -> Mask:
    height, width = (int(n) for n in row["shape"])
    if not (0 < height <= _LARGEST_SIDE and 0 < width <= _LARGEST_SIDE):
        raise ValueError(f"a mask of {height} x {width}")
    room.take(pixels=height * width)
    mask = _unpack(row["zlib"], height * width, "<f4").reshape(height, width).astype(np.float32)
    if not (np.isfinite(mask).all() and mask.min() >= 0 and mask.max() <= 1):
        raise ValueError("a mask with values outside of 0..1")
    return mask


def _unpack(text: str, count: int, kind: str) -> np.ndarray:
    """So many numbers of a kind from a compressed text."""
    try:
        packed = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("numbers that are no base64 text") from error
    size = count * np.dtype(kind).itemsize
    # A few bytes can claim to unpack to gigabytes: take one more than there should be.
    data = zlib.decompressobj().decompress(packed, size + 1)
    if len(data) != size:
        raise ValueError("more or fewer numbers than there should be")
    return np.frombuffer(data, kind)
