"""The discriminator that grows along with the generator (Karras et al. 2018, table 2)."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.models.generators.progressive import LEAK, ScaledConvolution
from dissection.training.growth import faded

_GROUP = 4  # images compared with each other by the minibatch standard deviation


class CriticLayer(ScaledConvolution):
    """One layer (N, C, h, w) -> (N, C', h', w'): scaled convolution, bias and leaky ReLU."""

    def __init__(self, inputs: int, units: int, kernel: int) -> None:
        super().__init__(inputs, units, kernel, 1 if kernel == 3 else 0, gain=math.sqrt(2))

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output, after the activation."""
        return F.leaky_relu(self.convolve(x), LEAK)


def minibatch_deviation(x: Tensor) -> Tensor:
    """Add one more plane: the standard deviation within groups of images (section 3).

    (N, C, h, w) -> (N, C + 1, h, w). Each group's deviation over its images is averaged over
    units and positions; a batch that four does not divide uses the largest group that fits.
    """
    count = x.shape[0]
    group = next(g for g in range(min(_GROUP, count), 0, -1) if count % g == 0)
    grouped = x.float().view(group, count // group, *x.shape[1:])
    deviation = grouped.var(0, unbiased=False).add(1e-8).sqrt().mean((1, 2, 3), keepdim=True)
    plane = deviation.repeat(group, 1, *x.shape[2:]).to(x.dtype)
    return torch.cat([x, plane], 1)


class Discriminator(nn.Module):
    """Images (N, 3, R, R) -> scores (N,), high for real ones.

    Args:
        units: units at 4, 8, ... px. It may be narrower than the generator.
    """

    def __init__(self, units: Sequence[int]) -> None:
        super().__init__()
        first, second = (
            [CriticLayer(units[0] + 1, units[0], 3)],
            [CriticLayer(units[0], units[0], 4)],
        )
        for smaller, count in pairwise(units):
            first.append(CriticLayer(count, count, 3))
            second.append(CriticLayer(count, smaller, 3))
        self.inputs = nn.ModuleList(CriticLayer(3, count, 1) for count in units)
        self.first = nn.ModuleList(first)
        self.second = nn.ModuleList(second)
        self.score = ScaledConvolution(units[0], 1, 1, padding=0, gain=1.0)

    def forward(
        self, images: Tensor, stage: int, alpha: float | Tensor = 1.0, twice: bool = False
    ) -> Tensor:
        """Scores of images of resolution ``4 * 2**stage``, faded in with weight ``alpha``.

        Args:
            images: (N, 3, R, R).
            stage: index of the resolution.
            alpha: as in ``GrowingGenerator.forward``.
            twice: gradients of gradients will be asked for, which compiled layers cannot give:
                their plain form is used.
        """

        def through(layer: nn.Module, x: Tensor) -> Tensor:
            passed: Tensor = layer.forward(x) if twice else layer(x)
            return passed

        x = through(self.inputs[stage], images)
        for k in range(stage, 0, -1):
            x = F.avg_pool2d(through(self.second[k], through(self.first[k], x)), 2)
            if k == stage and (isinstance(alpha, Tensor) or alpha < 1):
                coarse = through(self.inputs[k - 1], F.avg_pool2d(images, 2))
                x = faded(coarse, x, alpha)
        x = through(self.second[0], through(self.first[0], minibatch_deviation(x)))
        return self.score.convolve(x).flatten()
