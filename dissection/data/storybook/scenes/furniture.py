"""Things that people put outdoors: benches, lamps, signs, tents, graves, playthings, stalls."""

from dissection.data.storybook.land import Fence
from dissection.data.storybook.palette import Array, rgb
from dissection.data.storybook.scenes.figure import Figure

_WOOD, _DARK, _STONE = rgb(0.5, 0.34, 0.2), rgb(0.16, 0.17, 0.19), rgb(0.62, 0.62, 0.6)
_STEEL, _WATER, _WHITE = rgb(0.6, 0.62, 0.65), rgb(0.55, 0.72, 0.85), rgb(0.94, 0.94, 0.92)
BRIGHT = (
    *(rgb(0.85, 0.18, 0.16), rgb(0.95, 0.75, 0.15), rgb(0.15, 0.45, 0.78), rgb(0.25, 0.6, 0.3)),
    *(rgb(0.9, 0.45, 0.12), rgb(0.93, 0.9, 0.85)),
)


def bright(f: Figure) -> Array:
    """A strong color of the thing's own style."""
    return BRIGHT[int(f.style.textures.integers(len(BRIGHT)))]


def fence(f: Figure) -> None:
    """A picket fence across the picture."""
    Fence(f.spot.y).paint(f.canvas, f.style)


def bench(f: Figure) -> None:
    """A bench, front view."""
    f.shadow(0.95)
    for x in (-0.7, 0.7):
        f.box(x - 0.06, 0, x + 0.06, 0.9, _DARK, "leg", "metal")
    f.box(-0.85, 0.4, 0.85, 0.52, _WOOD * 1.2, "seat", "wood")
    for y in (0.62, 0.82):
        f.box(-0.85, y, 0.85, y + 0.13, _WOOD, "seat", "wood")


def table(f: Figure) -> None:
    """A picnic table with its benches."""
    f.shadow(1.0)
    for side in (-1, 1):
        f.bar((side * 0.75, 0), (side * 0.4, 0.75), 0.1, _WOOD * 0.8, "leg", "wood")
    f.box(-1.0, 0.72, 1.0, 0.86, _WOOD * 1.3, "seat", "wood")
    f.box(-1.1, 0.38, 1.1, 0.48, _WOOD, "seat", "wood")


def lamp_post(f: Figure) -> None:
    """A street lamp, lit by night."""
    f.shadow(0.1)
    f.bar((0, 0), (0, 0.88), 0.035, _DARK, "body", "metal")
    f.box(-0.04, 0, 0.04, 0.08, _DARK, "base", "metal")
    lit = f.style.time in ("night", "sunset")
    glow = rgb(1.1, 0.9, 0.5) / f.style.tint if lit else rgb(0.8, 0.82, 0.8)
    f.polygon(
        [(-0.05, 0.86), (0.05, 0.86), (0.075, 0.97), (-0.075, 0.97)], glow, "lantern", "glass"
    )
    f.polygon([(-0.09, 0.97), (0.09, 0.97), (0, 1.03)], _DARK, "lantern", "metal")


def sign(f: Figure) -> None:
    """A road sign."""
    f.bar((0, 0), (0, 0.7), 0.06, _STEEL, "base", "metal")
    color = BRIGHT[int(f.style.textures.integers(4))]
    if f.rng.random() < 0.5:
        f.oval(0, 0.8, 0.2, 0.2, color, "head", "metal")
        f.oval(0, 0.8, 0.13, 0.13, _WHITE, "head", "metal")
    else:
        f.box(-0.34, 0.62, 0.34, 0.98, color, "head", "metal")
        f.box(-0.26, 0.76, 0.26, 0.84, _WHITE, "head", "metal")


def flag(f: Figure) -> None:
    """A flag on its pole."""
    f.bar((0, 0), (0, 1), 0.025, _STEEL, "base", "metal")
    first, second = (BRIGHT[k] for k in f.style.textures.permutation(len(BRIGHT))[:2])
    f.polygon([(0.01, 0.98), (0.4, 0.94), (0.4, 0.84), (0.01, 0.87)], first, "head", "fabric")
    f.polygon([(0.01, 0.87), (0.4, 0.84), (0.4, 0.72), (0.01, 0.75)], second, "head", "fabric")


def pole(f: Figure) -> None:
    """A power pole with its cross-bar and wires."""
    f.bar((0, 0), (0, 1), 0.035, _WOOD * 0.8, None, "wood")
    f.bar((-0.18, 0.9), (0.18, 0.9), 0.03, _WOOD * 0.8, None, "wood")
    for x in (-0.15, 0.15):
        f.box(x - 0.012, 0.91, x + 0.012, 0.96, _STEEL, None, "metal")


