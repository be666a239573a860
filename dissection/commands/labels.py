"""Which labelled pictures a command measures a network on: ``--labels KIND:WHERE``."""

from pathlib import Path
from typing import TYPE_CHECKING

from dissection.errors import BadInputError, UnknownNameError

if TYPE_CHECKING:
    from dissection.data.labelled import LabelledSource
    from dissection.models.classifiers.load import Network
    from dissection.runtime.progress import Report

KINDS = ("broden", "maps", "storybook")


def choose_labels(
    network: "Network",
    labels: str,
    size: int,
    seed: int,
    crop: int = 0,
    split: str | None = None,
    ignore: int | None = None,
    workers: int = 0,
    report: "Report | None" = None,
) -> "LabelledSource":
    """The labelled pictures that an option names, squeezed to the network's size and not cut.

    Args:
        network: what is dissected.
        labels: ``broden:FOLDER``, ``maps:FOLDER`` or ``storybook:DOMAIN``.
        size: how many pictures.
        seed: of the choice of pictures; of Storybook the layout of the first scene.
        crop: px along a side of the network's pictures; 0 takes what it was trained with.
        split: of Broden; None takes all its images.
        ignore: the value of pixels of maps that nobody labelled; below 0 there is none, and None
            is ``label_folder.IGNORE``.
        workers: processes that load pictures and maps.
        report: told of the progress of looking at the pictures.

    Raises:
        BadInputError: another kind, labels that cannot be used, or options of another kind.
        UnknownNameError: Storybook has no such domain.
    """
    from dissection.data.broden import BrodenLabels
    from dissection.data.image_files import Crop
    from dissection.data.label_folder import IGNORE, FolderLabels
    from dissection.data.labelled import StorybookLabels

    kind, where = require_kind(labels, split, ignore)
    side = Crop(crop or network.size, crop or network.size).size
    if workers < 0:
        raise BadInputError(f"There are no {workers} workers; take 0 or more.")
    if kind == "storybook":
        return StorybookLabels(range(seed, seed + size), where, side, workers)
    if kind == "broden":
        return BrodenLabels(where, split, side, None, size, seed, workers, report)
    unlabelled = IGNORE if ignore is None else ignore
    return FolderLabels(
        where,
        unlabelled if unlabelled >= 0 else None,
        side,
        count=size,
        seed=seed,
        workers=workers,
        report=report,
    )


def require_kind(labels: str, split: str | None, ignore: int | None) -> tuple[str, str]:
    """Kind and place of labels.

    Raises:
        UnknownNameError: there is no such kind.
        BadInputError: nothing is named, or options of another kind are.
    """
    kind, _, where = (part.strip() for part in labels.partition(":"))
    if kind not in KINDS:
        raise UnknownNameError(
            f"There are no labels '{labels}'; name broden:FOLDER, maps:FOLDER or storybook:DOMAIN."
        )
    if not where:
        what = "a domain, as in storybook:churches" if kind == "storybook" else "a folder behind it"
        raise BadInputError(f"--labels {kind} needs {what}.")
    if split is not None and kind != "broden":
        raise BadInputError(f"{labels} has no splits; leave out --split {split}.")
    if ignore is not None and kind != "maps":
        raise BadInputError(
            f"{labels} says itself which pixels nobody labelled; leave out --ignore {ignore}."
        )
    return kind, where


def require_labels_alone(
    network: "Network",
    labels: str | None,
    images: Path | None,
    segmenter: str | None,
    fit: str,
    split: str | None,
    ignore: int | None,
) -> None:
    """Labels bring their pictures and stand in the segmenter's place.

    Raises:
        BadInputError: other options say one of that too, the network makes its own pictures, or
            there are options of labels without any.
        UnknownNameError: there is no such kind of labels.
    """
    if labels is None:
        for option, value in (("--split", split), ("--ignore", ignore)):
            if value is not None:
                raise BadInputError(f"{option} goes with --labels; leave it out, or name labels.")
        return
    require_kind(labels, split, ignore)
    if network.takes == "latents":
        raise BadInputError(
            f"{network.name} is a generator and makes its own pictures, which nobody labelled; "
            "leave out --labels."
        )
    if images is not None:
        raise BadInputError(f"--labels {labels} brings its own pictures; leave out --images.")
    if segmenter is not None:
        raise BadInputError(
            f"--labels {labels} says itself where concepts are; leave out --segmenter."
        )
    if fit != "squeeze":
        raise BadInputError(
            f"Labelled pictures are squeezed, so that all of their labels count; leave out --fit "
            f"{fit}."
        )
