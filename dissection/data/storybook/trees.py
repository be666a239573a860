"""Trees: single ones, broad-leaved or conifers, and the far tree line."""

from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.canvas import Box, Canvas, Mask
from dissection.data.storybook.noise import Noise, Profile
from dissection.data.storybook.palette import Array, mix, rgb
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import label

_BARK = rgb(0.3, 0.2, 0.12)
_TIERS = 4
# Leaf noise can push the edge of a clump of leaves this far beyond its radius.
_RAGGED = 1.3


@dataclass(frozen=True)
class TreeLine:
    """Woods along the horizon: canopy without trunks."""

    height: float
    outline: Profile

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "TreeLine":
        """Draw the outline."""
        return cls(rng.uniform(0.03, 0.1), Profile.draw(rng, 8, 5))

    def paint(self, canvas: Canvas, style: Style, horizon: float) -> None:
        """Paint the woods standing on the horizon."""
        outline = horizon - 0.02 - self.height * self.outline.along(canvas.size)
        box = canvas.band(float(outline.min()), horizon + 0.012)
        y = canvas.y(box)
        leaves = Noise.draw(style.textures, 24, 3).on(canvas.size, box)
        color = mix(style.far_leaves, style.haze, 0.25) * style.tint * (0.6 + 0.8 * leaves)
        alpha = ((y > outline) & (y < horizon + 0.012)).astype(np.float32)
        canvas.put(Mask(box, alpha), color, label("tree", "canopy", "foliage"))


@dataclass(frozen=True)
class Clump:
    """A ball of leaves: its center and radius."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Tree:
    """One tree.

    Attributes:
        x: middle of the trunk.
        base: where it stands.
        height: from the ground to about the tip.
        clumps: its balls of leaves; a conifer has none.
        leaves: the noise that frays the outline and textures the canopy.
    """

    x: float
    base: float
    height: float
    clumps: tuple[Clump, ...]
    leaves: Noise

    @classmethod
    def draw(cls, rng: np.random.Generator, x: float, base: float, height: float) -> "Tree":
        """Draw the kind and the shape of a tree of this place and height."""
        clumps: list[Clump] = []
        if rng.random() >= 0.35:
            for _ in range(rng.integers(6, 10)):
                angle, distance = rng.uniform(0, 6.28), rng.uniform(0, 0.2) * height
                clumps.append(
                    Clump(
                        x + distance * float(np.cos(angle)) * 1.1,
                        base - 0.66 * height + distance * float(np.sin(angle)),
                        rng.uniform(0.13, 0.2) * height,
                    )
                )
        return cls(x, base, height, tuple(clumps), Noise.draw(rng, 28, 3))

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint shadow, trunk and canopy."""
        x, base, height = self.x, self.base, self.height
        shadow = canvas.ellipse((x + 0.15 * height, base), (0.38 * height, 0.06 * height))
        canvas.shade(shadow, 0.35)
        foot, top, fork = 0.035 * height, 0.02 * height, base - 0.5 * height
        trunk = canvas.polygon(
            [(x - foot, base), (x - top, fork), (x + top, fork), (x + foot, base)]
        )
        canvas.put(trunk, _BARK * style.tint, label("tree", "trunk", "wood"))

        box = self._canopy_box(canvas)
        noise = self.leaves.on(canvas.size, box)
        if self.clumps:
            alpha, shade = self._broad(canvas, box, noise)
        else:
            alpha, shade = self._conifer(canvas, box, noise)
        color = style.draw_leaves(evergreen=not self.clumps) * style.tint
        color = color * (shade * (0.65 + 0.7 * noise))
        if style.snow:
            color = mix(color, style.snow_dust, np.clip((noise - 0.45) * 3, 0, 0.7))
        canvas.put(Mask(box, alpha), color, label("tree", "canopy", "foliage"))

    def _canopy_box(self, canvas: Canvas) -> Box:
        if not self.clumps:
            return canvas.around(point for tier in self._tiers() for point in tier)
        reach = [(clump, _RAGGED * clump.radius) for clump in self.clumps]
        return canvas.box(
            min(clump.x - r for clump, r in reach),
            min(clump.y - r for clump, r in reach),
            max(clump.x + r for clump, r in reach),
            max(clump.y + r for clump, r in reach),
        )

    def _tiers(self) -> list[list[tuple[float, float]]]:
        """The triangles of a conifer, the widest first."""
        tiers = []
        for rise in (tier / _TIERS for tier in range(_TIERS)):
            half = 0.26 * self.height * (1 - 0.75 * rise)
            y = self.base - 0.12 * self.height - rise * 0.66 * self.height
            tiers.append([(self.x - half, y), (self.x, y - 0.36 * self.height), (self.x + half, y)])
        return tiers

    def _conifer(self, canvas: Canvas, box: Box, noise: Array) -> tuple[Array, Array]:
        alpha = np.zeros(box.shape, np.float32)
        for tier in self._tiers():
            alpha = np.maximum(alpha, canvas.polygon(tier, box).alpha)
        alpha = alpha * (noise + 0.6 * alpha > 0.75)
        shade = np.clip(0.75 - (canvas.x(box) - self.x) / (self.height * 0.5), 0.45, 1.2)
        return alpha, shade

    def _broad(self, canvas: Canvas, box: Box, noise: Array) -> tuple[Array, Array]:
        """Coverage and shading of the clumps; the later a clump, the nearer it hangs."""
        alpha = np.zeros(box.shape, np.float32)
        shade = np.full(box.shape, 0.5, np.float32)
        fray = (noise - 0.5) * 2.4
        for clump in self.clumps:
            x, y = canvas.x(box) - clump.x, canvas.y(box) - clump.y
            cover = np.clip((1 - (x**2 + y**2) / clump.radius**2) * 3 + fray, 0, 1)
            alpha = np.maximum(alpha, cover)
            lit = np.clip(0.85 - (x + y) / (clump.radius * 3), 0.5, 1.25)
            shade = np.where(cover > 0.4, lit, shade)
        return alpha, shade
