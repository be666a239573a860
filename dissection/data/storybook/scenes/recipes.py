"""The classes of scenes: what stands in each, how often, and which are taken for each other.

No single thing makes a class. A castle may be missing from a picture of a castle's grounds as it
may from a photograph of that name, and a lighthouse may stand behind a beach.
"""

from dataclasses import dataclass

Item = tuple[float, int]


@dataclass(frozen=True)
class Recipe:
    """A class of scenes.

    Attributes:
        settings: names of ``SETTINGS``; each scene has one of them.
        items: by name of ``THINGS``: how often such things are there, and how many at most.
    """

    settings: tuple[str, ...]
    items: dict[str, Item]


_OPEN: dict[str, Item] = {"cloud": (0.65, 1), "bird": (0.2, 4), "sun": (0.3, 1)}
_LAND: dict[str, Item] = {**_OPEN, "mountain": (0.25, 2), "woods": (0.5, 1), "tree": (0.5, 2)}
_COAST: dict[str, Item] = {**_OPEN, "bird": (0.5, 6), "hills": (0.2, 1), "sailing boat": (0.3, 2)}
_TOWN: dict[str, Item] = {**_OPEN, "lamp post": (0.5, 3), "person": (0.6, 4), "skyline": (0.15, 1)}
_WILD: dict[str, Item] = {**_OPEN, "woods": (0.4, 1), "rock": (0.35, 3), "bush": (0.35, 3)}


_NOTHING: dict[str, Item] = {}


def _recipe(settings: str, base: dict[str, Item], items: str) -> Recipe:
    """A recipe from words.

    Args:
        settings: names of settings, parted by commas.
        base: items that the whole family has.
        items: more of them, parted by commas: name, share of the scenes, most in a scene (or 1).
    """
    named = dict(base)
    for item in items.split(", "):
        parts = item.split(" ")
        *words, chance, most = parts if parts[-1].isdigit() else [*parts, "1"]
        named[" ".join(words)] = (float(chance), int(most))
    return Recipe(tuple(settings.split(", ")), named)


