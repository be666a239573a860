"""A color for each concept, the same in every picture, model and run."""

import colorsys
import hashlib
from functools import cache

from dissection.vocabulary import Concept

Rgb = tuple[int, int, int]


@cache
def color_of(concept: Concept) -> Rgb:
    """RGB, 0..255: that of Storybook's legend, or for other concepts one made from the name."""
    from dissection.data.storybook.legend import LABEL_COLORS
    from dissection.data.storybook.vocabulary import STORYBOOK

    if concept in STORYBOOK:
        red, green, blue = LABEL_COLORS[STORYBOOK.id(concept)].tolist()
        return red, green, blue
    digest = hashlib.sha256(f"{concept.category}:{concept.name}".encode()).digest()
    hue, light = digest[0] / 256, 0.45 + 0.25 * digest[1] / 255
    red, green, blue = colorsys.hls_to_rgb(hue, light, 0.75)
    return round(red * 255), round(green * 255), round(blue * 255)
