"""How often a number of one group is higher than one of another, among those of like size."""

import numpy as np
from numpy.typing import NDArray


def higher_share(
    own: NDArray[np.floating],
    others: NDArray[np.floating],
    own_sizes: NDArray[np.floating],
    other_sizes: NDArray[np.floating],
    edges: tuple[float, ...],
) -> float:
    """The chance that one of a group is higher than one of the others of like size.

    0.5 where the groups do not differ; ties count half. What has no like is left out.

    Args:
        own: (n,).
        others: (m,).
        own_sizes: (n,): sizes, above 0.
        other_sizes: (m,).
        edges: of the sizes that are alike, ascending.

    Returns:
        0..1; NaN where nothing has a like.

    Example:
        >>> own, others = np.array([3.0, 9.0]), np.array([1.0, 3.0, 10.0])
        >>> higher_share(own, others, np.array([1, 9]), np.array([1, 1, 9]), (5.0,))
        0.375
    """
    mine, theirs = np.searchsorted(edges, own_sizes), np.searchsorted(edges, other_sizes)
    shares = []
    for place in range(len(edges) + 1):
        against = np.sort(others[theirs == place])
        values = own[mine == place]
        if len(against):
            below = np.searchsorted(against, values, "left")
            upto = np.searchsorted(against, values, "right")
            shares.append((below + upto) / (2 * len(against)))
    found = np.concatenate(shares) if shares else np.zeros(0)
    return float(found.mean()) if len(found) else float("nan")
