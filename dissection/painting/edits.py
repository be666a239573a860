"""Strokes and edits: what was painted, and the per-layer (alpha, value) maps it compiles to.

An edit changes the output x of a layer to ``x (1 - alpha) + value alpha`` (Bau et al. 2020,
"Materials and Methods", unit interventions): forcing units to their level where a stroke draws,
to zero where it erases; a stamped patch forces all units of its layer to the activations that they
had elsewhere. This module is pure numpy, so that the window can hold edits before torch has loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.painting.patches import Stamp
from dissection.vocabulary import Concept

FloatMap = NDArray[np.float32]


class Mode(StrEnum):
    """What a stroke does: force units to their level, to zero, or take earlier edits away."""

    DRAW = "draw"
    ERASE = "erase"
    RESTORE = "restore"


class CellRule(StrEnum):
    """How a mask becomes feature-map cells: any overlap counts, or the share that is covered."""

    TOUCH = "touch"
    COVERAGE = "coverage"


@dataclass(frozen=True)
class LayerUnits:
    """Units of one layer and the level each is forced to when drawn.

    Attributes:
        units: unit indices, ranked, best first.
        levels: activation of each unit when drawn, in the same order.
    """

    units: tuple[int, ...]
    levels: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.units) != len(self.levels):
            raise ValueError(f"{len(self.units)} units but {len(self.levels)} levels")
        if len(set(self.units)) != len(self.units):
            raise ValueError("a brush may name each unit once")


@dataclass(frozen=True)
class Brush:
    """A concept's ranked units at one or more layers, with their levels."""

    concept: Concept
    layers: Mapping[str, LayerUnits]

    @property
    def units(self) -> int:
        """How many there are in all its layers together."""
        return sum(len(chosen.units) for chosen in self.layers.values())

    @property
    def most_units(self) -> int:
        """How many there are in the layer that has most; 0 without layers."""
        return max((len(chosen.units) for chosen in self.layers.values()), default=0)


