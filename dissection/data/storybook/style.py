"""How a scene looks: time of day, season, snow, light, materials and colors."""

from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.palette import Array, mix, rgb

TIMES = ("day", "sunset", "overcast", "night")
SEASONS = ("summer", "autumn", "spring")
WALLS = ("brick", "stone", "plaster", "wood")

_TIME_SHARES = (0.55, 0.2, 0.17, 0.08)
_SEASON_SHARES = (0.65, 0.2, 0.15)
_ZENITH = (
    rgb(0.25, 0.48, 0.82),
    rgb(0.35, 0.35, 0.6),
    rgb(0.62, 0.66, 0.72),
    rgb(0.05, 0.07, 0.18),
)
_HORIZON = (
    rgb(0.75, 0.86, 0.95),
    rgb(0.98, 0.66, 0.42),
    rgb(0.82, 0.83, 0.84),
    rgb(0.16, 0.2, 0.36),
)
_LIGHT = (1.0, 0.85, 0.8, 0.42)
_TINT = (rgb(1, 1, 0.97), rgb(1.1, 0.92, 0.78), rgb(0.95, 0.97, 1), rgb(0.75, 0.85, 1.2))
_TURF = (rgb(0.30, 0.48, 0.16), rgb(0.50, 0.46, 0.2), rgb(0.36, 0.52, 0.22))
_FAR_LEAVES = (rgb(0.16, 0.32, 0.13), rgb(0.5, 0.3, 0.1), rgb(0.2, 0.38, 0.16))
_LEAVES = (rgb(0.2, 0.4, 0.12), rgb(0.75, 0.42, 0.1), rgb(0.28, 0.46, 0.16))
_RED_LEAVES = rgb(0.7, 0.2, 0.1)
_NEEDLES = rgb(0.12, 0.3, 0.17)
_WALL = (rgb(0.62, 0.3, 0.22), rgb(0.68, 0.65, 0.58), rgb(0.9, 0.87, 0.8), rgb(0.78, 0.62, 0.42))
_ROOF = (rgb(0.45, 0.2, 0.14), rgb(0.3, 0.32, 0.36), rgb(0.4, 0.3, 0.22), rgb(0.22, 0.35, 0.3))
_DOME = (rgb(0.3, 0.55, 0.5), rgb(0.8, 0.65, 0.25), rgb(0.45, 0.5, 0.55), rgb(0.35, 0.45, 0.7))
_DOOR = (rgb(0.4, 0.22, 0.1), rgb(0.5, 0.12, 0.1), rgb(0.15, 0.28, 0.2), rgb(0.2, 0.25, 0.42))
_PATH = (rgb(0.72, 0.65, 0.52), rgb(0.55, 0.53, 0.5), rgb(0.6, 0.45, 0.3))
_PATH_MATERIAL = ("earth", "stone", "earth")
_FENCE = (rgb(0.92, 0.92, 0.9), rgb(0.45, 0.3, 0.18))
_WHITE = rgb(1, 1, 1)


@dataclass(frozen=True)
class Style:
    """One style; colors are (3, 1, 1) and, where not said otherwise, before ``tint``.

    Attributes:
        time: one of ``TIMES``.
        season: one of ``SEASONS``.
        snow: whether snow lies on ground, roofs and trees.
        zenith: color of the sky overhead, as seen.
        horizon: color of the sky at the horizon, as seen.
        light: brightness of the light, 1 at day.
        tint: color of the light times its brightness; lit colors are multiplied by it.
        wall_material: one of ``WALLS``.
        path_material: ``earth`` or ``stone``.
        textures: the generator that textures and details of the style are drawn from.
    """

    time: str
    season: str
    snow: bool
    zenith: Array
    horizon: Array
    light: float
    tint: Array
    wall_material: str
    wall: Array
    roof: Array
    dome: Array
    door: Array
    path_material: str
    path: Array
    fence: Array
    textures: np.random.Generator

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Style":
        """Draw a style; ``rng`` stays with it for the textures."""
        time = int(rng.choice(len(TIMES), p=_TIME_SHARES))
        zenith = _ZENITH[time] * rng.uniform(0.9, 1.1)
        horizon = _HORIZON[time] * rng.uniform(0.93, 1.04)
        snow = bool(rng.random() < 0.15)
        season = int(rng.choice(len(SEASONS), p=_SEASON_SHARES))
        wall = int(rng.integers(len(WALLS)))
        path = int(rng.integers(len(_PATH)))
        return cls(
            time=TIMES[time],
            season=SEASONS[season],
            snow=snow,
            zenith=zenith,
            horizon=horizon,
            light=_LIGHT[time],
            tint=_TINT[time] * _LIGHT[time],
            wall_material=WALLS[wall],
            wall=_WALL[wall] * rng.uniform(0.85, 1.1),
            roof=_ROOF[rng.integers(len(_ROOF))] * rng.uniform(0.85, 1.15),
            dome=_DOME[rng.integers(len(_DOME))],
            door=_DOOR[rng.integers(len(_DOOR))],
            path_material=_PATH_MATERIAL[path],
            path=_PATH[path],
            fence=_FENCE[rng.integers(len(_FENCE))],
            textures=rng,
        )

    @property
    def tags(self) -> dict[str, str]:
        """What a person would say of it."""
        return {"time": self.time, "season": self.season, "snow": "yes" if self.snow else "no"}

    @property
    def haze(self) -> Array:
        """What far things fade into, as seen."""
        return self.horizon * 0.9

    @property
    def cloud(self) -> Array:
        """Color of clouds, as seen."""
        return mix(self.horizon, _WHITE * min(1, self.light + 0.1), 0.7)

    @property
    def snow_cap(self) -> Array:
        """Color of snow on far mountains, as seen."""
        return rgb(0.95, 0.96, 1) * min(1, self.light + 0.1)

    @property
    def snow_layer(self) -> Array:
        """Color of snow on roofs, as seen."""
        return rgb(0.9, 0.92, 0.96) * self.light

    @property
    def snow_dust(self) -> Array:
        """Color of snow on trees, as seen."""
        return rgb(0.9, 0.92, 0.97) * self.light

    @property
    def turf(self) -> Array:
        """Color of the ground."""
        return rgb(0.88, 0.9, 0.95) if self.snow else _TURF[SEASONS.index(self.season)]

    @property
    def far_leaves(self) -> Array:
        """Color of the far tree line."""
        return _FAR_LEAVES[SEASONS.index(self.season)]

    def draw_leaves(self, evergreen: bool) -> Array:
        """The color of one tree; in autumn some are red."""
        color = _LEAVES[SEASONS.index(self.season)]
        if self.season == "autumn" and self.textures.random() < 0.4:
            color = _RED_LEAVES
        if evergreen:
            color = _NEEDLES
        return color * self.textures.uniform(0.8, 1.2)

    def draw_lamp(self) -> bool:
        """Whether one window is lit: all are at night, some at sunset."""
        return self.time == "night" or (self.time == "sunset" and self.textures.random() < 0.3)
