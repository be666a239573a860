"""Which labeled pictures a network is measured on: ``--labels KIND:WHERE``."""

from typing import TYPE_CHECKING

from dissection.measurement.settings import DissectionSettings
from dissection.measurement.settings_labels import require_kind

if TYPE_CHECKING:
    from dissection.data.labeled import LabeledSource
    from dissection.models.classifiers.load import Network
    from dissection.runtime.progress import Report


def choose_labels(
    network: "Network", settings: DissectionSettings, report: "Report | None" = None
) -> "LabeledSource":
    """The labeled pictures that the settings name, squeezed to the network's size and not cut.

    Args:
        network: what is dissected.
        settings: its ``labels``, ``size``, ``seed`` (of Storybook the layout of the first scene),
            ``crop``, ``split``, ``ignore`` (below 0 every pixel is labeled) and ``workers`` count.
        report: told of the progress of looking at the pictures.

    Raises:
        BadInputError: labels that cannot be used.
        UnknownNameError: there is no such kind, or Storybook has no such domain.
    """
    from dissection.data.broden import BrodenLabels
    from dissection.data.image_files import Crop
    from dissection.data.label_folder import IGNORE, FolderLabels
    from dissection.data.labeled import StorybookLabels

    kind, where = require_kind(settings.labels or "", settings.split, settings.ignore)
    size, seed, workers = settings.size, settings.seed, settings.workers
    side = Crop(settings.crop or network.size, settings.crop or network.size).size
    how = network.preparation.interpolation
    if kind == "storybook":
        return StorybookLabels(range(seed, seed + size), where, side, workers, how)
    if kind == "broden":
        return BrodenLabels(where, settings.split, side, None, size, seed, workers, report, how)
    unlabeled = IGNORE if settings.ignore is None else settings.ignore
    return FolderLabels(
        where,
        unlabeled if unlabeled >= 0 else None,
        side,
        count=size,
        seed=seed,
        workers=workers,
        report=report,
        interpolation=how,
        first_value=settings.first_value,
    )
