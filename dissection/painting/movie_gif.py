"""Movies as GIF: one palette for all frames, and a dither that leaves alone what stays."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.images import Picture
from dissection.painting.movie_frames import MovieFrames

_COLORS = 256
#: So many frames, spread over the movie, decide on the colors of a GIF.
_PALETTE_FRAMES = 16
#: Amplitude of the dither, in levels of 255: about the distance of neighboring colors.
_DITHER = 8.0


def write_gif(path: Path, frames: MovieFrames) -> None:
    """Write a GIF that plays for ever.

    Raises:
        OSError: the file cannot be written.
        Stopped: the report said so.
    """
    palette = _shared_palette(frames.pictures)

    def drawn() -> Iterator[Image.Image]:
        for image, _ in frames:
            yield _dithered(image).quantize(palette=palette, dither=Image.Dither.NONE)

    # The format counts hundredths of a second: round the times, not their differences.
    ends = np.cumsum(frames.shown) / frames.fps
    hundredths = np.diff(np.round(ends * 100).astype(int), prepend=0)
    images = drawn()
    next(images).save(
        path,
        format="GIF",
        save_all=True,
        append_images=images,
        duration=[int(10 * h) for h in hundredths],
        loop=0,
        optimize=False,
    )


def _shared_palette(pictures: Sequence[Picture]) -> Image.Image:
    """One palette for all frames: with one each, colors that stay would flicker."""
    chosen = np.linspace(0, len(pictures) - 1, min(_PALETTE_FRAMES, len(pictures))).round()
    mosaic = np.concatenate([pictures[int(place)] for place in chosen])
    return Image.fromarray(mosaic).quantize(_COLORS, Image.Quantize.MEDIANCUT)


def _dithered(image: Image.Image) -> Image.Image:
    """Ordered dither: unlike error diffusion it leaves alone what does not change in a movie."""
    pixels = np.asarray(image, np.float32)
    height, width, _ = pixels.shape
    pattern = np.tile(_bayer(), (height // 8 + 1, width // 8 + 1))[:height, :width, None]
    return Image.fromarray(np.clip(pixels + pattern * _DITHER, 0, 255).astype(np.uint8))


@cache
def _bayer() -> NDArray[np.float32]:
    """The 8 x 8 Bayer matrix, centered: -0.5 to 0.5."""
    matrix = np.zeros((1, 1))
    for _ in range(3):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return ((matrix + 0.5) / matrix.size - 0.5).astype(np.float32)
