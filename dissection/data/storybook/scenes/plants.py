"""Plants: trees, bushes, flowers, palms, cactuses, vines, hedges, reeds."""

import numpy as np

from dissection.data.storybook.canvas import Mask
from dissection.data.storybook.noise import Noise
from dissection.data.storybook.palette import Array, mix, rgb
from dissection.data.storybook.scenes.figure import Figure
from dissection.data.storybook.scenes.vocabulary import scene_label
from dissection.data.storybook.trees import Clump, Tree

_BARK, _GREEN = rgb(0.3, 0.2, 0.12), rgb(0.2, 0.42, 0.2)
_PETALS = (rgb(0.9, 0.25, 0.3), rgb(0.97, 0.8, 0.2), rgb(0.93, 0.9, 0.95), rgb(0.6, 0.35, 0.8))
_FRUIT = rgb(0.8, 0.15, 0.12)


def _clumps(
    f: Figure, middle: float, spread: float, radius: tuple[float, float]
) -> tuple[Clump, ...]:
    size, rng = f.spot.size, f.rng
    found = []
    for _ in range(int(rng.integers(6, 10))):
        angle, distance = rng.uniform(0, 6.28), rng.uniform(0, spread) * size
        x, y = f.spot.x + distance * np.cos(angle) * 1.1, f.spot.y - middle * size
        found.append(
            Clump(float(x), float(y + distance * np.sin(angle)), float(rng.uniform(*radius)) * size)
        )
    return tuple(found)


def broad_tree(f: Figure) -> None:
    """A broad-leaved tree."""
    clumps = _clumps(f, 0.66, 0.2, (0.13, 0.2))
    Tree(f.spot.x, f.spot.y, f.spot.size, clumps, Noise.draw(f.rng, 28, 3)).paint(f.canvas, f.style)


def conifer(f: Figure) -> None:
    """A fir."""
    Tree(f.spot.x, f.spot.y, f.spot.size, (), Noise.draw(f.rng, 28, 3)).paint(f.canvas, f.style)


def any_tree(f: Figure) -> None:
    """A tree of either kind."""
    (broad_tree if f.rng.random() < 0.65 else conifer)(f)


def fruit_tree(f: Figure) -> None:
    """A small round tree with fruit, in rows of an orchard."""
    clumps = _clumps(f, 0.62, 0.16, (0.16, 0.22))
    Tree(f.spot.x, f.spot.y, f.spot.size, clumps, Noise.draw(f.rng, 28, 3)).paint(f.canvas, f.style)
    for _ in range(9):
        angle, distance = f.rng.uniform(0, 6.28), f.rng.uniform(0, 0.28)
        x, y = distance * np.cos(angle), 0.62 + distance * np.sin(angle)
        f.oval(float(x), float(y), 0.028, 0.028, _FRUIT)


def trunk(f: Figure) -> None:
    """A near trunk that reaches out of the picture."""
    half = 0.5 * float(f.rng.uniform(0.8, 1.3))
    f.shadow(half * 1.6)
    lean = float(f.rng.uniform(-0.3, 0.3))
    mask = f.polygon(
        [(-half * 1.35, 0), (half * 1.35, 0), (half + lean, 14), (-half + lean, 14)],
        _BARK * 1.15, "trunk", "wood", relief=0.8,
    )  # fmt: skip
    bark = Noise.draw(f.style.textures, 40, 2, stretch=0.25).on(f.canvas.size, mask.box)
    f.canvas.shade(Mask(mask.box, mask.alpha * np.clip(bark, 0, 1)), 0.45)


def undergrowth(f: Figure) -> None:
    """Canopy that closes the upper part of the picture, as inside a forest."""
    canvas, style = f.canvas, f.style
    bottom = f.spot.y + 0.03
    box = canvas.band(0, bottom)
    leaves = Noise.draw(style.textures, 20, 4).on(canvas.size, box)
    large = Noise.draw(f.rng, 5, 4).on(canvas.size, box)
    y = canvas.y(box)
    alpha = np.clip((large - 0.28 - 0.2 * np.clip(y / bottom, 0, 1)) * 9, 0, 1) * (y < bottom)
    alpha = np.maximum(alpha, (y > bottom - 0.08) & (y < bottom)).astype(np.float32)
    color = (
        mix(style.far_leaves, style.haze, 0.12) * style.tint * (0.35 + 0.55 * leaves + 0.5 * large)
    )
    canvas.put(Mask(box, alpha), color, scene_label("tree", "canopy", "foliage"))


def bush(f: Figure) -> None:
    """A bush."""
    _leafy(f, f.style.draw_leaves(evergreen=False), 1.0)


def _leafy(f: Figure, color: Array, wide: float) -> None:
    canvas, spot, style = f.canvas, f.spot, f.style
    f.shadow(0.6 * wide)
    half = 0.6 * wide * spot.size
    box = canvas.box(spot.x - half * 1.2, spot.y - spot.size, spot.x + half * 1.2, spot.y)
    noise = Noise.draw(f.rng, 30, 3).on(canvas.size, box)
    x, y = (canvas.x(box) - spot.x) / half, (spot.y - canvas.y(box)) / (spot.size * 0.85)
    cover = np.clip((1 - x**2 - np.clip(y, 0, None) ** 2) * 4 + (noise - 0.5) * 3, 0, 1) * (y > 0)
    shade = np.clip(0.75 + 0.4 * y - 0.3 * x, 0.5, 1.3)
    lit = color * style.tint * (shade * (0.6 + 0.8 * noise))
    if style.snow:
        lit = mix(lit, style.snow_dust, np.clip((noise - 0.4) * 3, 0, 0.8))
    canvas.put(Mask(box, cover), lit, scene_label(f.name, None, "foliage"))


