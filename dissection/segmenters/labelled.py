"""Labelled images in a segmenter's place: pictures that bring their own concept maps.

Where a segmenter looks at any picture, a labelled source knows the answer for its own. It feeds
the network (``generates`` is False: the inputs are the pictures) and says for each place of the
sample what is where. Pixels that nobody labelled are -1 in its maps: for the concepts of that
category they count in neither intersection nor union.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from dissection.errors import BadInputError
from dissection.storybook import STORYBOOK, Scene, Storybook
from dissection.storybook.vocabulary import CHANNELS
from dissection.vocabulary import Vocabulary

IGNORED = -1
ANY = "*"
"""The category of a channel that holds concepts of several."""


class LabelledSource(ABC):
    """A sample of pictures with concept maps; a ``Source`` for networks that take pictures.

    Pictures are squeezed to resize x resize px, and the middle size x size px of that are the
    network's input; maps follow the same geometry.

    Args:
        vocabulary: the ordered list of concepts; index 0 is nothing.
        channels: the category of each channel of the maps, or ``ANY``.
        size: px along a side of the network's input.
        resize: px along a side before the border is cut off; None is ``size``, without a cut.
        digest: a hash of pictures and labels, hexadecimal.
        count: pictures in the sample.
        skipped: what was left out, a sentence for each.

    Attributes:
        generates: False.
        provenance: what identifies the sample: kind, SHA-256, size and how many were left out.
    """

    generates = False

    def __init__(
        self,
        vocabulary: Vocabulary,
        channels: Sequence[str],
        size: int,
        resize: int | None,
        digest: str,
        count: int,
        skipped: Sequence[str] = (),
    ) -> None:
        if size < 1 or (resize is not None and resize < size):
            raise BadInputError(
                f"Pictures of {resize or size} px cannot give inputs of {size} px; resize to at "
                "least the size of the input, which is at least 1."
            )
        self.vocabulary = vocabulary
        self.channels = tuple(channels)
        self.size = size
        self.resize = size if resize is None else resize
        self.skipped = tuple(skipped)
        settings = f"{digest} {self.size} {self.resize} {vocabulary.digest()}"
        self.digest = hashlib.sha256(settings.encode()).hexdigest()
        self._count = count
        self.provenance: dict[str, Any] = {
            "kind": type(self).__name__,
            "sha256": self.digest,
            "size": count,
            "skipped": len(self.skipped),
        }

    def __len__(self) -> int:
        """How many pictures there are."""
        return self._count

    @abstractmethod
    def picture(self, row: int) -> NDArray[np.uint8]:
        """The picture at a place of the sample, uint8 (H, W, 3), in its own resolution."""

    @abstractmethod
    def label_maps(self, row: int) -> NDArray[np.int64]:
        """Its concept maps, int64 (K, h, w), in their own resolution; ``IGNORED`` is -1."""

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """The pictures as the network takes them, float32 (n, 3, size, size), -1..1."""
        pictures = [self._squeezed(self.picture(row)) for row in rows]
        if not pictures:
            return torch.zeros(0, 3, self.size, self.size)
        return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1

    def labels(self, rows: Sequence[int], size: int) -> Tensor:
        """The concept maps of what the network sees, sampled at the middle of size x size cells.

        Returns:
            int64 (n, K, size, size), indices into the vocabulary, 0 nothing, -1 ignored.
        """
        middles = (self.resize - self.size) / 2 + (np.arange(size) + 0.5) * (self.size / size)
        taken = []
        for row in rows:
            maps = self.label_maps(row)
            down, across = (
                np.minimum((middles * (n / self.resize)).astype(np.int64), n - 1)
                for n in maps.shape[1:]
            )
            taken.append(maps[:, down[:, None], across[None, :]])
        if not taken:
            return torch.zeros(0, len(self.channels), size, size, dtype=torch.int64)
        return torch.from_numpy(np.stack(taken))

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """Nothing: labels stand in a segmenter's place for their own pictures alone.

        Raises:
            BadInputError: always; ``labels`` tells what is known.
        """
        raise BadInputError(
            "Labels say nothing of other pictures than those they came with; take a segmenter."
        )

    def _squeezed(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        image = Image.fromarray(picture)
        if image.size != (self.resize, self.resize):
            image = image.resize((self.resize, self.resize), Image.Resampling.BILINEAR)
        border = (self.resize - self.size) // 2
        cut = np.asarray(image)[border : border + self.size, border : border + self.size]
        return np.ascontiguousarray(cut)


def counted(maps: Tensor, channels: Sequence[str], category: str) -> Tensor:
    """Which pixels count for the concepts of a category.

    Args:
        maps: integers (N, K, h, w), with -1 where a channel is ignored.
        channels: the category of each channel, or ``ANY``.
        category: of the concepts.

    Returns:
        bool (N, h, w): False where a channel that could name such a concept is ignored.
    """
    chosen = [k for k, name in enumerate(channels) if name in (category, ANY)]
    return (maps[:, chosen] != IGNORED).all(1)


class StorybookLabels(LabelledSource):
    """Storybook's scenes with their exact labels; every pixel is labelled.

    Args:
        layouts: the layout seeds.
        domain: see ``Storybook``.
        size: px along a side of scenes and inputs, 64 to 512.

    Raises:
        BadInputError: there are no layouts, or a seed or the size is out of range.
        UnknownNameError: there is no such domain.
    """

    def __init__(self, layouts: Sequence[int], domain: str = "churches", size: int = 128) -> None:
        if not layouts:
            raise BadInputError("No scenes were asked for; ask for at least 1 layout.")
        seeds = " ".join(str(layout) for layout in layouts)
        digest = hashlib.sha256(f"storybook 1 {domain} {size} {seeds}".encode()).hexdigest()
        super().__init__(STORYBOOK, CHANNELS, size, None, digest, len(layouts))
        self.layouts = tuple(layouts)
        book = Storybook(domain)

        # Pictures and maps of a batch are asked for one after the other.
        @lru_cache(maxsize=128)
        def scene(layout: int) -> Scene:
            return book.paint(layout, size=size)

        self._scene = scene
        scene(self.layouts[0])

    def picture(self, row: int) -> NDArray[np.uint8]:
        """uint8 (size, size, 3)."""
        return self._scene(self.layouts[row]).image

    def label_maps(self, row: int) -> NDArray[np.int64]:
        """int64 (3, size, size): object, part, material."""
        return self._scene(self.layouts[row]).maps.astype(np.int64)
