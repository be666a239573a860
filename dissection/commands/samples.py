"""Which sample a command measures a network on: latents, or pictures for classifiers."""

from pathlib import Path
from typing import TYPE_CHECKING

from dissection.errors import BadInputError

if TYPE_CHECKING:
    from dissection.data.sources import Source
    from dissection.models.classifiers.load import Network
    from dissection.runtime.progress import Report

#: A crop is cut from a picture this many times as wide, as published: 224 from 256.
_MARGIN = 256 / 224


def choose_source(
    network: "Network",
    images: Path | None,
    size: int,
    seed: int,
    crop: int,
    fit: str,
    workers: int,
    report: "Report | None",
) -> "Source":
    """The sample for a network.

    Args:
        network: what is dissected.
        images: a folder of pictures, for a classifier.
        size: how many latents or pictures.
        seed: of the latents, or of the choice of pictures.
        crop: px along a side of the network's pictures; 0 takes what it was trained with.
        fit: see ``image_files.Crop``.
        workers: processes that load pictures.
        report: told of the progress of looking at the pictures.

    Raises:
        BadInputError: a classifier without pictures, a generator with some, a folder that cannot
            be used, or a size below 1.
    """
    from dissection.data.image_files import Crop
    from dissection.data.image_folder import ImageFolder
    from dissection.data.sources import Latents

    require_fit(network, images)
    if images is None:
        return Latents.of_seed(size, network.depth, seed)
    side = crop or network.size
    # The published AlexNet has 227 of 256 px, too.
    resize = 256 if 224 <= side <= 256 else round(side * _MARGIN)
    return ImageFolder(images, Crop(side, resize, fit), size, seed, workers, report=report)


def require_fit(network: "Network", images: Path | None) -> None:
    """Raise a BadInputError unless a classifier has pictures, and a generator none."""
    if images is None and network.takes == "pictures":
        raise BadInputError(
            f"{network.name} is a classifier and is measured on pictures; name a folder of them "
            "with --images, or labelled ones with --labels."
        )
    if images is not None and network.takes == "latents":
        raise BadInputError(
            f"{network.name} is a generator and makes its own pictures; leave out --images."
        )
