"""Painted masks: discs and the segments between two positions of a round brush.

Positions are continuous picture coordinates: pixel (row i, column j) covers x in j..j+1 and y in
i..i+1, so the center of the top left pixel is (0.5, 0.5). Pure numpy: the window paints with these
before torch has loaded.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError

Mask = NDArray[np.float32]
Position = tuple[float, float]


def disc(shape: tuple[int, int], x: float, y: float, radius: float) -> Mask:
    """A round dab: float32 (H, W) in 0..1, one inside, with an edge one pixel wide.

    Args:
        shape: (H, W) of the picture.
        x: center, picture pixels from the left edge; may lie outside of the picture.
        y: center, picture pixels from the top edge.
        radius: picture pixels, above 0.

    Raises:
        BadInputError: the radius is not above 0, or a number is not finite.
    """
    return segment(shape, (x, y), (x, y), radius)


def segment(shape: tuple[int, int], start: Position, end: Position, radius: float) -> Mask:
    """What a round brush covers on its way from ``start`` to ``end``, both ends included.

    Args:
        shape: (H, W) of the picture.
        start: (x, y) in picture pixels; may lie outside of the picture.
        end: (x, y) in picture pixels.
        radius: picture pixels, above 0.

    Returns:
        float32 (H, W) in 0..1: how far a pixel's center lies inside, in pixels, plus a half.

    Raises:
        BadInputError: the radius is not above 0, or a number is not finite.
    """
    if not radius > 0 or not np.all(np.isfinite((*start, *end, radius))):
        raise BadInputError(
            f"A brush needs a finite position and a radius above 0, not {radius:g} px "
            f"from ({start[0]:g}, {start[1]:g}) to ({end[0]:g}, {end[1]:g})."
        )
    mask = np.zeros(shape, np.float32)
    rows = _reach(start[1], end[1], radius, shape[0])
    columns = _reach(start[0], end[0], radius, shape[1])
    x = np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] + 0.5 - start[0]
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + 0.5 - start[1]
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = np.clip((x * dx + y * dy) / length, 0.0, 1.0) if length > 0 else 0.0
    distance = np.hypot(x - along * dx, y - along * dy)
    mask[rows, columns] = np.clip(radius + 0.5 - distance, 0.0, 1.0)
    return mask


def _reach(start: float, end: float, radius: float, size: int) -> slice:
    """The pixels along one axis that the brush can reach, within 0..size."""
    low = int(np.clip(np.floor(min(start, end) - radius - 0.5), 0, size))
    high = int(np.clip(np.ceil(max(start, end) + radius + 0.5), 0, size))
    return slice(low, high)


def shifted(mask: Mask, across: int, down: int) -> Mask:
    """A mask somewhere else: what leaves the picture is lost, what comes in is bare.

    Args:
        mask: float32 (H, W), 0..1.
        across: pixels to the right, or to the left if negative.
        down: pixels down, or up if negative.
    """
    height, width = mask.shape
    moved = np.zeros_like(mask)
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(across, 0), width + min(across, 0))
    if abs(down) < height and abs(across) < width:
        moved[rows, columns] = mask[
            max(-down, 0) : height - max(down, 0), max(-across, 0) : width - max(across, 0)
        ]
    return moved


def grown(mask: Mask, pixels: int) -> Mask:
    """A mask that reaches further on all sides, or less far where ``pixels`` is negative.

    Args:
        mask: float32 (H, W), 0..1.
        pixels: how much further.
    """
    side = 2 * abs(pixels) + 1
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    change = cv2.dilate if pixels > 0 else cv2.erode
    changed: Mask = np.asarray(change(mask, around, borderType=cv2.BORDER_REPLICATE), np.float32)
    return changed
