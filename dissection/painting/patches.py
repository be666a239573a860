"""Patches: the activations of a rectangle of cells, to be stamped elsewhere. Free of torch.

A stamp is an intervention like a brush's (Bau et al. 2020, "Materials and Methods", unit
interventions), only that it forces all units of a layer, and each cell to a value of its own: the
one that it had where the patch was taken.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.painting.boxes import Box

#: Activations of layers behind a pixel norm are far below; a larger one would become infinite.
_LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True, eq=False)
class Patch:
    """The activations of a rectangle of cells, over all units of one layer.

    Attributes:
        layer: the layer's name.
        values: float16 (C, h, w), finite; not to be changed. Half precision is what projects
            keep, so that a stroke looks alike before it is saved and after.
        name: what the history calls it, such as ``patch of seed 12``.
    """

    layer: str
    values: NDArray[np.float16] = field(repr=False)
    name: str

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or not self.values.size or self.values.dtype != np.float16:
            raise ValueError(
                f"a patch is float16 (C, h, w), not {self.values.dtype} {self.values.shape}"
            )
        if not np.isfinite(self.values).all():
            raise ValueError("a patch with values that are no finite numbers")
        self.values.setflags(write=False)

    @classmethod
    def taken(cls, layer: str, features: NDArray[np.float32], box: Box, name: str) -> "Patch":
        """The patch of a rectangle of cells.

        Args:
            layer: the layer's name.
            features: float32 (C, H, W), the layer's output.
            box: cells; what lies over the borders of the map is left out.
            name: see the class.

        Raises:
            BadInputError: the box misses the map, or an activation is beyond half precision.
        """
        inside = box.within(*features.shape[1:])
        if inside.bottom <= inside.top or inside.right <= inside.left:
            raise BadInputError(f"A patch has at least one cell of {layer}; {box} has none.")
        values = features[:, *inside.slices]
        if not (np.abs(values) <= _LARGEST).all():
            raise BadInputError(
                f"The activations of {layer} are too large to be kept as a patch; take it from "
                "another layer."
            )
        return cls(layer, values.astype(np.float16), name)

    @property
    def size(self) -> tuple[int, int]:
        """(h, w), cells."""
        return self.values.shape[1], self.values.shape[2]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of layer, shape, values and name, hexadecimal: by it files know the patch."""
        described = f"{self.layer}\n{self.values.shape}\n{self.name}\n".encode()
        data = np.ascontiguousarray(self.values, "<f2").tobytes()
        return hashlib.sha256(described + data).hexdigest()


@dataclass(frozen=True, eq=False)
class Stamp:
    """A patch and where it is put.

    Attributes:
        patch: the activations.
        row: of the patch's top left cell; may lie outside of the map.
        column: of the same cell.
    """

    patch: Patch
    row: int
    column: int

    @property
    def box(self) -> Box:
        """The cells that it covers; may reach over the borders of the map."""
        height, width = self.patch.size
        return Box(self.row, self.column, self.row + height, self.column + width)

    def mask(self, grid: tuple[int, int], size: tuple[int, int]) -> NDArray[np.float32]:
        """What it covers of a picture: float32 (H, W), one where its cells are, else zero.

        Args:
            grid: (h, w) of the layer's feature map.
            size: (H, W) of the picture; each at least that of the map.
        """
        mask = np.zeros(size, np.float32)
        inside = self.box.within(*grid)
        top, bottom = (round(row * size[0] / grid[0]) for row in (inside.top, inside.bottom))
        left, right = (round(column * size[1] / grid[1]) for column in (inside.left, inside.right))
        mask[top:bottom, left:right] = 1
        return mask

    def put(
        self, height: int, width: int
    ) -> tuple[tuple[slice, slice], NDArray[np.float32]] | None:
        """Which cells of a map it reaches, and what goes there.

        Returns:
            Rows and columns, and float32 (C, rows, columns); None where it misses the map.
        """
        inside = self.box.within(height, width)
        if inside.bottom <= inside.top or inside.right <= inside.left:
            return None
        own = inside.shifted(-self.row, -self.column)
        return inside.slices, self.patch.values[:, *own.slices].astype(np.float32)
