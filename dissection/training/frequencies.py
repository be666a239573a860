"""How frequent kinds of scenes are, told from coarse colors, and where latents would have to move.

A generator that was trained with little against it makes some kinds of scenes too rarely (nights,
in ours) though it makes them well. Which latents become one is nearly linear in them. So scenes are
weighted by how far their latents lie along some directions until their coarse colors are spread as
those of real pictures; of normal latents those weights are what a move of their mean would do
(exponential tilting).
"""

import torch
from torch import Tensor

#: Shares of real pictures at which distributions are compared: dense where a kind of scene ends.
_RANKS = (
    *(0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3),
    *(0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99),
)
#: Shares of generated ones below which a picture is of a kind that directions are looked for.
_TAILS = (0.03, 0.08, 0.15, 0.85, 0.92)
_RIDGE = 0.6  # scenes for each number of a latent that count against a direction
_SMALL = 1e-4  # what a long move costs
_STEPS, _RATE = 300, 0.02


class ColorTraits:
    """The directions in which real pictures' coarse colors differ most.

    Args:
        reals: coarse colors of real pictures, (M, F).
        components: how many directions.

    Attributes:
        values: the real pictures along each, (M, components), deviation 1.
    """

    def __init__(self, reals: Tensor, components: int) -> None:
        self._mean = reals.mean(0)
        spread, axes = torch.linalg.eigh(torch.cov((reals - self._mean).T))
        kept = slice(len(spread) - components, None)
        self._axes = axes[:, kept] / spread[kept].clamp_min(1e-12).sqrt()
        self.values = self.of(reals)

    def of(self, colors: Tensor) -> Tensor:
        """Coarse colors (N, F) along each direction: (N, components), the strongest last."""
        found: Tensor = (colors - self._mean) @ self._axes
        return found


def spread_difference(reals: Tensor, fakes: Tensor) -> float:
    """How differently two sets are spread: the root mean square difference of distributions.

    Each difference is told in the deviation that chance gives a share of that size, as Anderson and
    Darling (1952) weight them, for one picture: 1 / sqrt(N) is what N pictures have by chance.

    Args:
        reals: (M, K).
        fakes: (N, K).

    Example:
        >>> values = torch.arange(1000.0)[:, None]
        >>> spread_difference(values, values) < 0.01 < 0.1 < spread_difference(values, values + 200)
        True
    """
    ranks = torch.tensor(_RANKS).to(fakes)
    below = _below(reals, fakes, ranks).mean(0)
    return float(_weighted(below, ranks).sqrt())


def missing_shift(latents: Tensor, traits: Tensor, reals: Tensor) -> Tensor:
    """How far the mean latent would have to move for scenes to be spread as real ones.

    Directions are found in one half of the scenes and how far to go along them in the other, and
    the other way around: in hundreds of dimensions scenes depend on any direction, by chance, that
    was found in themselves.

    Args:
        latents: (N, d), each of them normalized.
        traits: (N, K), of the scenes that they make.
        reals: (M, K), of real pictures.

    Returns:
        (d,), in deviations of a latent.
    """
    even, odd = slice(0, None, 2), slice(1, None, 2)
    shift = torch.zeros(latents.shape[1]).to(latents)
    for found, told in ((even, odd), (odd, even)):
        directions = _directions(latents[found], traits[found])
        along = latents[told] @ directions
        shift += directions @ _tilt(along, traits[told], reals) / 2
    return shift


def _directions(latents: Tensor, traits: Tensor) -> Tensor:
    """Where traits, and whether they are extreme, depend on latents (ridge regression): (d, n)."""
    tails = [(traits < torch.quantile(traits, share, dim=0)).to(traits) for share in _TAILS]
    kinds = torch.cat([traits, *tails], 1)
    kinds = (kinds - kinds.mean(0)) / kinds.std(0).clamp_min(1e-3)
    depth = latents.shape[1]
    inner = latents.T @ latents + _RIDGE * depth * torch.eye(depth).to(latents)
    # Fewer than there are numbers in a latent: more would not be independent.
    answers = torch.linalg.solve(inner, latents.T @ kinds)[:, :depth]
    directions: Tensor = torch.linalg.qr(answers)[0]
    return directions


def _tilt(along: Tensor, traits: Tensor, reals: Tensor) -> Tensor:
    """How far to go along each direction: (n,)."""
    ranks = torch.tensor(_RANKS).to(traits)
    below = _below(reals, traits, ranks)
    far = torch.zeros(along.shape[1]).to(along).requires_grad_(True)
    optimizer = torch.optim.Adam([far], _RATE)
    for _ in range(_STEPS):
        weights = torch.softmax(along @ far, 0)
        spread = torch.einsum("n,nkq->kq", weights, below)
        scale = (1 / (ranks * (1 - ranks))).mean()
        loss = _weighted(spread, ranks) / scale + _SMALL * far.square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return far.detach()


def _below(reals: Tensor, fakes: Tensor, ranks: Tensor) -> Tensor:
    """Whether each value lies below the real one of each rank: (N, K, ranks)."""
    marks = torch.quantile(reals, ranks.to(reals), dim=0).T  # (K, ranks)
    return (fakes[:, :, None] <= marks).to(fakes)


def _weighted(below: Tensor, ranks: Tensor) -> Tensor:
    """Mean square difference of shares (K, ranks) from what they should be, in deviations."""
    difference: Tensor = (below - ranks).square() / (ranks * (1 - ranks))
    return difference.mean()
