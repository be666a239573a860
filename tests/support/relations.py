"""Relations of units of which only the exemplars from further down matter."""

import numpy as np

from dissection.statistics.relations import DOTS, Relations


def relations_with(lower: np.ndarray) -> Relations:
    """Relations with these lower exemplars, int64 (units, 12); all else is zero."""
    units = len(lower)
    dots = np.zeros((units, DOTS), np.float32)
    few = np.zeros((units, 4), np.int64)
    near = np.zeros((units, 2), np.int64)
    return Relations(
        ranked=np.zeros((units, 5), np.int64),
        areas=np.zeros((units, 5), np.float32),
        lower=lower,
        peaks_with=dots,
        peaks_without=dots,
        missed=few,
        mistaken=few,
        near_layers=near,
        near_units=near,
        near_values=near.astype(np.float32),
        places=near.astype(np.float32),
    )
