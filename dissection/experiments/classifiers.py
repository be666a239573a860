"""Classifiers that experiments look at, the pictures that they are shown, and what units match."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dissection.data.image_files import list_images
from dissection.data.image_folder import ImageFolder
from dissection.data.labeled import StorybookLabels
from dissection.data.sources import Images
from dissection.data.storybook import Storybook
from dissection.errors import BadInputError
from dissection.experiments.execution import Execution
from dissection.interventions.ablation.classes import ClassSource, class_order, targets_of
from dissection.interventions.ablation.measure import read_layer
from dissection.models.classifiers.load import Network, load_network
from dissection.models.classifiers.transforms import takes_pictures
from dissection.models.hooks import LayerReading, observe
from dissection.models.weights.files import network_digest
from dissection.runtime.choices import Fit
from dissection.runtime.model_names import folder_of_pictures
from dissection.runtime.progress import Report
from dissection.training.pictures import HELD_OUT as FIRST_HELD_OUT

_STORYBOOK = "storybook:"
#: Scenes of each class that units are ranked and judged on.
TRAINING, HELD_OUT = 40, 25


@dataclass(frozen=True, eq=False)
class Classifier:
    """A classifier with pictures whose classes are known.

    Attributes:
        network: as it was loaded; its module is on the device of the job.
        source: the pictures.
        classes: K names, in the order of the logits.
        targets: int64 (N,): of each picture, a place in ``classes``.
        digest: SHA-256 of the network.
    """

    network: Network
    source: ClassSource
    classes: tuple[str, ...]
    targets: NDArray[np.int64]
    digest: str

    @property
    def module(self) -> nn.Module:
        """The network."""
        return self.network.module


def open_classifier(model: str, execution: Execution) -> tuple[Network, str]:
    """A classifier by name, on the device of a job, and its SHA-256, which the job is bound to.

    Raises:
        UnknownNameError: there is no such network.
        BadInputError: it is a generator.
        ModelFileError: its file cannot be used.
        StoreError: the job that is gone on with is of another network.
    """
    network = load_network(model)
    if network.takes == "latents":
        raise BadInputError(
            f"{network.name} is a generator and has no classes; name a classifier with --model."
        )
    digest = getattr(network.module, "digest", "") or network_digest(network.module)
    execution.identify("network", digest)
    if not network.takes:
        takes_pictures(network.module, network.preparation.normalization)
    network.module.eval().requires_grad_(False).to(execution.device)
    return network, digest


@torch.no_grad()
def open_classes(
    network: Network,
    digest: str,
    pictures: str,
    count: int,
    execution: Execution,
    held_out: bool = True,
) -> Classifier:
    """A classifier with pictures whose classes it tells apart.

    Args:
        network: as ``open_classifier`` gave it.
        digest: likewise.
        pictures: see ``choose_classes``.
        count: how many of them; 0 takes all.
        execution: of the experiment.
        held_out: of Storybook take scenes that no network was trained on.

    Raises:
        BadInputError: the network and the pictures have not the same classes, or as
            ``choose_classes``.
    """
    source = choose_classes(
        network, pictures, count, held_out, 1, 0, "squeeze", execution.workers, execution.report
    )
    execution.identify("pictures", str(source.provenance["sha256"]))
    logits = network.module(source.inputs([0]).to(execution.device))
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2:
        raise BadInputError(f"{network.name} gives no logits of classes; name a classifier.")
    names = class_order(network.classes, network.module, (source,), logits.shape[1])
    return Classifier(network, source, names, targets_of(source, names), digest)


def class_numbers(names: Sequence[str], classes: Sequence[str], option: str) -> list[int]:
    """Places of classes by name.

    Raises:
        BadInputError: one is not there; the sentence names the option, and some that are.
    """
    for name in names:
        if name not in classes:
            raise BadInputError(
                f"The network has no class '{name}', as {option} says; it has "
                f"{', '.join(classes[:8])}{' and so on' if len(classes) > 8 else ''}."
            )
    return [classes.index(name) for name in names]


def choose_classes(
    network: Network,
    pictures: str,
    size: int,
    held_out: bool,
    seed: int,
    crop: int,
    fit: Fit,
    workers: int,
    report: Report | None,
) -> ClassSource:
    """Pictures whose classes are known.

    Args:
        network: the classifier.
        pictures: a folder with one of pictures for each class, or ``storybook:DOMAIN``.
        size: how many; 0 takes all of a folder, and of scenes ``TRAINING`` or ``HELD_OUT`` of
            each class.
        held_out: take scenes that no network was trained on, and not those that all were.
        seed: of the choice of a folder's pictures.
        crop: px along a side of the network's pictures; 0 takes what it was trained with.
        fit: see ``image_files.Crop``.
        workers: processes that load or paint pictures.
        report: told of the progress of looking at the pictures.

    Raises:
        BadInputError: the pictures are of no classes, or a folder cannot be used.
        UnknownNameError: Storybook has no such domain.
    """
    if pictures.startswith(_STORYBOOK):
        domain = pictures.removeprefix(_STORYBOOK)
        first = FIRST_HELD_OUT if held_out else 0
        count = class_pictures_in(pictures, size, held_out)
        side = crop or network.size
        return StorybookLabels(range(first, first + count), domain, side, workers)
    cut = network.preparation.crop(fit, crop, 0)
    source = ImageFolder(pictures, cut, size or None, seed, workers, report=report)
    if not source.classes:
        raise BadInputError(
            f"{pictures} holds pictures and no folders of them; put each class's pictures in a "
            "folder called like the class."
        )
    return source


def class_pictures_in(pictures: str, size: int, held_out: bool) -> int:
    """How many pictures ``choose_classes`` takes, if all of a folder can be used.

    Args:
        pictures: a folder, or ``storybook:DOMAIN``.
        size: how many at most; 0 for all, or as usual of scenes.
        held_out: of scenes, those that no network was trained on.

    Raises:
        BadInputError: the scenes are of no classes, or the folder cannot be used.
        UnknownNameError: Storybook has no such domain.
    """
    if not pictures.startswith(_STORYBOOK):
        there = len(list_images(folder_of_pictures(pictures)).names)
        return min(size, there) if size else there
    classes = len(Storybook(pictures.removeprefix(_STORYBOOK)).classes)
    if not classes:
        raise BadInputError(
            f"The scenes of {pictures} are all of one class, and a classifier tells classes "
            "apart; take storybook:scenes, or a folder."
        )
    return size or classes * (HELD_OUT if held_out else TRAINING)


@torch.no_grad()
def layer_reading(network: Network, layer: str, device: torch.device) -> LayerReading:
    """How a layer of a classifier is read, found out on a gray picture.

    Raises:
        UnknownNameError: there is no such layer; the sentence lists the layers.
        BadInputError: it has no maps of units.
    """
    gray = torch.zeros(1, 3, network.size, network.size)
    reading = read_layer(network.module, layer, Images(gray), device).reading
    with observe(network.module, [layer], detach=True, readings={layer: reading}) as activations:
        network.module(gray.to(device))
    if activations[layer].ndim != 4:
        raise BadInputError(
            f"Layer {layer} has no maps of units but {list(activations[layer].shape[1:])} numbers; "
            "take a layer before those."
        )
    return reading
