"""From a feature map to the measuring grid: the published upsampling, exact and differentiable.

The reference samples feature maps bilinearly at half-pixel centers and takes everything beyond
the border as zero, so maps fade towards their edges. Along one axis that is a small matrix, and
the whole is ``A_h X A_w^T``. Maps that are larger than the grid are sampled by the same rule:
twice as large averages 2x2, four times as large uses the middle 2x2 of each 4x4.

That rule takes the cells of a map to cover the picture evenly. Where unpadded convolutions and
poolings lie before a layer they do not, and ``Centers`` say where the cells lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError


@dataclass(frozen=True)
class Axis:
    """Where the cells of a map lie along one axis of the picture.

    Attributes:
        first: the middle of the first cell, as a share of the picture's side; 0 is its edge.
        step: from one cell to the next, as a share of the side.
    """

    first: Fraction
    step: Fraction

    @classmethod
    def even(cls, cells: int) -> "Axis":
        """Cells that cover the side evenly."""
        return cls(Fraction(1, 2 * cells), Fraction(1, cells))


@dataclass(frozen=True)
class Centers:
    """Where the cells of a layer's maps lie in the picture.

    Attributes:
        rows: down the picture.
        columns: across it.
    """

    rows: Axis
    columns: Axis

    def to_json(self) -> dict[str, list[str]]:
        """First middle and step down and across, as exact fractions of the picture's sides."""
        axes = {"rows": self.rows, "columns": self.columns}
        return {name: [str(axis.first), str(axis.step)] for name, axis in axes.items()}

    @classmethod
    def from_json(cls, value: Mapping[str, Sequence[str]]) -> "Centers":
        """The inverse of ``to_json``.

        Raises:
            KeyError: an axis is missing.
            ValueError: something is no fraction.
        """
        rows, columns = (
            Axis(*(Fraction(text) for text in value[name])) for name in ("rows", "columns")
        )
        return cls(rows, columns)


def axis_taps(
    source: int, target: int, axis: Axis | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where each of ``target`` positions falls among ``source`` cells.

    Position t lies at ``p = (t + 0.5) * source / target - 0.5`` cells, between cell ``floor(p)``
    (weight ``1 - frac(p)``) and the next (weight ``frac(p)``).

    Args:
        source: cells.
        target: positions, which cover the picture evenly.
        axis: where the cells lie; None is evenly.

    Returns:
        The left cell of each position, int64 (target,), from -1 (beyond the border) to
        source - 1; and the weight of the cell on its right, float64 (target,), 0 up to 1.

    Raises:
        BadInputError: a size below 1.
    """
    if source < 1 or target < 1:
        raise BadInputError(f"Cannot resample {source} cells to {target} positions.")
    first, step = (axis or Axis.even(source)).first, (axis or Axis.even(source)).step
    # Integers until the division: positions that are whole come out whole.
    unit = lcm(2 * target, first.denominator, step.denominator)
    cell = int(step * unit)
    past = (2 * np.arange(target) + 1) * (unit // (2 * target)) - int(first * unit)
    left = past // cell
    right_weight = (past - left * cell) / cell
    # A whole cell or more beyond the border there are only zeros.
    right_weight[left < -1], right_weight[left >= source] = 0.0, 1.0
    return left.clip(-1, source - 1), right_weight


def axis_weights(source: int, target: int, axis: Axis | None = None) -> NDArray[np.float64]:
    """The matrix A of one axis, float64 (target, source); border rows sum to less than 1."""
    left, right_weight = axis_taps(source, target, axis)
    weights = np.zeros((target, source + 2))
    rows = np.arange(target)
    weights[rows, left + 1] = 1 - right_weight
    weights[rows, left + 2] += right_weight
    return weights[:, 1:-1]


@lru_cache(maxsize=64)
def _matrix(
    source: int, target: int, axis: Axis | None, device: torch.device, dtype: torch.dtype
) -> Tensor:
    return torch.from_numpy(axis_weights(source, target, axis)).to(device, dtype)


def upsample(features: Tensor, grid: int, centers: Centers | None = None) -> Tensor:
    """Feature maps on the measuring grid.

    Args:
        features: floating point (N, C, h, w).
        grid: the grid is grid x grid.
        centers: where the cells lie in the picture; None is evenly.

    Returns:
        (N, C, grid, grid), same dtype.
    """
    height, width = features.shape[-2:]
    if centers is None and (height, width) == (grid, grid):
        return features
    if centers is None and height == width and height % (2 * grid) == 0:
        return _halfway(_halfway(features, height // grid, 2), width // grid, 3)
    down, across = (centers.rows, centers.columns) if centers else (None, None)
    rows = _matrix(height, grid, down, features.device, features.dtype)
    columns = _matrix(width, grid, across, features.device, features.dtype)
    return rows @ features @ columns.T


def _halfway(features: Tensor, factor: int, axis: int) -> Tensor:
    """Every ``factor`` cells of an axis, an even number, as the mean of the two in the middle.

    What the matrix gives, bit for bit: halves are exact, and zeros add nothing.
    """
    taps = [
        features[:, :, start::factor] if axis == 2 else features[..., start::factor]
        for start in (factor // 2 - 1, factor // 2)
    ]
    return (taps[0] + taps[1]) * 0.5
