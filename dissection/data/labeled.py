"""Labeled images in a segmenter's place: pictures that bring their own concept maps.

Where a segmenter looks at any picture, a labeled source knows the answer for its own. It feeds
the network (``generates`` is False: the inputs are the pictures) and says for each place of the
sample what is where. Pixels that nobody labeled are -1 in its maps: for the concepts of that
category they count in neither intersection nor union.

Free of torch until tensors are asked for, so that processes that load pictures start at once.
"""

import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.data.image_files import Crop
from dissection.data.images import from_bytes
from dissection.data.label_reading import LabeledPicture, prepare, sample_maps
from dissection.data.storybook import Scene, Storybook
from dissection.data.storybook.vocabulary import CHANNELS
from dissection.errors import BadInputError
from dissection.runtime.prefetch import prefetch
from dissection.vocabulary import Vocabulary

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = -1
#: Of one sample: each is kept by its seed, and painted whenever it is looked at.
_MOST_SCENES = 10_000_000
NO_CLASS = -1
ANY = "*"
"""The category of a channel that holds concepts of several."""


class LabeledSource:
    """A sample of pictures with concept maps; a ``Source`` for networks that take pictures.

    Pictures are squeezed to resize x resize px, and the middle size x size px of that are the
    network's input; maps follow the same geometry.

    Args:
        name: what a person calls the labels.
        vocabulary: the ordered list of concepts; index 0 is nothing.
        channels: the category of each channel of the maps, or ``ANY``.
        pictures: what the sample is made of.
        size: px along a side of the network's input.
        resize: px along a side before the border is cut off; None is ``size``, without a cut.
        digest: a hash of pictures and labels, hexadecimal.
        skipped: "name: why" of each picture that was left out.
        workers: processes that load pictures and maps ahead; 0 loads them here.
        notes: what else the provenance says of the sample.
        interpolation: of the resizing of pictures, see ``Crop``.

    Attributes:
        generates: False.
        provenance: what identifies the sample: kind, SHA-256, size, crop, what was left out.

    Raises:
        BadInputError: sizes that do not fit each other.
    """

    generates = False

    def __init__(
        self,
        name: str,
        vocabulary: Vocabulary,
        channels: Sequence[str],
        pictures: Sequence[LabeledPicture],
        size: int,
        resize: int | None,
        digest: str,
        skipped: Sequence[str] = (),
        workers: int = 0,
        notes: Mapping[str, Any] | None = None,
        interpolation: str = "bilinear",
    ) -> None:
        self.crop = Crop(size, size if resize is None else resize, "squeeze", interpolation)
        self.name = name
        self.vocabulary = vocabulary
        self.channels = tuple(channels)
        self.skipped = tuple(skipped)
        self.workers = workers
        settings = f"{digest} {self.crop.size} {self.crop.resize} {vocabulary.digest()}"
        settings += "" if interpolation == "bilinear" else f" {interpolation}"
        self.digest = hashlib.sha256(settings.encode()).hexdigest()
        self._pictures = tuple(pictures)
        # The maps of pictures that were loaded last, where they are wanted; see ``labeling``.
        self._grid: int | None = None
        self._at_hand: dict[int, NDArray[np.int64]] = {}
        self.provenance: dict[str, Any] = {
            "kind": name,
            **(notes or {}),
            "sha256": self.digest,
            "size": len(self._pictures),
            "crop": self.crop.to_json(),
            "skipped": {"count": len(self.skipped), "files": list(self.skipped)},
        }

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self._pictures)

    def picture(self, row: int) -> NDArray[np.uint8]:
        """The picture at a place of the sample, uint8 (H, W, 3), in its own resolution.

        Raises:
            BadInputError: its file is gone or damaged since the sample was chosen.
        """
        return self._pictures[row].picture()

    def label_maps(self, row: int) -> NDArray[np.int64]:
        """Its concept maps, int64 (K, h, w), in their own resolution; ``IGNORED`` is -1.

        Raises:
            BadInputError: a file is gone or damaged since the sample was chosen.
        """
        return self._pictures[row].label_maps()

    def inputs(self, rows: Sequence[int]) -> "Tensor":
        """The pictures as the network takes them, float32 (n, 3, size, size), -1..1.

        Raises:
            BadInputError: a file is gone or damaged since the sample was chosen.
        """
        return self.batch(prepare(self.crop, None, self._pictures[row])[0] for row in rows)

    def load(self, rows: Sequence[int]) -> Generator[NDArray[np.uint8], None, None]:
        """The pictures at some places, one by one, loaded ahead by the workers.

        Raises:
            BadInputError: a file is gone or damaged since the sample was chosen.
        """
        pictures = (self._pictures[row] for row in rows)
        loading = prefetch(partial(prepare, self.crop, self._grid), pictures, self.workers)
        with closing(loading):
            for row, (picture, maps) in zip(rows, loading, strict=True):
                if maps is not None:
                    self._at_hand[row] = maps
                yield picture

    def batch(self, pictures: Iterable[NDArray[np.uint8]]) -> "Tensor":
        """What ``load`` gives as the network takes it."""
        side = self.crop.size
        stacked = np.array([*pictures], np.uint8).reshape(-1, side, side, 3)
        # Contiguous: networks with x.view(len(x), -1) take no other.
        return from_bytes(stacked).contiguous()

    @contextmanager
    def labeling(self, size: int) -> Iterator[None]:
        """Meanwhile ``load`` brings the maps of its pictures along, for ``labels`` of this size."""
        self._grid = size
        try:
            yield
        finally:
            self._grid = None
            self._at_hand.clear()

    def labels(self, rows: Sequence[int], size: int) -> "Tensor":
        """The concept maps of what the network sees, sampled at the middle of size x size cells.

        Returns:
            int64 (n, K, size, size), indices into the vocabulary, 0 nothing, -1 ignored.

        Raises:
            BadInputError: a file is gone or damaged since the sample was chosen.
        """
        import torch

        taken = [self._labels(row, size) for row in rows]
        if not taken:
            return torch.zeros(0, len(self.channels), size, size, dtype=torch.int64)
        return torch.from_numpy(np.stack(taken))

    def segment(self, images: "Tensor", size: int | None = None) -> "Tensor":
        """Nothing: labels stand in a segmenter's place for their own pictures alone.

        Raises:
            BadInputError: always; ``labels`` tells what is known.
        """
        raise BadInputError(
            "Labels say nothing of other pictures than those they came with; take a segmenter."
        )

    def _labels(self, row: int, size: int) -> NDArray[np.int64]:
        maps = self._at_hand.pop(row, None) if size == self._grid else None
        return sample_maps(self.crop, size, self._pictures[row]) if maps is None else maps


