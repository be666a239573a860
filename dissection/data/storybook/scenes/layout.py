"""Scenes: which things are there, where they stand, and how all of it is painted.

Every thing draws from streams of its own, named by the seeds, its kind and its number. So one kind
can be left out, or another style seed taken, and all else stays the same.
"""

import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from dissection.data.storybook.canvas import Canvas
from dissection.data.storybook.scenes.figure import Figure, Spot
from dissection.data.storybook.scenes.recipes import CLASSES, RECIPES, RELATIVES, Item
from dissection.data.storybook.scenes.settings import SETTINGS, Setting
from dissection.data.storybook.scenes.things import THINGS, Thing
from dissection.data.storybook.sky import paint_sky
from dissection.data.storybook.style import Style

# Churches use 0 to 2.
_LAYOUT, _STYLE, _DERIVED = 3, 4, 5

#: Share of scenes that lie between two classes, as many photographs do.
_BETWEEN = 0.4
_BEHIND = ("sky", "horizon", "far")
#: Things with walls of a material of their own, and those that have one always.
_WALLED = ("church", "basilica", "house", "cottages", "town house", "wall")
_WALLS = {"castle": "stone", "ruin": "stone", "barn": "wood"}
_STANDING_ALIKE = ("site", "row", "span", "far", "sky", "pier")


@dataclass(frozen=True)
class Placed:
    """One thing of a scene: its kind, its number among its kind, and where it stands."""

    kind: str
    number: int
    spot: Spot


