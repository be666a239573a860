"""Between the house's pictures and what a classifier was trained on.

Pictures are -1..1 everywhere in this program; classifiers want their pictures shifted and scaled
in their own ways. That is made part of the network, in front of its first layer: so sources,
segmenters and exemplars all see the same pictures, whatever the classifier wants.

The other half of the published transforms, size and crop, is ``dissection.data.image_files.Crop``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite

import torch
from torch import Tensor, nn

from dissection.errors import BadInputError


@dataclass(frozen=True)
class Normalization:
    """``(x - mean) / std`` for each color, with x in 0..1.

    Attributes:
        mean: of red, green and blue.
        std: of red, green and blue, above 0.

    Raises:
        BadInputError: not three finite numbers of each, or a std of 0 or below.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        whole = all(map(isfinite, (*self.mean, *self.std)))
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0 or not whole:
            raise BadInputError(
                "A normalization has a mean and a std above 0 for red, green and blue, not "
                f"{self.mean} and {self.std}."
            )

    def __call__(self, images: Tensor) -> Tensor:
        """Pictures (N, 3, H, W), -1..1, as the classifier wants them."""
        mean, std = (
            torch.tensor(values, device=images.device, dtype=images.dtype)[:, None, None]
            for values in (self.mean, self.std)
        )
        return ((images + 1) / 2 - mean) / std


#: What torchvision's networks and the published Places365 classifiers were trained with.
IMAGENET = Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def normalizations(network: nn.Module) -> list[Normalization]:
    """How a network normalizes its pictures itself since ``takes_pictures``; [] if not at all."""
    hooks = network._forward_pre_hooks.values()
    return [hook.normalization for hook in hooks if isinstance(hook, _Before)]


@contextmanager
def fed_as_imagenet(network: nn.Module, wanted: bool) -> Iterator[None]:
    """Meanwhile a network normalizes its pictures as ImageNet's, unless it does so in its own way.

    Args:
        network: is given pictures of -1..1.
        wanted: whether it is at all.
    """
    if not wanted or any(normalizations(module) for module in network.modules()):
        yield
        return
    handle = network.register_forward_pre_hook(_Before(IMAGENET))
    try:
        yield
    finally:
        handle.remove()


class _Before:
    """A hook in front of a network."""

    def __init__(self, normalization: Normalization) -> None:
        self.normalization = normalization

    def __call__(self, _: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        images, *rest = inputs
        return (self.normalization(images), *rest)


def takes_pictures(network: nn.Module, normalization: Normalization = IMAGENET) -> nn.Module:
    """Make a classifier take pictures of -1..1: from now on it normalizes them itself.

    Args:
        network: takes normalized pictures (N, 3, H, W). It is changed: once is enough.
        normalization: what it was trained with.

    Returns:
        The same network.
    """
    network.register_forward_pre_hook(_Before(normalization))
    return network
