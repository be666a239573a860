"""Far things: sun and moon, birds and balloons, mountains, islands, cliffs, a city's skyline."""

import numpy as np

from dissection.data.storybook.canvas import Mask
from dissection.data.storybook.land import Ridge
from dissection.data.storybook.noise import Noise, Profile
from dissection.data.storybook.palette import mix, rgb
from dissection.data.storybook.scenes.figure import Figure
from dissection.data.storybook.scenes.vocabulary import scene_label
from dissection.data.storybook.sky import Clouds
from dissection.data.storybook.trees import TreeLine

_DISC = {"sun": rgb(1.15, 1.02, 0.72), "moon": rgb(0.95, 0.95, 0.88)}
_CLOTH = (rgb(0.85, 0.2, 0.18), rgb(0.95, 0.75, 0.2), rgb(0.2, 0.45, 0.75), rgb(0.55, 0.3, 0.65))
_BLACK, _BASKET = rgb(0.13, 0.13, 0.16), rgb(0.5, 0.34, 0.18)
_CLIFF = rgb(0.66, 0.42, 0.28)


def disc(f: Figure) -> None:
    """Sun by day, moon by night, with a glow."""
    canvas, style, spot = f.canvas, f.style, f.spot
    name = "moon" if style.time == "night" else "sun"
    if style.time == "overcast":
        return
    radius = spot.size * 0.5
    glow = canvas.box(
        spot.x - radius * 4, spot.y - radius * 4, spot.x + radius * 4, spot.y + radius * 4
    )
    away = np.hypot(canvas.x(glow) - spot.x, canvas.y(glow) - spot.y) / radius
    canvas.put(Mask(glow, np.clip(1 - away / 4, 0, 1) ** 2 * 0.5), _DISC[name])
    mask = canvas.ellipse((spot.x, spot.y), (radius, radius))
    canvas.put(mask, _DISC[name], scene_label(name))


def clouds(f: Figure) -> None:
    """Clouds down to the height where the figure stands."""
    Clouds.draw(f.rng).paint(f.canvas, f.style, f.spot.y)


def mountain(f: Figure) -> None:
    """One chain of mountains, as large as the figure says."""
    ridge = Ridge(int(f.rng.integers(0, 2)), f.spot.size, Profile.draw(f.rng, 2, 6))
    ridge.paint(f.canvas, f.style, f.spot.y)


def woods(f: Figure) -> None:
    """The far tree line."""
    TreeLine(f.spot.size, Profile.draw(f.rng, 8, 5)).paint(f.canvas, f.style, f.spot.y)


def cliff(f: Figure) -> None:
    """Layered rock walls that leave a gap between them."""
    canvas, style, rng = f.canvas, f.style, f.rng
    gap = rng.uniform(0.3, 0.7)
    box = canvas.band(f.spot.y - f.spot.size, f.spot.y + 0.03)
    x, y = canvas.x(box), canvas.y(box)
    edge = Profile.draw(rng, 6, 4).along(canvas.size)
    rise = np.clip(np.abs(x - gap) * rng.uniform(4, 9) - 0.35, 0, 1) * (0.7 + 0.5 * edge)
    mass = ((y > f.spot.y - f.spot.size * rise) & (rise > 0)).astype(np.float32)
    grain = Noise.draw(style.textures, 6, 5, stretch=0.4).on(canvas.size, box)
    layer = 0.5 + 0.5 * np.sin((y + 0.012 * edge) * 170)
    color = mix(_CLIFF * style.tint, style.haze, 0.12) * (0.68 + 0.5 * grain + 0.13 * layer)
    canvas.put(Mask(box, mass), color, scene_label("rock", None, "stone"))


