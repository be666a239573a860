"""A unit's peaks in pictures with and without its concept. Free of torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SeenPeaks:
    """What was seen of N pictures.

    Attributes:
        unit: which.
        iou: with the concept; NaN where nobody knows.
        concept: its name.
        peaks: float32 (N,): the unit's highest activation in each picture.
        shares: float64 (N,): of its pixels that are the concept; NaN where nobody says.
        positive: bool (N,): whether the picture counts as one with the concept.
        draw: gives pictures by row, float32 (n, 3, H, W), -1..1.
        provenance: what was looked at.
    """

    unit: int
    iou: float
    concept: str
    peaks: NDArray[np.float32]
    shares: NDArray[np.float64]
    positive: NDArray[np.bool_]
    draw: Callable[[list[int]], Any]
    provenance: dict[str, Any]
