"""Which sample a network is measured on: latents, or pictures for classifiers."""

from pathlib import Path
from typing import TYPE_CHECKING

from dissection.measurement.label_choice import choose_labels
from dissection.measurement.settings import DissectionSettings

if TYPE_CHECKING:
    from dissection.data.sources import Source
    from dissection.models.classifiers.load import Network
    from dissection.runtime.progress import Report


def choose_sample(
    network: "Network", settings: DissectionSettings, report: "Report | None"
) -> "Source":
    """What a network is measured on: latents, pictures, or labeled pictures."""
    if settings.labels is None:
        return choose_source(network, settings, report)
    return choose_labels(network, settings, report)


def choose_source(
    network: "Network", settings: DissectionSettings, report: "Report | None"
) -> "Source":
    """The sample for a network: latents, or the pictures of a folder.

    Args:
        network: what is dissected.
        settings: its ``images``, ``size``, ``seed``, ``crop``, ``resize``, ``fit`` and
            ``workers`` count.
        report: told of the progress of looking at the pictures.

    Raises:
        BadInputError: a folder that cannot be used.
    """
    from dissection.data.image_folder import ImageFolder
    from dissection.data.sources import Latents

    if settings.images is None:
        return Latents.of_seed(settings.size, network.depth, settings.seed)
    return ImageFolder(
        Path(settings.images),
        network.preparation.crop(settings.fit, settings.crop, settings.resize),
        settings.size,
        settings.seed,
        settings.workers,
        report=report,
    )
