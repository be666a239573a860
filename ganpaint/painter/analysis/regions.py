"""Between rectangles of feature-map cells and areas of the picture."""

from PySide6.QtCore import QPointF, QRectF, QSize

from dissection.painting.boxes import Box

Grid = tuple[int, int]


def box_between(first: QPointF, last: QPointF, size: QSize, grid: Grid) -> Box:
    """The cells that a rectangle between two picture positions touches, at least one.

    Args:
        first: one corner, picture pixels; may lie outside of the picture.
        last: the opposite corner.
        size: of the picture.
        grid: (h, w) of the feature map.
    """
    top, bottom = _span(first.y(), last.y(), size.height(), grid[0])
    left, right = _span(first.x(), last.x(), size.width(), grid[1])
    return Box(top, left, bottom, right)


def area_of(box: Box, size: QSize, grid: Grid) -> QRectF:
    """The area of a picture that a box of cells covers, in picture pixels."""
    down, across = size.height() / grid[0], size.width() / grid[1]
    height, width = box.bottom - box.top, box.right - box.left
    return QRectF(box.left * across, box.top * down, width * across, height * down)


def _span(one: float, other: float, pixels: int, cells: int) -> tuple[int, int]:
    low, high = sorted((one, other))
    first = int(min(max(low, 0.0) / pixels * cells, cells - 1))
    last = int(min(max(high, 0.0) / pixels * cells, cells - 1))
    return first, last + 1
