"""The units of a dissected classifier on a picture of one's own: how high each one's peak is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dissection.data.image_files import Crop, read_crop
from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.measurement.layer_readings import read_as
from dissection.models.classifiers.load import Network, load_network
from dissection.models.hooks import PLAIN_READING, observe
from dissection.models.weights.files import network_digest
from dissection.results.dissection import Dissection


@torch.no_grad()
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
    told = dissection.provenance
    settings = told.get("settings", {})
    known: Mapping[str, Any] = settings if isinstance(settings, Mapping) else {}
    name = str(known.get("model") or dissection.model)
    found = network or load_network(name, known.get("weights"))
    if found.takes != "pictures":
        raise BadInputError(f"{dissection.model} takes latents and looks at no pictures.")
    dissection.require_network(
        str(getattr(found.module, "digest", "")) or network_digest(found.module)
    )
    pixels = read_crop(_crop(told.get("sample", {})), path)
    picture = from_bytes(pixels[None])
    reading = read_as(told).get(layer, PLAIN_READING)
    module = found.module.eval()
    with observe(module, {layer: reading}, detach=True) as activations:
        module(picture)
    peaks: NDArray[np.float32] = activations[layer][0].amax((1, 2)).float().numpy()
    return peaks


def _crop(sample: Any) -> Crop:
    """How the pictures of the sample were cut; the usual way where that is not told."""
    told = sample.get("crop") if isinstance(sample, Mapping) else None
    try:
        return Crop.from_json(told)
    except ValueError:
        return Crop()
