"""Buildings of scenes: churches, houses, castles, ruins, barns, mills and towers."""

from dataclasses import replace

import numpy as np

from dissection.data.storybook.buildings import Building, Dome, Front, Tower
from dissection.data.storybook.canvas import Mask
from dissection.data.storybook.masonry import paint_roof, paint_wall
from dissection.data.storybook.openings import Door, RoseWindow, Window
from dissection.data.storybook.palette import rgb
from dissection.data.storybook.scenes.figure import Figure
from dissection.data.storybook.scenes.sights import paint_block
from dissection.data.storybook.scenes.vocabulary import scene_label
from dissection.data.storybook.vocabulary import label

_WHITE, _DARK = rgb(0.93, 0.92, 0.88), rgb(0.12, 0.14, 0.18)
_BARN, _WOOD = rgb(0.55, 0.16, 0.12), rgb(0.42, 0.28, 0.16)


def _house(f: Figure, kind: str, storeys: int = 1) -> Building:
    """A building as wide as the figure's size."""
    rng, spot = f.rng, f.spot
    width = spot.size
    height = width * (float(rng.uniform(0.5, 0.66)) if storeys == 1 else rng.uniform(0.85, 1.1))
    front = Front(
        x=spot.x,
        width=width,
        eaves=spot.y - height,
        ground=spot.y,
        side=spot.side,
        wing=width * float(rng.uniform(0.2, 0.4)),
        rise=width * float(rng.uniform(0.3, 0.42)),
    )
    arched = kind != "house"
    offset = 0.0 if arched else float(rng.uniform(-0.25, 0.25)) * width
    door = Door(
        spot.x + offset,
        spot.y,
        width * rng.uniform(0.085, 0.11),
        width * rng.uniform(0.22, 0.27),
        arched,
    )
    half, up = width * float(rng.uniform(0.05, 0.065)), width * float(rng.uniform(0.07, 0.09))
    windows = []
    rows = [0.72] if height < 0.7 * width else [0.2, 0.5, 0.8][: storeys + 1]
    for row in rows:
        y = spot.y - height * row - up * 0.4
        for x in np.linspace(
            front.left + width * 0.15, front.right - width * 0.15, 3 if width < 0.3 else 4
        ):
            beside = abs(x - door.x) >= door.half_width * 1.6 + half
            if beside or y + up <= spot.y - door.height * 1.25:
                windows.append(Window(float(x), y, half, up, arched))
    tower = dome = rose = None
    if kind == "church":
        wide = width * float(rng.uniform(0.24, 0.32))
        tall = width * float(rng.uniform(0.4, 0.6))
        left = spot.x - wide / 2 if rng.random() < 0.6 else front.left
        bottom = front.eaves - front.rise * 0.4 if left != front.left else spot.y
        tower = Tower(left, wide, front.eaves - front.rise - tall * 0.6, bottom, tall)
        rose = RoseWindow(spot.x, front.eaves - front.rise * 0.3) if rng.random() < 0.5 else None
    if kind == "basilica":
        radius = width * float(rng.uniform(0.32, 0.42))
        dome = Dome(spot.x, front.eaves - 0.02, radius, radius * float(rng.uniform(0.9, 1.25)))
    return Building(kind, front, tower, dome, door, tuple(windows), rose)


def church(f: Figure) -> None:
    """A church with tower and spire."""
    _house(f, "church").paint(f.canvas, f.style)


def basilica(f: Figure) -> None:
    """A basilica under a dome."""
    _house(f, "basilica").paint(f.canvas, f.style)


def house(f: Figure) -> None:
    """A house of one storey, on some with a chimney."""
    built = _house(f, "house")
    if f.rng.random() < 0.6:
        f.box(
            0.2, 0.7, 0.3, float(f.rng.uniform(1.0, 1.15)), f.style.wall * 0.85, "chimney", "brick"
        )
    built.paint(f.canvas, f.style)


def town_house(f: Figure) -> None:
    """A house of several storeys."""
    _house(f, "house", storeys=2).paint(f.canvas, f.style)