@dataclass(frozen=True, eq=False)
class Stroke:
    """A mask painted with one brush, or a stamped patch.

    Attributes:
        mask: float32 (H, W) in 0..1 at any resolution; it covers the whole picture.
        brush: what to paint with; a restore stroke needs none.
        mode: draw, erase or restore.
        strength: 0..1, the alpha of a fully covered cell.
        rule: how the mask becomes cells.
        stamp: the patch that is put down where the mask is, in place of a brush.

    Example: units 3 and 5 of layer4 to zero in the left half.
        >>> from dissection.vocabulary import Concept
        >>> units = LayerUnits(np.array([3, 5]), np.array([1.0, 1.0], np.float32))
        >>> brush = Brush(Concept("tree", "object"), {"layer4": units})
        >>> mask = np.zeros((8, 8), np.float32)
        >>> mask[:, :4] = 1
        >>> Stroke(mask, brush, Mode.ERASE).layers
        ('layer4',)
    """

    mask: FloatMap
    brush: Brush | None
    mode: Mode = Mode.DRAW
    strength: float = 1.0
    rule: CellRule = CellRule.TOUCH
    stamp: Stamp | None = None

    def __post_init__(self) -> None:
        if self.mask.ndim != 2:
            raise ValueError(f"a mask is (H, W), not {self.mask.shape}")
        paints = (self.brush is not None) + (self.stamp is not None)
        if paints > 1:
            raise ValueError("a stroke has a brush or a stamp, not both")
        if not paints and self.mode != Mode.RESTORE:
            raise ValueError(f"a stroke that is to {self.mode} needs a brush")
        if not 0.0 <= self.strength <= 1.0:
            raise BadInputError(f"A stroke's strength is from 0 to 1, not {self.strength}.")

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that it changes; none where it restores."""
        if self.mode == Mode.RESTORE:
            return ()
        if self.stamp is not None:
            return (self.stamp.patch.layer,)
        return tuple(self.brush.layers) if self.brush else ()

    @property
    def subject(self) -> str:
        """What it is about: the name of its concept or of its patch; empty where it has neither."""
        if self.stamp is not None:
            return self.stamp.patch.name
        return self.brush.concept.name if self.brush else ""

    def cells(self, height: int, width: int) -> FloatMap:
        """The mask at feature-map resolution: float32 (height, width) in 0..1, times strength."""
        return mask_to_cells(self.mask, height, width, self.rule) * np.float32(self.strength)


@dataclass(frozen=True, eq=False)
class LayerEdit:
    """One layer's part of an edit: x becomes ``x (1 - alpha) + value alpha``.

    Attributes:
        alpha: float32 (C, h, w) in 0..1.
        value: float32 (C, h, w), activations.
    """

    alpha: FloatMap
    value: FloatMap


@dataclass(frozen=True, eq=False)
class Edit:
    """The ordered list of strokes on one picture, composited in order, per unit and cell.

    Example:
        >>> edit = Edit()
        >>> bool(edit), edit.layers()
        (False, ())
    """

    strokes: tuple[Stroke, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.strokes)

    def then(self, stroke: Stroke) -> "Edit":
        """This edit with one more stroke on top."""
        return Edit((*self.strokes, stroke))

    def layers(self) -> tuple[str, ...]:
        """Names of all layers that any stroke changes, in the order of first use."""
        return tuple(dict.fromkeys(name for stroke in self.strokes for name in stroke.layers))

    def compile(self, layer: str, units: int, height: int, width: int) -> LayerEdit:
        """Composite all strokes into the (alpha, value) maps of one layer.

        Where a later stroke names a unit, it goes over the earlier value with its strength (the
        ordinary *over* operator, per unit and cell); units that it does not name keep what the
        earlier strokes gave them. A restore stroke takes all edits away where it paints.

        Args:
            layer: the layer's name.
            units: C, the number of units of the layer.
            height: h of the layer's feature map.
            width: w of the layer's feature map.

        Raises:
            BadInputError: a brush names a unit that the layer does not have, or a patch has
                another number of units.
        """
        composite = Composite(layer, units, height, width)
        for stroke in self.strokes:
            composite.add(stroke)
        return composite.layer_edit()


class Composite:
    """The strokes so far on one layer, stroke by stroke: what ``Edit.compile`` adds up.

    While the hand moves only the last stroke changes; whoever renders live keeps a composite of
    the strokes below it and adds the newest to a copy.

    Args:
        layer: the layer's name.
        units: C, the number of units of the layer.
        height: h of the layer's feature map.
        width: w of the layer's feature map.
    """

    def __init__(self, layer: str, units: int, height: int, width: int) -> None:
        self._layer = layer
        self._alpha = np.zeros((units, height, width), np.float32)
        self._carried = np.zeros_like(self._alpha)  # alpha * value: sums where alphas multiply

    def copy(self) -> "Composite":
        """Another one that goes on from the same strokes."""
        twin = Composite(self._layer, *self._alpha.shape)
        twin._alpha[:] = self._alpha
        twin._carried[:] = self._carried
        return twin

    def add(self, stroke: Stroke) -> None:
        """Put one more stroke on top; see ``Edit.compile`` for the rules.

        Raises:
            BadInputError: the brush names a unit that the layer does not have, or the patch has
                another number of units.
        """
        units, height, width = self._alpha.shape
        if stroke.mode == Mode.RESTORE:
            keep = 1.0 - stroke.cells(height, width)
            self._alpha *= keep
            self._carried *= keep
            return
        if stroke.stamp is not None:
            if stroke.stamp.patch.layer == self._layer:
                self._put(stroke, stroke.stamp)
            return
        assert stroke.brush is not None  # Stroke.__post_init__
        layer_units = stroke.brush.layers.get(self._layer)
        if layer_units is None or not layer_units.units:
            return
        index = np.asarray(layer_units.units)
        wrong = index[(index < 0) | (index >= units)]
        if wrong.size:
            raise BadInputError(
                f"The brush '{stroke.brush.concept}' names unit {wrong[0]} of {self._layer}, "
                f"which has units 0 to {units - 1}; it belongs to another network."
            )
        cover = stroke.cells(height, width)
        self._alpha[index] = cover + self._alpha[index] * (1.0 - cover)
        self._carried[index] *= 1.0 - cover
        if stroke.mode == Mode.DRAW:
            self._carried[index] += (
                np.asarray(layer_units.levels, np.float32)[:, None, None] * cover
            )

    def _put(self, stroke: Stroke, stamp: Stamp) -> None:
        """A stamp goes over the cells that it covers, in all units, by the rules of brushes."""
        units, height, width = self._alpha.shape
        if len(stamp.patch.values) != units:
            raise BadInputError(
                f"The {stamp.patch.name} has {len(stamp.patch.values)} units and {self._layer} has "
                f"{units}; it belongs to another network."
            )
        reached = stamp.put(height, width)
        if reached is None:
            return
        box, values = reached
        cover = stroke.cells(height, width)[box]
        alpha, carried = self._alpha[:, *box], self._carried[:, *box]  # views
        alpha *= 1.0 - cover
        alpha += cover
        carried *= 1.0 - cover
        if stroke.mode == Mode.DRAW:
            carried += values * cover

    def layer_edit(self) -> LayerEdit:
        """The (alpha, value) maps of the strokes so far; later strokes do not change them."""
        alpha = self._alpha.copy()
        value = np.divide(self._carried, alpha, out=np.zeros_like(alpha), where=alpha > 0)
        return LayerEdit(alpha, value)


#: Rows on the left, and values on the right, of a matrix product that one thread makes: OpenBLAS
#: wakes others above 2**18 multiplications, and for a single row above 9,216.
_SMALL_PRODUCT = 16, 2**13


def mask_to_cells(mask: FloatMap, height: int, width: int, rule: CellRule) -> FloatMap:
    """A mask of any resolution as feature-map cells, float32 (height, width) in 0..1.

    ``touch``: 1 where any pixel under the cell is above 0 (the original painter's rule).
    ``coverage``: the mean of the mask under the cell, by area, exact for any pair of sizes.
    """
    if rule == CellRule.COVERAGE:
        down = _product(_overlap(mask.shape[0], height), mask)
        return _product(down, _overlap(mask.shape[1], width).T)
    rows = _any_under(mask > 0, height)
    return _any_under(np.ascontiguousarray(rows.T), width).T.astype(np.float32)


def _product(left: FloatMap, right: FloatMap) -> FloatMap:
    """A matrix product in parts so small that the library wakes no threads for them.

    They spin while they wait, and beside other work a product that takes a twentieth of a
    millisecond then takes a tenth of a second, with every move of the hand.
    """
    rows, columns = _SMALL_PRODUCT[0], max(1, _SMALL_PRODUCT[1] // len(right))
    product = np.empty((len(left), right.shape[1]), np.float32)
    for top in range(0, len(left), rows):
        for first in range(0, right.shape[1], columns):
            part = slice(top, top + rows), slice(first, first + columns)
            product[part] = left[part[0]] @ right[:, part[1]]
    return product


def _any_under(hit: NDArray[np.bool_], cells: int) -> NDArray[np.bool_]:
    """Whether anything is true of the pixels under each cell, down: (pixels, n) to (cells, n)."""
    first, last = _spans(hit.shape[0], cells)
    if not np.array_equal(first[1:], last[:-1]):  # some pixel lies under two cells, or under none
        return np.stack([hit[low:high].any(0) for low, high in zip(first, last, strict=True)])
    words = hit.view(np.uint64) if hit.shape[1] % 8 == 0 else hit.view(np.uint8)
    found: NDArray[np.bool_] = np.bitwise_or.reduceat(words, first, axis=0).view(np.bool_)
    return found


@lru_cache(maxsize=64)
def _spans(pixels: int, cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first pixel that overlaps each cell's length, and the one behind the last."""
    over = _overlap(pixels, cells) > 0
    first = over.argmax(1)
    return first, first + over.sum(1)


@lru_cache(maxsize=64)
def _overlap(pixels: int, cells: int) -> FloatMap:
    """(cells, pixels): the share of each cell's length that each pixel covers; rows sum to 1."""
    edges = np.linspace(0, pixels, cells + 1)
    low = np.maximum(edges[:-1, None], np.arange(pixels)[None])
    high = np.minimum(edges[1:, None], np.arange(1, pixels + 1)[None])
    share = np.clip(high - low, 0, None)
    share[share < 1e-9] = 0  # a rounding error is no overlap
    weights: FloatMap = (share * (cells / pixels)).astype(np.float32)
    weights.setflags(write=False)  # one array serves every caller
    return weights
