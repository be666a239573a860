"""How frequent kinds of scenes are, told from coarse colors, and which latents are too rare.

A generator that was trained with little against it makes some kinds of scenes too rarely (nights,
in ours) though it makes them well. Which latents become one is nearly linear in them. So scenes are
weighted until the coarse colors of generated pictures are spread as those of real ones are
(raking; Deming and Stephan 1940), and what the heavy ones have in common tells where latents would
have to move.
"""

import torch
from torch import Tensor

_BINS = 20
_PASSES = 100
_LEAST, _MOST = 0.2, 5.0  # weights
_DAMPING = 0.7
_RIDGE = 0.6  # of the latents' own variance, in scenes for each of their numbers


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


def raked_weights(reals: Tensor, fakes: Tensor) -> Tensor:
    """Weights with which generated values are spread as real ones are, along each direction.

    Args:
        reals: (M, K).
        fakes: (N, K).

    Returns:
        (N,), mean 1, within about 0.2 and 5 of it.

    Example:
        >>> reals = torch.arange(100.0)[:, None]
        >>> fakes = torch.cat([reals, reals[50:]])
        >>> weights = raked_weights(reals, fakes)
        >>> round((weights[:50].mean() / weights[50:].mean()).item(), 1)
        2.0
    """
    marks = torch.linspace(0, 1, _BINS + 1)[1:-1].to(reals)
    bins = []
    for real, fake in zip(reals.T, fakes.T, strict=True):
        edges = torch.quantile(real, marks)
        own = torch.bucketize(fake.contiguous(), edges)
        theirs = torch.bincount(torch.bucketize(real.contiguous(), edges), minlength=_BINS)
        bins.append((own, theirs.to(reals) / len(real)))
    weights = torch.ones_like(fakes[:, 0])
    for _ in range(_PASSES):
        for own, wanted in bins:
            share = torch.zeros_like(wanted).index_add_(0, own, weights) / weights.sum()
            weights = weights * (wanted / share.clamp_min(1e-4)).pow(_DAMPING)[own]
        weights = (weights / weights.mean()).clamp(_LEAST, _MOST)
    return weights / weights.mean()


def missing_shift(latents: Tensor, traits: Tensor, weights: Tensor) -> Tensor:
    """How far the mean latent would have to move for scenes to come as often as they weigh.

    Chance moves the weighted mean in all of hundreds of directions; so only those count in which
    the traits depend on the latents (ridge regression).

    Args:
        latents: (N, d), each of them normalized.
        traits: (N, K), of the scenes that they make.
        weights: (N,), mean 1.

    Returns:
        (d,), in their deviations.
    """
    depth = latents.shape[1]
    inner = latents.T @ latents + _RIDGE * depth * torch.eye(depth).to(latents)
    along = torch.linalg.solve(inner, latents.T @ (traits - traits.mean(0)))
    directions = torch.linalg.qr(along)[0]
    moved = ((weights - 1)[:, None] * latents).mean(0)
    shift: Tensor = directions @ (directions.T @ moved)
    return shift


def spread_difference(reals: Tensor, fakes: Tensor) -> float:
    """The mean difference of values of the same rank, over all directions (Wasserstein distance).

    Args:
        reals: (M, K), deviation 1.
        fakes: (N, K).

    Example:
        >>> round(spread_difference(torch.zeros(8, 2), torch.full((4, 2), 0.5)), 2)
        0.5
    """
    ranks = ((torch.arange(len(fakes)) + 0.5) / len(fakes) * len(reals)).long()
    own, theirs = fakes.sort(0).values, reals.sort(0).values[ranks.to(reals.device)]
    return float((own - theirs).abs().mean())