def tower_block(f: Figure) -> None:
    """A tall block of a city."""
    width = f.spot.size
    paint_block(
        f, f.spot.x - width / 2, f.spot.y, width, width * float(f.rng.uniform(2.2, 4)), haze=0.05
    )


def castle(f: Figure) -> None:
    """Curtain wall, gate and round towers with battlements."""
    canvas, rng, spot = f.canvas, f.rng, f.spot
    shade = f.style.textures.uniform(0.8, 1.15)
    style = replace(f.style, wall_material="stone", wall=rgb(0.64, 0.61, 0.55) * shade)
    f = Figure(canvas, style, rng, f.name, spot)
    width = spot.size
    canvas.shade(canvas.ellipse((spot.x, spot.y), (width * 0.62, 0.03)), 0.3)
    wall = width * float(rng.uniform(0.24, 0.34))
    keep = (
        spot.x + rng.uniform(-0.15, 0.15) * width,
        width * rng.uniform(0.2, 0.3),
        wall * rng.uniform(1.7, 2.2),
    )
    _battlements(f, keep[0], spot.y - 0.01, keep[1], keep[2], 1.0, "tower")
    _battlements(f, spot.x, spot.y, width, wall, 0.92, "wall")
    for side in (-1, 1):
        tall = wall * float(rng.uniform(1.25, 1.7))
        x, wide = spot.x + side * width / 2, width * 0.17
        _battlements(f, x, spot.y + 0.008, wide, tall, 1.05, "tower")
        if rng.random() < 0.5:
            top = spot.y + 0.008 - tall
            cone = canvas.polygon(
                [(x - wide * 0.62, top), (x, top - wide * 1.4), (x + wide * 0.62, top)]
            )
            paint_roof(canvas, style, cone, top, part="spire")
    Door(spot.x, spot.y, width * 0.06, wall * 0.5, True).paint(canvas, style)
    for place in (-0.25, 0.25):
        Window(
            spot.x + place * width, spot.y - wall * 0.55, width * 0.02, width * 0.04, True
        ).paint(canvas, style)


def _battlements(
    f: Figure, x: float, ground: float, width: float, height: float, shade: float, part: str
) -> None:
    """A wall of stone with merlons, its middle at ``x``."""
    left, top = x - width / 2, ground - height
    count = max(int(width / 0.035), 2)
    step = width / (count - 0.4)
    merlons = [
        [(left + k * step, top + 0.004), (left + (k + 0.6) * step, top + 0.004),
         (left + (k + 0.6) * step, top - 0.022), (left + k * step, top - 0.022)]
        for k in range(count)
    ]  # fmt: skip
    face = f.canvas.rectangle(left, top, left + width, ground)
    paint_wall(f.canvas, f.style, face, (left, top), shade=shade, part=part)
    mask = f.canvas.polygons(merlons)
    f.canvas.put(
        mask,
        f.style.wall * f.style.tint * shade * 0.95,
        scene_label("building", "battlement", "stone"),
    )


