"""What people put up for a day: tents, fires, parasols, stalls, playthings, snowmen."""

from itertools import pairwise

import numpy as np

from dissection.data.storybook.palette import Array, rgb
from dissection.data.storybook.scenes.figure import Figure
from dissection.data.storybook.scenes.furniture import BRIGHT, bright

_WOOD, _DARK, _STONE = rgb(0.5, 0.34, 0.2), rgb(0.16, 0.17, 0.19), rgb(0.62, 0.62, 0.6)
_WHITE = rgb(0.94, 0.94, 0.92)
_FIRE = (rgb(1.2, 0.45, 0.1), rgb(1.3, 0.85, 0.25))


def tent(f: Figure) -> None:
    """A ridge tent with an open flap."""
    color = bright(f)
    f.shadow(0.95)
    f.polygon([(-0.15, 0.95), (0.75, 0.85), (1.1, 0.03), (0.55, 0)], color * 0.75, "wall", "fabric")
    f.polygon([(-0.85, 0), (-0.15, 0.95), (0.55, 0)], color, "wall", "fabric")
    f.polygon([(-0.42, 0), (-0.15, 0.7), (0.12, 0)], _DARK, "door", "fabric")
    f.polygon([(0.12, 0), (-0.15, 0.7), (0.26, 0.05)], color * 1.15, "door", "fabric")


def campfire(f: Figure) -> None:
    """Flames over logs in a ring of stones."""
    tint: Array = f.style.tint.clip(0.35).astype(np.float32)  # fire is not darkened by night
    f.bar((-0.5, 0.02), (0.45, 0.22), 0.14, _WOOD * 0.7, "base", "wood")
    f.bar((0.5, 0.02), (-0.45, 0.22), 0.14, _WOOD * 0.8, "base", "wood")
    f.polygon(
        [(-0.35, 0.1), (-0.2, 0.7), (0, 0.45), (0.1, 1.0), (0.38, 0.1)],
        _FIRE[0] / tint,
        "flame",
        "fire",
    )
    f.polygon(
        [(-0.18, 0.1), (-0.05, 0.45), (0.08, 0.65), (0.2, 0.1)], _FIRE[1] / tint, "flame", "fire"
    )
    for x in np.linspace(-0.6, 0.6, 5).tolist():
        f.oval(x, 0.04, 0.14, 0.1, _STONE, "base", "stone")


def parasol(f: Figure) -> None:
    """A parasol in two colors."""
    first, second = (BRIGHT[k] for k in f.style.textures.permutation(len(BRIGHT))[:2])
    f.shadow(0.6, x=0.25)
    f.bar((0, 0), (0, 0.95), 0.04, _WHITE, "base", "wood")
    edges = np.linspace(-0.62, 0.62, 6).tolist()
    for k, (left, right) in enumerate(pairwise(edges)):
        color = second if k % 2 else first
        f.polygon(
            [(left, 0.66), (right, 0.66), (right * 0.35, 0.9), (0, 0.98), (left * 0.35, 0.9)],
            color,
            "awning",
            "fabric",
            relief=0,
        )


def stall(f: Figure) -> None:
    """A market stall with a striped awning and fruit."""
    first, tint = bright(f), _WHITE
    f.shadow(0.95)
    for x in (-0.85, 0.85):
        f.bar((x, 0), (x, 0.85), 0.06, _WOOD, "leg", "wood")
    f.box(-0.9, 0.05, 0.9, 0.42, _WOOD * 1.1, "body", "wood")
    for x in np.linspace(-0.75, 0.75, 6).tolist():
        f.oval(x, 0.46, 0.13, 0.1, bright(f), "body", "foliage")
    edges = np.linspace(-1, 1, 9).tolist()
    for k, (left, right) in enumerate(pairwise(edges)):
        shape = [(left, 0.75), (right, 0.75), (right * 0.85, 1.08), (left * 0.85, 1.08)]
        f.polygon(shape, tint if k % 2 else first, "awning", "fabric", relief=0)


def swing(f: Figure) -> None:
    """Swings on a frame."""
    color = bright(f)
    f.shadow(0.9)
    for side in (-1, 1):
        f.bar((side * 0.95, 0), (side * 0.75, 1), 0.07, color, "leg", "metal")
        f.bar((side * 0.55, 0), (side * 0.75, 1), 0.07, color * 0.8, "leg", "metal")
    f.bar((-0.78, 1), (0.78, 1), 0.08, color, "body", "metal")
    for x in (-0.32, 0.32):
        tilt = float(f.rng.uniform(-0.25, 0.25))
        for rope in (-0.1, 0.1):
            f.bar((x + rope, 1), (x + rope + tilt, 0.32), 0.02, _DARK, "body", "metal")
        f.box(x + tilt - 0.16, 0.27, x + tilt + 0.16, 0.34, _WOOD, "seat", "wood")


def slide(f: Figure) -> None:
    """A slide with its ladder."""
    first, second = bright(f), bright(f)
    f.shadow(0.9)
    for x in (-0.72, -0.5):
        f.bar((x, 0), (x + 0.1, 0.95), 0.05, first, "leg", "metal")
    for y in (0.2, 0.4, 0.6, 0.8):
        f.bar((-0.72 + y * 0.1, y), (-0.5 + y * 0.1, y), 0.04, first, "leg", "metal")
    chute = [
        (-0.62, 0.85),
        (-0.35, 0.85),
        (0.5, 0.14),
        (0.9, 0.1),
        (0.9, 0),
        (0.42, 0.02),
        (-0.45, 0.72),
    ]
    f.polygon(chute, second, "body", "metal")
    f.box(-0.68, 0.78, -0.36, 0.86, first * 0.8, "seat", "metal")


def snowman(f: Figure) -> None:
    """A snowman with a hat and a carrot."""
    white = rgb(0.93, 0.95, 1.0)
    f.shadow(0.4)
    for y, r in ((0.24, 0.27), (0.56, 0.2), (0.8, 0.14)):
        f.oval(0, y, r, r * 0.95, white, "body" if y < 0.7 else "head", "snow", relief=0.5)
    f.box(-0.12, 0.9, 0.12, 1.06, _DARK, "head", "fabric")
    f.box(-0.18, 0.89, 0.18, 0.93, _DARK, "head", "fabric")
    f.polygon([(0.02, 0.82), (0.02, 0.77), (0.2, 0.78)], BRIGHT[4], "head", "foliage")
    f.box(-0.17, 0.66, 0.17, 0.72, bright(f), "body", "fabric")
