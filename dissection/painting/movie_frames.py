"""The frames of a movie in its own size, and how long each of them stays."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.images import Picture
from dissection.runtime.progress import Meter


@dataclass(frozen=True, eq=False)
class MovieFrames:
    """What a writer of one format is given.

    Attributes:
        pictures: uint8 (H, W, 3) of one square size, in order; at least one.
        side: width and height of the movie, px; even.
        fps: frames a second.
        held: frames for which the first and the last picture stay.
        meter: is told of every picture that is written.
    """

    pictures: Sequence[Picture]
    side: int
    fps: int
    held: int
    meter: Meter

    @property
    def shown(self) -> NDArray[np.int64]:
        """For how many frames each picture stays, int64 (pictures,)."""
        shown = np.ones(len(self.pictures), np.int64)
        shown[[0, -1]] = self.held
        return shown

    def __iter__(self) -> Iterator[tuple[Image.Image, int]]:
        """Each picture in the movie's size, and for how many frames it stays.

        Raises:
            Stopped: the report said so.
        """
        for picture, times in zip(self.pictures, self.shown, strict=True):
            yield _resized(picture, self.side), int(times)
            self.meter.step()


def _resized(picture: Picture, side: int) -> Image.Image:
    image = Image.fromarray(picture)
    if image.size == (side, side):
        return image
    return image.resize((side, side), Image.Resampling.BICUBIC)