def hedge(f: Figure) -> None:
    """A clipped hedge."""
    width = float(f.rng.uniform(1.2, 3.0))
    f.shadow(width * 0.55)
    mask = f.box(-width / 2, 0, width / 2, 0.8, rgb(0.16, 0.36, 0.14), None, "foliage", relief=0.2)
    leaves = Noise.draw(f.style.textures, 40, 2).on(f.canvas.size, mask.box)
    f.canvas.shade(Mask(mask.box, mask.alpha * np.clip(leaves, 0, 1)), 0.5)
    f.box(-width / 2, 0.7, width / 2, 0.82, rgb(0.3, 0.5, 0.22), None, "foliage", relief=0.2)


def flowers(f: Figure) -> None:
    """A bed of flowers of one color."""
    color = _PETALS[int(f.style.textures.integers(len(_PETALS)))]
    stems, heads = [], []
    for _ in range(int(f.rng.integers(9, 16))):
        x, y = float(f.rng.uniform(-0.9, 0.9)), float(f.rng.uniform(0.25, 0.75))
        stems.append([(x - 0.03, 0), (x + 0.03, 0), (x, y)])
        heads.append((x, y))
    f.polygons(stems, _GREEN, None, "foliage")
    for x, y in heads:
        f.oval(x, y, 0.15, 0.13, color, "head", "foliage", relief=0.3)


def palm(f: Figure) -> None:
    """A palm: a bent trunk and a crown of fronds."""
    lean = float(f.rng.uniform(-0.2, 0.2))
    f.shadow(0.3, x=0.1)
    for k in range(5):
        low, high = k / 5, (k + 1) / 5
        a, b = lean * low**2, lean * high**2
        f.polygon(
            [
                *((a - 0.035, low * 0.75), (a + 0.035, low * 0.75)),
                *((b + 0.028, high * 0.75), (b - 0.028, high * 0.75)),
            ],
            _BARK * (1.25 if k % 2 else 1.5), "trunk", "wood",
        )  # fmt: skip
    x, y = lean, 0.75
    for angle in np.linspace(-0.5, 3.6, 9) + f.rng.uniform(-0.2, 0.2):
        across, up = float(np.cos(angle)), float(np.sin(angle))
        tip = (x + 0.34 * across, y + 0.2 * up - 0.12)
        mid = (x + 0.2 * across, y + 0.2 * up + 0.05)
        under = (x + 0.18 * across, y + 0.13 * up - 0.03)
        f.polygon(
            [(x, y), mid, tip, under],
            _GREEN * float(f.style.textures.uniform(0.8, 1.25)),
            "canopy",
            "foliage",
        )


def cactus(f: Figure) -> None:
    """A column cactus with arms."""
    green = rgb(0.28, 0.48, 0.28)
    f.shadow(0.25)
    f.box(-0.09, 0, 0.09, 0.85, green, "body", "foliage", relief=0.7)
    f.oval(0, 0.85, 0.09, 0.1, green, "body", "foliage", relief=0.7)
    for side in (-1, 1):
        if f.rng.random() < 0.8:
            y, tall = float(f.rng.uniform(0.3, 0.5)), float(f.rng.uniform(0.15, 0.3))
            f.bar((0, y), (side * 0.24, y), 0.11, green * 0.95, "body", "foliage")
            f.bar((side * 0.24, y - 0.05), (side * 0.24, y + tall), 0.11, green, "body", "foliage")
            f.oval(side * 0.24, y + tall, 0.055, 0.06, green, "body", "foliage")


def vine(f: Figure) -> None:
    """A vine on its post."""
    f.bar((0, 0), (0, 0.9), 0.06, _BARK * 1.3, "trunk", "wood")
    _leafy(f, mix(f.style.draw_leaves(evergreen=False), rgb(0.3, 0.2, 0.35), 0.12), 0.75)


def reed(f: Figure) -> None:
    """A tuft of reeds."""
    color = rgb(0.5, 0.5, 0.22)
    for _ in range(9):
        x, tip = float(f.rng.uniform(-0.4, 0.4)), float(f.rng.uniform(-0.2, 0.2))
        top = float(f.rng.uniform(0.6, 1.0))
        f.bar((x, 0), (x + tip, top), 0.05, color, None, "foliage")
        if f.rng.random() < 0.4:
            f.bar(
                (x + tip * 0.8, top * 0.75),
                (x + tip, top),
                0.12,
                rgb(0.36, 0.22, 0.12),
                "head",
                "foliage",
            )


def log(f: Figure) -> None:
    """A log on the ground."""
    f.shadow(0.9)
    f.box(-0.8, 0.02, 0.75, 0.42, _BARK * 1.2, "trunk", "wood", relief=0.1)
    f.oval(0.75, 0.22, 0.13, 0.2, rgb(0.75, 0.58, 0.36), "trunk", "wood")
    f.oval(0.75, 0.22, 0.06, 0.1, rgb(0.55, 0.4, 0.24), "trunk", "wood")