def counted(maps: "Tensor", channels: Sequence[str], category: str) -> "Tensor":
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


@lru_cache(maxsize=64)  # picture and maps of a scene are asked for one after the other
def _painted(domain: str, layout: int, size: int) -> Scene:
    return Storybook(domain).paint(layout, size=size)


@dataclass(frozen=True)
class _StorybookPicture:
    domain: str
    layout: int
    size: int

    @property
    def name(self) -> str:
        return str(self.layout)

    def files(self) -> Sequence[Path]:
        return ()

    def picture(self) -> NDArray[np.uint8]:
        return _painted(self.domain, self.layout, self.size).image

    def label_maps(self) -> NDArray[np.int64]:
        return _painted(self.domain, self.layout, self.size).maps.astype(np.int64)


class StorybookLabels(LabeledSource):
    """Storybook's scenes with their exact labels; every pixel is labeled.

    Args:
        layouts: the layout seeds.
        domain: see ``Storybook``.
        size: px along a side of scenes and inputs, 64 to 512.
        workers: processes that paint ahead; 0 paints here.
        interpolation: of the resizing of scenes, see ``Crop``.

    Attributes:
        classes: names of the domain's classes; empty where it has none.
        targets: int64 (N,): the class of each scene, or ``NO_CLASS``.

    Raises:
        BadInputError: there are no layouts, or a seed or the size is out of range.
        UnknownNameError: there is no such domain.
    """

    def __init__(
        self,
        layouts: Sequence[int],
        domain: str = "churches",
        size: int = 128,
        workers: int = 0,
        interpolation: str = "bilinear",
    ) -> None:
        if not layouts:
            raise BadInputError("No scenes were asked for; ask for at least 1 layout.")
        if len(layouts) > _MOST_SCENES:
            raise BadInputError(
                f"{len(layouts):,} scenes are too many for one sample; take at most "
                f"{_MOST_SCENES:,}."
            )
        book = Storybook(domain)
        for layout in (min(layouts), max(layouts)):
            _painted(domain, layout, size)
        seeds = " ".join(str(layout) for layout in layouts)
        digest = hashlib.sha256(f"storybook 1 {domain} {size} {seeds}".encode()).hexdigest()
        super().__init__(
            f"exact labels of storybook:{domain}",
            book.vocabulary,
            CHANNELS,
            [_StorybookPicture(domain, layout, size) for layout in layouts],
            size,
            None,
            digest,
            workers=workers,
            notes={"layouts": [min(layouts), max(layouts)]},
            interpolation=interpolation,
        )
        self.layouts = tuple(layouts)
        self.classes = book.classes
        numbers = [book.class_of(n) if book.classes else NO_CLASS for n in layouts]
        self.targets = np.array(numbers, np.int64)
