"""Between the house's pictures and what a classifier was trained on.

Pictures are -1..1 everywhere in this program; classifiers want their pictures shifted and scaled
in their own ways. That is made part of the network, in front of its first layer: so sources,
segmenters and exemplars all see the same pictures, whatever the classifier wants.

The other half of the published transforms, size and crop, is ``dissection.data.image_files.Crop``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dissection.errors import BadInputError


@dataclass(frozen=True)
class Normalisation:
    """``(x - mean) / std`` for each colour, with x in 0..1.

    Attributes:
        mean: of red, green and blue.
        std: of red, green and blue, above 0.

    Raises:
        BadInputError: not three of each, or a std of 0 or below.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise BadInputError(
                "A normalisation has a mean and a std above 0 for red, green and blue, not "
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
IMAGENET = Normalisation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def normalisations(network: nn.Module) -> list[Normalisation]:
    """How a network normalises its pictures itself since ``takes_pictures``; [] if not at all."""
    hooks = network._forward_pre_hooks.values()
    return [hook.normalisation for hook in hooks if isinstance(hook, _Before)]


@contextmanager
def fed_as_imagenet(network: nn.Module, wanted: bool) -> Iterator[None]:
    """Meanwhile a network normalizes its pictures as ImageNet's, unless it does so in its own way.

    Args:
        network: is given pictures of -1..1.
        wanted: whether it is at all.
    """
    if not wanted or any(normalisations(module) for module in network.modules()):
        yield
        return
    handle = network.register_forward_pre_hook(_Before(IMAGENET))
    try:
        yield
    finally:
        handle.remove()


class _Before:
    """A hook in front of a network."""

    def __init__(self, normalisation: Normalisation) -> None:
        self.normalisation = normalisation

    def __call__(self, _: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        images, *rest = inputs
        return (self.normalisation(images), *rest)


def takes_pictures(network: nn.Module, normalisation: Normalisation = IMAGENET) -> nn.Module:
    """Make a classifier take pictures of -1..1: from now on it normalises them itself.

    Args:
        network: takes normalised pictures (N, 3, H, W). It is changed: once is enough.
        normalisation: what it was trained with.

    Returns:
        The same network.
    """
    network.register_forward_pre_hook(_Before(normalisation))
    return network
