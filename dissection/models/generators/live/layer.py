"""One layer of the live network: products and leaky ReLU, in strips that stay in the cache."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.models.generators.folded import scaled_weight
from dissection.models.generators.live.maps import Normalized, Taker
from dissection.models.generators.live.operators import (
    Convolution,
    Scale,
    eight_bit,
    real,
)
from dissection.models.generators.progressive import LEAK, Layer
from dissection.painting.boxes import Box

#: Values of a strip: a megabyte, which lies in a cache of the second level, or near it. With fewer
#: the calls of operators take longer than they save.
_STRIP = 2**18
#: Weights of bytes are arranged for one size of a strip, which takes longer than the products of
#: many frames. So maps up to this many places along a side are made whole there,
_SMALL = 17
#: and up to this many places whole rows.
_NARROW = 33
#: Otherwise the width of a strip is a multiple of such a share of all, and so is its height of the
#: largest.
_WIDTHS, _HEIGHTS, _HEIGHTS_OF_BYTES = 8, 8, 4


@dataclass(frozen=True, eq=False)
class LiveLayer:
    """A layer behind its pixel norm, which the map that it reads has applied already.

    Attributes:
        shape: (C', h', w') of its output.
        input_shape: (C, h, w) of its input.
        scale: of the bytes that it takes, or the dtype of the real values.
        doubled: whether it makes four cells of one.
        convolve: its products, without the leaky ReLU.
    """

    shape: tuple[int, int, int]
    input_shape: tuple[int, int, int]
    scale: Scale | torch.dtype
    doubled: bool
    convolve: Convolution

    @classmethod
    def of(
        cls,
        layer: Layer,
        dtype: torch.dtype,
        shape: tuple[int, int, int],
        input_shape: tuple[int, int, int],
        scale: Scale | None = None,
    ) -> "LiveLayer":
        """A layer in eight bits if it has a scale, else (or without the operators) in real values.

        Args:
            layer: of the generator, with a 3x3 kernel; its weights are copied.
            dtype: of real values.
            shape: (C', h', w') of its output.
            input_shape: (C, h, w) of its input.
            scale: of the bytes of its input.
        """
        doubled = layer.upsample
        kernel = scaled_weight(layer)
        if doubled:
            kernel = corner_kernel(kernel)
        bias = layer.wscale.b.detach().float().repeat(4 if doubled else 1)
        if scale is not None:
            convolve = eight_bit(kernel, bias, scale)
            if convolve is not None:
                return cls(shape, input_shape, scale, doubled, convolve)
        return cls(shape, input_shape, dtype, doubled, real(kernel, bias, dtype))

    @property
    def takes_bytes(self) -> bool:
        """Whether its products are of bytes."""
        return isinstance(self.scale, Scale)

    @property
    def kernel(self) -> int:
        """Width and height of its convolution's kernel."""
        return 2 if self.doubled else 3

    def new_input(self) -> Normalized:
        """A map for its input."""
        return Normalized(self.input_shape, self.scale)

    def whole(self) -> Box:
        """All places of its convolution."""
        _, height, width = self.input_shape
        return Box(0, 0, height + self.doubled, width + self.doubled)

    def places(self, changed: Box) -> Box:
        """The places of the convolution that a box of input cells has a part in."""
        if self.doubled:  # place i reads the cells i - 1 and i
            return Box(changed.top, changed.left, changed.bottom + 1, changed.right + 1)
        return changed.grown(1).within(*self.input_shape[1:])

    def cells(self, places: Box) -> Box:
        """The output cells that are made at a box of places."""
        if not self.doubled:
            return places
        return places.doubled().shifted(-1, -1).within(*self.shape[1:])

    def advance(self, source: Normalized, places: Box, taker: Taker) -> None:
        """Compute a box of places and hand it on, strip by strip.

        Args:
            source: the input.
            places: as ``places`` gives them.
            taker: what takes the output.
        """
        if self.takes_bytes and (whole := self.whole()).bottom <= _SMALL:
            made = self.convolve(source.window(whole, self.kernel))
            self._hand_on(made[..., *places.slices], places, taker)
            return
        for strip in self.strips(places):
            self._hand_on(self.convolve(source.window(strip, self.kernel)), strip, taker)

    def _hand_on(self, x: Tensor, places: Box, taker: Taker) -> None:
        values = F.leaky_relu_(x[0].permute(1, 2, 0).contiguous(), LEAK)
        rows, columns = values.shape[:2]
        factor, units = 1 + self.doubled, self.shape[0]
        taker.put(values.view(rows, columns, factor, factor, units), places.top, places.left)

    def strips(self, places: Box) -> list[Box]:
        """A box of places in parts whose outputs stay in the cache, of one of few sizes.

        They cover more than the box where that saves a size: each costs the preparation of its
        kernel, and weights of its own, which takes longer than the products of many frames.
        """
        bottom, right = self.whole().bottom, self.whole().right
        widths = 1 if self.takes_bytes and right <= _NARROW else _WIDTHS
        left, columns = _widened(places.left, places.right, right, widths)
        outputs = columns * self.shape[0] * (4 if self.doubled else 1)
        strips = -(-bottom * outputs // _STRIP)
        most = -(-bottom // strips)  # those of the whole map hardly overlap
        heights = _HEIGHTS_OF_BYTES if self.takes_bytes else _HEIGHTS
        top, rows = _widened(places.top, places.bottom, bottom, heights * bottom // most)
        if rows <= most:
            return [Box(top, left, top + rows, left + columns)]
        tops = range(places.top, places.bottom, most)
        return [
            Box(t, left, t + most, left + columns) for t in (min(t, bottom - most) for t in tops)
        ]


def _widened(low: int, high: int, size: int, parts: int) -> tuple[int, int]:
    """Where a stretch begins and how long it is, made longer to a multiple of a share of all."""
    unit = -(-size // parts)
    length = min(-(-(high - low) // unit) * unit, size)
    return min(low, size - length), length


def corner_kernel(weight: Tensor) -> Tensor:
    """A doubling layer as a 2x2 convolution that makes the four cells around every corner.

    Output cells 2 i - 1 and 2 i of one axis both read the input cells i - 1 and i alone, so with
    the place i between these two, four times the units and one cell of padding it is an ordinary
    convolution, with the products of the transposed one: cell 2 i - 1 reads input i - 1 through
    taps 0 and 1 and input i through tap 2, cell 2 i reads them through tap 0 and taps 1 and 2.

    Args:
        weight: (C', C, 3, 3), of the convolution behind the doubling.

    Returns:
        (4 C', C, 2, 2): units of cell (2 i - 1 + a, 2 j - 1 + b) are those from (2 a + b) C' on.
    """
    units, inputs = weight.shape[:2]
    by_tap = weight.permute(2, 3, 0, 1).contiguous()
    kernel = torch.empty(2, 2, units, 2, 2, inputs, dtype=weight.dtype)
    for (a, above), rows in _corner_taps(by_tap):
        for (b, left), taps in _corner_taps(rows):
            kernel[a, b, :, above, left] = taps
    return kernel.view(4 * units, 2, 2, inputs).permute(0, 3, 1, 2)


def _corner_taps(by_tap: Tensor) -> Iterator[tuple[tuple[int, int], Tensor]]:
    """((output cell, input cell), taps between them), of three taps along the first axis."""
    near, middle, far = by_tap
    yield (0, 0), near + middle
    yield (0, 1), far
    yield (1, 0), near
    yield (1, 1), middle + far


@torch.inference_mode()
def as_real(x: Tensor, box: Box) -> Tensor:
    """A box of a map (1, C, h, w) as values (rows, columns, 1, 1, C): a copy."""
    part = x[0, :, *box.slices].permute(1, 2, 0).float()
    return part.clone(memory_format=torch.contiguous_format)[:, :, None, None]