FAMILIES: tuple[dict[str, Recipe], ...] = (
    {
        "church": _recipe(
            "meadow, lawn",
            _LAND,
            "church 0.95, gravestone 0.15 4, wall 0.15, bush 0.3 2",
        ),
        "basilica": _recipe(
            "meadow, lawn, square",
            _LAND,
            "basilica 0.95, statue 0.15, lamp post 0.2 2",
        ),
        "cemetery": _recipe(
            "meadow, lawn",
            _LAND,
            "gravestone 0.95 9, church 0.3, wall 0.5, flower 0.4 3, conifer 0.4 2",
        ),
        "castle": _recipe(
            "meadow, slope",
            _LAND,
            "castle 0.95, mountain 0.5 2, flag 0.35 2, rock 0.3 3",
        ),
        "ruins": _recipe(
            "meadow, slope, rocky ground",
            _LAND,
            "ruin 0.85, column 0.6 4, rock 0.5 3, bush 0.5 3",
        ),
    },
    {
        "cottage": _recipe(
            "meadow, lawn",
            _LAND,
            "house 0.95, flower 0.6 3, fence 0.4, bush 0.5 3, well 0.15",
        ),
        "farm": _recipe(
            "meadow, field",
            _LAND,
            "barn 0.85, tractor 0.4, haystack 0.4 3, cow 0.35 3, fence 0.4",
        ),
        "pasture": _recipe(
            "meadow, slope",
            _LAND,
            "cow 0.6 6, sheep 0.55 7, fence 0.5, barn 0.15, bush 0.2 2",
        ),
        "wheat field": _recipe(
            "field",
            _LAND,
            "haystack 0.4 4, tractor 0.3, barn 0.15, pole 0.15 2",
        ),
        "vineyard": _recipe(
            "vine rows, field",
            _LAND,
            "vine 0.9 14, house 0.2, barrel 0.25 3, hills 0.5 2, tractor 0.1",
        ),
        "orchard": _recipe(
            "meadow, lawn",
            _LAND,
            "fruit tree 0.9 9, barrel 0.15 2, fence 0.3, sheep 0.2 3, tree 0.1",
        ),
        "windmill": _recipe(
            "meadow, field",
            _LAND,
            "windmill 0.92, sheep 0.2 4, fence 0.25, cow 0.15 3",
        ),
        "wind farm": _recipe(
            "meadow, field, slope",
            _LAND,
            "wind turbine 0.95 5, pole 0.2 2, cow 0.15 3, hills 0.4",
        ),
    },
    {
        "village street": _recipe(
            "road, street",
            _TOWN,
            "cottages 0.95 4, church 0.2, tree 0.5 3, car 0.3, woods 0.4, fence 0.15",
        ),
        "suburb": _recipe(
            "street, road",
            _TOWN,
            "cottages 0.9 4, car 0.6 2, hedge 0.6 3, tree 0.6 3, sign 0.2",
        ),
        "town square": _recipe(
            "square",
            _TOWN,
            "town house 0.85 4, fountain 0.55, statue 0.35, bench 0.4 2, church 0.2, flag 0.2",
        ),
        "market": _recipe(
            "square, street",
            _TOWN,
            "stall 0.92 5, town house 0.7 4, person 0.9 6, barrel 0.3 3, parasol 0.2 2",
        ),
        "city street": _recipe(
            "street",
            _TOWN,
            "tower block 0.85 5, car 0.7 2, bus 0.35, sign 0.4 2, skyline 0.5",
        ),
        "downtown": _recipe(
            "square, street",
            _TOWN,
            "skyline 0.95, tower block 0.4 3, car 0.2, flag 0.25 2, bench 0.2 2",
        ),
        "parking lot": _recipe(
            "square, street",
            _TOWN,
            "parked car 0.9 7, lamp post 0.5 3, sign 0.4 2, tree 0.3 2, bus 0.1",
        ),
    },
    {
        "country road": _recipe(
            "road",
            _LAND,
            "car 0.4, pole 0.5 3, sign 0.35, fence 0.1, cow 0.1 2",
        ),
        "highway": _recipe(
            "highway",
            _LAND,
            "car 0.85 3, bus 0.4, sign 0.6 2, skyline 0.2, lamp post 0.3 3",
        ),
        "desert road": _recipe(
            "desert road",
            _OPEN,
            "car 0.5, cactus 0.4 3, pole 0.4 3, sign 0.3, mountain 0.5 2, rock 0.3 3",
        ),
        "railway": _recipe(
            "meadow, field",
            _LAND,
            "railway 0.95, train 0.55, pole 0.5 3, sign 0.3, skyline 0.1",
        ),
        "bridge": _recipe(
            "river, lake",
            _LAND,
            "bridge 0.95, boat 0.25 2, skyline 0.1, reed 0.2 3",
        ),
    },
    {
        "mountain lake": _recipe(
            "lake",
            _LAND,
            "mountain 0.9 2, conifer 0.7 4, boat 0.3, bench 0.1, rock 0.4 3",
        ),
        "river": _recipe(
            "river",
            _LAND,
            "boat 0.35 2, reed 0.4 4, bush 0.4 3, bridge 0.1, rock 0.3 3",
        ),
        "pond": _recipe(
            "pond",
            _LAND,
            "reed 0.7 5, boat 0.25, bench 0.25, bush 0.4 3, broad tree 0.5 2",
        ),
        "marsh": _recipe(
            "marsh",
            _WILD,
            "reed 0.9 9, log 0.3 2, bird 0.5 6, tree 0.3 2",
        ),
        "waterfall": _recipe(
            "pond, river",
            _WILD,
            "waterfall 0.95, conifer 0.6 4, rock 0.6 4, bush 0.4 3, log 0.2",
        ),
    },
    {
        "mountain": _recipe(
            "slope, rocky ground, meadow",
            _OPEN,
            "peaks 0.9, mountain 0.6 2, conifer 0.5 4, rock 0.5 4, sheep 0.1 3",
        ),
        "canyon": _recipe(
            "rocky ground, dunes",
            _OPEN,
            "cliff 0.92, bush 0.4 3, rock 0.6 4, cactus 0.25 2",
        ),
        "desert": _recipe(
            "dunes",
            _OPEN,
            "cactus 0.55 4, rock 0.5 4, mountain 0.4 2, cliff 0.12, palm 0.08, sun 0.5",
        ),
        "oasis": _recipe(
            "oasis",
            _OPEN,
            "palm 0.9 5, bush 0.5 3, reed 0.3 3, tent 0.2 2, mountain 0.3 2, sun 0.5",
        ),
    },
    {
        "beach": _recipe(
            "beach",
            _COAST,
            "parasol 0.6 3, person 0.6 4, palm 0.3 3, boat 0.2, lighthouse 0.08",
        ),
        "rocky coast": _recipe(
            "rocky shore",
            _COAST,
            "rock 0.85 5, sea rock 0.7 4, lighthouse 0.15, bush 0.2 2",
        ),
        "harbour": _recipe(
            "quay",
            _COAST,
            "ship 0.85 3, sailing boat 0.5 3, barrel 0.4 3, lamp post 0.4 2, lighthouse 0.12, "
            "flag 0.2",
        ),
        "pier": _recipe(
            "beach, sea, lake",
            _COAST,
            "pier 0.95, boat 0.5 2, person 0.3 2, lamp post 0.1",
        ),
        "lighthouse": _recipe(
            "rocky shore, meadow, beach",
            _COAST,
            "lighthouse 0.95, rock 0.4 3, sea rock 0.4 3, fence 0.15",
        ),
        "island": _recipe(
            "sea",
            _COAST,
            "island 0.95 2, boat 0.3, sailing boat 0.5 2, sea rock 0.3 2",
        ),
    },
    {
        "forest": _recipe(
            "forest floor",
            _NOTHING,
            "undergrowth 0.7, thicket 0.9, trunk 0.8 6, conifer 0.5 5, bush 0.5 4, log 0.4 2, "
            "rock 0.2 2",
        ),
        "forest path": _recipe(
            "forest path",
            _NOTHING,
            "undergrowth 0.6, thicket 0.9, trunk 0.7 5, tree 0.5 4, bush 0.4 3, person 0.25 2",
        ),
        "campsite": _recipe(
            "meadow, forest floor",
            _WILD,
            "thicket 0.4, tent 0.92 4, campfire 0.55, conifer 0.5 3, table 0.2, log 0.3 2",
        ),
        "picnic ground": _recipe(
            "meadow, lawn, forest floor",
            _WILD,
            "table 0.9 3, broad tree 0.6 3, person 0.5 4, campfire 0.2, parasol 0.25 2, "
            "thicket 0.2",
        ),
    },
    {
        "playground": _recipe(
            "meadow, lawn",
            _LAND,
            "swing 0.7 2, slide 0.7 2, bench 0.3 2, person 0.6 4, fence 0.2, cottages 0.2 3",
        ),
        "park": _recipe(
            "lawn, pond, meadow",
            _LAND,
            "bench 0.7 3, broad tree 0.7 4, lamp post 0.4 2, fountain 0.2, statue 0.2, person "
            "0.4 3, flower 0.3 2",
        ),
        "garden": _recipe(
            "lawn, meadow",
            _LAND,
            "flower 0.85 7, hedge 0.6 4, fountain 0.3, statue 0.3, bush 0.5 4, bench 0.25, "
            "house 0.15",
        ),
        "balloon festival": _recipe(
            "meadow, field",
            _LAND,
            "balloon 0.92 5, tent 0.2 2, person 0.5 4, car 0.1, flag 0.3 2",
        ),
    },
    {
        "ski slope": _recipe(
            "snowy slope",
            _OPEN,
            "ski lift 0.75, conifer 0.7 5, mountain 0.6 2, person 0.6 4, house 0.1, flag 0.3 2",
        ),
        "ski lodge": _recipe(
            "snow, snowy slope",
            _OPEN,
            "house 0.92, conifer 0.7 4, mountain 0.7 2, ski lift 0.2, snowman 0.2, person 0.3 2",
        ),
        "snowfield": _recipe(
            "snow, snowy slope",
            _OPEN,
            "snowman 0.35, conifer 0.5 4, fence 0.3, woods 0.6, mountain 0.4 2, rock 0.25 3",
        ),
    },
)
"""Classes in families: those of one family are the ones taken for each other."""

RECIPES: dict[str, Recipe] = {name: r for family in FAMILIES for name, r in family.items()}
CLASSES: tuple[str, ...] = tuple(sorted(RECIPES))
"""Names of the classes; a class's number is its place. The order is part of stored files."""

RELATIVES: dict[str, tuple[str, ...]] = {
    name: tuple(other for other in family if other != name)
    for family in FAMILIES
    for name in family
}
