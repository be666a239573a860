"""What a segmenter reads from a set of pictures, one by one: areas, kinds of scenes, features.

A generator that drops a kind of scene, or makes it without its building, has a good mean picture
all the same; how frequent nights and snow are, and whether buildings stand in them, tells.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.models.segmenters.storybook import StorybookSegmenter

#: Mean luminance, 0..1, below which a picture is a night. Of 1,200 labeled scenes the brightest
#: night has 0.25 and the darkest other one 0.36.
NIGHT_LUMINANCE = 0.30
#: Share of the picture that is ground under snow, from which on there is snow on the ground.
SNOWY_GROUND = 0.05
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class SceneKind:
    """Pictures of one kind among all.

    Attributes:
        pictures: how many there are.
        share: of all pictures, 0..1.
        building: mean share of their pixels that is building, 0..1; 0 without pictures.
    """

    pictures: int
    share: float
    building: float


@dataclass(frozen=True)
class PictureReadings:
    """What was read from N pictures.

    Attributes:
        areas: float32 (N, concepts), share of each picture that shows each concept; column 0 is 0.
        night: bool (N,).
        snow: bool (N,), snow on the ground.
        features: float32 (N, D), of ``StorybookSegmenter.picture_features``.
        building: index of the object *building*.
    """

    areas: NDArray[np.float32]
    night: NDArray[np.bool_]
    snow: NDArray[np.bool_]
    features: Tensor
    building: int

    @property
    def shares(self) -> NDArray[np.float64]:
        """(concepts,) share of all pixels that shows each concept."""
        return np.asarray(self.areas.mean(0, dtype=np.float64))

    @property
    def errors(self) -> NDArray[np.float64]:
        """(concepts,) standard errors of ``shares``."""
        deviation = self.areas.std(0, ddof=1, dtype=np.float64) if len(self.areas) > 1 else 0.0
        return np.asarray(deviation / np.sqrt(len(self.areas))) + np.zeros(self.areas.shape[1])

    def kinds(self) -> dict[str, SceneKind]:
        """*night* and *snow*."""
        return {"night": self._kind(self.night), "snow": self._kind(self.snow)}

    def _kind(self, mask: NDArray[np.bool_]) -> SceneKind:
        count = int(mask.sum())
        building = float(self.areas[mask, self.building].mean()) if count else 0.0
        return SceneKind(count, count / len(mask), building)


def read_pictures(
    batches: Iterable[Tensor],
    segmenter: StorybookSegmenter,
    tick: Callable[[int], None] = lambda _: None,
) -> PictureReadings:
    """Read a set of pictures.

    Args:
        batches: images (N, 3, S, S), -1..1; at least one.
        segmenter: with the concepts of Storybook's churches.
        tick: called with the pictures of each batch once it is read.

    Raises:
        UnknownNameError: the segmenter knows no building, grass or snow.
    """
    vocabulary = segmenter.vocabulary
    building = vocabulary.id(vocabulary.find("building", "object"))
    ground = vocabulary.id(vocabulary.find("grass", "object"))
    snow = vocabulary.id(vocabulary.find("snow", "material"))
    luma = torch.tensor(_LUMA)
    areas, nights, snows, features = [], [], [], []
    for images in batches:
        light = images.float().clamp(-1, 1).add(1).div(2).mean((2, 3)).cpu() @ luma
        maps = segmenter.segment(images).cpu()
        offsets = torch.arange(len(maps))[:, None, None, None] * len(vocabulary)
        counts = np.bincount(
            (maps + offsets).flatten().numpy(), minlength=len(maps) * len(vocabulary)
        ).reshape(len(maps), len(vocabulary))
        counts[:, 0] = 0
        areas.append((counts / (maps.shape[2] * maps.shape[3])).astype(np.float32))
        on_ground = (maps == ground).any(1) & (maps == snow).any(1)
        snows.append((on_ground.double().mean((1, 2)) > SNOWY_GROUND).numpy())
        nights.append((light < NIGHT_LUMINANCE).numpy())
        features.append(segmenter.picture_features(images).cpu())
        tick(len(images))
    return PictureReadings(
        np.concatenate(areas), np.concatenate(nights), np.concatenate(snows),
        torch.cat(features), building,
    )  # fmt: skip
