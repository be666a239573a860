"""A term that keeps a generator's scenes as frequent as the real ones.

The adversarial loss alone lets a kind of scene be made too often (nights, in ours): between two
kinds lie pictures that the discriminator refuses, so that hardly any latent moves from one to the
other. This term compares whole distributions instead: the sliced Wasserstein distance (Deshpande
et al. 2018) between the coarse colours, a picture averaged down to 4 x 4, of generated and of real
pictures. A batch is too small to rank within, so each generated picture is ranked among the last
thousands of generated ones, and pulled to the real value of the same rank.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

_CELLS = 4
_DIRECTIONS = 64
_REALS = 4096
_BLOCK = 256


def coarse_colours(images: Tensor) -> Tensor:
    """Images (N, 3, R, R), -1..1, R at least 4 -> mean colours of 4 x 4 cells, float (N, 48)."""
    return F.adaptive_avg_pool2d(images.float(), _CELLS).flatten(1)


class CoarseBalance:
    """The term, with the coarse colours of real and of recently generated pictures.

    Args:
        pictures: real ones, uint8 (N, S, S, 3); up to 4,096 evenly spaced ones and their mirror
            images stand for all.
        device: where the generated pictures are.
        recent: how many generated pictures are remembered for ranking.
    """

    def __init__(
        self, pictures: NDArray[np.uint8], device: torch.device, recent: int = 2048
    ) -> None:
        chosen = np.unique(np.linspace(0, len(pictures) - 1, _REALS).astype(int))
        parts = []
        for start in range(0, len(chosen), _BLOCK):
            block = torch.from_numpy(pictures[chosen[start : start + _BLOCK]])
            x = block.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
            parts += [coarse_colours(x), coarse_colours(x.flip(3))]
        self.reals = torch.cat(parts).to(device)
        self.recent = torch.zeros(recent, self.reals.shape[1], device=device)
        self.seen = 0

    def loss(self, fakes: Tensor, rng: np.random.Generator) -> Tensor:
        """Squared distance to the ranked real values, summed over the 48 dimensions (0-d tensor).

        Args:
            fakes: generated pictures (N, 3, R, R); they are remembered, the oldest forgotten.
            rng: draws the directions.

        Returns:
            0 until an eighth of the memory is filled.
        """
        colours = coarse_colours(fakes)
        places = torch.arange(self.seen, self.seen + len(colours)) % len(self.recent)
        self.recent[places] = colours.detach()
        self.seen += len(colours)
        filled = min(self.seen, len(self.recent))
        if filled < len(self.recent) // 8:
            return colours.sum() * 0
        drawn = rng.standard_normal((colours.shape[1], _DIRECTIONS), np.float32)
        directions = F.normalize(torch.from_numpy(drawn).to(colours.device), dim=0)
        own = (colours @ directions).T.contiguous()
        with torch.no_grad():
            ranked = (self.recent[:filled] @ directions).T.contiguous().sort(1).values
            reals = (self.reals @ directions).T.contiguous().sort(1).values
            share = (torch.searchsorted(ranked, own.detach()) + 0.5) / filled
            place = (share * reals.shape[1]).long().clamp_(max=reals.shape[1] - 1)
            targets = reals.gather(1, place)
        return (own - targets).square().mean() * colours.shape[1]

    def state(self) -> dict[str, Tensor | int]:
        """What ``restore`` needs to go on exactly here."""
        return {"recent": self.recent, "seen": self.seen}

    def restore(self, state: dict[str, Tensor | int]) -> None:
        """Go on from a state."""
        recent, seen = state["recent"], state["seen"]
        assert isinstance(recent, Tensor)
        assert isinstance(seen, int)
        self.recent, self.seen = recent.to(self.recent.device).clone(), seen
