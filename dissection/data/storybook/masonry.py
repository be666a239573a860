"""Faces of buildings: walls of brick, stone, plaster or wood, and roofs of tile or snow."""

import numpy as np

from dissection.data.storybook.canvas import Canvas, Mask
from dissection.data.storybook.noise import Noise
from dissection.data.storybook.palette import mix, rgb
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import label

_MORTAR = rgb(0.7, 0.68, 0.64)
_COURSE = {"brick": 0.016, "stone": 0.03}
_PLANK = 0.02
_TILE_ROW = 0.018


def paint_wall(
    canvas: Canvas,
    style: Style,
    mask: Mask,
    corner: tuple[float, float],
    shade: float = 1.0,
    part: str = "wall",
) -> None:
    """Paint one face in the style's wall material.

    Args:
        canvas: what to paint on.
        style: the wall's material and color.
        mask: the face.
        corner: (x, y) from which courses and planks are counted.
        shade: how brightly the face is lit.
        part: ``wall``, or ``tower`` for the faces of a tower.
    """
    box = mask.box
    color = style.wall * shade * style.tint
    x, y = canvas.x(box) - corner[0], canvas.y(box) - corner[1]
    if style.wall_material in _COURSE:
        course = _COURSE[style.wall_material]
        length = course * 2
        row = np.floor(y / course)
        shifted = x + row % 2 * length / 2
        joint = ((y % course) < course * 0.18) | ((shifted % length) < length * 0.1)
        # A stone's own brightness: a small hash of its row and column.
        own = ((row * 7919 + np.floor(shifted / length) * 104729) % 97) / 97
        mortar = mix(color, _MORTAR * style.tint * shade, 0.5)
        color = np.where(joint, mortar, color * (0.88 + 0.24 * own))
    elif style.wall_material == "wood":
        color = color * np.where((x % _PLANK) < 0.003, np.float32(0.75), np.float32(1))
    weather = Noise.draw(style.textures, 8, 3).on(canvas.size, box)
    canvas.put(mask, color * (0.9 + 0.2 * weather), label("building", part, style.wall_material))


def paint_roof(
    canvas: Canvas, style: Style, mask: Mask, top: float, shade: float = 1.0, part: str = "roof"
) -> None:
    """Paint one face of a roof, tiled in rows counted from ``top``, or under snow."""
    if style.snow:
        canvas.put(mask, style.snow_layer, label("building", part, "snow"))
        return
    row = ((canvas.y(mask.box) - top) % _TILE_ROW) < 0.004
    pattern = np.where(row, np.float32(0.75), np.float32(1))
    weather = Noise.draw(style.textures, 16, 2).on(canvas.size, mask.box)
    color = style.roof * style.tint * shade * (pattern * (0.85 + 0.3 * weather))
    canvas.put(mask, color, label("building", part, "tile"))