def ruin(f: Figure) -> None:
    """Broken walls with arches that one sees through."""
    canvas, style, rng, spot = f.canvas, f.style, f.rng, f.spot
    width = spot.size
    canvas.shade(canvas.ellipse((spot.x, spot.y), (width * 0.6, 0.03)), 0.3)
    left, count = spot.x - width / 2, 15
    ragged = rng.uniform(0.0, 0.09, count) + np.repeat(rng.uniform(0.16, 0.6, 5), 3)
    ragged[[0, -1]] = rng.uniform(0.05, 0.2, 2)
    top = [
        (left + width * k / (count - 1), spot.y - width * float(h)) for k, h in enumerate(ragged)
    ]
    box = canvas.box(left, spot.y - width * 0.7, left + width, spot.y)
    wall = canvas.polygon([(left, spot.y), *top, (left + width, spot.y)], box).alpha
    inner = np.zeros_like(wall)
    for place in (-0.28, 0.02, 0.3):
        if rng.random() < 0.25:
            continue
        half, tall = width * 0.085, width * float(rng.uniform(0.1, 0.24))
        x = spot.x + place * width
        for grow, hole in ((1.25, False), (1.0, True)):
            arch = np.maximum(
                canvas.rectangle(
                    x - half * grow, spot.y - tall, x + half * grow, spot.y, box
                ).alpha,
                canvas.ellipse((x, spot.y - tall), (half * grow, half * grow * 1.2), box=box).alpha,
            )
            inner = inner * (1 - arch) if hole else np.maximum(inner, arch)
            wall = wall * (1 - arch) if hole else wall
    stone = replace(
        style, wall_material="stone", wall=rgb(0.66, 0.62, 0.54) * rng.uniform(0.85, 1.1)
    )
    paint_wall(canvas, stone, Mask(box, wall), (left, spot.y), shade=0.95)
    ring = Mask(box, np.minimum(inner, wall))
    canvas.put(ring, stone.wall * style.tint * 0.72, scene_label("building", "arch", "stone"))


def column(f: Figure) -> None:
    """A column, whole or broken."""
    tall = float(f.rng.uniform(0.4, 1.0))
    stone = rgb(0.78, 0.75, 0.68)
    f.shadow(0.2)
    f.box(-0.14, 0, 0.14, 0.07, stone * 0.9, "base", "stone")
    mask = f.box(-0.09, 0.07, 0.09, tall, stone, "body", "stone", relief=0.5)
    fluting = np.sin(f.canvas.x(mask.box) / f.spot.size * 140) * 0.5 + 0.5
    f.canvas.shade(Mask(mask.box, mask.alpha * fluting.astype(np.float32)), 0.12)
    if tall > 0.8:
        f.box(-0.14, tall, 0.14, tall + 0.07, stone, "head", "stone")


def barn(f: Figure) -> None:
    """A barn of red or brown boards with a broken gable and a large door."""
    color = _BARN if f.rng.random() < 0.65 else _WOOD
    f.shadow(0.62)
    wing = [(0.5, 0), (1.05, 0.03), (1.05, 0.5), (0.5, 0.5)]
    f.polygon(wing, color * 0.66, "wall", "wood")
    slope = [(0, 0.86), (0.62, 0.82), (1.1, 0.48), (0.55, 0.5), (0.36, 0.75)]
    roof, cover = f.style.roof, "tile"
    if f.style.snow:
        roof, cover = rgb(0.9, 0.92, 0.96), "snow"
    f.polygon(slope, roof, "roof", cover)
    face = [(-0.5, 0), (0.5, 0), (0.5, 0.5), (0.34, 0.74), (0, 0.86), (-0.34, 0.74), (-0.5, 0.5)]
    mask = f.polygon(face, color, "wall", "wood")
    board = ((f.canvas.x(mask.box) - f.spot.x) % 0.022) < 0.004
    f.canvas.shade(Mask(mask.box, mask.alpha * board), 0.25)
    f.box(-0.2, 0, 0.2, 0.36, _WHITE, "door", "wood")
    f.box(-0.175, 0, 0.175, 0.335, color * 0.85, "door", "wood")
    for start, end in (((-0.175, 0), (0.175, 0.335)), ((-0.175, 0.335), (0.175, 0))):
        f.bar(start, end, 0.03, _WHITE, "door", "wood")
    f.box(-0.07, 0.5, 0.07, 0.64, _DARK, "window", "glass")


def garden_wall(f: Figure) -> None:
    """A low wall of stone across the picture."""
    canvas, spot = f.canvas, f.spot
    top = spot.y - spot.size
    paint_wall(canvas, f.style, canvas.rectangle(-0.02, top, 1.02, spot.y), (0, top), shade=0.9)
    cap = canvas.rectangle(-0.02, top - 0.01, 1.02, top + 0.004)
    canvas.put(cap, f.style.wall * f.style.tint * 1.1, label("building", "wall", "stone"))
