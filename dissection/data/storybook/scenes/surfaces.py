"""What the ground of a scene is: sand, paving, roads, fields, and water of several shapes."""

import numpy as np

from dissection.data.storybook.canvas import Canvas, Mask
from dissection.data.storybook.noise import Noise, Profile
from dissection.data.storybook.palette import Array, mix, rgb
from dissection.data.storybook.scenes.vocabulary import scene_label
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import Label

_SAND, _EARTH, _ASPHALT = rgb(0.85, 0.74, 0.52), rgb(0.42, 0.32, 0.22), rgb(0.3, 0.31, 0.33)
_STONE, _CROP, _SEA = rgb(0.62, 0.6, 0.56), rgb(0.82, 0.68, 0.3), rgb(0.12, 0.34, 0.48)
_LINE, _FOAM = rgb(0.92, 0.9, 0.85), rgb(0.93, 0.96, 0.97)
_SNOW = rgb(0.88, 0.9, 0.95)


def _region(canvas: Canvas, top: float) -> tuple[Mask, Array]:
    """Everything below a height, and how near each row is: 0 at ``top``, 1 at the lower edge."""
    box = canvas.band(top, 1)
    y = canvas.y(box)
    alpha = np.broadcast_to((y > top).astype(np.float32), box.shape)
    return Mask(box, alpha), np.clip((y - top) / max(1 - top, 1e-3), 0, 1)


def paint_plain(
    canvas: Canvas, style: Style, rng: np.random.Generator, top: float, kind: str
) -> None:
    """Sand, earth or rock from height ``top`` down, hazier towards it."""
    mask, depth = _region(canvas, top)
    color, label = _plain(style, kind)
    field = Noise.draw(rng, 5, 5, stretch=3).on(canvas.size, mask.box)
    fine = Noise.draw(style.textures, 48, 2).on(canvas.size, mask.box)
    color = mix(color * 0.85 + 0.12 * style.haze, color, depth) * style.tint
    canvas.put(mask, color * (0.72 + 0.4 * field + 0.16 * fine), label)


def _plain(style: Style, kind: str) -> tuple[Array, Label]:
    name, material, color = {
        "sand": ("sand", "sand", _SAND),
        "rock": ("rock", "stone", _STONE * 0.9),
        "earth": ("field", "earth", _EARTH),
    }[kind]
    if style.snow:
        return _SNOW, scene_label(name, None, "snow")
    return color, scene_label(name, None, material)


