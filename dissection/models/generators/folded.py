"""The generator rearranged for speed: the same function with constants folded into the weights.

* The constant of the equalised learning rate is multiplied into the weights once.
* Nearest upsampling and the 3x3 convolution behind it become one transposed convolution with a
  4x4 kernel and stride 2. Several taps of the 3x3 kernel meet copies of one pixel; with those taps
  added up beforehand, 4 products remain for each output position, unit and input where 9 were.
* The first layer, a 4x4 kernel over one position in a wide padding, becomes a transposed
  convolution too, which leaves out the products with the padding.

Every layer stays local: an output position depends on its 3x3 neighborhood in the layer before.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dissection.data.images import Picture, to_bytes
from dissection.models.generators.norm import factor, normed
from dissection.models.generators.progressive import (
    LEAK,
    Layer,
    ProgressiveGenerator,
    ScaledConvolution,
    as_latents,
)
from dissection.models.generators.region import crop
from dissection.painting.boxes import Box

#: Layers up to this many pixels always compute in float32: they are under 5 % of the work, are
#: kept while painting, and their rounding errors would be the ones that grow the most.
EXACT_SIZE = 8


class Reach(Enum):
    """Which outputs of a layer an input cell has a part in."""

    ALL = auto()  #: the first layer: one position becomes a whole map
    NEAR = auto()  #: a 3x3 convolution: the cell and its neighbors
    DOUBLED = auto()  #: upsampling and a 3x3 convolution: 4x4 cells of a map twice the size
    POINT = auto()  #: the colors: the cell itself


@dataclass(frozen=True, eq=False)
class Step:
    """One layer, for whole maps or for a box of one. Its input is never changed.

    Attributes:
        reach: what kind of layer it is.
        kernel: weights with all constants folded in, as ``conv2d`` (near, point) or
            ``conv_transpose2d`` (all, doubled) take them; their dtype is the one computed in.
        bias: (C',), of the same dtype.
    """

    reach: Reach
    kernel: Tensor
    bias: Tensor

    @property
    def products(self) -> int:
        """Multiplications for each output cell."""
        # Of the 4x4 taps of stride 2 every output meets 2x2.
        taps = 4 if self.reach is Reach.DOUBLED else self.kernel[0, 0].numel()
        return taps * self.kernel.shape[0] * self.kernel.shape[1]

    def __call__(self, x: Tensor) -> Tensor:
        """The whole output (N, C', h', w') for the whole input (N, C, h, w)."""
        return self.convolve(x, {Reach.NEAR: 1, Reach.DOUBLED: 1}.get(self.reach, 0))

    def reached(self, box: Box) -> Box:
        """The outputs that a box of inputs has a part in, over the borders of the map too.

        Raises:
            ValueError: the layer has no local reach (the first one).
        """
        match self.reach:
            case Reach.POINT:
                return box
            case Reach.NEAR:
                return box.grown(1)
            case Reach.DOUBLED:  # input i goes to outputs 2 i - 1 ... 2 i + 2
                return box.doubled().grown(1)
        raise ValueError("every output of the first layer depends on the latent")

    def reached_outputs(self, x: Tensor, box: Box) -> Tensor:
        """The outputs over ``reached(box)``, from the box and as many inputs around it as matter.

        Args:
            x: the whole input (N, C, h, w).
            box: a part of it.

        Returns:
            (N, C', height, width of ``reached(box)``); what lies over the borders of the map is
            of no meaning.
        """
        if self.reach is Reach.POINT:
            return self.convolve(crop(x, box), 0)
        if self.reach is Reach.NEAR:  # the reached outputs read one cell more on every side
            return self.convolve(crop(x, box.grown(2)), 0)
        # Cells i - 1 ... j + 1 of the input complete the outputs 2 i - 1 ... 2 j + 2.
        return self.convolve(crop(x, box.grown(1)), 2)

    def convolve(self, x: Tensor, padding: int) -> Tensor:
        """The outputs (N, C', h', w') over a part of the input, or all of it.

        Args:
            x: the part, float (N, C, h, w).
            padding: zeros around it, in the cells that the kernel counts in.
        """
        kernel, bias, dtype = self.kernel, self.bias, self.kernel.dtype
        if self.reach is Reach.POINT:
            # The norm's factor is the same for all units of a cell, so it may as well be applied
            # to three colors as to all units.
            x = x.to(dtype)
            return F.conv2d(x, kernel) * factor(x) + bias[:, None, None]
        x = normed(x, dtype)
        if self.reach is Reach.NEAR:
            x = F.conv2d(x, kernel, bias, padding=padding)
        else:
            stride = 2 if self.reach is Reach.DOUBLED else 1
            x = F.conv_transpose2d(x, kernel, bias, stride=stride, padding=padding)
        return F.leaky_relu_(x, LEAK)


class _FoldedLater(MutableMapping[str, Step]):
    """Layers that are folded when they are first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Step]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, Step] = {}

    def __getitem__(self, name: str) -> Step:
        if name not in self._made:
            # Gradients may be asked for later, whoever is the first to ask for a picture.
            with torch.inference_mode(False), torch.no_grad():
                self._made[name] = self._makers[name]()
        return self._made[name]

    def __setitem__(self, name: str, step: Step) -> None:
        self._makers[name] = lambda: step
        self._made[name] = step

    def __delitem__(self, name: str) -> None:
        del self._makers[name]
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class FoldedGenerator:
    """What ``ProgressiveGenerator`` computes, on one device in one precision, for inference.

    In float32 it agrees with the original to rounding, about 1e-5 of the range.

    Args:
        generator: the original; its weights are copied, never changed.
        device: where to compute.
        dtype: of features and products. The layers up to ``EXACT_SIZE`` and the color layer
            compute in float32 all the same, and so does every pixel norm.
        later: copy a layer's weights when it is first used, by which time they must be the same.

    Attributes:
        device: as given.
        dtype: as given.
        depth: d, the size of a latent.
        steps: layer name to its function (N, C, h, w) -> (N, C', h', w'), in order, the output
            layer last. No step changes its input. Features are channels-last.
    """

    def __init__(
        self,
        generator: ProgressiveGenerator,
        device: torch.device,
        dtype: torch.dtype,
        later: bool = False,
    ) -> None:
        self.device = device
        self.dtype = dtype
        self.depth = generator.depth
        makers: dict[str, Callable[[], Step]] = {}
        for name, layer in generator.named_children():
            assert isinstance(layer, ScaledConvolution)
            exact = name not in generator.layer_names or (
                generator.layer_shape(name)[1] <= EXACT_SIZE
            )
            makers[name] = partial(fold, layer, device, torch.float32 if exact else dtype)
        self.steps: MutableMapping[str, Step] = _FoldedLater(makers)
        if not later:
            self.steps = dict(self.steps)

    def run(self, x: Tensor, after: str | None = None, until: str | None = None) -> Tensor:
        """Part of the network: the layers behind ``after`` up to and including ``until``.

        Args:
            x: the output of layer ``after``, or float latents (N, d, 1, 1) if that is None.
            after: name of the layer that made ``x``.
            until: name of the last layer to run, at or behind ``after``; None runs to the picture.

        Returns:
            The features of ``until``, or float32 images (N, 3, R, R), unclamped.
        """
        names = list(self.steps)
        start = 0 if after is None else names.index(after) + 1
        stop = len(names) if until is None else names.index(until) + 1
        for name in names[start:stop]:
            x = self.steps[name](x)
        return x

    def pictures(self, latents: NDArray[np.float32], batch: int = 8) -> Iterator[Picture]:
        """Pictures of many latents, in batches: uint8 (R, R, 3) each, in order.

        Args:
            latents: float32 (N, d).
            batch: how many are computed at a time.

        Raises:
            BadInputError: the latents are of another size.
        """
        for start in range(0, len(latents), batch):
            with torch.inference_mode():
                z = torch.from_numpy(latents[start : start + batch]).to(self.device)
                images = to_bytes(self.run(as_latents(z, self.depth)))
            yield from images


def fold(layer: ScaledConvolution, device: torch.device, dtype: torch.dtype) -> Step:
    """One layer with its constants folded in; its weights are copied."""
    weight = scaled_weight(layer)
    bias = layer.wscale.b.detach().to(device, dtype, copy=True)
    if not isinstance(layer, Layer):
        return Step(Reach.POINT, weight.to(device, dtype), bias)
    reach = Reach.NEAR
    if layer.conv.kernel_size == (4, 4):
        reach, weight = Reach.ALL, _transposed([row.flip(0) for row in _by_tap(weight).flip(0)])
    elif layer.upsample:
        reach, weight = Reach.DOUBLED, _doubling(weight)
    kernel = weight.to(device, dtype).contiguous(memory_format=torch.channels_last)
    return Step(reach, kernel, bias)


def scaled_weight(layer: ScaledConvolution) -> Tensor:
    """A layer's weights (C', C, k, k), float32, times its constant: a copy."""
    return layer.conv.weight.detach().float() * layer.scale


def _doubling(weight: Tensor) -> Tensor:
    """The 4x4 transposed kernel (in, out, 4, 4) of nearest doubling and a 3x3 kernel behind it.

    Along one axis, output position 2 i reads input i - 1 through tap 0 and input i through taps 1
    and 2; output position 2 i + 1 reads input i through taps 0 and 1 and input i + 1 through tap
    2. In terms of the transposed kernel, whose tap k carries input i to output 2 i - 1 + k, its
    four taps are: 2, 1 and 2, 0 and 1, 0.
    """
    return _transposed([_taps(rows) for rows in _taps(_by_tap(weight))])


def _by_tap(weight: Tensor) -> Tensor:
    """Weights (C', C, k, k) as matrices (k, k, C, C') whose numbers lie in rows of C."""
    return weight.permute(2, 3, 0, 1).contiguous().transpose(2, 3)


def _transposed(taps: Sequence[Iterable[Tensor]]) -> Tensor:
    """Matrices (C, C') of rows of taps as a kernel of ``conv_transpose2d``, channels-last.

    Matrix by matrix is several times as fast as torch's reordering of four axes.
    """
    rows = [list(row) for row in taps]
    inputs, outputs = rows[0][0].shape
    kernel = rows[0][0].new_empty(inputs, len(rows), len(rows), outputs)
    for i, row in enumerate(rows):
        for j, matrix in enumerate(row):
            kernel[:, i, j] = matrix
    return kernel.permute(0, 3, 1, 2)


def _taps(by_tap: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of three taps, the first axis, those of the transposed kernel of doubling."""
    near, middle, far = by_tap
    return far, middle + far, near + middle, near
