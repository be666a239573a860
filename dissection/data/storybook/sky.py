"""The sky: a gradient from zenith to horizon, and clouds."""

from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.canvas import Canvas, Mask
from dissection.data.storybook.noise import Noise
from dissection.data.storybook.palette import mix
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import label


@dataclass(frozen=True)
class Clouds:
    """Clouds stand where a flat noise field exceeds ``level``."""

    field: Noise
    level: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Clouds":
        """Draw the shape of the clouds."""
        return cls(Noise.draw(rng, 3, 5, stretch=2.5), rng.uniform(0.5, 0.62))

    def paint(self, canvas: Canvas, style: Style, horizon: float) -> None:
        """Paint the clouds; they thin out towards the horizon at height ``horizon``."""
        box = canvas.band(0, horizon)
        excess = self.field.on(canvas.size, box) - self.level
        fade = np.clip((horizon - canvas.y(box)) * 5, 0, 1)
        alpha = np.clip(excess * 8, 0, 1) * fade
        color = style.cloud * np.clip(1.15 - excess * 1.2, 0.6, 1.1)
        canvas.put(Mask(box, alpha), color, label("cloud"))


def paint_sky(canvas: Canvas, style: Style, horizon: float) -> None:
    """Fill the whole canvas with sky."""
    box = canvas.band(0, 1)
    depth = np.clip(canvas.y(box) / horizon, 0, 1) ** 1.2
    gradient = mix(style.zenith, style.horizon, depth)
    canvas.put(Mask(box, np.ones(box.shape, np.float32)), gradient, label("sky"))