def paint_paving(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
    """Slabs in perspective from height ``top`` down."""
    mask, depth = _region(canvas, top)
    distance = 1 / (depth + 0.08)
    across = (canvas.x(mask.box) - 0.5) * distance
    column, row = across * float(rng.uniform(2.5, 4)), distance * float(rng.uniform(2, 3))
    joint = (((row % 1) < 0.1) | (((column + np.floor(row) * 0.5) % 1) < 0.08)) * np.clip(
        depth * 3, 0, 1
    )
    own = ((np.floor(row) * 7919 + np.floor(column + np.floor(row) * 0.5) * 104729) % 97) / 97
    fine = Noise.draw(style.textures, 24, 3).on(canvas.size, mask.box)
    shade = (0.82 + 0.14 * own + 0.2 * fine) * (1 - 0.3 * joint)
    base = _SNOW * 0.92 if style.snow else _STONE * style.textures.uniform(0.85, 1.1)
    color = mix(base * 0.9 + 0.08 * style.haze, base, depth) * style.tint * shade
    material = "snow" if style.snow else "stone"
    canvas.put(mask, color, scene_label("pavement", None, material))


def paint_road(
    canvas: Canvas,
    style: Style,
    rng: np.random.Generator,
    top: float,
    half: float,
    lanes: bool = True,
) -> None:
    """An asphalt road from the lower edge to a vanishing point on the height ``top``."""
    away, near = 0.5 + rng.uniform(-0.22, 0.22), 0.5 + rng.uniform(-0.18, 0.18)
    outline = [(away - 0.012, top), (away + 0.012, top), (near + half, 1.02), (near - half, 1.02)]
    mask = canvas.polygon(outline)
    gravel = Noise.draw(style.textures, 40, 2).on(canvas.size, mask.box)
    canvas.put(mask, _ASPHALT * style.tint * (0.8 + 0.35 * gravel), _road(style))
    if not lanes:
        return

    def dash(start: float, stop: float, place: float) -> list[tuple[float, float]]:
        points = []
        for share, side in ((start, -1), (start, 1), (stop, 1), (stop, -1)):
            middle = away + (near - away) * share + place * (0.012 + (half - 0.012) * share)
            points.append((middle + side * 0.03 * half * share, top + (1.02 - top) * share))
        return points

    shares = [k**2 for k in np.linspace(0.12, 1, 12).tolist()]
    dashes = [dash(a, b, 0) for a, b in zip(shares[::2], shares[1::2], strict=True)]
    canvas.put(canvas.polygons(dashes), _LINE * style.tint * 0.9, _road(style))
    for edge in (-0.92, 0.92):
        canvas.put(canvas.polygon(dash(0.02, 1, edge)), _LINE * style.tint * 0.8, _road(style))


def _road(style: Style) -> Label:
    return scene_label("road", None, "asphalt")


def paint_furrows(
    canvas: Canvas, style: Style, rng: np.random.Generator, top: float, kind: str
) -> None:
    """Rows that run to a vanishing point: a crop, or bare earth between vines."""
    mask, depth = _region(canvas, top)
    away = 0.5 + rng.uniform(-0.4, 0.4)
    slope = (canvas.x(mask.box) - away) / (depth + 0.06)
    row = slope * float(rng.uniform(3.5, 6))
    wave = 0.5 + 0.5 * np.cos(row * 2 * np.pi)
    field = Noise.draw(rng, 8, 5, stretch=2).on(canvas.size, mask.box)
    if style.snow:
        color, label = _SNOW, scene_label("field", None, "snow")
    elif kind == "crop":
        color = mix(_CROP, style.turf, float(rng.choice([0.0, 0.15, 0.7])))
        label = scene_label("field", None, "straw")
    else:
        color, label = mix(_EARTH, style.turf, 0.35), scene_label("field", None, "earth")
    shade = 0.7 + 0.35 * wave * np.clip(depth * 4, 0.15, 1) + 0.35 * (field - 0.5)
    canvas.put(mask, mix(color * 0.85 + 0.1 * style.haze, color, depth) * style.tint * shade, label)


def paint_sea(
    canvas: Canvas, style: Style, rng: np.random.Generator, top: float, bottom: float
) -> None:
    """Sea from the horizon at ``top`` to a wavy shore at ``bottom``, with foam along it."""
    shore = bottom + 0.05 * (Profile.draw(rng, 3, 4).along(canvas.size) - 0.5)
    box = canvas.band(top, float(shore.max()) if bottom < 1 else 1)
    y = canvas.y(box)
    depth = np.clip((y - top) / max(bottom - top, 1e-3), 0, 1)
    swell = Noise.draw(style.textures, 10, 4, stretch=5).on(canvas.size, box)
    color = mix(mix(_SEA, style.zenith, 0.3), _SEA * 1.1, depth) * style.tint
    color = mix(color, style.horizon, (1 - depth) * 0.35) * (0.75 + 0.5 * swell)
    foam = np.clip((swell - 0.62) * 6, 0, 0.6) * depth
    if bottom < 1:
        foam = np.maximum(foam, np.clip(1 - np.abs(y - shore + 0.012) / 0.012, 0, 0.9))
    color = mix(color, _FOAM * style.tint, foam)
    alpha = ((y > top) & (y < shore)) if bottom < 1 else y > top
    full = np.broadcast_to(alpha, box.shape).astype(np.float32)
    canvas.put(Mask(box, full), color, scene_label("water", None, "water"))


def paint_river(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
    """A river that winds from the horizon to the lower edge and mirrors the sky."""
    box = canvas.band(top, 1)
    depth = np.clip((canvas.y(box) - top) / (1 - top), 0, 1)
    start, end, bend = 0.5 + rng.uniform(-0.25, 0.25), rng.uniform(0.2, 0.8), rng.uniform(-0.2, 0.2)
    middle = start + (end - start) * depth + bend * np.sin(depth * 4) * (0.3 + depth)
    half = 0.02 + rng.uniform(0.14, 0.24) * depth**1.3
    edge = Noise.draw(rng, 10, 4).on(canvas.size, box)
    cover = np.clip((half * (0.8 + 0.4 * edge) - np.abs(canvas.x(box) - middle)) * 60, 0, 1)
    _put_water(canvas, style, Mask(box, cover.astype(np.float32)))


def paint_pond(
    canvas: Canvas, style: Style, rng: np.random.Generator, center: tuple[float, float], half: float
) -> None:
    """A pond with a ragged edge."""
    x, y = center
    box = canvas.box(x - half * 1.3, y - half * 0.42, x + half * 1.3, y + half * 0.42)
    away = ((canvas.x(box) - x) / half) ** 2 + ((canvas.y(box) - y) / (half * 0.32)) ** 2
    edge = Noise.draw(rng, 10, 4).on(canvas.size, box)
    cover = np.clip((0.6 + 0.8 * edge - away) * 8, 0, 1)
    _put_water(canvas, style, Mask(box, cover.astype(np.float32)))


def _put_water(canvas: Canvas, style: Style, mask: Mask) -> None:
    ripples = Noise.draw(style.textures, 14, 3, stretch=4).on(canvas.size, mask.box)
    y = canvas.y(mask.box)
    depth = np.clip((y - y[0]) / max(float(y[-1, 0] - y[0, 0]), 1e-3), 0, 1) if y.size else y
    color = mix(style.horizon * 0.85, mix(style.zenith, _SEA * style.tint, 0.55), depth)
    canvas.put(mask, color * (0.8 + 0.4 * ripples), scene_label("water", None, "water"))


def paint_track(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
    """A path of gravel or earth that winds to the lower edge, overgrown at its sides."""
    box = canvas.band(top, 1)
    depth = np.clip((canvas.y(box) - top) / (1 - top), 0, 1)
    start, end = 0.5 + rng.uniform(-0.12, 0.12), 0.5 + rng.uniform(-0.15, 0.15)
    bend = rng.uniform(-0.12, 0.12)
    middle = start + (end - start) * depth + bend * np.sin(depth * 4)
    half = 0.012 + rng.uniform(0.1, 0.16) * depth**1.2
    edge = Noise.draw(rng, 14, 4).on(canvas.size, box)
    cover = np.clip((half * (0.75 + 0.5 * edge) - np.abs(canvas.x(box) - middle)) * 60, 0, 1)
    gravel = Noise.draw(style.textures, 24, 3).on(canvas.size, box)
    color = style.path * style.tint * (0.7 + 0.6 * gravel)
    label = scene_label("path", None, style.path_material)
    canvas.put(Mask(box, cover.astype(np.float32) * 0.95), color, label)