@dataclass(frozen=True)
class SceneLayout:
    """What stands where.

    Attributes:
        seed: of the layout.
        name: the class.
        setting: name of the ground.
        horizon: height of the horizon.
        placed: the things, in the order in which they are painted.
    """

    seed: int
    name: str
    setting: str
    horizon: float
    placed: tuple[Placed, ...]

    @classmethod
    def draw(cls, seed: int) -> "SceneLayout":
        """The layout of a seed; its class is ``CLASSES[seed % len(CLASSES)]``."""
        name = CLASSES[seed % len(CLASSES)]
        rng = _stream(_LAYOUT, seed, "scene")
        items, settings = dict(RECIPES[name].items), RECIPES[name].settings
        between, other, own = rng.random(), rng.integers(len(RELATIVES[name])), rng.random()
        if between < _BETWEEN:
            relative = RECIPES[RELATIVES[name][int(other)]]
            items = _between(items, relative.items)
            settings = settings if own < 0.6 else relative.settings
        chosen = settings[int(rng.integers(len(settings)))]
        setting = SETTINGS[chosen]
        horizon = float(rng.uniform(*setting.horizon))
        placed = []
        for kind, (chance, most) in items.items():
            draw = _stream(_LAYOUT, seed, kind)
            if draw.random() >= chance:
                continue
            count = int(draw.integers((most + 1) // 2, most + 1))
            for number in range(count):
                spot = place(
                    THINGS[kind],
                    setting,
                    horizon,
                    _stream(_LAYOUT, seed, kind, number),
                    (number, count),
                )
                if spot is not None:
                    placed.append(Placed(kind, number, spot))
        return cls(seed, name, chosen, horizon, tuple(sorted(placed, key=_order)))

    def paint(self, canvas: Canvas, style_seed: int | None, without: Collection[str] = ()) -> Style:
        """Paint the scene, back to front, and say in which style.

        Args:
            canvas: what to paint on.
            style_seed: of the style; None derives it from the layout's.
            without: kinds of things, or objects, that are left out.
        """
        key, style = self._style(style_seed)
        setting = SETTINGS[self.setting]
        paint_sky(canvas, style, self.horizon)
        behind = [p for p in self.placed if THINGS[p.kind].zone in _BEHIND]
        before = [p for p in self.placed if THINGS[p.kind].zone not in _BEHIND]
        self._paint(canvas, style, key, behind, without)
        ground = replace(style, textures=_stream(*key, "ground"))
        setting.paint(canvas, ground, _stream(_LAYOUT, self.seed, "ground"), self.horizon)
        self._paint(canvas, style, key, before, without)
        return style

    def tags(self, style_seed: int | None) -> dict[str, str]:
        """What a person would say of the scene, without painting it.

        Args:
            style_seed: see ``paint``.

        Returns:
            ``time``, ``season``, ``snow``; ``walls``, the material of the walls of the nearest
            thing that has some, or "none"; and ``ground``, the name of the setting.
        """
        key, style = self._style(style_seed)
        walls = "none"
        for one in self.placed:  # the farthest first
            if one.kind in _WALLED:
                walls = _own_style(style, _stream(*key, one.kind, one.number)).wall_material
            walls = _WALLS.get(one.kind, walls)
        return {**style.tags, "walls": walls, "ground": self.setting}

    def _style(self, style_seed: int | None) -> tuple[tuple[int, int], Style]:
        """What the streams of a style begin with, and the scene's own style."""
        key = (_DERIVED, self.seed) if style_seed is None else (_STYLE, style_seed)
        style = Style.draw(_stream(*key, "scene"))
        setting = SETTINGS[self.setting]
        if setting.snow != "may":
            style = replace(style, snow=setting.snow == "always")
        return key, style

    def _paint(
        self,
        canvas: Canvas,
        style: Style,
        key: tuple[int, int],
        placed: list[Placed],
        without: Collection[str],
    ) -> None:
        for one in placed:
            thing = THINGS[one.kind]
            if one.kind in without or thing.object in without:
                continue
            own = _own_style(style, _stream(*key, one.kind, one.number))
            shape = _stream(_LAYOUT, self.seed, one.kind + " shape", one.number)
            thing.paint(Figure(canvas, own, shape, thing.object, one.spot))


def place(
    thing: Thing,
    setting: Setting,
    horizon: float,
    rng: np.random.Generator,
    rank: tuple[int, int],
) -> Spot | None:
    """Where one of several such things stands, or None where the setting has no place for it.

    Args:
        thing: what kind.
        setting: the ground.
        horizon: its height.
        rng: the thing's own stream.
        rank: its number, and how many such things there are.

    Zones: ``sky`` above the horizon, ``horizon`` and ``far`` on it, ``site`` in the middle
    distance, ``row`` beside each other there, ``span`` across the picture, ``land`` and ``grid``
    where the ground is, ``side`` and ``road`` beside and on a road, ``water`` and ``shore``.
    """
    number, count = rank
    side = 1 if rng.random() < 0.5 else -1
    share, size = float(rng.uniform(*thing.depth)), float(rng.uniform(*thing.size))
    across = float(rng.uniform(0.02, 0.98))
    zone = thing.zone
    if zone == "sky":
        return Spot(across, (horizon - 0.08) * share + 0.03, size, side)
    if zone == "horizon":
        return Spot(0.5, horizon, size, side)
    if zone == "far":
        return Spot(0.3 + 0.4 * across, horizon + 0.03, size, side)
    if zone in ("water", "shore", "pier"):
        if setting.water is None:
            return None
        near, far = setting.water
    else:
        near, far = setting.land
    if zone == "site":
        depth = near + 0.12 + 0.14 * share
        offset = 0.5 if setting.gap[1] == 0 else 0.5 + side * (0.12 + setting.gap[1] * 0.55)
        return Spot(offset + 0.3 * (across - 0.5), horizon + depth * (1 - horizon), size, side)
    if zone == "row":
        x = (number + 0.5) / count + 0.25 * (across - 0.5) / count
        return Spot(x, horizon + (near + 0.06 + 0.1 * share) * (1 - horizon), size, side)
    if zone == "pier":
        return Spot(0.2 + 0.6 * across, horizon + 0.35 * far * (1 - horizon), size, side)
    if zone == "shore":
        depth = min(far + 0.12 * share, 0.97) if rng.random() < 0.6 else near + share * (far - near)
    elif zone == "grid":
        depth = near + (far - near) * ((number // 3 + 0.5) / max((count + 2) // 3, 1))
        across = (number % 3 + 0.5) / 3 + 0.12 * (across - 0.5) + 0.1 * (number // 3 % 2)
    else:
        depth = near + share * (far - near)
    y = horizon + depth * (1 - horizon)
    if zone == "span":
        return Spot(0.5 + 0.5 * (across - 0.5), y, size, side)
    grown = size * (0.3 + 0.7 * depth)
    gap = setting.gap[0] + (setting.gap[1] - setting.gap[0]) * depth
    if zone == "road":
        across = 0.5 + side * 0.5 * gap * (0.6 + 0.6 * across) if gap else across
    elif gap and zone != "water":
        clear = gap + 0.35 * grown
        across = 0.5 + side * (clear + abs(across - 0.5) * max(1 - 2 * clear, 0.12))
    elif gap:
        across = 0.5 + 0.6 * gap * (across - 0.5)
    return Spot(across, y, grown, side)


def _between(own: dict[str, Item], other: dict[str, Item]) -> dict[str, Item]:
    """The items of a scene between two classes: rarer what one has, and what the other has too."""
    items = {}
    for kind in {**own, **other}:
        first, second = own.get(kind, (0.0, 1)), other.get(kind, (0.0, 1))
        items[kind] = (min(1.0, 0.7 * first[0] + 0.45 * second[0]), max(first[1], second[1]))
    return items


def _order(placed: Placed) -> tuple[int, float, str, int]:
    """Behind the ground first, in the order of ``THINGS``; then what stands farther away."""
    thing = THINGS[placed.kind]
    if thing.zone in _BEHIND:
        return (0, _RANKS[placed.kind], placed.kind, placed.number)
    flat = thing.zone == "pier" or placed.kind in ("railway", "island")
    return (1 if flat else 2, placed.spot.y, placed.kind, placed.number)


_RANKS = {kind: float(rank) for rank, kind in enumerate(THINGS)}


def _own_style(style: Style, rng: np.random.Generator) -> Style:
    """A scene's season, time and light with walls, roofs and doors of one thing's own."""
    own = Style.draw(rng)
    return replace(
        style,
        wall_material=own.wall_material,
        wall=own.wall,
        roof=own.roof,
        dome=own.dome,
        door=own.door,
        fence=own.fence,
        textures=rng,
    )


def _stream(*key: int | str) -> np.random.Generator:
    """A stream named by seeds and names."""
    return np.random.default_rng(
        [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key]
    )
