"""Things that span a scene: bridges, piers, waterfalls, ski lifts."""

from dataclasses import replace

import numpy as np

from dissection.data.storybook.canvas import Mask
from dissection.data.storybook.masonry import paint_wall
from dissection.data.storybook.noise import Noise
from dissection.data.storybook.palette import mix, rgb
from dissection.data.storybook.scenes.figure import Figure
from dissection.data.storybook.scenes.vocabulary import scene_label

_WOOD, _STEEL, _FOAM = rgb(0.46, 0.33, 0.22), rgb(0.42, 0.2, 0.17), rgb(0.93, 0.96, 0.98)
_ROCK, _DARK = rgb(0.36, 0.36, 0.36), rgb(0.15, 0.16, 0.18)


def bridge(f: Figure) -> None:
    """A bridge across the picture: arches of stone, or a deck hung from towers."""
    (_arches if f.rng.random() < 0.6 else _hung)(f)


def _arches(f: Figure) -> None:
    canvas, rng, spot = f.canvas, f.rng, f.spot
    style = f.style
    if style.wall_material not in ("brick", "stone"):
        style = replace(style, wall_material="stone")
    count, rise = int(rng.integers(2, 5)), spot.size * float(rng.uniform(0.7, 1.0))
    span, start = 1.1 / count, -0.05 + rng.uniform(-0.05, 0.05)
    top = spot.y - rise
    box = canvas.box(-0.02, top - 0.03, 1.02, spot.y)
    alpha = canvas.rectangle(-0.02, top, 1.02, spot.y, box).alpha
    for k in range(count):
        middle = start + (k + 0.5) * span
        hole = canvas.ellipse((middle, spot.y), (span * 0.42, rise * 0.76), box=box).alpha
        alpha = alpha * (1 - hole)
    paint_wall(canvas, style, Mask(box, alpha), (0, top), shade=0.95)
    # The painter of walls calls everything a building.
    canvas.maps[0, box.rows, box.columns][alpha > 0.5] = scene_label("bridge").object
    rail = canvas.rectangle(-0.02, top - 0.022, 1.02, top + 0.004)
    canvas.put(rail, style.wall * style.tint * 1.08, scene_label("bridge", "wall", "stone"))


def _hung(f: Figure) -> None:
    canvas, style, spot = f.canvas, f.style, f.spot
    deck, top = spot.y - spot.size * 0.45, spot.y - spot.size * 1.5
    color, steel = _STEEL * style.tint, scene_label("bridge", "body", "metal")
    towers = [0.5 - float(f.rng.uniform(0.22, 0.3)), 0.5 + float(f.rng.uniform(0.22, 0.3))]
    for middle in towers:
        tower = canvas.rectangle(middle - 0.016, top, middle + 0.016, spot.y)
        canvas.put(tower, color, steel)
    box = canvas.box(-0.02, top, 1.02, deck)
    x, y = canvas.x(box), canvas.y(box)
    inside = (x - towers[0]) / (towers[1] - towers[0])
    sag = np.where(
        (inside > 0) & (inside < 1),
        top + (deck - top) * 0.85 * 4 * inside * (1 - inside),
        top
        + (deck - top)
        * np.minimum(np.abs(x - np.where(inside <= 0, towers[0], towers[1])) * 3.2, 1),
    )
    cable = np.clip(1 - np.abs(y - sag) / 0.009, 0, 1)
    hanger = ((x % 0.045) < 0.007) & (y > sag)
    canvas.put(Mask(box, np.maximum(cable, hanger * 0.7).astype(np.float32)), color * 0.9, steel)
    canvas.put(canvas.rectangle(-0.02, deck, 1.02, deck + 0.028), color * 0.8, steel)


def pier(f: Figure) -> None:
    """A pier of planks that runs out from the near shore into the water."""
    canvas, style, spot = f.canvas, f.style, f.spot
    far = (0.5 + (spot.x - 0.5) * 0.6, spot.y)
    half = spot.size * 0.12
    near = (spot.x, 1.02)
    outline = [
        (far[0] - half * 0.35, far[1]), (far[0] + half * 0.35, far[1]),
        (near[0] + half * 1.7, near[1]), (near[0] - half * 1.7, near[1]),
    ]  # fmt: skip
    for share in (0.05, 0.25, 0.55):
        wide = half * (0.35 + 1.35 * share)
        x, y = far[0] + (near[0] - far[0]) * share, far[1] + (near[1] - far[1]) * share
        for side in (-1, 1):
            post = canvas.rectangle(
                x + side * wide - 0.008, y - 0.02, x + side * wide + 0.008, y + 0.07 * (0.5 + share)
            )
            canvas.put(post, _WOOD * 0.6 * style.tint, scene_label("pier", "base", "wood"))
    mask = canvas.polygon(outline)
    down = canvas.y(mask.box)
    depth = np.clip((down - far[1]) / (near[1] - far[1]), 0.01, 1)
    gap = (1 / (depth + 0.12) * 3 % 1) < 0.16
    grain = Noise.draw(style.textures, 30, 2).on(canvas.size, mask.box)
    planks = _WOOD * 1.25 * style.tint * (0.8 + 0.4 * grain) * np.where(gap, 0.65, 1)
    canvas.put(mask, planks, scene_label("pier", None, "wood"))


