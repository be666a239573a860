"""Rank correlation. Free of torch."""

import numpy as np
from numpy.typing import NDArray


def spearman(one: NDArray[np.floating], other: NDArray[np.floating]) -> float | None:
    """Spearman's rank correlation, -1..1; ties share their mean rank; None of a constant or NaN."""
    # Only here, since it takes half a second to import.
    from scipy.stats import spearmanr

    for values in (one, other):
        if not np.isfinite(values).all() or (values == values[:1]).all():
            return None
    return float(spearmanr(one, other).statistic)
