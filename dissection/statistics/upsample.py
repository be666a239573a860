"""From a feature map to the measuring grid: the published upsampling, exact and differentiable.

The reference samples feature maps bilinearly at half-pixel centres and takes everything beyond
the border as zero, so maps fade towards their edges. Along one axis that is a small matrix, and
the whole is ``A_h X A_w^T``. Maps that are larger than the grid are sampled by the same rule:
twice as large averages 2x2, four times as large uses the middle 2x2 of each 4x4.
"""

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError


def axis_taps(source: int, target: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where each of ``target`` positions falls among ``source`` cells.

    Position t lies at ``p = (t + 0.5) * source / target - 0.5`` cells, between cell ``floor(p)``
    (weight ``1 - frac(p)``) and the next (weight ``frac(p)``).

    Returns:
        The left cell of each position, int64 (target,), from -1 (beyond the border) to
        source - 1; and the weight of the cell on its right, float64 (target,), 0 up to 1.

    Raises:
        BadInputError: a size below 1.
    """
    if source < 1 or target < 1:
        raise BadInputError(f"Cannot resample {source} cells to {target} positions.")
    # Integers until the division: positions that are whole come out whole.
    twice = (2 * np.arange(target) + 1) * source - target
    left = twice // (2 * target)
    return left, (twice - left * 2 * target) / (2 * target)


def axis_weights(source: int, target: int) -> NDArray[np.float64]:
    """The matrix A of one axis, float64 (target, source); border rows sum to less than 1."""
    left, right_weight = axis_taps(source, target)
    weights = np.zeros((target, source + 2))
    rows = np.arange(target)
    weights[rows, left + 1] = 1 - right_weight
    weights[rows, left + 2] += right_weight
    return weights[:, 1:-1]


@lru_cache(maxsize=64)
def _matrix(source: int, target: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    return torch.from_numpy(axis_weights(source, target)).to(device, dtype)


def upsample(features: Tensor, grid: int) -> Tensor:
    """Feature maps (N, C, h, w), floating point, on the grid: (N, C, grid, grid), same dtype."""
    height, width = features.shape[-2:]
    if (height, width) == (grid, grid):
        return features
    rows = _matrix(height, grid, features.device, features.dtype)
    columns = _matrix(width, grid, features.device, features.dtype)
    return rows @ features @ columns.T
