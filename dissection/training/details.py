"""A loss that spreads the details of generated pictures as those of real ones are spread.

The finest levels of a Laplacian pyramid are seen through fixed directions of 7 x 7 patches, as the
sliced Wasserstein distance sees them (Karras et al. 2018, section 5; ``statistics.swd``), and each
value of a generated picture is pulled to the real value of the same rank (Deshpande et al. 2018).
Ranks are counted apart for places of a kind, by their coarse colors and contrast: sky is compared
with sky, masonry with masonry. A batch is too small to rank within, so generated values are counted
over some dozens of batches.

What nearest upsampling leaves of a mesh keeps to the grid of pixels, and what is real knows none: a
second term asks that what is seen along a direction does not depend on the place in that grid.
Places share their pictures, so that one batch is enough to tell.
"""

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.statistics.swd import laplacian_pyramid
from dissection.training.mixed import autocast

#: The smallest pictures that have the levels which are compared, in px.
SMALLEST = 128
_PATCH = 7
_KINDS = 8
_MIXED = 109  # directions of random weights, beside the 147 of a cosine basis
_BINS = 512
_REACH = 8.0  # values are counted up to so many deviations
_CELLS = 16  # the kinds of places are told by cells of so many to a side
_SPACING = (4, 3, 3, 2)  # px between the patches that are compared at once, by level
_WEIGHTS = (1.0, 1.0, 1.0, 0.5)
_KEEP = 0.99  # of what was counted of generated pictures, at each batch
_GRID = 4  # px after which a mesh repeats itself
_GRID_LEVELS = 2  # those of the pictures' own size
_FEWEST = 3  # blocks of the grid that tell nothing yet of a kind of places
_GRID_DIRECTIONS = 16  # looked along at each batch
_FITS = 25


