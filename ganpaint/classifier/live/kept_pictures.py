"""A network with its held-out pictures, kept behind a layer. Lives inside the live thread."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dissection.data.images import Picture
from dissection.errors import BadInputError
from ganpaint.classifier.studies.study import LiveRequest
from ganpaint.rendering.devices import AUTO, trouble_with

if TYPE_CHECKING:
    from dissection.data.image_files import Crop
    from dissection.interventions.ablation.classes import ClassSource
    from dissection.interventions.ablation.live import LiveAblation
    from dissection.interventions.ablation.one_picture import LivePicture
    from dissection.runtime.progress import Report

_STORYBOOK = "storybook:"
#: Scenes of each class where nobody says how many.
_EACH = 25


class KeptPictures:
    """The network's pictures behind the layer; lives inside the live thread.

    Args:
        request: what to load.
        report: told of the progress; stops the loading by returning False.

    Raises:
        DissectionError: the network, the pictures or the classes do not fit.
        Stopped: the report asked for it.
    """

    def __init__(self, request: LiveRequest, report: "Report") -> None:
        from dissection.models.classifiers.load import load_network
        from dissection.models.classifiers.transforms import takes_pictures
        from dissection.models.weights.files import network_digest

        network = load_network(request.model)
        if network.takes == "latents":
            raise BadInputError(f"{network.name} is a generator; choose a classifier's file.")
        if not network.takes:
            takes_pictures(network.module, network.preparation.normalization)
        digest = getattr(network.module, "digest", "") or network_digest(network.module)
        if digest != request.network:
            raise BadInputError(
                f"{request.model} is another network than the one that the ablation was made of; "
                "choose that one, or make an ablation study of this one."
            )
        self.source = _source(request, network, report)
        self.live: LiveAblation = _ablation(network.module, request, self.source, report)
        self.names: Sequence[str] = _names(self.source)
        self._crop: Crop = network.preparation.crop("squeeze", 0, 0)
        self._pictures: dict[int, Picture] = {}
        self._looked: tuple[int | Path, LivePicture, Picture] | None = None

    def picture(self, place: int) -> Picture:
        """One of the pictures, uint8 (H, W, 3)."""
        if place not in self._pictures:
            values = self.source.inputs([place])[0].numpy()
            bytes_ = np.clip(np.rint((values + 1) * 127.5), 0, 255).astype(np.uint8)
            self._pictures[place] = np.ascontiguousarray(bytes_.transpose(1, 2, 0))
        return self._pictures[place]

    def look_at(self, subject: "int | Path") -> "tuple[LivePicture, Picture]":
        """One of the pictures by its place, or a file: to look into, and uint8 (H, W, 3).

        Raises:
            BadInputError: the file cannot be read as a picture.
        """
        from dissection.data.image_files import read_own

        if self._looked is None or self._looked[0] != subject:
            if isinstance(subject, Path):
                seen: Picture = read_own(self._crop, subject)
                found = self.live.look_at(seen)
            else:
                found, seen = self.live.picture(subject), self.picture(subject)
            self._looked = subject, found, seen
        return self._looked[1:]


def _names(source: "ClassSource") -> Sequence[str]:
    """Names of the pictures, as an ablation stores them."""
    given: Sequence[object] = getattr(source, "names", ()) or getattr(source, "layouts", ())
    return tuple(str(name) for name in given)


def _ablation(
    network: Any, request: LiveRequest, source: "ClassSource", report: "Report"
) -> "LiveAblation":
    """What keeps the pictures, on the device of the request, or where that is full on the CPU."""
    from dissection.interventions.ablation.live import LiveAblation
    from dissection.models.generators.precision import choose_device
    from dissection.runtime.memory import free_memory, is_out_of_memory

    given: Any = {"classes": request.classes, "report": report}
    where = choose_device(AUTO if trouble_with(request.device) else request.device)
    try:
        return LiveAblation(network, request.layer, source, device=where, **given)
    except Exception as error:
        if where.type == "cpu" or not is_out_of_memory(error):
            raise
    free_memory(where)
    return LiveAblation(network, request.layer, source, device="cpu", **given)


def _source(request: LiveRequest, network: Any, report: "Report") -> "ClassSource":
    from dissection.data.image_folder import ImageFolder
    from dissection.data.labeled import StorybookLabels
    from dissection.training.pictures import HELD_OUT

    if request.pictures.startswith(_STORYBOOK):
        number = request.size or _EACH * len(request.classes)
        domain = request.pictures.removeprefix(_STORYBOOK)
        scenes: Any = StorybookLabels(range(HELD_OUT, HELD_OUT + number), domain, network.size)
        return scenes  # type: ignore[no-any-return]
    crop = network.preparation.crop("squeeze", 0, 0)
    folder = ImageFolder(request.pictures, crop, request.size or None, report=report)
    if not folder.classes:
        raise BadInputError(
            f"{request.pictures} holds pictures and no folders of them; put each class's pictures "
            "in a folder called like the class."
        )
    return folder