def gravestone(f: Figure) -> None:
    """A gravestone: rounded, or a cross."""
    color = _STONE * float(f.style.textures.uniform(0.75, 1.15))
    f.shadow(0.5)
    if f.rng.random() < 0.6:
        f.oval(0, 0.65, 0.32, 0.33, color, None, "stone")
        f.box(-0.32, 0, 0.32, 0.66, color, None, "stone")
        for y in (0.45, 0.6):
            f.box(-0.18, y, 0.18, y + 0.05, color * 0.65, None, "stone")
    else:
        f.box(-0.1, 0, 0.1, 1.0, color, None, "stone")
        f.box(-0.33, 0.58, 0.33, 0.76, color, None, "stone")
        f.box(-0.24, 0, 0.24, 0.12, color * 0.85, "base", "stone")


def fountain(f: Figure) -> None:
    """A fountain with two basins."""
    f.shadow(1.0)
    f.box(-0.85, 0, 0.85, 0.2, _STONE, "base", "stone")
    f.oval(0, 0.2, 0.85, 0.16, _STONE * 1.15, "base", "stone")
    f.oval(0, 0.21, 0.74, 0.12, _WATER * 0.8, "base", "water")
    f.box(-0.07, 0.2, 0.07, 0.62, _STONE, "body", "stone")
    f.oval(0, 0.62, 0.32, 0.09, _STONE * 1.1, "body", "stone")
    for x in (-0.5, -0.25, 0.0, 0.25, 0.5):
        f.bar((0, 0.95), (x * 0.5, 0.88), 0.05, _WATER * 1.25, "head", "water")
        f.bar((x * 0.5, 0.88), (x, 0.3), 0.045, _WATER * 1.2, "head", "water")


def statue(f: Figure) -> None:
    """A figure of stone or bronze on a pedestal."""
    color = (rgb(0.75, 0.74, 0.7), rgb(0.3, 0.45, 0.38))[int(f.style.textures.integers(2))]
    material = "stone" if color[0] > 0.5 else "metal"
    f.shadow(0.3)
    f.box(-0.24, 0, 0.24, 0.36, _STONE, "base", "stone", relief=0.5)
    f.box(-0.29, 0.34, 0.29, 0.4, _STONE * 1.1, "base", "stone")
    f.polygon(
        [(-0.12, 0.4), (0.12, 0.4), (0.1, 0.85), (-0.1, 0.85)], color, "body", material, relief=0.6
    )
    f.bar((0.08, 0.78), (0.26, float(f.rng.uniform(0.6, 1.0))), 0.06, color, "body", material)
    f.oval(0, 0.92, 0.06, 0.08, color, "head", material)


def well(f: Figure) -> None:
    """A well under a small roof."""
    f.shadow(0.55)
    f.box(-0.42, 0, 0.42, 0.36, _STONE, "base", "stone", relief=0.5)
    for k in range(3):
        f.box(-0.42, 0.1 + 0.1 * k, 0.42, 0.115 + 0.1 * k, _STONE * 0.7, "base", "stone")
    for x in (-0.38, 0.38):
        f.box(x - 0.04, 0.3, x + 0.04, 0.75, _WOOD, "body", "wood")
    f.polygon([(-0.58, 0.72), (0.58, 0.72), (0, 1.05)], f.style.roof, "roof", "tile")


def haystack(f: Figure) -> None:
    """A round bale or a stack of straw."""
    straw = rgb(0.86, 0.72, 0.36)
    f.shadow(0.75)
    if f.rng.random() < 0.5:
        f.oval(0, 0.46, 0.5, 0.46, straw, None, "straw")
        for r in (0.36, 0.2):
            f.oval(0, 0.46, r, r * 0.92, straw * (0.75 + r * 0.5), None, "straw", relief=0)
    else:
        f.polygon(
            [(-0.6, 0), (0.6, 0), (0.5, 0.45), (0.12, 0.98), (-0.12, 0.98), (-0.5, 0.45)],
            straw,
            None,
            "straw",
        )


def barrel(f: Figure) -> None:
    """A barrel."""
    f.shadow(0.45)
    f.polygon(
        [(-0.3, 0), (0.3, 0), (0.4, 0.45), (0.3, 0.9), (-0.3, 0.9), (-0.4, 0.45)],
        _WOOD,
        None,
        "wood",
        relief=0.6,
    )
    for y in (0.2, 0.65):
        f.box(-0.38, y, 0.38, y + 0.08, _DARK * 2, None, "metal")
    f.oval(0, 0.9, 0.3, 0.08, _WOOD * 0.7, None, "wood")


def rock(f: Figure) -> None:
    """A boulder with a lit top."""
    color = _STONE * float(f.style.textures.uniform(0.7, 1.0))
    f.shadow(0.75)
    tops = f.rng.uniform(0.55, 1.0, 5).tolist()
    outline = [
        (-0.65, 0),
        *[(-0.5 + 0.25 * k, t * (1 - 0.5 * abs(k - 2) / 2)) for k, t in enumerate(tops)],
        (0.65, 0),
    ]
    f.polygon(outline, color, None, "stone", relief=0.6)
    facet = [outline[1], outline[2], outline[3], (0.05, 0.3), (-0.3, 0.25)]
    f.polygon(facet, color * 1.2, None, "snow" if f.style.snow else "stone", relief=0.2)
