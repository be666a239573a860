"""Openings in walls: windows and doors, square or arched."""

from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.canvas import Canvas, Mask
from dissection.data.storybook.palette import mix, rgb
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import label

_FRAME = rgb(0.95, 0.94, 0.9)
_LAMPLIGHT = rgb(1, 0.82, 0.4)
_DARK_GLASS = rgb(0.12, 0.17, 0.24)
_ROSE_GLASS = rgb(0.3, 0.3, 0.5)
_DOOR_FRAME = rgb(0.8, 0.77, 0.7)


def _opening(canvas: Canvas, x: float, top: float, bottom: float, half: float, rise: float) -> Mask:
    """A rectangle, with half an ellipse of height ``rise`` on it where that is not 0."""
    box = canvas.box(x - half, top - rise, x + half, bottom)
    mask = canvas.rectangle(x - half, top, x + half, bottom, box)
    if rise == 0:
        return mask
    arch = canvas.ellipse((x, top), (half, rise), box=box)
    return Mask(box, np.maximum(mask.alpha, arch.alpha))


@dataclass(frozen=True)
class Window:
    """A window: its center, half its width and height, and whether it is arched."""

    x: float
    y: float
    half_width: float
    half_height: float
    arched: bool

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint frame, pane and cross."""
        x, y, w, h = self.x, self.y, self.half_width, self.half_height
        frame = mix(style.wall, _FRAME, 0.6) * style.tint
        shape = self._shape(canvas, w * 1.25, h * 1.12)
        canvas.put(shape, frame * 0.9, label("building", "window", "wood"))
        glass = _LAMPLIGHT if style.draw_lamp() else mix(_DARK_GLASS, style.zenith, 0.25)
        pane = self._shape(canvas, w, h)
        gleam = 1.1 - 0.5 * np.clip((canvas.y(pane.box) - y + h) / (2 * h), 0, 1)
        canvas.put(pane, glass * gleam, label("building", "window", "glass"))
        canvas.put(canvas.rectangle(x - w * 0.1, y - h, x + w * 0.1, y + h), frame)
        canvas.put(canvas.rectangle(x - w, y - h * 0.1, x + w, y + h * 0.1), frame)

    def _shape(self, canvas: Canvas, w: float, h: float) -> Mask:
        return _opening(canvas, self.x, self.y - h, self.y + h, w, w * 1.3 if self.arched else 0)


@dataclass(frozen=True)
class RoseWindow:
    """A small round window: its center."""

    x: float
    y: float

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint the glass."""
        disc = canvas.ellipse((self.x, self.y), (0.026, 0.026))
        canvas.put(disc, _ROSE_GLASS * style.tint, label("building", "window", "glass"))


@dataclass(frozen=True)
class Door:
    """A double door: the middle of its sill, half its width, its height, whether it is arched."""

    x: float
    sill: float
    half_width: float
    height: float
    arched: bool

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint frame and leaves."""
        wood = label("building", "door", "wood")
        w = self.half_width
        canvas.put(self._shape(canvas, w * 1.3, self.height * 1.06), _DOOR_FRAME * style.tint, wood)
        leaves = self._shape(canvas, w, self.height)
        x = canvas.x(leaves.box) - self.x
        gap = np.where(np.abs(x) < w * 0.06, np.float32(0.5), np.float32(1))
        boards = np.where(((x + 1) % (w * 0.5)) < w * 0.05, np.float32(0.7), np.float32(1))
        canvas.put(leaves, style.door * style.tint * (gap * boards), wood)

    def _shape(self, canvas: Canvas, w: float, h: float) -> Mask:
        rise = w * 1.2 if self.arched else 0
        return _opening(canvas, self.x, self.sill - h, self.sill, w, rise)
