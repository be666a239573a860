"""What a layer's output goes into: the next layer's input, the picture, or a map of real values.

Values come as float32 (rows, columns, f, f, C): an output cell, or with f = 2 the four that a
layer which doubles its map makes at one place. They may be overwritten. Maps lie in memory cell
by cell, all units of a cell together, with a border of one cell, so that no convolution has to
pad and every row of cells is a view.
"""

from functools import cache
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from dissection.models.generators.live.operators import Scale
from dissection.models.generators.progressive import PIXEL_NORM_EPSILON
from dissection.painting.boxes import Box

#: Added to a float32 between -2^22 and 2^22 this leaves the whole number in its lowest bits.
_WHOLE = 1.5 * 2**23


class Taker(Protocol):
    """Where values go."""

    def put(self, values: Tensor, row: int, column: int) -> None:
        """Take values (rows, columns, f, f, C) that belong at a place of the output.

        Args:
            values: float32; overwritten.
            row: of the first, counted in places: cells, or with f = 2 from the four cells around
                the upper left corner of the map, three of which lie outside.
            column: likewise.
        """


class Bordered:
    """A map with a border of one cell on every side.

    Args:
        shape: (C, h, w) without the border.
        dtype: of its values.
        zero: what the border holds.

    Attributes:
        journal: where it is a list, what is written over is noted there: the place, a view, and
            a copy of what was there.
    """

    def __init__(self, shape: tuple[int, int, int], dtype: torch.dtype, zero: int = 0) -> None:
        units, self.height, self.width = shape
        self.values = torch.full((self.height + 2, self.width + 2, units), zero, dtype=dtype)
        self._zero = zero
        self.journal: list[tuple[Tensor, Tensor]] | None = None

    def inside(self, box: Box) -> Tensor:
        """A box of cells, a view (rows, columns, C)."""
        return self.values[box.top + 1 : box.bottom + 1, box.left + 1 : box.right + 1]

    def window(self, box: Box, kernel: int) -> Tensor:
        """What a kernel reads for a box of places, a view (1, C, rows, columns).

        Place (i, j) of a convolution without padding reads the bordered map from (i, j) on.
        """
        part = self.values[box.top : box.bottom + kernel - 1, box.left : box.right + kernel - 1]
        return part.permute(2, 0, 1)[None]

    def write(self, source: Tensor, row: int, column: int) -> None:
        """Copy values (rows, columns, f, f, C) to their place; a byte takes the lowest bits."""
        rows, columns, factor, _, units = source.shape
        if factor == 1:
            top, left = row + 1, column + 1
            part = self.values[top : top + rows, left : left + columns]
            self._copy(part, source[:, :, 0, 0])
            return
        height, width = self.height // 2 + 1, self.width // 2 + 1
        places = self.values.view(height, 2, width, 2, units).transpose(1, 2)
        self._copy(places[row : row + rows, column : column + columns], source)
        if row == 0 or row + rows == height or column == 0 or column + columns == width:
            for edge in (self.values[0], self.values[-1], self.values[:, 0], self.values[:, -1]):
                edge.fill_(self._zero)

    def _copy(self, part: Tensor, source: Tensor) -> None:
        if self.journal is not None:
            self.journal.append((part, part.clone()))
        part.copy_(source)


class RealValues(Bordered):
    """A layer's output as it is, where it is edited."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(shape, torch.float32)

    def put(self, values: Tensor, row: int, column: int) -> None:
        """See ``Taker``."""
        self.write(values, row, column)


class Normalized(Bordered):
    """A layer's input: the output of the one before after pixel norm, real or as bytes.

    Args:
        shape: (C, h, w).
        scale: of bytes, or the dtype of real values.
    """

    def __init__(self, shape: tuple[int, int, int], scale: Scale | torch.dtype) -> None:
        if isinstance(scale, Scale):
            super().__init__(shape, torch.uint8, scale.zero)
        else:
            super().__init__(shape, scale)
        self._scale = scale
        factors = scale.factors if isinstance(scale, Scale) else ()
        self._shares = 1 / torch.tensor(factors) if factors else None

    def put(self, values: Tensor, row: int, column: int) -> None:
        """See ``Taker``."""
        scale = self._scale
        if not isinstance(scale, Scale):
            self.write(values.mul_(norm_factors(values, 1.0)), row, column)
            return
        values.mul_(norm_factors(values, scale.step))
        if self._shares is not None:
            values.mul_(self._shares)
        values.clamp_(-scale.zero, 255 - scale.zero).add_(_WHOLE + scale.zero)
        self.write(values.view(torch.int32), row, column)

    def saturated(self, box: Box) -> float:
        """The share of values within a box that are as high as a byte can be."""
        # NumPy's way through bytes is ten times as fast as torch's.
        part = self.inside(box).numpy()
        if not isinstance(self._scale, Scale) or not part.size or part.max() < 255:
            return 0.0
        return int(np.count_nonzero(part == 255)) / part.size


class Picture(Bordered):
    """The colors: pixel norm and the color layer; as bytes, clamping and truncation.

    Args:
        size: width and height in pixels.
        kernel: float32 (3, C, 1, 1), of the color layer.
        bias: float32 (3,).
        real: colors stay as they are, nominally -1..1, unclamped, instead of bytes.
    """

    def __init__(self, size: int, kernel: Tensor, bias: Tensor, real: bool = False) -> None:
        super().__init__((3, size, size), torch.float32 if real else torch.uint8)
        # (x + 1) / 2 * 255 of the colors, in one go with the products.
        scale, start = (1.0, 0.0) if real else (127.5, 127.5)
        self._kernel = (kernel[:, :, 0, 0].float().t() * scale).contiguous()
        self._bias = bias.float() * scale + start
        self._real = real

    def put(self, values: Tensor, row: int, column: int) -> None:
        """See ``Taker``."""
        colors = (values @ self._kernel).mul_(norm_factors(values, 1.0)).add_(self._bias)
        self.write(colors if self._real else colors.clamp_(0, 255), row, column)


def norm_factors(values: Tensor, step: float) -> Tensor:
    """What pixel norm multiplies each cell by, over ``step``: (..., C) -> (..., 1)."""
    lengths = torch.linalg.vector_norm(values, dim=-1, keepdim=True)
    share = step**2 / values.shape[-1]
    return torch.addcmul(_least(step), lengths, lengths, value=share).rsqrt_()


@cache
def _least(step: float) -> Tensor:
    return torch.tensor(PIXEL_NORM_EPSILON * step**2)
