"""Where the cells of a layer's maps lie in the picture, followed through the network.

A cell of a convolution or pooling stands in the middle of the inputs that it reads. With kernel
k, stride s, padding p and dilation d its distance from the first input's middle is
``first + step ((k - 1) d / 2 - p)`` in pixels, and its neighbors are ``step s`` away. Networks
whose layers are padded all around keep their cells spread over the picture evenly, to less than
the distance of two cells; there the published upsampling, which takes them as spread evenly, is
kept as it is. Unpadded layers lose the border, and what is left lies further inside: so it is
with AlexNet, whose ``conv5`` cells stand 16 px apart from pixel 17 on, in pictures of 227 px.

(The published code composes all layers of AlexNet up to the last pooling, whichever is dissected;
here it is the layers up to the one in question.)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from dissection.runtime.choices import CellCenters
from dissection.statistics.upsample import Axis, Centers

_aten = torch.ops.aten


@dataclass(frozen=True)
class _Line:
    """The cells along one axis, in pixels: the first one's middle, and the distance between two."""

    first: Fraction = Fraction(0)
    step: Fraction = Fraction(1)

    def through(self, kernel: int, stride: int, padding: int, dilation: int) -> "_Line":
        moved = Fraction((kernel - 1) * dilation, 2) - padding
        return _Line(self.first + self.step * moved, self.step * stride)

    def resampled(self, before: int, after: int) -> "_Line":
        ratio = Fraction(before, after)
        return _Line(self.first + self.step * (ratio - 1) / 2, self.step * ratio)

    def axis(self, size: int) -> Axis:
        return Axis((self.first + Fraction(1, 2)) / size, self.step / size)


@dataclass(frozen=True)
class _Field:
    """Where a tensor's cells lie; ``cut`` if an unpadded layer has taken the border away."""

    rows: _Line = _Line()
    columns: _Line = _Line()
    cut: bool = False


class Following(TorchDispatchMode):
    """Follows the cells of all maps that are made of a picture inside the block.

    Args:
        picture: (N, C, H, W), what the network is given inside the block.
    """

    def __init__(self, picture: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._size = picture.shape[-2], picture.shape[-1]
        # The tensors themselves are kept: an id is only good as long as its owner lives.
        self._fields: dict[int, tuple[Tensor, _Field]] = {id(picture): (picture, _Field())}

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run an operation, and note where the cells of its output lie."""
        given = dict(kwargs or {})
        output = func(*args, **given)
        made = output[0] if isinstance(output, tuple | list) and len(output) else output
        if isinstance(made, Tensor) and made.ndim == 4:
            field = self._behind(func, args, given, made)
            if field is not None:
                self._fields[id(made)] = made, field
        return output

    def centers(self, features: Tensor, rule: CellCenters = "auto") -> Centers | None:
        """Where the cells of a tensor that was made inside the block lie; None is evenly."""
        entry = self._fields.get(id(features))
        if entry is None or rule == "even" or (rule == "auto" and not entry[1].cut):
            return None
        height, width = self._size
        return Centers(entry[1].rows.axis(height), entry[1].columns.axis(width))

    def _behind(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], made: Tensor
    ) -> _Field | None:
        packet = getattr(func, "overloadpacket", None)
        source, field = self._followed(args, packet is _aten.cat)
        if source is None or field is None:
            return None
        before, after = source.shape[-2:], made.shape[-2:]
        if packet is _aten.convolution and not args[6]:
            kernel, (stride, padding, dilation) = args[1].shape[-2:], args[3:6]
            return _slid(field, kernel, stride, padding, dilation)
        if packet in (_aten.max_pool2d_with_indices, _aten.avg_pool2d, _aten.max_pool2d):
            named = dict(zip(("kernel_size", "stride", "padding"), args[1:4], strict=False))
            named |= kwargs
            kernel = named["kernel_size"]
            dilation = args[4] if packet is not _aten.avg_pool2d and len(args) > 4 else 1
            return _slid(
                field, kernel, named.get("stride") or kernel, named.get("padding", 0), dilation
            )
        if before == after:
            return field
        if packet in (_aten._adaptive_avg_pool2d, _aten.mean, *_RESAMPLING):
            return replace(
                field,
                rows=field.rows.resampled(before[0], after[0]),
                columns=field.columns.resampled(before[1], after[1]),
            )
        return None

    def _followed(
        self, args: tuple[Any, ...], several: bool
    ) -> tuple[Tensor | None, _Field | None]:
        """The first input whose cells are known."""
        for argument in args[0] if several else args:
            if isinstance(argument, Tensor) and id(argument) in self._fields:
                return self._fields[id(argument)]
        return None, None


_RESAMPLING = (_aten.upsample_nearest2d, _aten.upsample_bilinear2d)


def _slid(field: _Field, kernel: Any, stride: Any, padding: Any, dilation: Any) -> _Field:
    lines, cut = [], field.cut
    pairs = [_pair(value) for value in (kernel, stride, padding, dilation)]
    for line, k, s, p, d in zip((field.rows, field.columns), *pairs, strict=True):
        lines.append(line.through(k, s, p, d))
        cut = cut or 2 * p < (k - 1) * d + 1 - s
    return _Field(lines[0], lines[1], cut)


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    numbers = [int(number) for number in value]
    return numbers[0], numbers[-1]
