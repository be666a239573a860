"""Vehicles: cars, buses, tractors, trains, boats and ships, and the rails they run on."""

import numpy as np

from dissection.data.storybook.palette import Array, rgb
from dissection.data.storybook.scenes.figure import Figure

_PAINT = (
    *(rgb(0.75, 0.12, 0.12), rgb(0.15, 0.3, 0.62), rgb(0.88, 0.88, 0.9), rgb(0.15, 0.15, 0.18)),
    *(rgb(0.55, 0.57, 0.6), rgb(0.9, 0.7, 0.15), rgb(0.2, 0.45, 0.3)),
)
_TYRE, _HUB, _GLASS = rgb(0.08, 0.08, 0.09), rgb(0.6, 0.6, 0.62), rgb(0.22, 0.3, 0.38)
_WOOD, _SAIL, _STEEL = rgb(0.48, 0.3, 0.17), rgb(0.96, 0.94, 0.88), rgb(0.45, 0.45, 0.47)


def _paint(f: Figure) -> Array:
    return _PAINT[int(f.style.textures.integers(len(_PAINT)))]


def _wheel(f: Figure, x: float, radius: float) -> None:
    f.oval(x, radius, radius, radius, _TYRE, "wheel", "metal", relief=0)
    f.oval(x, radius, radius * 0.5, radius * 0.5, _HUB, "wheel", "metal", relief=0)


def car(f: Figure) -> None:
    """A car, side view."""
    color = _paint(f)
    f.shadow(1.25, strength=0.4)
    cabin = [(-0.75, 0.55), (-0.5, 0.98), (0.3, 0.98), (0.68, 0.55)]
    f.polygon(cabin, color * 0.9, "roof", "metal")
    f.polygon([(-0.62, 0.56), (-0.45, 0.9), (-0.1, 0.9), (-0.1, 0.56)], _GLASS, "window", "glass")
    f.polygon([(-0.03, 0.56), (-0.03, 0.9), (0.26, 0.9), (0.54, 0.56)], _GLASS, "window", "glass")
    body = [(-1.15, 0.18), (1.15, 0.18), (1.18, 0.45), (0.7, 0.58), (-1.05, 0.6), (-1.18, 0.5)]
    f.polygon(body, color, "body", "metal")
    f.box(1.08, 0.36, 1.17, 0.46, rgb(1, 0.95, 0.7), "lantern", "glass")
    for x in (-0.7, 0.7):
        _wheel(f, x, 0.23)


def bus(f: Figure) -> None:
    """A bus with a row of windows."""
    color = _paint(f)
    f.shadow(1.4, strength=0.4)
    f.box(-1.35, 0.12, 1.35, 1.0, color, "body", "metal")
    for k in range(6):
        f.box(-1.25 + 0.42 * k, 0.5, -0.92 + 0.42 * k, 0.86, _GLASS, "window", "glass")
    f.box(-1.35, 0.3, 1.35, 0.38, rgb(0.95, 0.95, 0.92), "body", "metal")
    for x in (-0.85, 0.85):
        _wheel(f, x, 0.19)


def tractor(f: Figure) -> None:
    """A tractor with one large wheel."""
    color = _PAINT[int(f.style.textures.choice([0, 6, 1]))]
    f.shadow(0.9)
    f.box(-0.45, 0.3, 0.75, 0.62, color, "body", "metal")
    f.box(-0.5, 0.6, 0.1, 1.0, _GLASS, "window", "glass")
    f.box(-0.56, 0.98, 0.16, 1.06, color * 0.9, "roof", "metal")
    f.bar((0.5, 0.6), (0.5, 0.95), 0.06, _TYRE * 2, "chimney", "metal")
    _wheel(f, -0.4, 0.36)
    _wheel(f, 0.6, 0.22)


