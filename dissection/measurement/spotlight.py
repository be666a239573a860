"""An exemplar as the paper shows it: the region that drives a unit outlined, the rest dimmed.

Bau et al. 2020, figures 1B, 1C and 3E: the region is where the unit's activation, upsampled, is
above its level t_u.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dissection.results.dissection import GRAY
from dissection.statistics.upsample import Centers, axis_weights

#: Brightness of what lies outside the region.
DIMMED = 0.5
#: RGB of the line around the region, one pixel wide.
OUTLINE = (255, 255, 0)


def spotlight(
    picture: NDArray[np.uint8],
    activations: NDArray[np.floating],
    level: float,
    centers: Centers | None = None,
) -> NDArray[np.uint8]:
    """A picture with the region where a unit is above its level.

    Args:
        picture: uint8 (H, W, 3), RGB.
        activations: float (h, w), the unit's map of this picture.
        level: t_u; above means strictly.
        centers: where the map's cells lie in the picture; None is evenly.

    Returns:
        uint8 (H, W, 3): a yellow line around the region, half the brightness outside.
    """
    height, width = picture.shape[:2]
    region = region_above(activations, level, (height, width), centers)
    shown = picture.copy()
    shown[~region] = (shown[~region] * DIMMED).astype(np.uint8)
    shown[_around(region)] = OUTLINE
    return shown


def region_above(
    activations: NDArray[np.floating],
    level: float,
    shape: tuple[int, int],
    centers: Centers | None = None,
) -> NDArray[np.bool_]:
    """Where a map (h, w), upsampled as for the IoU, is above a level: bool of some shape."""
    region: NDArray[np.bool_] = upsampled(activations, shape, centers) > level
    return region


def upsampled(
    activations: NDArray[np.floating], shape: tuple[int, int], centers: Centers | None = None
) -> NDArray[np.float64]:
    """A map (h, w) as large as a picture, upsampled as for the IoU: float64 of some shape."""
    down, across = (centers.rows, centers.columns) if centers else (None, None)
    rows = _weights(activations.shape[0], shape[0], down)
    columns = _weights(activations.shape[1], shape[1], across)
    large: NDArray[np.float64] = rows @ activations.astype(np.float64) @ columns.T
    return large


def framed(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A picture of at most size x size in the middle of uint8 (size, size, 3), on gray."""
    height, width = picture.shape[:2]
    if (height, width) == (size, size):
        return picture
    frame = np.full((size, size, 3), GRAY, np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    frame[top : top + height, left : left + width] = picture
    return frame


_weights = lru_cache(maxsize=32)(axis_weights)


def _around(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels outside a region that touch it, corners included."""
    padded = np.pad(region, 1)
    tall = padded[:-2] | padded[1:-1] | padded[2:]
    grown: NDArray[np.bool_] = tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]
    return grown & ~region
