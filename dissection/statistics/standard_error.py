"""How sure a mean is. Free of torch."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def standard_error(values: ArrayLike, alone: float = float("nan")) -> float:
    """The standard error of a mean: standard deviation (n - 1) over the root of n.

    Args:
        values: numbers; those that are not finite were not measured, and are left out.
        alone: what is given for fewer than two, whose spread nobody knows.

    Example:
        >>> standard_error([1.0, 3.0]), standard_error([2.0], alone=0.0)
        (1.0, 0.0)
    """
    numbers: NDArray[np.floating[Any]] = np.asarray(values, float)
    there = numbers[np.isfinite(numbers)]
    return float(there.std(ddof=1) / np.sqrt(len(there))) if len(there) > 1 else alone
