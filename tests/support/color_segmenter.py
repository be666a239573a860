"""A segmenter without weights, for tests: objects by the nearest color, a part by brightness."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.vocabulary import Concept, Vocabulary

COLORS = {
    "red": (0.6, -0.4, -0.4),
    "green": (-0.4, 0.6, -0.4),
    "blue": (-0.4, -0.4, 0.6),
    "grey": (0.0, 0.0, 0.0),
}


class ColorSegmenter:
    """A ``SoftSegmenter`` with four objects, a part "light", and an object that never occurs."""

    name = "colors"
    digest = "c0" * 32

    def __init__(self, sharpness: float = 8.0) -> None:
        concepts = [Concept(name, "object") for name in COLORS]
        concepts += [Concept("light", "part"), Concept("unicorn", "object")]
        self.vocabulary = Vocabulary(concepts)
        self._sharpness = sharpness

    def _scores(self, images: Tensor) -> tuple[Tensor, Tensor]:
        centers = torch.tensor(list(COLORS.values()))[None, :, :, None, None]
        distances = (images[:, None] - centers).square().sum(2)  # (N, 4, H, W)
        return -self._sharpness * distances, self._sharpness * (images.mean(1) - 0.3)

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, 2, h, w)."""
        with torch.inference_mode():
            if size is not None and images.shape[-1] != size:
                images = F.interpolate(images, size=(size, size), mode="nearest")
            colors, light = self._scores(images)
            return torch.stack([1 + colors.argmax(1), 5 * (light > 0).long()], 1)

    def probabilities(self, images: Tensor) -> Tensor:
        """Float (N, 7, H, W)."""
        colors, light = self._scores(images)
        planes = [colors.softmax(1), light.sigmoid()[:, None]]
        absent = torch.zeros_like(planes[1])
        return torch.cat([absent, *planes, absent], 1)
