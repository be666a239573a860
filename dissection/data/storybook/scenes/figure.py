"""One thing in a scene while it is painted: its place, its random streams, its own coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.canvas import Canvas, Mask, Point
from dissection.data.storybook.palette import Array
from dissection.data.storybook.scenes.vocabulary import scene_label
from dissection.data.storybook.style import Style


@dataclass(frozen=True)
class Spot:
    """Where a thing stands.

    Attributes:
        x: middle of its foot.
        y: height of its foot.
        size: what 1 means in the thing's own coordinates; most things are about 1 high.
        side: 1 or -1, which way it faces.
    """

    x: float
    y: float
    size: float
    side: int = 1


class Figure:
    """Shapes in a thing's own coordinates: x to the side it faces, y up from its foot.

    Args:
        canvas: what to paint on.
        style: season, light and this thing's own stream for textures.
        rng: the thing's own stream for its shape.
        name: the object that its pixels are.
        spot: where it stands.
    """

    def __init__(
        self, canvas: Canvas, style: Style, rng: np.random.Generator, name: str, spot: Spot
    ) -> None:
        self.canvas, self.style, self.rng, self.name, self.spot = canvas, style, rng, name, spot

    def at(self, x: float, y: float) -> Point:
        """A point in the picture's coordinates."""
        spot = self.spot
        return spot.x + spot.side * x * spot.size, spot.y - y * spot.size

    def shadow(self, half: float, x: float = 0.0, strength: float = 0.3) -> None:
        """A flat shadow on the ground, ``half`` its width to each side of ``x``."""
        radius = half * self.spot.size
        self.canvas.shade(self.canvas.ellipse(self.at(x, 0), (radius, radius * 0.22)), strength)

    def polygon(
        self,
        points: Sequence[Point],
        color: Array,
        part: str | None = None,
        material: str | None = None,
        relief: float = 0.3,
    ) -> Mask:
        """Paint a polygon, lit from the left; returns where."""
        mask = self.canvas.polygon([self.at(*point) for point in points])
        return self._put(mask, color, part, material, relief)

    def polygons(
        self,
        outlines: Sequence[Sequence[Point]],
        color: Array,
        part: str | None = None,
        material: str | None = None,
        relief: float = 0.3,
    ) -> Mask:
        """Paint polygons that do not overlap as one shape."""
        mask = self.canvas.polygons([[self.at(*p) for p in outline] for outline in outlines])
        return self._put(mask, color, part, material, relief)

    def box(
        self,
        left: float,
        bottom: float,
        right: float,
        top: float,
        color: Array,
        part: str | None = None,
        material: str | None = None,
        relief: float = 0.3,
    ) -> Mask:
        """Paint an upright rectangle."""
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        return self.polygon(corners, color, part, material, relief)

    def oval(
        self,
        x: float,
        y: float,
        across: float,
        up: float,
        color: Array,
        part: str | None = None,
        material: str | None = None,
        relief: float = 0.4,
    ) -> Mask:
        """Paint an ellipse with its middle at (x, y)."""
        size = self.spot.size
        mask = self.canvas.ellipse(self.at(x, y), (across * size, up * size))
        return self._put(mask, color, part, material, relief)

    def bar(
        self,
        start: Point,
        end: Point,
        width: float,
        color: Array,
        part: str | None = None,
        material: str | None = None,
    ) -> Mask:
        """Paint a straight bar; never thinner than three quarters of a pixel of 128."""
        width = max(width, 0.75 / 128 / self.spot.size)
        along = np.subtract(end, start)
        length = max(float(np.hypot(*along)), 1e-6)
        x, y = (-along[1] / length * width / 2, along[0] / length * width / 2)
        corners = [
            (start[0] + x, start[1] + y),
            (end[0] + x, end[1] + y),
            (end[0] - x, end[1] - y),
            (start[0] - x, start[1] - y),
        ]
        return self.polygon(corners, color, part, material, relief=0.0)

    def _put(
        self, mask: Mask, color: Array, part: str | None, material: str | None, relief: float
    ) -> Mask:
        lit = color * self.style.tint
        if relief and mask.alpha.size:
            x = self.canvas.x(mask.box)
            across = (x - x[0, 0]) / max(float(x[0, -1] - x[0, 0]), 1e-6)
            lit = lit * (1 + relief * (0.4 - across))
        self.canvas.put(mask, lit, scene_label(self.name, part, material))
        return mask