def train(f: Figure) -> None:
    """A train that passes across the whole picture or part of it."""
    color, count = _paint(f), int(f.rng.integers(2, 5))
    for k in range(count):
        x = -2.35 * k
        f.box(x - 1.12, 0.14, x + 1.12, 0.95, color, "body", "metal", relief=0.1)
        f.box(x - 1.12, 0.9, x + 1.12, 1.0, _STEEL, "roof", "metal", relief=0.1)
        f.box(x - 1.12, 0.3, x + 1.12, 0.38, rgb(0.93, 0.9, 0.82), "body", "metal", relief=0.1)
        for w in range(4):
            f.box(x - 0.95 + 0.5 * w, 0.52, x - 0.6 + 0.5 * w, 0.8, _GLASS, "window", "glass")
        for wheel in (-0.75, -0.4, 0.4, 0.75):
            _wheel(f, x + wheel, 0.12)
    f.polygon([(1.1, 0.14), (1.35, 0.2), (1.1, 0.8)], color * 0.8, "body", "metal")


def railway(f: Figure) -> None:
    """Rails on sleepers across the picture, on gravel."""
    gravel, wood = rgb(0.5, 0.47, 0.44), _WOOD * 0.75
    f.box(-8, -0.5, 8, 0.32, gravel, "base", "stone", relief=0)
    step = 0.45
    sleepers = [
        [(x - 0.1, -0.42), (x + 0.1, -0.42), (x + 0.08, 0.22), (x - 0.08, 0.22)]
        for x in np.arange(-8, 8, step).tolist()
    ]
    f.polygons(sleepers, wood, None, "wood", relief=0)
    for y in (-0.22, 0.08):
        f.box(-8, y, 8, y + 0.09, _STEEL * 1.3, None, "metal", relief=0)


def rowing_boat(f: Figure) -> None:
    """A small open boat."""
    color = _paint(f) if f.style.textures.random() < 0.6 else _WOOD
    _ripple(f, 0.9)
    f.polygon([(-0.85, 0.32), (0.95, 0.38), (0.65, 0), (-0.65, 0)], color, "hull", "wood")
    f.polygon([(-0.75, 0.3), (0.82, 0.34), (0.7, 0.24), (-0.65, 0.22)], _WOOD * 0.5, "hull", "wood")
    f.bar((-0.2, 0.3), (0.35, 0.62), 0.05, _WOOD * 1.3, None, "wood")


def sailing_boat(f: Figure) -> None:
    """A boat under sail."""
    cloth = _SAIL if f.style.textures.random() < 0.75 else _paint(f)
    _ripple(f, 0.45)
    f.polygon([(-0.42, 0.14), (0.5, 0.16), (0.32, 0), (-0.34, 0)], _paint(f), "hull", "wood")
    f.bar((0.02, 0.12), (0.02, 1.0), 0.025, _WOOD, "sail", "wood")
    f.polygon([(-0.02, 0.2), (-0.02, 0.98), (-0.4, 0.22)], cloth, "sail", "fabric")
    f.polygon([(0.05, 0.2), (0.05, 0.85), (0.42, 0.22)], cloth * 0.93, "sail", "fabric")


def ship(f: Figure) -> None:
    """A fishing boat with a wheelhouse and a mast."""
    color = _paint(f)
    _ripple(f, 0.9)
    f.bar((-0.1, 0.4), (-0.1, 1.15), 0.04, _WOOD, "sail", "wood")
    f.bar((-0.1, 1.05), (0.6, 0.5), 0.025, _WOOD, "sail", "wood")
    f.box(-0.55, 0.36, -0.1, 0.78, rgb(0.93, 0.92, 0.88), "body", "wood")
    f.box(-0.48, 0.52, -0.18, 0.68, _GLASS, "window", "glass")
    hull = [(-0.85, 0.4), (0.2, 0.36), (0.98, 0.56), (0.7, 0), (-0.75, 0)]
    f.polygon(hull, color, "hull", "wood")
    f.polygon([(-0.8, 0.2), (0.79, 0.2), (0.7, 0), (-0.75, 0)], color * 0.6, "hull", "wood")


def _ripple(f: Figure, half: float) -> None:
    """A dark streak on the water below the hull."""
    radius = half * f.spot.size
    f.canvas.shade(f.canvas.ellipse(f.at(0, -0.04), (radius, radius * 0.1)), 0.35)
