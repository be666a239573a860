"""The concepts of the domain *scenes*, and labels made of them.

The list begins with ``STORYBOOK`` itself, so that what churches and scenes share has one number
in both, and the painters of churches serve scenes as well.
"""

from functools import cache

from dissection.data.storybook.vocabulary import CHANNELS, STORYBOOK, Label
from dissection.vocabulary import Concept, Vocabulary

MORE_OBJECTS = (
    *("sand", "road", "pavement", "field", "skyscraper", "barn", "lighthouse", "windmill"),
    *("wind turbine", "bridge", "pier", "tent", "campfire", "parasol", "gravestone", "column"),
    *("bench", "table", "lamp post", "sign", "flag", "fountain", "statue", "well", "stall"),
    *("swing", "slide", "haystack", "vine", "hedge", "palm", "cactus", "reed", "log", "barrel"),
    *("car", "bus", "tractor", "train", "railway", "cow", "sheep", "bird", "balloon"),
    *("waterfall", "ski lift", "snowman", "pole"),
)
MORE_PARTS = (
    *("wheel", "sail", "hull", "blade", "head", "body", "leg", "arch", "battlement", "lantern"),
    *("base", "seat", "awning", "flame"),
)
MORE_MATERIALS = ("sand", "asphalt", "fabric", "straw", "skin", "fur", "fire")

SCENES = Vocabulary(
    [
        *list(STORYBOOK)[1:],
        *(Concept(name, "object") for name in MORE_OBJECTS),
        *(Concept(name, "part") for name in MORE_PARTS),
        *(Concept(name, "material") for name in MORE_MATERIALS),
    ]
)
"""Every concept a scene can show; its order is part of the file format."""

_NEVER = ("steps",)
CONCEPTS: dict[str, tuple[str, ...]] = {
    category: tuple(c.name for c in SCENES if c.category == category and c.name not in _NEVER)
    for category in CHANNELS
}
"""Names of the concepts that scenes show, by category."""


@cache
def scene_label(object_name: str, part: str | None = None, material: str | None = None) -> Label:
    """The label with these names.

    Raises:
        UnknownNameError: ``SCENES`` holds no such concept.
    """
    names = (object_name, part, material)
    return Label(
        *(
            0 if name is None else SCENES.id(Concept(name, category))
            for name, category in zip(names, CHANNELS, strict=True)
        )
    )
