"""The units of a dissected classifier on a picture of one's own: their maps, how high they peak."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dissection.data.image_files import Crop, read_own
from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.measurement.layer_readings import read_as
from dissection.measurement.sample_again import SampleAgain
from dissection.models.borrowed import evaluating
from dissection.models.classifiers.load import Network
from dissection.models.hooks import PLAIN_READING, observe
from dissection.models.weights.files import network_digest
from dissection.results.dissection import Dissection


def peaks_on_picture(
    dissection: Dissection, layer: str, path: Path, network: Network | None = None
) -> NDArray[np.float32]:
    """Each unit's highest activation on a picture, over the raw map: float32 (units,).

    Args:
        dissection: of a classifier.
        layer: name of a layer of it.
        path: a picture.
        network: what was dissected; None loads it by the name that the dissection tells.

    Raises:
        UnknownNameError: no such layer, or the network is not to be had by its name.
        StoreError: the dissection is of another network.
        BadInputError: the picture cannot be read, or the network takes no pictures.
    """
    found = network or SampleAgain(dissection).network
    pixels = read_own(crop_of(dissection, found), path)
    peaks: NDArray[np.float32] = maps_on_picture(dissection, layer, pixels, found).max((1, 2))
    return peaks


@torch.no_grad()
def maps_on_picture(
    dissection: Dissection, layer: str, pixels: NDArray[np.uint8], network: Network
) -> NDArray[np.float32]:
    """A layer's output on a picture, float32 (C, h, w), read as when the network was dissected.

    Args:
        dissection: of a classifier.
        layer: name of a layer of it.
        pixels: uint8 (size, size, 3), RGB, cut as ``crop_of`` says.
        network: what was dissected.

    Raises:
        UnknownNameError: no such layer.
        StoreError: the dissection is of another network.
        BadInputError: the network takes no pictures, or the layer has other units than were
            dissected or gives no maps.
    """
    _require_pictures(dissection, network)
    told = str(getattr(network.module, "digest", "")) or network_digest(network.module)
    dissection.require_network(told)
    units = dissection[layer].shape[0]
    readings = {layer: read_as(dissection.provenance).get(layer, PLAIN_READING)}
    with (
        evaluating(network.module) as module,
        observe(module, readings, detach=True, readings=readings) as activations,
    ):
        module(from_bytes(pixels[None]).contiguous())
    found = activations[layer]
    if found.ndim != 4 or found.shape[1] != units:
        shape = " × ".join(map(str, found.shape[1:]))
        raise BadInputError(
            f"The network gives {shape} activations where the dissection of {layer} has {units} "
            "units with a map each; it is another one than was dissected."
        )
    maps: NDArray[np.float32] = found[0].float().cpu().numpy()
    return maps


def crop_of(dissection: Dissection, network: Network) -> Crop:
    """How the pictures of the sample were cut; as is usual for the network where nobody tells.

    Raises:
        BadInputError: the network takes no pictures.
    """
    _require_pictures(dissection, network)
    sample = dissection.provenance.get("sample", {})
    try:
        return Crop.from_json(sample.get("crop") if isinstance(sample, Mapping) else None)
    except ValueError:
        return network.preparation.crop()


def _require_pictures(dissection: Dissection, network: Network) -> None:
    # What nobody says of a user's own network, the dissection has shown: it was given pictures.
    settings = dissection.provenance.get("settings")
    shown = isinstance(settings, Mapping) and (settings.get("images") or settings.get("labels"))
    if network.takes == "latents" or not (network.takes or shown):
        raise BadInputError(f"{dissection.model} takes latents and looks at no pictures.")
