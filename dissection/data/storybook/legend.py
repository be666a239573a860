"""Label maps as pictures: a color for each concept, and contact sheets with a legend."""

import colorsys
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from dissection.data.images import contact_sheet
from dissection.data.storybook.book import Scene
from dissection.data.storybook.vocabulary import CHANNELS, MATERIALS, OBJECTS, PARTS, STORYBOOK
from dissection.vocabulary import Concept, Vocabulary

Bytes = npt.NDArray[np.uint8]

_OBJECT_COLORS = (
    *("7cc4ff", "f4f8ff", "8a8fa8", "1f8f3a", "7fb536", "a4d65e", "d8b384", "2a62d8"),
    *("e2574c", "8a4b1f", "ffd93b", "c9c2f0", "b0268f", "5d5d66", "ff7fd0", "ff9a2e"),
)
_PART_COLORS = (
    *("c2185b", "29b6f6", "e2574c", "7e57c2", "ffb300", "26a69a", "6d4c41", "d7ccc8"),
    *("8d5524", "43a047", "90a4ae"),
)
_MATERIAL_COLORS = (
    *("c1440e", "9e9e9e", "f5e6c8", "a9744f", "7b2d26", "4caf50", "eef6ff", "2a62d8"),
    *("56d6e0", "ffc400", "8d6e3f"),
)

_NAME_SIZE, _LINE, _MARGIN = 13, 18, 12
_COLUMN = 110


def _table() -> Bytes:
    colors = _OBJECT_COLORS + _PART_COLORS + _MATERIAL_COLORS
    names = OBJECTS + PARTS + MATERIALS
    rows = [bytes(3)] + [bytes.fromhex(color) for _, color in zip(names, colors, strict=True)]
    table = np.array([list(row) for row in rows], np.uint8)
    table.setflags(write=False)
    return table


LABEL_COLORS: Bytes = _table()
"""uint8 (len(STORYBOOK), 3): the color of each map value; nothing is black."""


def label_colors(vocabulary: Vocabulary) -> Bytes:
    """uint8 (len(vocabulary), 3): colors of the map values of a domain.

    Args:
        vocabulary: begins with ``STORYBOOK``, whose colors stay; what follows has hues of its own.
    """
    more = [
        # Steps of the golden angle never come back to a hue; three tones keep neighbors apart.
        colorsys.hsv_to_rgb(k * 0.618034 % 1, (0.75, 0.45, 0.95)[k % 3], (0.95, 0.8, 0.6)[k % 3])
        for k in range(len(vocabulary) - len(LABEL_COLORS))
    ]
    rest = np.array(more, np.float64).reshape(-1, 3) * 255
    return np.concatenate([LABEL_COLORS, rest.round().astype(np.uint8)])


def scene_sheet(
    scenes: Sequence[Scene],
    concepts: Sequence[Concept],
    scenes_in_a_row: int = 2,
    vocabulary: Vocabulary = STORYBOOK,
) -> Bytes:
    """A contact sheet: each picture beside its three label maps, and the names of the colors.

    Args:
        scenes: scenes of one size, at least one.
        concepts: what the legend names.
        scenes_in_a_row: how many scenes stand side by side.
        vocabulary: what the maps' values mean.

    Returns:
        uint8 (H, W, 3).

    Raises:
        BadInputError: there are no scenes, or scenes of several sizes.
    """
    colors = label_colors(vocabulary)
    tiles = [tile for s in scenes for tile in (s.image, *(colors[m] for m in s.maps))]
    grid = contact_sheet(tiles, columns=(1 + len(CHANNELS)) * scenes_in_a_row)
    names = legend(concepts, vocabulary)
    height = max(grid.shape[0], names.shape[0])
    sheet = np.full((height, grid.shape[1] + names.shape[1], 3), 255, np.uint8)
    sheet[: grid.shape[0], : grid.shape[1]] = grid
    sheet[: names.shape[0], grid.shape[1] :] = names
    return sheet


def legend(concepts: Sequence[Concept], vocabulary: Vocabulary = STORYBOOK) -> Bytes:
    """The color and name of each concept, a column for each category, uint8 (h, w, 3)."""
    colors = label_colors(vocabulary)
    columns = [[c for c in concepts if c.category == category] for category in CHANNELS]
    lines = 1 + max(len(column) for column in columns)
    size = (_MARGIN + _COLUMN * len(CHANNELS), 2 * _MARGIN + _LINE * lines)
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=_NAME_SIZE)
    for i, (category, column) in enumerate(zip(CHANNELS, columns, strict=True)):
        left = _MARGIN + i * _COLUMN
        draw.text((left, _MARGIN), category, fill="black", font=font)
        for line, concept in enumerate(column, start=1):
            top = _MARGIN + line * _LINE
            color = tuple(colors[vocabulary.id(concept)].tolist())
            swatch = (left, top + 2, left + _LINE - 6, top + _LINE - 4)
            draw.rectangle(swatch, fill=color, outline="gray")
            draw.text((left + _LINE, top), concept.name, fill="black", font=font)
    return np.asarray(picture)
