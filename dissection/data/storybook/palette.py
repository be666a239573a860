"""Colors as planes: float32 arrays that broadcast against (3, h, w) pictures."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]


def rgb(red: float, green: float, blue: float) -> Array:
    """A color, each channel nominally 0..1, as a (3, 1, 1) array."""
    return np.array([red, green, blue], np.float32).reshape(3, 1, 1)


def mix(first: Array, second: Array, share: Array | float) -> Array:
    """``first`` where ``share`` is 0, ``second`` where it is 1, linear between and beyond."""
    return first + (second - first) * share