def waterfall(f: Figure) -> None:
    """Rock walls with water falling between them into foam."""
    canvas, style, rng, spot = f.canvas, f.style, f.rng, f.spot
    top = spot.y - spot.size
    box = canvas.band(top - 0.06, spot.y + 0.03)
    x, y = canvas.x(box), canvas.y(box)
    rough = Noise.draw(rng, 7, 5, stretch=0.6).on(canvas.size, box)
    half_wall = 0.32 + rng.uniform(0, 0.3)
    crown = (
        top + 0.1 * (rough - 0.5) + 0.25 * np.clip(np.abs(x - spot.x) / half_wall - 0.5, 0, 2) ** 2
    )
    mass = ((y > crown) & (y < spot.y + 0.02)).astype(np.float32)
    shade = 0.5 + 0.8 * rough
    color = mix(_ROCK * style.tint, style.turf * style.tint, np.clip((rough - 0.55) * 4, 0, 0.6))
    canvas.put(Mask(box, mass), color * shade, scene_label("rock", None, "stone"))
    half = spot.size * float(rng.uniform(0.08, 0.16)) * (1 + 0.3 * (y - top) / spot.size)
    edge = 0.012 * (rough - 0.5)
    fall = (
        np.clip((half + edge - np.abs(x - spot.x)) * 90, 0, 1)
        * (y > top - 0.005)
        * (y < spot.y + 0.015)
    )
    streak = Noise.draw(style.textures, 40, 2, stretch=0.12).on(canvas.size, box)
    white = mix(rgb(0.6, 0.75, 0.85), _FOAM, streak) * style.tint
    canvas.put(Mask(box, fall.astype(np.float32)), white, scene_label("waterfall", None, "water"))
    mist = canvas.ellipse((spot.x, spot.y + 0.01), (spot.size * 0.26, 0.03))
    canvas.put(
        Mask(mist.box, mist.alpha * 0.75),
        _FOAM * style.tint,
        scene_label("waterfall", None, "water"),
    )


def ski_lift(f: Figure) -> None:
    """Pylons up the slope with a cable and chairs."""
    canvas, style, spot = f.canvas, f.style, f.spot
    steel = scene_label("ski lift", "body", "metal")
    start, end = (
        (spot.x, spot.y - spot.size),
        (0.5 + (0.5 - spot.x) * 0.8, spot.y - spot.size * 1.5),
    )
    for share in (0.0, 0.42, 0.8):
        x = start[0] + (end[0] - start[0]) * share
        y = start[1] + (end[1] - start[1]) * share
        foot, wide = y + spot.size * (1 - 0.7 * share), 0.014 * (1 - 0.6 * share)
        canvas.put(canvas.rectangle(x - wide, y, x + wide, foot), _DARK * 2 * style.tint, steel)
        arm = canvas.rectangle(x - wide * 3.5, y - 0.006, x + wide * 3.5, y + 0.006)
        canvas.put(arm, _DARK * 2 * style.tint, steel)
    cable = [start, end, (end[0], end[1] + 0.006), (start[0], start[1] + 0.01)]
    canvas.put(canvas.polygon(cable), _DARK * style.tint, steel)
    for share in (0.15, 0.3, 0.6):
        x = start[0] + (end[0] - start[0]) * share
        y = start[1] + (end[1] - start[1]) * share
        wide = 0.03 * (1 - 0.6 * share)
        canvas.put(
            canvas.rectangle(x - 0.004, y, x + 0.004, y + wide * 2), _DARK * style.tint, steel
        )
        chair = canvas.rectangle(x - wide, y + wide * 1.4, x + wide, y + wide * 2.6)
        canvas.put(
            chair, rgb(0.75, 0.15, 0.12) * style.tint, scene_label("ski lift", "seat", "metal")
        )
