"""A picture of one's own, looked at by a dissected classifier: everything is computed once.

Whoever walks through a layer's units on a picture wants each of them at once: the picture is cut,
given to the network and segmented once, and a unit costs what is read of its map.
"""

from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dissection.data.image_files import read_own
from dissection.data.images import from_bytes, thumbnail
from dissection.measurement.picture_peaks import crop_of, maps_on_picture
from dissection.measurement.sample_again import SampleAgain
from dissection.measurement.unit_reading import UnitReading, concept_iou, grid_of, read_unit
from dissection.models.segmenters.base import Segmenter

#: Layers whose maps are kept: a wide one takes some 13 MB.
_KEPT = 4


class OwnPicture:
    """A picture under the network of a dissection.

    Args:
        sample: the network, and what it was dissected with.
        picture: a file; or uint8 (H, W, 3), RGB.

    Attributes:
        sample: as given.
    """

    def __init__(self, sample: SampleAgain, picture: Path | NDArray[np.uint8]) -> None:
        self.sample = sample
        self._picture = picture
        self._maps: dict[str, NDArray[np.float32]] = {}
        self._labels: dict[int, NDArray[np.int64]] = {}

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """What the network is shown, uint8 (side, side, 3): cut as the sample's pictures were.

        Raises:
            BadInputError: the picture cannot be used, or the network takes none.
            UnknownNameError, StoreError, ModelFileError: as ``SampleAgain.network``.
        """
        crop = crop_of(self.sample.dissection, self.sample.network)
        return read_own(crop, self._picture)

    def maps(self, layer: str) -> NDArray[np.float32]:
        """The layer's output, float32 (C, h, w); raises as ``pixels`` and ``maps_on_picture``."""
        if layer not in self._maps:
            while len(self._maps) >= _KEPT:
                del self._maps[next(iter(self._maps))]
            asked = self.sample.dissection, layer, self.pixels, self.sample.network
            self._maps[layer] = maps_on_picture(*asked)
        return self._maps[layer]

    def thumbnail(self, size: int) -> NDArray[np.uint8]:
        """What the network is shown, uint8 (size, size, 3)."""
        return thumbnail(self.pixels, size)

    def read(self, layer: str, unit: int, size: int) -> UnitReading:
        """A unit on the picture; its map as large as is said. Raises as ``maps``."""
        return read_unit(self.sample.dissection, layer, unit, self.maps(layer)[unit], size)

    @cached_property
    def segmenter(self) -> Segmenter | None:
        """What tells where concepts are in it; None where the sample came with its labels.

        Raises:
            UnknownNameError, ModelFileError: the segmenter is not to be had.
        """
        return self.sample.segmenter if self.sample.segmented else None

    @property
    def labeled(self) -> bool:
        """Whether it was segmented already."""
        return bool(self._labels)

    def peaks(self, layer: str) -> NDArray[np.float32]:
        """Each unit's highest activation, over the raw map: float32 (C,). Raises as ``maps``."""
        peaks: NDArray[np.float32] = self.maps(layer).max((1, 2))
        return peaks

    def labels(self, size: int) -> NDArray[np.int64]:
        """What the segmenter sees, int64 (K, size, size), where there is one."""
        assert self.segmenter is not None, "asked for where there is one"
        known = self._labels.get(size)
        if known is None:
            seen = self.segmenter.segment(from_bytes(self.pixels[None]), size=size)
            known = self._labels[size] = seen[0].cpu().numpy()
        return known

    def iou(self, layer: str, unit: int) -> float | None:
        """IoU of the unit with its label here, on the dissection's grid; None where undefined."""
        dissection = self.sample.dissection
        if self.segmenter is None or not dissection[layer].threshold_names:
            return None
        labels = self.labels(grid_of(dissection))
        raw = self.maps(layer)[unit]
        return concept_iou(dissection, layer, unit, raw, labels, self.segmenter.vocabulary)
