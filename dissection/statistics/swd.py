"""Sliced Wasserstein distance on Laplacian pyramids (Karras et al. 2018, section 5).

How far generated pictures are from real ones at each scale: 7x7 patches are drawn from each level
of a Laplacian pyramid, normalized by color channel, and compared along random directions.
"""

import copy
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

_PATCH = 7
_SMALLEST = 16
#: Pictures whose places are drawn together, whatever the batches they come in: as many as the
#: published figures were measured with at a time, so that they stay as they are.
_TOGETHER = 25
_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)


def _kernel() -> Tensor:
    row = torch.tensor(_BINOMIAL)
    kernel = row[:, None] * row[None]
    return (kernel / kernel.sum()).expand(3, 1, 5, 5)


def _smooth(x: Tensor, gain: float = 1.0) -> Tensor:
    return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), _kernel() * gain, groups=3)


def laplacian_pyramid(images: Tensor) -> list[Tensor]:
    """(N, 3, S, S) -> differences at S, S/2, ... px and the rest at 16 px."""
    levels, x = [], images
    while x.shape[-1] > _SMALLEST:
        smaller = _smooth(x)[:, :, ::2, ::2]
        up = torch.zeros_like(x)
        up[:, :, ::2, ::2] = smaller
        levels.append(x - _smooth(up, 4.0))
        x = smaller
    return [*levels, x]


class PatchSample:
    """Patches of a set of pictures, gathered batch by batch; how these are cut changes nothing.

    Args:
        seed: chooses where the patches lie; the same for both sets that are compared.
        patches: patches from each picture and level (the paper's 128).

    Attributes:
        sizes: px along a side of each level, the largest first; empty before there is a picture.
    """

    def __init__(self, seed: int = 0, patches: int = 128) -> None:
        self._rng = np.random.default_rng(seed)
        self._patches = patches
        self._levels: list[list[Tensor]] = []
        self._waiting = torch.empty(0)
        self.sizes: list[int] = []

    def add(self, images: Tensor) -> None:
        """Take patches from images (N, 3, S, S), float, -1..1, S a power of two from 16 on.

        Raises:
            ValueError: they have another size than those before.
        """
        images = images.float()
        if not self.sizes:
            self.sizes = [level.shape[-1] for level in laplacian_pyramid(images[:1])]
            self._levels = [[] for _ in self.sizes]
            self._waiting = images[:0]
        if images.shape[1:] != self._waiting.shape[1:]:
            raise ValueError(
                f"pictures of {list(images.shape[1:])} after {list(self._waiting.shape[1:])}"
            )
        *whole, rest = _blocks(torch.cat([self._waiting, images]))
        self._waiting = rest.clone()
        for block in whole:
            for kept, found in zip(self._levels, self._drawn(block, self._rng), strict=True):
                kept.append(found)

    def _drawn(self, block: Tensor, rng: np.random.Generator) -> Iterator[Tensor]:
        """The patches of pictures whose places are drawn together, (N * P, 49, 3) of each level."""
        for level in laplacian_pyramid(block):
            count, size = level.shape[0], level.shape[-1]
            shape = (count, self._patches)
            top, left = (torch.from_numpy(rng.integers(0, size - _PATCH + 1, shape)) for _ in "yx")
            offset = torch.arange(_PATCH)
            rows = (top[:, :, None, None] + offset[:, None]).expand(-1, -1, _PATCH, _PATCH)
            columns = (left[:, :, None, None] + offset).expand(-1, -1, _PATCH, _PATCH)
            which = torch.arange(count)[:, None, None, None]
            picked = level.permute(0, 2, 3, 1)[which, rows, columns]  # (N, P, 7, 7, 3)
            yield picked.reshape(-1, _PATCH * _PATCH, 3).half()

    def normalized(self) -> list[Tensor]:
        """Each level's patches (M, 147), each color channel with mean 0 and deviation 1."""
        levels = self._levels
        if len(self._waiting):  # places as if no more came; what comes yet is drawn from anew
            last = self._drawn(self._waiting, copy.deepcopy(self._rng))
            levels = [[*kept, found] for kept, found in zip(levels, last, strict=True)]
        out = []
        for kept in levels:
            x = torch.cat(kept).float()
            x = (x - x.mean((0, 1))) / x.std((0, 1)).clamp_min(1e-8)
            out.append(x.flatten(1))
        return out


def _blocks(images: Tensor) -> list[Tensor]:
    """Pictures in whole blocks, and what is left behind them, which may be none."""
    whole = len(images) // _TOGETHER
    cuts = [images[n * _TOGETHER : (n + 1) * _TOGETHER] for n in range(whole)]
    return [*cuts, images[whole * _TOGETHER :]]


def sliced_wasserstein(
    real: PatchSample, fake: PatchSample, directions: int = 512, seed: int = 0
) -> dict[str, float]:
    """Distance times 1000 at each level (by size in px) and their mean.

    Raises:
        ValueError: the two sets have other sizes or numbers of patches.
    """
    generator = torch.Generator().manual_seed(seed)
    result = {}
    for size, a, b in zip(real.sizes, real.normalized(), fake.normalized(), strict=True):
        if a.shape != b.shape:
            raise ValueError(f"{len(a)} patches at {size} px against {len(b)}")
        total = torch.zeros(())
        for _ in range(0, directions, 64):
            d = F.normalize(torch.randn(a.shape[1], 64, generator=generator), dim=0)
            total += ((a @ d).sort(0).values - (b @ d).sort(0).values).abs().mean() * 64
        result[str(size)] = float(total / directions * 1000)
    return {**result, "mean": float(np.mean(list(result.values())))}


def sample_of(batches: Iterable[Tensor], seed: int = 0, patches: int = 128) -> PatchSample:
    """A ``PatchSample`` of all images of an iterable of batches."""
    sample = PatchSample(seed, patches)
    for batch in batches:
        sample.add(batch)
    return sample
