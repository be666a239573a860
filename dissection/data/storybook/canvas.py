"""The picture being painted and its label maps.

Coordinates are in units of the picture's width, x to the right and y down from the top left.
Shapes are antialiased and restricted to their bounding boxes, which is what makes painting fast.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from dissection.data.storybook.palette import Array
from dissection.data.storybook.vocabulary import Label

Point = tuple[float, float]

# Pixel i of a picture of S pixels has its center at (i + 0.5) / S. The origin of the coordinates
# is the center of the first pixel at 128 px, the size the proportions were tuned at.
_ORIGIN = 0.5 / 128
_SUBPIXEL_BITS = 4
_SUBPIXELS = 1 << _SUBPIXEL_BITS


class Box(NamedTuple):
    """A rectangle of pixels, wholly inside the picture, possibly empty."""

    rows: slice
    columns: slice

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start


class Mask(NamedTuple):
    """How much of each pixel of a box something covers: float32 (h, w), 0..1."""

    box: Box
    alpha: Array


class Canvas:
    """A square picture with its object, part and material maps, painted back to front.

    Args:
        size: pixels along a side.

    Attributes:
        picture: float32 (3, S, S), RGB, nominally 0..1 and not clamped.
        maps: uint8 (3, S, S), object, part and material as ``STORYBOOK`` indices.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.picture: Array = np.zeros((3, size, size), np.float32)
        self.maps = np.zeros((3, size, size), np.uint8)
        self._centers = ((np.arange(size) + 0.5) / size - _ORIGIN).astype(np.float32)

    def x(self, box: Box) -> Array:
        """Horizontal coordinates of a box's pixel centers, float32 (1, w)."""
        return self._centers[None, box.columns]

    def y(self, box: Box) -> Array:
        """Vertical coordinates of a box's pixel centers, float32 (h, 1)."""
        return self._centers[box.rows, None]

    def pixel(self, coordinate: float) -> float:
        """The pixel, in fractions, whose center lies at a coordinate."""
        return (coordinate + _ORIGIN) * self.size - 0.5

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """The pixels that a rectangle touches, with a border of one or two for antialiasing."""
        return Box(self._range(top, bottom), self._range(left, right))

    def band(self, top: float, bottom: float) -> Box:
        """The rows from ``top`` to ``bottom``, over the whole width."""
        return Box(self._range(top, bottom), slice(0, self.size))

    def around(self, points: Iterable[Point]) -> Box:
        """The box around a set of points."""
        across, down = zip(*points, strict=True)
        return self.box(min(across), min(down), max(across), max(down))

    def polygons(self, outlines: Sequence[Sequence[Point]], box: Box | None = None) -> Mask:
        """Several polygons that do not overlap, as one mask."""
        if box is None:
            box = self.around(point for outline in outlines for point in outline)
        alpha = np.zeros(box.shape, np.uint8)
        if alpha.size:
            corners = [self._subpixels(outline, box) for outline in outlines]
            cv2.fillPoly(alpha, corners, (255,), cv2.LINE_AA, _SUBPIXEL_BITS)
        return Mask(box, _coverage(alpha))

    def polygon(self, outline: Sequence[Point], box: Box | None = None) -> Mask:
        """One polygon, in ``box`` where given, else in its bounding box."""
        return self.polygons([outline], box)

    def rectangle(
        self, left: float, top: float, right: float, bottom: float, box: Box | None = None
    ) -> Mask:
        """An upright rectangle."""
        return self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], box)

    def ellipse(
        self,
        center: Point,
        radii: Point,
        arc: tuple[float, float] = (0, 360),
        box: Box | None = None,
    ) -> Mask:
        """An upright ellipse, or the part of it between two angles in degrees, clockwise."""
        (x, y), (across, down) = center, radii
        if box is None:
            box = self.box(x - across, y - down, x + across, y + down)
        alpha = np.zeros(box.shape, np.uint8)
        if alpha.size:
            middle = self._subpixels([center], box)[0]
            axes = [int(radius * self.size * _SUBPIXELS) for radius in radii]
            cv2.ellipse(
                alpha, middle.tolist(), axes, 0, *arc, (255,), -1, cv2.LINE_AA, _SUBPIXEL_BITS
            )
        return Mask(box, _coverage(alpha))

    def put(self, mask: Mask, color: Array, label: Label | None = None) -> None:
        """Paint a color through a mask; pixels more than half covered take the label.

        Args:
            mask: where.
            color: (3, 1, 1) or (3, h, w), h and w those of the mask.
            label: what it is; without one the label maps stay as they are.
        """
        view = self.picture[:, mask.box.rows, mask.box.columns]
        view += (color - view) * mask.alpha
        if label is not None:
            covered = mask.alpha > 0.5
            maps = self.maps[:, mask.box.rows, mask.box.columns]
            for channel, index in zip(maps, label, strict=True):
                channel[covered] = index

    def shade(self, mask: Mask, strength: float) -> None:
        """Darken what is there by ``strength``, 0..1, through a mask."""
        self.picture[:, mask.box.rows, mask.box.columns] *= 1 - strength * mask.alpha

    def image(self) -> npt.NDArray[np.uint8]:
        """The picture as bytes, (S, S, 3), clamped and truncated."""
        clamped = np.clip(self.picture, 0, 1) * 255
        return np.ascontiguousarray(clamped.astype(np.uint8).transpose(1, 2, 0))

    def _range(self, first: float, last: float) -> slice:
        start = min(max(int(np.floor(self.pixel(first))) - 1, 0), self.size)
        stop = min(max(int(np.ceil(self.pixel(last))) + 2, start), self.size)
        return slice(start, stop)

    def _subpixels(self, points: Sequence[Point], box: Box) -> npt.NDArray[np.int32]:
        corner = np.array([box.columns.start, box.rows.start]) * _SUBPIXELS
        pixels = (np.array(points) + _ORIGIN) * self.size - 0.5
        return np.asarray(np.round(pixels * _SUBPIXELS) - corner, np.int32)


def _coverage(alpha: npt.NDArray[np.uint8]) -> Array:
    return alpha.astype(np.float32) * np.float32(1 / 255)
