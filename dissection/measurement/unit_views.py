"""One unit on some inputs, seen closely: pictures, its map on them, what a segmenter sees."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dissection.data.images import from_bytes, thumbnail
from dissection.data.labeled import LabeledSource
from dissection.data.sources import Source
from dissection.errors import BadInputError
from dissection.measurement.exemplars import layer_centers, look_at_inputs, made_again
from dissection.measurement.layer_readings import read_as
from dissection.measurement.spotlight import upsampled
from dissection.models.hooks import PLAIN_READING
from dissection.models.segmenters.base import Segmenter
from dissection.models.weights.files import network_digest
from dissection.results.dissection import Dissection


class UnitViews(NamedTuple):
    """A unit on n inputs.

    Attributes:
        pictures: uint8 (n, size, size, 3), RGB.
        activations: float32 (n, size, size): the unit's map, upsampled as for the IoU.
        peaks: float32 (n,): its highest activation in each, over the raw map.
        labels: int64 (n, K, size, size): what the segmenter sees; None without one.
    """

    pictures: NDArray[np.uint8]
    activations: NDArray[np.float32]
    peaks: NDArray[np.float32]
    labels: NDArray[np.int64] | None


@torch.no_grad()
def view_unit(
    dissection: Dissection,
    layer: str,
    unit: int,
    rows: Sequence[int],
    network: nn.Module,
    *,
    segmenter: Segmenter | None = None,
    size: int = 160,
    source: Source | None = None,
) -> UnitViews:
    """Look at a unit on some inputs of its dissection's sample, or of another source.

    Args:
        dissection: of the network.
        layer: name of a layer.
        unit: which of its units.
        rows: places in the sample.
        network: the one that was dissected, in eval mode.
        segmenter: what says where a concept is; None leaves that out. Labeled pictures say it of
            themselves, and of no others.
        size: width and height of what is given, in pixels.
        source: the sample, where it is not rows of the standard latents.

    Raises:
        UnknownNameError: no such layer.
        StoreError: the dissection is of another network.
        BadInputError: the sample cannot be made again without ``source``, or has no such rows; the
            network has other units than the dissection tells.
    """
    measured = dissection[layer]
    dissection.require_network(str(getattr(network, "digest", "")) or network_digest(network))
    sample = source or made_again(dissection)
    if (
        not 0 <= unit < measured.shape[0]
        or not rows
        or not 0 <= min(rows) <= max(rows) < len(sample)
    ):
        raise BadInputError(
            f"{layer} has units 0 to {measured.shape[0] - 1} and the sample inputs 0 to "
            f"{len(sample) - 1}; unit {unit} on {list(rows)} is not among them."
        )
    reading = read_as(dissection.provenance).get(layer, PLAIN_READING)
    pictures, maps = look_at_inputs(network, sample, rows, {layer: reading})
    if maps[layer].shape[1] != measured.shape[0]:
        raise BadInputError(
            f"The network gives {maps[layer].shape[1]} units where the dissection of {layer} has "
            f"{measured.shape[0]}; it is another one than was dissected."
        )
    own = maps[layer][:, unit]
    centers = layer_centers(dissection, layer)
    labels = None
    if isinstance(segmenter, LabeledSource):
        labels = segmenter.labels(rows, size).numpy()
    elif segmenter is not None:
        labels = segmenter.segment(from_bytes(pictures), size=size).cpu().numpy()
    return UnitViews(
        np.stack([thumbnail(picture, size) for picture in pictures]),
        np.stack([upsampled(each, (size, size), centers) for each in own]).astype(np.float32),
        own.max((1, 2)),
        labels,
    )
