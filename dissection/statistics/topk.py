"""For each unit the images with the highest peak, mergeable; ties go to the lower index."""

from dataclasses import dataclass

import torch
from torch import Tensor

from dissection.errors import BadInputError


def peaks_of(features: Tensor) -> Tensor:
    """Each unit's highest activation in each image: (N, C, h, w) -> (N, C), over the raw map."""
    return features.amax((2, 3))


@dataclass(frozen=True, eq=False)
class TopImages:
    """The best images of each unit so far.

    Attributes:
        values: float32 (units, up to k): peaks, highest first.
        images: int64 (units, up to k): places in the sample.
        k: how many are kept.
    """

    values: Tensor
    images: Tensor
    k: int

    @classmethod
    def of(cls, peaks: Tensor, first: int, k: int) -> "TopImages":
        """The best of one batch.

        Args:
            peaks: float (N, C), finite.
            first: the place in the sample of the batch's first image; the others follow.
            k: at least 1.

        Raises:
            BadInputError: k is below 1.
        """
        if k < 1:
            raise BadInputError(f"At least 1 image is kept for each unit, not {k}.")
        images = torch.arange(first, first + len(peaks), device=peaks.device)
        return cls(*_best(peaks.T.float(), images.expand(peaks.shape[1], -1), k), k)

    def merge(self, other: "TopImages") -> "TopImages":
        """The best of both, which must be of different images of one sample."""
        values = torch.cat([self.values, other.values], 1)
        images = torch.cat([self.images, other.images], 1)
        return TopImages(*_best(values, images, self.k), self.k)


def _best(values: Tensor, images: Tensor, k: int) -> tuple[Tensor, Tensor]:
    by_image = images.argsort(dim=1, stable=True)
    values, images = values.gather(1, by_image), images.gather(1, by_image)
    by_value = values.argsort(dim=1, descending=True, stable=True)[:, :k]
    return values.gather(1, by_value), images.gather(1, by_value)
