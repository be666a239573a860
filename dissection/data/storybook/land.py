"""The land: mountains, ground, water, a path and a fence."""

from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.canvas import Canvas, Mask
from dissection.data.storybook.noise import Noise, Profile
from dissection.data.storybook.palette import mix, rgb
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import label

_ROCK = rgb(0.32, 0.38, 0.42)
_POND = rgb(0.2, 0.38, 0.48)
_BOARD_STEP, _BOARD_WIDTH = 0.035, 0.012


@dataclass(frozen=True)
class Ridge:
    """One chain of mountains; the higher ``rank``, the nearer."""

    rank: int
    height: float
    outline: Profile

    @classmethod
    def draw(cls, rng: np.random.Generator, rank: int) -> "Ridge":
        """Draw the outline."""
        height = rng.uniform(0.06, 0.26) * 1.7
        return cls(rank, height, Profile.draw(rng, int(rng.integers(2, 4)), 6))

    def paint(self, canvas: Canvas, style: Style, horizon: float) -> None:
        """Paint the chain standing on the horizon, with or without snow on its heights."""
        outline = horizon - self.height * self.outline.along(canvas.size) + 0.02 * self.rank
        box = canvas.band(float(outline.min()), horizon + 0.02)
        y = canvas.y(box)
        mass = (y > outline) & (y < horizon + 0.02)
        texture = Noise.draw(style.textures, 8, 4).on(canvas.size, box)
        color = mix(_ROCK * style.tint, style.haze, 0.55 - 0.22 * self.rank)
        color = color * (0.8 + 0.45 * texture)
        mask = Mask(box, mass.astype(np.float32))
        if style.textures.random() >= 0.6:
            canvas.put(mask, color, label("mountain", None, "stone"))
            return
        cap = np.clip((outline + 0.05 - y + 0.04 * (texture - 0.5)) * 40, 0, 1) * 0.8
        canvas.put(mask, mix(color, style.snow_cap, cap), label("mountain", None, "stone"))
        material = canvas.maps[2, box.rows, box.columns]
        material[mass & (cap > 0.5)] = label("mountain", None, "snow").material


@dataclass(frozen=True)
class Ground:
    """Grass or snow from the horizon to the lower edge."""

    field: Noise

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Ground":
        """Draw the tufts."""
        return cls(Noise.draw(rng, 6, 6, stretch=3))

    def paint(self, canvas: Canvas, style: Style, horizon: float) -> None:
        """Paint the ground, hazier towards the horizon."""
        box = canvas.band(horizon, 1)
        y = canvas.y(box)
        depth = np.clip((y - horizon) / (1 - horizon), 0, 1)
        color = mix(style.turf * 0.85 + 0.1 * style.haze, style.turf, depth) * style.tint
        color = color * (0.65 + 0.7 * self.field.on(canvas.size, box))
        alpha = np.broadcast_to((y > horizon).astype(np.float32), box.shape)
        cover = "snow" if style.snow else "foliage"
        canvas.put(Mask(box, alpha), color, label("grass", None, cover))


@dataclass(frozen=True)
class Lake:
    """Water along the horizon, which mirrors what stands behind it."""

    depth: float
    shore: Profile

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Lake":
        """Draw the shore."""
        return cls(rng.uniform(0.1, 0.16), Profile.draw(rng, 3, 3))

    def paint(self, canvas: Canvas, style: Style, horizon: float) -> None:
        """Paint the water with what has been painted so far mirrored in it."""
        shore = horizon + self.depth + 0.02 * self.shore.along(canvas.size)
        box = canvas.band(horizon, float(shore.max()))
        y = canvas.y(box)
        rows = np.arange(box.rows.start, box.rows.stop)
        mirrored = (2 * canvas.pixel(horizon) - rows).astype(int)
        image = canvas.picture[:, np.clip(mirrored, 0, canvas.size - 1)]
        ripples = Noise.draw(style.textures, 16, 3, stretch=4).on(canvas.size, box)
        color = mix(image, _POND * style.tint, 0.45) * (0.85 + 0.3 * ripples)
        alpha = ((y > horizon) & (y < shore)).astype(np.float32)
        canvas.put(Mask(box, alpha), color, label("water", None, "water"))


@dataclass(frozen=True)
class Path:
    """A path from a door to the lower edge, overgrown where the ground has tufts.

    Attributes:
        door: middle and half width of its upper end.
        end: middle and half width of its lower end.
    """

    door: tuple[float, float]
    end: tuple[float, float]

    def paint(self, canvas: Canvas, style: Style, top: float, ground: Ground) -> None:
        """Paint the path from height ``top`` down."""
        (x, half), (end, end_half) = self.door, self.end
        corners = [(x - half, top), (x + half, top), (end + end_half, 1.0), (end - end_half, 1.0)]
        box, alpha = canvas.polygon(corners)
        bare = np.clip((ground.field.on(canvas.size, box) - 0.3) * 20, 0, 1) * 0.95
        gravel = Noise.draw(style.textures, 20, 3).on(canvas.size, box)
        color = style.path * style.tint * (0.7 + 0.6 * gravel)
        canvas.put(Mask(box, alpha * bare), color, label("path", None, style.path_material))


@dataclass(frozen=True)
class Fence:
    """A picket fence across the foreground at height ``y``."""

    y: float

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint boards, then the two rails before them."""
        wood = label("fence", None, "wood")
        color = style.fence * style.tint
        top, bottom = self.y - 0.04, self.y + 0.03
        boards = [
            [(x, top), (x + _BOARD_WIDTH, top), (x + _BOARD_WIDTH, bottom), (x, bottom)]
            for x in np.arange(-0.02, 1.02, _BOARD_STEP).tolist()
        ]
        canvas.put(canvas.polygons(boards), color, wood)
        for offset in (-0.025, 0.005):
            rail = canvas.rectangle(-0.1, self.y + offset, 1.1, self.y + offset + 0.01)
            canvas.put(rail, color * 0.95, wood)
