"""Which picture of which generator: a row of the standard latents, or a blend of two."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.data.latents import Blend

Latent = NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """One picture of one generator: a row of the standard latents, or a blend of two rows.

    Attributes:
        model: the bundled name, or the path of the file.
        seed: the row.
        blend: how far on the way to another row; None for the row itself.
    """

    model: str
    seed: int
    blend: Blend | None = None

    @property
    def name(self) -> str:
        """What it is called: ``12``, or ``12-57 at 0.40``."""
        if self.blend is None:
            return str(self.seed)
        return f"{self.seed}-{self.blend.toward} at {self.blend.share:.2f}"

    @property
    def base(self) -> "Scene":
        """The scene of the row itself."""
        return Scene(self.model, self.seed)
