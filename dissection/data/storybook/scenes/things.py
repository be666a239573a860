"""Every kind of thing that can stand in a scene: its painter, its object, where it goes."""

from collections.abc import Callable
from dataclasses import dataclass

from dissection.data.storybook.scenes import (
    beings,
    crossings,
    furniture,
    houses,
    leisure,
    plants,
    sights,
    towers,
    vehicles,
)
from dissection.data.storybook.scenes.figure import Figure


@dataclass(frozen=True)
class Thing:
    """A kind of thing.

    Attributes:
        object: the object that its pixels are, or most of them.
        paint: paints one.
        zone: where in a setting it stands: see ``layout.place``.
        size: least and largest size in the foreground, in widths of the picture; things of the
            zones sky, far, site and span are as large wherever they stand.
        depth: share of its zone from the far edge to the near one.
    """

    object: str
    paint: Callable[[Figure], None]
    zone: str
    size: tuple[float, float]
    depth: tuple[float, float] = (0.0, 1.0)


THINGS: dict[str, Thing] = {
    "sun": Thing("sun", sights.disc, "sky", (0.08, 0.12), (0.05, 0.5)),
    "cloud": Thing("cloud", sights.clouds, "horizon", (1, 1)),
    "bird": Thing("bird", sights.bird, "sky", (0.035, 0.07), (0.1, 0.9)),
    "balloon": Thing("balloon", sights.balloon, "sky", (0.1, 0.26), (0.4, 0.75)),
    "mountain": Thing("mountain", sights.mountain, "horizon", (0.1, 0.44)),
    "hills": Thing("mountain", sights.mountain, "horizon", (0.08, 0.16)),
    "peaks": Thing("mountain", sights.mountain, "horizon", (0.5, 0.75)),
    "woods": Thing("tree", sights.woods, "horizon", (0.03, 0.1)),
    "thicket": Thing("tree", sights.woods, "horizon", (0.3, 0.5)),
    "undergrowth": Thing("tree", plants.undergrowth, "horizon", (1, 1)),
    "cliff": Thing("rock", sights.cliff, "horizon", (0.3, 0.5)),
    "waterfall": Thing("waterfall", crossings.waterfall, "far", (0.3, 0.46)),
    "skyline": Thing("skyscraper", sights.skyline, "horizon", (0.2, 0.48)),
    "island": Thing("grass", sights.island, "water", (0.2, 0.4), (0.0, 0.35)),
    "church": Thing("building", houses.church, "site", (0.26, 0.4)),
    "basilica": Thing("building", houses.basilica, "site", (0.34, 0.46)),
    "castle": Thing("building", houses.castle, "site", (0.5, 0.68)),
    "ruin": Thing("building", houses.ruin, "site", (0.45, 0.65)),
    "house": Thing("building", houses.house, "site", (0.24, 0.4)),
    "cottages": Thing("building", houses.house, "row", (0.15, 0.22)),
    "town house": Thing("building", houses.town_house, "row", (0.17, 0.25)),
    "tower block": Thing("skyscraper", houses.tower_block, "row", (0.14, 0.26)),
    "barn": Thing("barn", houses.barn, "site", (0.24, 0.36)),
    "windmill": Thing("windmill", towers.windmill, "site", (0.5, 0.66)),
    "wind turbine": Thing("wind turbine", towers.wind_turbine, "row", (0.35, 0.7)),
    "lighthouse": Thing("lighthouse", towers.lighthouse, "site", (0.5, 0.7)),
    "wall": Thing("building", houses.garden_wall, "span", (0.05, 0.09), (0.15, 0.35)),
    "fence": Thing("fence", furniture.fence, "span", (1, 1), (0.6, 0.9)),
    "column": Thing("column", houses.column, "land", (0.26, 0.36)),
    "tree": Thing("tree", plants.any_tree, "land", (0.45, 0.62)),
    "broad tree": Thing("tree", plants.broad_tree, "land", (0.45, 0.62)),
    "conifer": Thing("tree", plants.conifer, "land", (0.45, 0.66)),
    "fruit tree": Thing("tree", plants.fruit_tree, "grid", (0.4, 0.48)),
    "trunk": Thing("tree", plants.trunk, "land", (0.07, 0.13), (0.1, 0.95)),
    "bush": Thing("bush", plants.bush, "land", (0.11, 0.18)),
    "hedge": Thing("hedge", plants.hedge, "land", (0.13, 0.18)),
    "flower": Thing("flower", plants.flowers, "land", (0.09, 0.13), (0.3, 1.0)),
    "palm": Thing("palm", plants.palm, "land", (0.5, 0.7)),
    "cactus": Thing("cactus", plants.cactus, "land", (0.24, 0.4)),
    "vine": Thing("vine", plants.vine, "grid", (0.24, 0.3)),
    "reed": Thing("reed", plants.reed, "shore", (0.16, 0.24)),
    "log": Thing("log", plants.log, "land", (0.13, 0.18), (0.2, 1.0)),
    "rock": Thing("rock", furniture.rock, "land", (0.1, 0.24)),
    "sea rock": Thing("rock", furniture.rock, "water", (0.1, 0.2)),
    "person": Thing("person", beings.person, "land", (0.22, 0.27), (0.15, 0.95)),
    "cow": Thing("cow", beings.cow, "land", (0.14, 0.19), (0.2, 0.95)),
    "sheep": Thing("sheep", beings.sheep, "land", (0.1, 0.14), (0.2, 0.95)),
    "car": Thing("car", vehicles.car, "road", (0.14, 0.18), (0.3, 0.95)),
    "parked car": Thing("car", vehicles.car, "grid", (0.13, 0.17)),
    "bus": Thing("bus", vehicles.bus, "road", (0.25, 0.3), (0.25, 0.8)),
    "tractor": Thing("tractor", vehicles.tractor, "land", (0.2, 0.27), (0.25, 0.9)),
    "railway": Thing("railway", vehicles.railway, "span", (0.14, 0.18), (0.45, 0.65)),
    "train": Thing("train", vehicles.train, "span", (0.16, 0.22), (0.38, 0.5)),
    "boat": Thing("boat", vehicles.rowing_boat, "water", (0.13, 0.18), (0.2, 0.95)),
    "sailing boat": Thing("boat", vehicles.sailing_boat, "water", (0.3, 0.45)),
    "ship": Thing("boat", vehicles.ship, "water", (0.2, 0.28), (0.2, 0.9)),
    "bench": Thing("bench", furniture.bench, "land", (0.12, 0.15), (0.2, 0.9)),
    "table": Thing("table", furniture.table, "land", (0.13, 0.17), (0.25, 0.9)),
    "lamp post": Thing("lamp post", furniture.lamp_post, "side", (0.42, 0.55)),
    "sign": Thing("sign", furniture.sign, "side", (0.22, 0.3)),
    "flag": Thing("flag", furniture.flag, "land", (0.4, 0.52), (0.0, 0.6)),
    "pole": Thing("pole", furniture.pole, "side", (0.5, 0.65), (0.0, 0.7)),
    "tent": Thing("tent", leisure.tent, "land", (0.22, 0.3), (0.15, 0.85)),
    "campfire": Thing("campfire", leisure.campfire, "land", (0.12, 0.16), (0.4, 0.95)),
    "parasol": Thing("parasol", leisure.parasol, "land", (0.26, 0.33), (0.1, 0.9)),
    "gravestone": Thing("gravestone", furniture.gravestone, "land", (0.13, 0.18), (0.2, 1.0)),
    "fountain": Thing("fountain", furniture.fountain, "land", (0.25, 0.33), (0.3, 0.75)),
    "statue": Thing("statue", furniture.statue, "land", (0.3, 0.4), (0.2, 0.75)),
    "well": Thing("well", furniture.well, "land", (0.22, 0.28), (0.25, 0.8)),
    "stall": Thing("stall", leisure.stall, "land", (0.24, 0.3), (0.1, 0.8)),
    "swing": Thing("swing", leisure.swing, "land", (0.25, 0.33), (0.15, 0.75)),
    "slide": Thing("slide", leisure.slide, "land", (0.25, 0.33), (0.15, 0.8)),
    "haystack": Thing("haystack", furniture.haystack, "land", (0.13, 0.2), (0.1, 0.95)),
    "barrel": Thing("barrel", furniture.barrel, "land", (0.12, 0.15), (0.1, 0.95)),
    "snowman": Thing("snowman", leisure.snowman, "land", (0.22, 0.28), (0.2, 0.9)),
    "bridge": Thing("bridge", crossings.bridge, "span", (0.24, 0.34), (0.3, 0.5)),
    "pier": Thing("pier", crossings.pier, "pier", (0.9, 1.3)),
    "ski lift": Thing("ski lift", crossings.ski_lift, "span", (0.4, 0.5), (0.6, 0.8)),
}
"""By the name that recipes use; several may paint one object."""

NAMES: tuple[str, ...] = tuple(sorted({*THINGS, *(thing.object for thing in THINGS.values())}))
"""What can be left out of a scene: a kind of thing, or all things that are one object."""
