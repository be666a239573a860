"""A term that keeps a generator's scenes as frequent as the real ones.

The adversarial loss alone lets a kind of scene be made too often (nights, in ours): between two
kinds lie pictures that the discriminator refuses, so that hardly any latent moves from one to the
other. This term compares whole distributions instead: the sliced Wasserstein distance (Deshpande
et al. 2018) between the coarse colors, a picture averaged down to 4 x 4, of generated and of real
pictures. A batch is too small to rank within, so each generated picture is ranked among the last
thousands of generated ones, and pulled to the real value of the same rank.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dissection.data.images import from_bytes

_CELLS = 4
_DIRECTIONS = 64
_REALS = 4096
_BLOCK = 256


def coarse_colors(images: Tensor) -> Tensor:
    """Images (N, 3, R, R), -1..1, R at least 4 -> mean colors of 4 x 4 cells, float (N, 48)."""
    return F.adaptive_avg_pool2d(images.float(), _CELLS).flatten(1)


class CoarseBalance:
    """The term, with the coarse colors of real and of recently generated pictures.

    Everything that changes from step to step lies in fixed memory, for CUDA graphs.

    Args:
        pictures: real ones, uint8 (N, S, S, 3); up to 4,096 evenly spaced ones and their mirror
            images stand for all.
        device: where the generated pictures are.
        recent: how many generated pictures are remembered for ranking.
        known: how many of the pictures are there (all); with 0 ``learn`` must come before ``loss``.
    """

    def __init__(
        self,
        pictures: NDArray[np.uint8],
        device: torch.device,
        recent: int = 2048,
        known: int | None = None,
    ) -> None:
        self._pictures = pictures
        rows = 2 * min(_REALS, len(pictures))
        self.reals = torch.zeros(rows, 3 * _CELLS**2, device=device)
        self.recent = torch.zeros(recent, self.reals.shape[1], device=device)
        self.seen = 0
        self.known = 0
        self._next = torch.zeros((), dtype=torch.int64, device=device)
        if known != 0:
            self.learn(known or len(pictures))

    def learn(self, known: int) -> None:
        """Let the first ``known`` pictures stand for the real ones."""
        self.known = known
        device, half = self.reals.device, len(self.reals) // 2
        spaced = np.linspace(0, known - 1, half).astype(int)
        chosen, rows = np.unique(spaced, return_inverse=True)
        straight, mirrored = [], []
        for start in range(0, len(chosen), _BLOCK):
            block = torch.from_numpy(self._pictures[chosen[start : start + _BLOCK]])
            x = from_bytes(block.to(device))
            straight.append(coarse_colors(x))
            mirrored.append(coarse_colors(x.flip(3)))
        places = torch.from_numpy(rows).to(device)
        self.reals[:half] = torch.cat(straight)[places]
        self.reals[half:] = torch.cat(mirrored)[places]

    def directions(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Drawn for one step: (48, 64), of any lengths."""
        return rng.standard_normal((self.reals.shape[1], _DIRECTIONS), np.float32)

    @property
    def full(self) -> bool:
        """Whether as many generated pictures are remembered as can be."""
        return self.seen >= len(self.recent)

    def count(self, fakes: int) -> int:
        """Say before ``loss`` how many pictures come; how many will be remembered with them."""
        self.seen += fakes
        return min(self.seen, len(self.recent))

    def loss(self, fakes: Tensor, drawn: Tensor, filled: int) -> Tensor:
        """Squared distance to the ranked real values, summed over the 48 dimensions (0-d tensor).

        Args:
            fakes: generated pictures (N, 3, R, R); they are remembered, the oldest forgotten.
            drawn: ``directions`` of this step, on the device.
            filled: what ``count`` said.

        Returns:
            0 until an eighth of the memory is filled.
        """
        colors = coarse_colors(fakes)
        count = len(colors)
        places = (self._next + torch.arange(count, device=colors.device)) % len(self.recent)
        self.recent.index_copy_(0, places, colors.detach())
        self._next.add_(count).remainder_(len(self.recent))
        if filled < len(self.recent) // 8:
            return colors.sum() * 0
        directions = F.normalize(drawn, dim=0)
        own = (colors @ directions).T.contiguous()
        with torch.no_grad():
            ranked = (self.recent[:filled] @ directions).T.contiguous().sort(1).values
            reals = (self.reals @ directions).T.contiguous().sort(1).values
            share = (torch.searchsorted(ranked, own.detach()) + 0.5) / filled
            place = (share * reals.shape[1]).long().clamp_(max=reals.shape[1] - 1)
            targets = reals.gather(1, place)
        return (own - targets).square().mean() * colors.shape[1]

    def state(self) -> dict[str, Tensor | int]:
        """What ``restore`` needs to go on exactly here."""
        return {"recent": self.recent.clone(), "seen": self.seen}

    def restore(self, state: dict[str, Tensor | int]) -> None:
        """Go on from a state."""
        recent, seen = state["recent"], state["seen"]
        assert isinstance(recent, Tensor)
        assert isinstance(seen, int)
        self.recent.copy_(recent)
        self.seen = seen
        self._next.fill_(seen % len(self.recent))
