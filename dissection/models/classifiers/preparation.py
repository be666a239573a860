"""How pictures are made for a classifier: resized, cut, and with which mean and deviation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dissection.data.image_files import Crop
from dissection.errors import BadInputError
from dissection.models.classifiers.transforms import IMAGENET, Normalization
from dissection.runtime.choices import Fit

#: A crop is cut from a picture this many times as wide, as published: 224 from 256.
_MARGIN = 256 / 224


@dataclass(frozen=True)
class Preparation:
    """How the pictures of a classifier are made.

    Attributes:
        size: px along a side of its pictures.
        resize: px before the border is cut off; 0: 256 for crops of 224 to 256 px, and in this
            proportion for others.
        interpolation: of the resizing, see ``image_files.Crop``.
        normalization: of the pictures in front of the network.
        transform_input: the network goes on to scale them to -1..1 itself, as torchvision's
            published GoogLeNet and Inception do.
        source: who says so, in words.
    """

    size: int = 224
    resize: int = 0
    interpolation: str = "bilinear"
    normalization: Normalization = IMAGENET
    transform_input: bool = False
    source: str = "as published"

    def crop(self, fit: Fit = "squeeze", size: int = 0, resize: int = 0) -> Crop:
        """The crop of pictures of any size.

        Args:
            fit: see ``image_files.Crop``.
            size: another size than the network's; 0 is that.
            resize: px before the border is cut off; 0 takes what belongs to the size.

        Raises:
            BadInputError: sizes that do not fit each other, or another fit.
        """
        side = size or self.size
        if not resize and side == self.size:
            resize = self.resize
        # The published AlexNet has 227 of 256 px, too.
        resize = resize or (256 if 224 <= side <= 256 else round(side * _MARGIN))
        return Crop(side, resize, fit, self.interpolation)

    def to_json(self) -> dict[str, Any]:
        """For the provenance."""
        return {
            "source": self.source,
            "size": self.size,
            "resize": self.crop().resize,
            "interpolation": self.interpolation,
            "mean": list(self.normalization.mean),
            "std": list(self.normalization.std),
            "transform_input": self.transform_input,
        }


#: Changes how pictures are made.
Prepare = Callable[[Preparation], Preparation]


def unchanged(preparation: Preparation) -> Preparation:
    """As the network was trained."""
    return preparation


def with_own(
    interpolation: str = "", mean: Sequence[float] = (), std: Sequence[float] = ()
) -> Prepare:
    """Pictures made as the caller says, for weights that were trained in another way.

    Args:
        interpolation: of the resizing; empty leaves it.
        mean: of red, green and blue, 0..1; empty leaves it.
        std: likewise. With either, the network is fed just so, and scales nothing itself.

    Raises:
        BadInputError: what is asked for later, of an unknown interpolation, or not three numbers.
    """

    def change(preparation: Preparation) -> Preparation:
        changed = preparation
        if interpolation:
            Crop(1, 1, interpolation=interpolation)
            changed = replace(changed, interpolation=interpolation)
        if mean or std:
            old = changed.normalization
            own = Normalization(_three(mean or old.mean), _three(std or old.std))
            changed = replace(changed, normalization=own, transform_input=False)
        return changed if changed == preparation else replace(changed, source="as asked for")

    return change


def _three(values: Sequence[float]) -> tuple[float, float, float]:
    if len(values) != 3:
        raise BadInputError(
            f"Mean and std are three numbers each, for red, green and blue, not {len(values)}."
        )
    return (float(values[0]), float(values[1]), float(values[2]))


#: What the published Places365 classifiers, and most others, were trained with.
PUBLISHED = Preparation()