class Details:
    """How the details of real and of generated pictures are spread, and the loss between them.

    Args:
        kinds: kinds of places that are told apart.
        seed: of the directions, the kinds and where patches are taken.
        device: where the pictures are.

    ``learn`` comes first, then ``observe`` for some dozens of batches, then ``loss``.
    """

    def __init__(
        self, kinds: int = _KINDS, seed: int = 0, device: torch.device | str = "cpu"
    ) -> None:
        self.device = torch.device(device)
        self.directions = _directions(seed).to(self.device)
        self._kinds = kinds
        self._rng = np.random.default_rng((seed, 2))
        shape = (kinds, len(self.directions), _BINS)
        self.reals = [torch.zeros(shape, device=self.device) for _ in _SPACING]
        self.fakes = [torch.zeros(shape, device=self.device) for _ in _SPACING]
        self._centers = torch.zeros(kinds, 4, device=self.device)
        self._scales: list[tuple[Tensor, Tensor]] = []

    @torch.no_grad()
    def learn(self, batches: Iterable[Tensor]) -> None:
        """Count what real pictures show.

        Args:
            batches: (N, 3, R, R), -1..1, R a power of two from 128 on. The kinds of places and the
                scale of each level come from the first one: let it be a hundred or more.

        Raises:
            BadInputError: the pictures are too small.
        """
        for images in batches:
            if images.shape[-1] < SMALLEST:
                raise BadInputError(
                    f"Details are compared from {SMALLEST} px on; these pictures have "
                    f"{images.shape[-1]}."
                )
            images = images.to(self.device)
            levels = _levels(images)
            if not self._scales:
                self._centers = _centers(_traits(images), self._kinds)
                self._scales = [
                    (x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True) + 1e-6)
                    for x in levels
                ]
            kinds = self._kinds_of(images)
            for k, level in enumerate(levels):
                self._count(self.reals[k], *self._values(k, level, kinds))

    @torch.no_grad()
    def observe(self, images: Tensor) -> None:
        """Count what generated pictures (N, 3, R, R) show."""
        kinds = self._kinds_of(images)
        for k, level in enumerate(_levels(images)):
            self._count(self.fakes[k], *self._values(k, level, kinds))

    def loss(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """How far details are from real ones, and how much they depend on the grid of pixels.

        The pictures are counted, and what was counted before fades.

        Args:
            images: generated ones (N, 3, R, R), -1..1, with gradients.

        Returns:
            The mean squared way of each value to the real one of its rank, in deviations; and
            ``grid_dependence`` along some directions, drawn anew each time (0-d tensors).
        """
        kinds = self._kinds_of(images.detach())
        levels = _levels(images)
        ways = images.new_zeros(())
        for k, level in enumerate(levels):
            values, places = self._values(k, level, kinds)
            with torch.no_grad():
                table = targets(self.reals[k], self.fakes[k])
                own = values.detach()
                bins = own.clamp(0, _BINS - 1e-3).long()
                goal = table.view(-1)[self._rows(places, bins)] + (own - bins - 0.5)
                inside = (own > 0) & (own < _BINS)
                self._count(self.fakes[k].mul_(_KEEP), own, places)
            way = torch.where(inside, values - goal, 0.0) * (2 * _REACH / _BINS)
            ways = ways + _WEIGHTS[k] * way.square().mean()
        chosen = self._rng.choice(len(self.directions), _GRID_DIRECTIONS, replace=False)
        along = self.directions[torch.from_numpy(chosen).to(self.device)]
        grid = images.new_zeros(())
        for level, (mean, deviation) in zip(
            levels[:_GRID_LEVELS], self._scales[:_GRID_LEVELS], strict=True
        ):
            with autocast(self.device):
                values = F.conv2d((level - mean) / deviation, along.to(level))
            grid = grid + grid_dependence(values.float(), kinds, self._kinds)
        return ways, grid

    def _kinds_of(self, images: Tensor) -> Tensor:
        """The kind of each cell: int64 (N, 16, 16)."""
        traits = _traits(images)
        return torch.cdist(traits.flatten(0, 2), self._centers).argmin(1).view(traits.shape[:3])

    def _values(self, k: int, level: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        """What patches give along each direction, in bins: (N, D, h, w); their kinds: (N, h, w)."""
        mean, deviation = self._scales[k]
        spacing, size = _SPACING[k], level.shape[-1]
        top, left = (int(n) for n in self._rng.integers(0, spacing, 2))
        seen = ((level - mean) / deviation)[:, :, top:, left:]
        with autocast(self.device):
            found = F.conv2d(seen, self.directions.to(seen), stride=spacing)
        values = (found.float() / _REACH + 1) * (_BINS / 2)
        rows, columns = (
            (torch.arange(n, device=self.device) * spacing + start + _PATCH // 2) * _CELLS // size
            for n, start in ((values.shape[2], top), (values.shape[3], left))
        )
        return values, kinds[:, rows][:, :, columns]

    def _rows(self, places: Tensor, bins: Tensor) -> Tensor:
        """Where each value's bin lies in a table (kinds, D, bins) that is laid flat."""
        direction = torch.arange(len(self.directions), device=self.device)[None, :, None, None]
        return (places[:, None] * len(self.directions) + direction) * _BINS + bins

    def _count(self, counted: Tensor, values: Tensor, places: Tensor) -> None:
        bins = values.long().clamp_(0, _BINS - 1)
        rows = self._rows(places, bins).flatten()
        counted.view(-1).add_(torch.bincount(rows, minlength=counted.numel()))


def targets(reals: Tensor, fakes: Tensor) -> Tensor:
    """The real value of the rank that the middle of each generated bin has, in bins.

    Args:
        reals: how many real values each bin has, (..., B).
        fakes: of generated ones, likewise.

    Returns:
        (..., B), 0..B; where no value was counted on either side, the middle of the bin itself.

    Example:
        >>> at = torch.tensor([0.0, 0.0, 8.0, 0.0]), torch.tensor([0.0, 8.0, 0.0, 0.0])
        >>> round(targets(*at)[1].item(), 2)
        2.5
    """
    bins = reals.shape[-1]
    # A thousandth of a value in each bin: ranks stay in order where nothing was counted.
    real = (reals + 1e-3).cumsum(-1)
    real = real / real[..., -1:]
    fakes = fakes + 1e-3
    fake = fakes.cumsum(-1)
    rank = (fake - fakes / 2) / fake[..., -1:]
    bin_ = torch.searchsorted(real, rank).clamp_(max=bins - 1)
    high = real.gather(-1, bin_)
    low = torch.where(bin_ > 0, real.gather(-1, (bin_ - 1).clamp_min(0)), 0.0)
    return bin_ + ((rank - low) / (high - low).clamp_min(1e-12)).clamp(0, 1)


def grid_dependence(values: Tensor, kinds: Tensor, count: int) -> Tensor:
    """How much means and squares differ between the 16 places of a grid of 4 x 4 px.

    Args:
        values: (N, D, h, w), of one direction each.
        kinds: of cells of the pictures, int64 (N, c, c). A mesh lies on some kinds of places alone,
            on masonry more than in the sky.
        count: how many kinds there are.

    Returns:
        The variance between places of the mean, in shares of the mean square, and of the mean
        square's logarithm; mean over directions and kinds that are there, 0-d.

    Example:
        >>> mesh = 1.0 - 2.0 * (torch.arange(8) % 2).expand(2, 1, 8, 8)
        >>> round(grid_dependence(mesh, torch.zeros(2, 1, 1, dtype=torch.int64), 1).item(), 3)
        1.0
    """
    height, width = (n // _GRID for n in values.shape[2:])
    x = values[:, :, : height * _GRID, : width * _GRID]
    x = x.unflatten(3, (width, _GRID)).unflatten(2, (height, _GRID))
    blocks = x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(0, 2)  # (N h w, D 16)
    rows, columns = (
        torch.arange(n, device=x.device) * kinds.shape[1] // n for n in (height, width)
    )
    own = F.one_hot(kinds[:, rows][:, :, columns].flatten(), count).to(x).T
    there = own.sum(1, keepdim=True)
    shape = (count, values.shape[1], _GRID**2)
    mean = (own @ blocks / there.clamp_min(1)).view(shape)
    square = (own @ blocks.square() / there.clamp_min(1)).view(shape) + 1e-6
    each = mean.var(2, unbiased=False) / square.mean(2) + square.log().var(2, unbiased=False)
    known = (there[:, 0] > _FEWEST).to(each)
    found: Tensor = (each.mean(1) * known).sum() / known.sum().clamp_min(1)
    return found


def _directions(seed: int) -> Tensor:
    """Weights of patches, each of length 1: (D, 3, 7, 7), a cosine basis and random ones."""
    n = torch.arange(float(_PATCH))
    waves = torch.stack(
        [torch.cos(math.pi * (2 * n + 1) * k / (2 * _PATCH)) for k in range(_PATCH)]
    )
    waves = F.normalize(waves, dim=1)
    colors = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
    basis = torch.einsum("ca,ki,lj->cklaij", F.normalize(colors, dim=1), waves, waves)
    chance = torch.Generator().manual_seed(seed)
    mixed = F.normalize(torch.randn(_MIXED, 3 * _PATCH**2, generator=chance), dim=1)
    return torch.cat([basis.reshape(-1, 3, _PATCH, _PATCH), mixed.view(-1, 3, _PATCH, _PATCH)])


def _levels(images: Tensor) -> list[Tensor]:
    """The two finest levels at the pictures' own size, and at half of it."""
    images = images.float()
    return laplacian_pyramid(images)[:2] + laplacian_pyramid(F.avg_pool2d(images, 2))[:2]


def _traits(images: Tensor) -> Tensor:
    """What tells kinds of places: mean color and contrast of each cell, (N, 16, 16, 4)."""
    fine = F.adaptive_avg_pool2d(images.float(), 4 * _CELLS)
    color = F.avg_pool2d(fine, 4)
    apart = (fine - F.interpolate(color, scale_factor=4)).square().mean(1, keepdim=True)
    return torch.cat([color, 2 * F.avg_pool2d(apart, 4).sqrt()], 1).permute(0, 2, 3, 1)


def _centers(traits: Tensor, kinds: int) -> Tensor:
    """Means of so many kinds of places (Lloyd's algorithm): (kinds, 4)."""
    traits = traits.flatten(0, 2)
    centers = traits[torch.linspace(0, len(traits) - 1, kinds).long()].clone()
    for _ in range(_FITS):
        nearest = torch.cdist(traits, centers).argmin(1)
        for kind in range(kinds):
            own = traits[nearest == kind]
            if len(own):
                centers[kind] = own.mean(0)
    return centers
