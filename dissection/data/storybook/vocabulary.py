"""The concepts of Storybook scenes, of all domains together, and labels made of them."""

from functools import cache
from typing import NamedTuple

from dissection.vocabulary import Concept, Vocabulary

OBJECTS = (
    "sky",
    "cloud",
    "mountain",
    "tree",
    "bush",
    "grass",
    "path",
    "water",
    "building",
    "fence",
    "sun",
    "moon",
    "boat",
    "rock",
    "flower",
    "person",
)
PARTS = (
    "door",
    "window",
    "roof",
    "dome",
    "spire",
    "tower",
    "chimney",
    "wall",
    "trunk",
    "canopy",
    "steps",
)
MATERIALS = (
    "brick",
    "stone",
    "plaster",
    "wood",
    "tile",
    "foliage",
    "snow",
    "water",
    "glass",
    "metal",
    "earth",
)

STORYBOOK = Vocabulary(
    [Concept(name, "object") for name in OBJECTS]
    + [Concept(name, "part") for name in PARTS]
    + [Concept(name, "material") for name in MATERIALS]
)
"""Every concept a Storybook scene of any domain can show; its order is part of the file format."""

CHANNELS = ("object", "part", "material")
"""The category of each label map, in their order."""


class Label(NamedTuple):
    """What a painted pixel is: an index into ``STORYBOOK`` for each channel, 0 for nothing."""

    object: int
    part: int
    material: int


@cache
def label(object_name: str, part: str | None = None, material: str | None = None) -> Label:
    """The label with these names.

    Raises:
        UnknownNameError: ``STORYBOOK`` holds no such concept.
    """
    names = (object_name, part, material)
    return Label(
        *(
            0 if name is None else STORYBOOK.id(Concept(name, category))
            for name, category in zip(names, CHANNELS, strict=True)
        )
    )
