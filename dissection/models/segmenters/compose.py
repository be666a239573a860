"""Several segmenters as one: their vocabularies joined, their channels stacked."""

import hashlib
import json
from collections.abc import Sequence

import torch
from torch import Tensor

from dissection.errors import BadInputError
from dissection.models.segmenters.base import Segmenter, SoftSegmenter
from dissection.models.segmenters.pyramid import resized
from dissection.vocabulary import NOTHING, Concept, Vocabulary


class Composition:
    """A segmenter that asks others, each about the same pictures.

    Concepts come in the order of the parts; a concept that several know has one index, and a
    pixel has it if any of them says so. A further *nothing* inside a part's vocabulary keeps its
    place. Maps of different resolution are brought to the first part's by nearest neighbors;
    where a size is asked for, there are none.

    Args:
        parts: at least one.

    Raises:
        BadInputError: there are no parts.
    """

    def __init__(self, parts: Sequence[Segmenter]) -> None:
        if not parts:
            raise BadInputError("A composition needs at least one segmenter.")
        self.parts = tuple(parts)
        concepts: list[Concept] = [NOTHING]
        known = {NOTHING: 0}
        self._numbers = []
        for part in self.parts:
            numbers = [0]
            for concept in part.vocabulary[1:]:
                if concept == NOTHING or concept not in known:
                    known.setdefault(concept, len(concepts))
                    numbers.append(len(concepts))
                    concepts.append(concept)
                else:
                    numbers.append(known[concept])
            self._numbers.append(torch.tensor(numbers))
        self.vocabulary = Vocabulary(concepts)
        digests = json.dumps(["composition 1", *(part.digest for part in self.parts)])
        self.digest = hashlib.sha256(digests.encode()).hexdigest()

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, all channels, h, w); see ``Segmenter.segment``."""
        channels: list[Tensor] = []
        for part, numbers in zip(self.parts, self._numbers, strict=True):
            maps = part.segment(images, size)
            if channels:
                maps = _nearest(maps.to(channels[0].device), channels[0].shape[-2:])
            named = numbers.to(maps.device)[maps.clamp(min=0)]
            channels.append(torch.where(maps < 0, maps, named))  # -1, ignored, stays
        return torch.cat(channels, 1)


class SoftComposition(Composition):
    """The same where at least one part has probabilities; those of the others are zero."""

    def probabilities(self, images: Tensor) -> Tensor:
        """Float (N, len(vocabulary), h, w); see ``SoftSegmenter.probabilities``.

        The resolution is that of the first part that has probabilities. A concept of several
        such parts has the larger one's.
        """
        planes: Tensor | None = None
        for part, numbers in zip(self.parts, self._numbers, strict=True):
            if not isinstance(part, SoftSegmenter):
                continue
            own = part.probabilities(images)[:, 1:]
            if planes is None:
                planes = own.new_zeros(len(own), len(self.vocabulary), *own.shape[-2:])
            own = resized(own.to(planes.device), (planes.shape[-2], planes.shape[-1]))
            places = numbers[1:].to(planes.device)
            joined = torch.maximum(planes[:, places], own)
            planes = planes.index_copy(1, places, joined)
        if planes is None:
            raise BadInputError("None of the segmenters of this composition has probabilities.")
        return planes


def compose(parts: Sequence[Segmenter]) -> Segmenter:
    """One segmenter of several: the only one, a ``SoftComposition`` or a ``Composition``.

    Raises:
        BadInputError: there are no parts.
    """
    if len(parts) == 1:
        return parts[0]
    if any(isinstance(part, SoftSegmenter) for part in parts):
        return SoftComposition(parts)
    return Composition(parts)


def _nearest(maps: Tensor, size: Sequence[int]) -> Tensor:
    """Integer maps (N, K, H, W) at another (height, width), pixel centers aligned."""
    for axis, wanted in ((-2, size[0]), (-1, size[1])):
        now = maps.shape[axis]
        if now != wanted:
            places = (torch.arange(wanted, device=maps.device) * 2 + 1) * now // (2 * wanted)
            maps = maps.index_select(axis, places)
    return maps
