"""Precision and recall of generated pictures in a feature space (Kynkäänniemi et al. 2019).

Each set spans a region: the union of balls around its points, each reaching to its k-th nearest
neighbor in the same set. Precision is the share of generated points within the region of the real
ones (how many look real), recall the share of real points within the region of the generated ones
(how much of the real variety is made).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from dissection.errors import BadInputError

#: Neighbors that decide how far a ball reaches, as published.
NEIGHBORS = 3
_ROWS = 500


class Coverage(NamedTuple):
    """Shares, 0..1: of generated pictures that look real, of real ones that are covered."""

    precision: float
    recall: float


def coverage(real: Tensor, fake: Tensor, neighbors: int = NEIGHBORS) -> Coverage:
    """Precision and recall of two sets of features.

    Args:
        real: float (N, D), of real pictures.
        fake: float (M, D), of generated ones; sets of one size are compared most fairly.
        neighbors: k of the definition; below N and M.

    Raises:
        BadInputError: a set has too few points for so many neighbors.

    Example:
        >>> points = torch.arange(8.0)[:, None]
        >>> coverage(points, points + 0.1)
        Coverage(precision=1.0, recall=1.0)
        >>> coverage(points, points + 100)
        Coverage(precision=0.0, recall=0.0)
    """
    fewest = min(len(real), len(fake))
    if not 1 <= neighbors < fewest:
        raise BadInputError(
            f"Precision and recall by the nearest {neighbors} need more than {neighbors} pictures "
            f"on either side, not {fewest}."
        )
    real, fake = real.double(), fake.double()
    return Coverage(_within(fake, real, neighbors), _within(real, fake, neighbors))


def _within(points: Tensor, spanning: Tensor, neighbors: int) -> float:
    """Share of ``points`` in the region that ``spanning`` spans."""
    reach = torch.cat(
        [  # the nearest of all is the point itself
            torch.cdist(part, spanning).kthvalue(neighbors + 1, dim=1).values
            for part in spanning.split(_ROWS)
        ]
    )
    inside = [(torch.cdist(part, spanning) <= reach).any(1) for part in points.split(_ROWS)]
    return float(torch.cat(inside).double().mean())
