"""Pixel norm with gradients written out, for the passes that trace effects.

With y = x r and r = (mean of x^2 over the units + eps)^(-1/2), a gradient g at y is at x

    r (g - y mean(g y))

and a gradient h at r is -h r^3 x / units. Left to itself autograd keeps x, its square, r and y in
float32 and goes through each of the steps again; this needs y, which the convolution behind keeps
anyway, and r. Gradients can be taken once, not differentiated again. Values are those of
``progressive.pixel_norm``, bit for bit.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dissection.models.generators.progressive import norm_factor

#: Values of a part: a megabyte.
NEAR = 2**18


def normed(x: Tensor, dtype: torch.dtype) -> Tensor:
    """Pixel norm (N, C, h, w) -> same, computed in float32 and given in ``dtype``."""
    if not _in_one_go(x):
        if x.dtype == dtype == torch.float32:  # nothing is made but the values themselves
            return x * norm_factor(x)
        y = torch.empty_like(x, dtype=dtype)
        for part, out in zip(_parts(x), _parts(y), strict=True):
            wide = _wide(part)
            out.copy_(wide * norm_factor(wide))
        return y
    traced: Tensor = _PixelNorm.apply(x, dtype)
    return traced


def factor(x: Tensor) -> Tensor:
    """What pixel norm multiplies each position by: (N, C, h, w) -> (N, 1, h, w)."""
    if not _in_one_go(x):
        r = x.new_empty(len(x), 1, *x.shape[2:])
        for part, out in zip(_parts(x), _parts(r, x.shape[1]), strict=True):
            out.copy_(norm_factor(part))
        return r
    traced: Tensor = _NormFactor.apply(x)
    return traced


def _in_one_go(x: Tensor) -> bool:
    """Whether gradients go through it, or parts of it would be summed up in another order."""
    if x.device.type != "cpu" or (torch.is_grad_enabled() and x.requires_grad):
        return True
    return not x.is_contiguous(memory_format=torch.channels_last)


def _parts(x: Tensor, units: int = 1) -> Iterator[Tensor]:
    """A map in parts that stay in the cache while they are normed: images, or rows of one.

    Args:
        x: (N, C, h, w).
        units: how many units each of those here stands for.
    """
    row = max(1, x.shape[1] * units * x.shape[3])
    images, rows = max(1, NEAR // (row * max(1, x.shape[2]))), max(1, NEAR // row)
    for some in x.split(images):
        yield from some.split(rows, 2)


class _PixelNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dtype: torch.dtype) -> Tensor:
        wide = _wide(x)
        r = norm_factor(wide)
        y = (wide * r).to(dtype)
        ctx.save_for_backward(y, r)
        ctx.given = x.dtype
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        y, r = ctx.saved_tensors
        y, gradient = _wide(y), _wide(gradients[0])
        along = (gradient * y).mean(1, keepdim=True)
        return ((gradient - y * along) * r).to(ctx.given), None


class _NormFactor(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        r = norm_factor(x)
        ctx.save_for_backward(x, r)
        return r

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        x, r = ctx.saved_tensors
        gradient: Tensor = x * (gradients[0] * r**3 / -x.shape[1])
        return gradient


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))
