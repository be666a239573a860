"""The operators of torch that multiply in eight bits or with weights arranged beforehand.

torch documents none of them: they are what its compiler makes of quantized networks on a CPU
(``torch.ops.onednn``) and of frozen ones (``torch.ops.mkldnn``), in every version since 2.1. The
documented quantized tensors (``torch.quantize_per_tensor``, ``torch.ops.quantized``) are no way
around them: torch 2.14 announces their end. So they are looked up here and nowhere else, tried
once with numbers, and done without where a torch lacks them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

#: What the eight-bit operators lack, in a sentence for people.
MISSING = (
    "This version of torch has no eight-bit convolutions for this processor; "
    "live pictures are computed in bfloat16."
)
#: And why else there may be none.
ELSEWHERE = "Eight-bit pictures are made on the CPU alone; here they are computed in bfloat16."
TOO_FAR = "In eight bits this generator's pictures differ too much; they are computed in bfloat16."
#: Whole numbers of weights are from minus this to this.
LARGEST = 127
#: Sizes of maps that a layer keeps its weights arranged for: a drag brings a dozen.
_SIZES = 16

Operator = Callable[..., Tensor]
Convolution = Callable[[Tensor], Tensor]
"""A map (1, C, h, w), channels-last, to float32 (1, C', h - k + 1, w - k + 1): without padding."""


@dataclass(frozen=True)
class Scale:
    """How real values of a map become bytes.

    Attributes:
        step: a byte is ``round(value / factor / step) + zero``, saturated.
        zero: the byte of zero.
        factors: of each unit, so that units of all sizes make use of the bytes; the convolution
            multiplies its weights by them. Empty is 1 for all.
    """

    step: float
    zero: int
    factors: tuple[float, ...] = ()

    @classmethod
    def covering(cls, low: float, high: float, factors: tuple[float, ...] = ()) -> "Scale":
        """One that has the values from ``low`` to ``high``, and zero exactly, among its bytes.

        Args:
            low: the lowest value over its unit's factor.
            high: the highest.
            factors: of the units.
        """
        low, high = min(low, 0.0), max(high, 0.0)
        step = max(high - low, 1e-6) / 255
        return cls(step, round(-low / step), factors)


def lookup(namespace: str, name: str) -> Operator | None:
    """An operator ``torch.ops.namespace.name``; None where this torch has none."""
    try:
        operator: Operator = getattr(getattr(torch.ops, namespace), name)
    except (AttributeError, RuntimeError):
        return None
    return operator


def eight_bit(weight: Tensor, bias: Tensor, scale: Scale) -> Convolution | None:
    """A convolution of bytes by bytes; None where this torch or processor has no such thing.

    Args:
        weight: float32 (C', C, k, k).
        bias: float32 (C',).
        scale: of the maps that it takes, uint8.
    """
    multiply, arrange = _multiplying()
    if multiply is None or arrange is None:
        return None
    if scale.factors:
        weight = weight * torch.tensor(scale.factors)[:, None, None]
    steps = weight.abs().amax((1, 2, 3)).clamp_min(1e-12) / LARGEST
    whole = (weight / steps[:, None, None, None]).round().to(torch.int8)
    zeros = torch.zeros(len(weight), dtype=torch.int64)
    step, zero, one, none = scale.step, scale.zero, [1, 1], [0, 0]

    # What arrangement is best depends on the size of the map; with another one, weights are
    # arranged anew with every call, which takes up to ten times as long as the products.
    @lru_cache(_SIZES)
    def packed(height: int, width: int) -> Tensor:
        shape = [1, weight.shape[1], height, width]
        return arrange(whole, steps, step, zero, one, none, one, 1, shape)

    def convolve(x: Tensor) -> Tensor:
        return multiply(
            *(x, step, zero, packed(*x.shape[2:]), steps, zeros, bias, one, none, one, 1),
            *(1.0, 0, torch.float32, "none", [], ""),
        )

    return convolve


def real(weight: Tensor, bias: Tensor, dtype: torch.dtype) -> Convolution:
    """A convolution of real maps, with weights of bfloat16 arranged beforehand where torch can.

    Without that they are arranged anew with every call, which takes longer than a small map's
    products.

    Args:
        weight: (C', C, k, k).
        bias: (C',).
        dtype: of maps and products, bfloat16 or float32.
    """
    weight, bias = weight.to(dtype), bias.to(dtype)
    multiply, arrange = _arranging()
    one, none = [1, 1], [0, 0]
    if dtype == torch.bfloat16 and multiply and arrange and _arranges():
        packed = arrange(weight, none, one, one, 1, None)
        return lambda x: multiply(x, packed, bias, none, one, one, 1, "none", [], "").float()
    weight = weight.contiguous(memory_format=torch.channels_last)
    return lambda x: F.conv2d(x, weight, bias).float()


def rectified(
    weight: Tensor, bias: Tensor, padding: int, stride: int = 1, relu: bool = True
) -> Convolution:
    """A convolution of bfloat16 maps with ReLU behind it, weights arranged where torch can.

    Args:
        weight: (C', C, k, k).
        bias: (C',).
        padding: zeros around the map.
        stride: of the convolution.
        relu: whether negative values become zero.

    Returns:
        A function of bfloat16 maps (N, C, h, w) that gives bfloat16 maps.
    """
    weight, bias = weight.bfloat16(), bias.bfloat16()
    multiply, arrange = _arranging()
    pads, strides, one = [padding, padding], [stride, stride], [1, 1]
    if multiply and arrange and _arranges():
        packed = arrange(weight, pads, strides, one, 1, None)
        kind = "relu" if relu else "none"
        return lambda x: multiply(x, packed, bias, pads, strides, one, 1, kind, [], "")
    weight = weight.contiguous(memory_format=torch.channels_last)

    def convolve(x: Tensor) -> Tensor:
        x = F.conv2d(x, weight, bias, strides, pads)
        return x.relu_() if relu else x

    return convolve


def _multiplying() -> tuple[Operator | None, Operator | None]:
    """What multiplies bytes and what arranges weights for it."""
    return lookup("onednn", "qconv2d_pointwise"), lookup("onednn", "qconv_prepack")


def is_offered() -> bool:
    """Whether this torch has operators for bytes at all, whatever the processor makes of them."""
    return None not in _multiplying()


@cache
def has_eight_bit() -> bool:
    """Whether torch and processor convolve bytes, and do so rightly: tried once, with numbers.

    Among them are the largest: processors without the instructions of today add pairs of
    products in 16 bits, where those do not fit.
    """
    x, weight, bias = _example()
    scale = Scale(1.0, 3)
    convolve = eight_bit(weight, bias, scale)
    if convolve is None:
        return False
    return _agrees(convolve, (x + scale.zero).to(torch.uint8), _plain(x, weight, bias))


@cache
def _arranges() -> bool:
    """Whether torch arranges weights of bfloat16 beforehand, and then multiplies rightly."""
    x, weight, bias = (each.bfloat16() for each in _example())
    multiply, arrange = _arranging()
    one, none = [1, 1], [0, 0]
    if multiply is None or arrange is None:
        return False

    def convolve(x: Tensor) -> Tensor:
        packed = arrange(weight, none, one, one, 1, None)
        return multiply(x, packed, bias, none, one, one, 1, "none", [], "")

    return _agrees(convolve, x, _plain(x, weight, bias))


def _plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The products in float32, whatever precision is in force around."""
    with torch.autocast("cpu", enabled=False):
        return F.conv2d(x.float(), weight.float(), bias.float())


def _arranging() -> tuple[Operator | None, Operator | None]:
    return (
        lookup("mkldnn", "_convolution_pointwise"),
        lookup("mkldnn", "_reorder_convolution_weight"),
    )


def _example() -> tuple[Tensor, Tensor, Tensor]:
    """A map, weights and a bias in whole numbers, which have one answer in every precision.

    Weights of neighboring inputs have one sign, so that sums of pairs grow as large as they can.
    """
    x = torch.arange(16 * 7 * 7).reshape(1, 16, 7, 7) % 8 * 36.0
    signs = torch.arange(8)[:, None, None] + torch.arange(3)[:, None] + torch.arange(3)
    weight = ((signs % 3 - 1.0) * LARGEST)[:, None].expand(8, 16, 3, 3).contiguous()
    return x.contiguous(memory_format=torch.channels_last), weight, torch.arange(8.0)


@torch.inference_mode()
def _agrees(convolve: Convolution, x: Tensor, expected: Tensor) -> bool:
    try:
        return bool(torch.allclose(convolve(x).float(), expected, rtol=0.01, atol=1))
    except (RuntimeError, TypeError):
        return False
