"""Towers of the open land: windmills, wind turbines, lighthouses."""

import numpy as np

from dissection.data.storybook.palette import Array, rgb
from dissection.data.storybook.scenes.figure import Figure

_RED, _WHITE = rgb(0.72, 0.16, 0.13), rgb(0.93, 0.92, 0.88)
_WOOD = rgb(0.42, 0.28, 0.16)
_LAMP, _DARK = rgb(1.1, 0.95, 0.55), rgb(0.12, 0.14, 0.18)


def windmill(f: Figure) -> None:
    """A windmill with a tapered tower, a cap and four lattice sails."""
    f.shadow(0.3)
    body = _WHITE if f.rng.random() < 0.6 else rgb(0.6, 0.42, 0.3)
    material = "plaster" if body is _WHITE else "brick"
    f.polygon(
        [(-0.2, 0), (0.2, 0), (0.12, 0.62), (-0.12, 0.62)], body, "tower", material, relief=0.6
    )
    f.box(-0.05, 0, 0.05, 0.13, _WOOD, "door", "wood")
    for y in (0.26, 0.42):
        f.box(-0.025, y, 0.025, y + 0.06, _DARK, "window", "glass")
    f.polygon(
        [(-0.145, 0.61), (0.145, 0.61), (0.07, 0.75), (-0.05, 0.77)], _WOOD * 0.8, "roof", "wood"
    )
    _blades(f, (0.0, 0.67), 4, 0.42, 0.09, rgb(0.85, 0.8, 0.7), "fabric")


def wind_turbine(f: Figure) -> None:
    """A wind turbine of three blades."""
    white = rgb(0.93, 0.94, 0.96)
    f.polygon([(-0.018, 0), (0.018, 0), (0.01, 0.72), (-0.01, 0.72)], white, "tower", "metal")
    _blades(f, (0.0, 0.72), 3, 0.3, 0.035, white, "metal")


def _blades(
    f: Figure,
    hub: tuple[float, float],
    count: int,
    length: float,
    width: float,
    color: Array,
    material: str,
) -> None:
    turn = float(f.rng.uniform(0, 2 * np.pi / count))
    x, y = hub
    for k in range(count):
        angle = turn + 2 * np.pi * k / count
        along, across = (np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))
        corners = [
            (x + along[0] * r + across[0] * w, y + along[1] * r + across[1] * w)
            for r, w in (
                (0.08 * length, 0),
                (0.2 * length, width),
                (length, width * 0.8),
                (length, 0),
            )
        ]
        f.polygon(corners, color, "blade", material, relief=0.1)
        f.bar(
            hub,
            (x + along[0] * length, y + along[1] * length),
            0.012,
            color * 0.6,
            "blade",
            material,
        )
    f.oval(x, y, 0.03, 0.03, color * 0.7, "blade", material)


def lighthouse(f: Figure) -> None:
    """A lighthouse with bands, a gallery and a lantern."""
    rng = f.rng
    band = (_RED, rgb(0.16, 0.2, 0.3), _WHITE)[int(rng.integers(3))]
    f.shadow(0.16)
    if rng.random() < 0.5:
        f.box(0.08, 0, 0.34, 0.13, _WHITE, "wall", "plaster")
        f.polygon(
            [(0.05, 0.13), (0.37, 0.13), (0.3, 0.2), (0.12, 0.2)], f.style.roof, "roof", "tile"
        )
    edges = np.linspace(0, 0.78, 6)
    for k, (low, high) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        half = [0.13 - 0.055 * y / 0.78 for y in (low, high)]
        corners = [(-half[0], low), (half[0], low), (half[1], high), (-half[1], high)]
        f.polygon(corners, band if k % 2 else _WHITE, "tower", "plaster", relief=0.55)
    f.box(-0.025, 0, 0.025, 0.09, _WOOD, "door", "wood")
    f.box(-0.1, 0.78, 0.1, 0.81, _DARK, "tower", "metal")
    lamp = _LAMP if f.style.time in ("night", "sunset") else rgb(0.7, 0.8, 0.85)
    f.box(-0.05, 0.81, 0.05, 0.9, lamp / f.style.tint.clip(0.3), "lantern", "glass")
    f.polygon([(-0.07, 0.9), (0.07, 0.9), (0, 0.99)], band * 0.8, "roof", "metal")