def island(f: Figure) -> None:
    """A low hump of land in the water, with a beach and green on it."""
    canvas, style, spot = f.canvas, f.style, f.spot
    half, rise = spot.size, spot.size * float(f.rng.uniform(0.28, 0.5))
    box = canvas.box(spot.x - half, spot.y - rise * 1.4, spot.x + half, spot.y + 0.02)
    across = (canvas.x(box) - spot.x) / half
    rough = Noise.draw(f.rng, 12, 4).on(canvas.size, box)
    top = spot.y - rise * np.clip(1 - across**2, 0, 1) * (0.6 + 0.8 * rough)
    y = canvas.y(box)
    mass = ((y > top) & (y < spot.y + 0.012 * (1 - across**2))).astype(np.float32)
    leaves = Noise.draw(style.textures, 24, 3).on(canvas.size, box)
    color = mix(style.far_leaves, style.turf, 0.4) * style.tint * (0.6 + 0.8 * leaves)
    canvas.put(
        Mask(box, mass), color, scene_label("grass", None, "snow" if style.snow else "foliage")
    )
    strand = mass * (y > spot.y - 0.012)
    canvas.put(
        Mask(box, strand), rgb(0.85, 0.74, 0.52) * style.tint, scene_label("sand", None, "sand")
    )


def skyline(f: Figure) -> None:
    """Towers of a city one beside the other, hazy, with grids of windows."""
    rng = f.rng
    x = float(f.spot.x) - 0.5
    while x < f.spot.x + 0.5:
        width, height = rng.uniform(0.05, 0.13), f.spot.size * rng.uniform(0.35, 1.0)
        paint_block(f, x, f.spot.y, width, height, haze=0.35)
        x += width * rng.uniform(0.8, 1.2)


def paint_block(f: Figure, x: float, y: float, width: float, height: float, haze: float) -> None:
    """One tall block of a city standing at (x, y), its left edge at ``x``."""
    canvas, style = f.canvas, f.style
    own = style.textures.uniform(0.35, 0.8)
    color = mix(
        rgb(own, own * style.textures.uniform(0.92, 1.02), own * 1.04) * style.tint,
        style.haze,
        haze,
    )
    mask = canvas.rectangle(x, y - height, x + width, y)
    label = scene_label("skyscraper", "wall", "stone")
    across = (canvas.x(mask.box) - x) / width
    canvas.put(mask, color * (1.08 - 0.25 * across), label)
    step_x, step_y = max(width / max(int(width / 0.022), 2), 0.014), 0.026
    u, v = (canvas.x(mask.box) - x) / step_x % 1, (canvas.y(mask.box) - y) / step_y % 1
    inside = (u > 0.25) & (u < 0.8) & (v > 0.3) & (v < 0.8)
    inside &= (canvas.y(mask.box) > y - height + 0.015) & (canvas.y(mask.box) < y - 0.02)
    rows, columns = (
        np.floor((canvas.y(mask.box) - y) / step_y),
        np.floor((canvas.x(mask.box) - x) / step_x),
    )
    share = 0.5 if style.time in ("night", "sunset") else 0.0
    lit = ((rows * 7919 + columns * 104729 + own * 1000) % 97) / 97 < share
    dark = mix(mix(rgb(0.14, 0.2, 0.28), style.zenith, 0.35), style.haze, haze * 0.7)
    glass = np.where(lit, rgb(1, 0.82, 0.45), dark)
    canvas.put(
        Mask(mask.box, mask.alpha * inside), glass, scene_label("skyscraper", "window", "glass")
    )


def bird(f: Figure) -> None:
    """A bird on the wing."""
    lift = float(f.rng.uniform(0.2, 0.5))
    for side in (-1, 1):
        points = [
            (0, 0),
            (side * 0.35, lift),
            (side * 0.75, lift * 0.5),
            (side * 0.35, lift * 0.7),
            (0, -0.12),
        ]
        f.polygon(points, _BLACK, relief=0)
    f.oval(0, -0.04, 0.13, 0.1, _BLACK)


def balloon(f: Figure) -> None:
    """A hot-air balloon with gores in two colors."""
    style = f.style
    first, second = (_CLOTH[k] for k in style.textures.permutation(len(_CLOTH))[:2])
    f.polygon([(-0.32, 0.35), (0.32, 0.35), (0.07, 0.1), (-0.07, 0.1)], first, "body", "fabric")
    mask = f.oval(0, 0.62, 0.42, 0.4, first, "body", "fabric")
    x = (f.canvas.x(mask.box) - f.spot.x) / f.spot.size
    stripe = np.cos(np.arcsin(np.clip(x / 0.42, -1, 1)) * 6) > 0
    lit = second * style.tint * (1.1 - 0.5 * (x + 0.3))
    f.canvas.put(Mask(mask.box, mask.alpha * stripe), lit)
    f.box(-0.08, -0.06, 0.08, 0.06, _BASKET, "base", "wood")
