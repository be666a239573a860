"""Movies of an edit growing stroke by stroke, as GIF or MP4 (Bau et al. 2020, movies S1 to S3).

Each stroke comes in with growing strength, so that what is seen is the network making up its
picture, not a cross-fade of two. Free of torch: whoever has a renderer brings the pictures.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.images import Picture
from dissection.errors import BadInputError, DissectionError
from dissection.painting.edits import Edit
from dissection.painting.history import History, shown_edit
from dissection.runtime.files import replacing
from dissection.runtime.progress import Meter, Report

FORMATS = (".gif", ".mp4")
FASTEST = 50  #: frames a second; viewers slow faster GIFs down
LARGEST_SIDE = 2048
_COLORS = 256
#: So many frames, spread over the movie, decide on the colors of a GIF.
_PALETTE_FRAMES = 16
#: Amplitude of the dither, in levels of 255: about the distance of neighboring colors.
_DITHER = 8.0
#: What plays on most machines of each kind and is most likely there, the best one first. Trying
#: H.264 where OpenCV's own build has none prints its complaints to the terminal.
_CODECS = ("avc1", "mp4v") if sys.platform in ("darwin", "win32") else ("vp09", "mp4v")


@dataclass(frozen=True)
class MovieSettings:
    """How a movie looks.

    Attributes:
        fps: frames a second, 1 to 50.
        side: width and height, px; None for the picture's own, doubled until it has 256.
        stroke_seconds: how long a stroke takes to come in.
        hold_seconds: how long the first and the last picture stay.

    Raises:
        BadInputError: a value that no movie can have.
    """

    fps: int = 12
    side: int | None = None
    stroke_seconds: float = 0.75
    hold_seconds: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.fps <= FASTEST:
            raise BadInputError(f"A movie has 1 to {FASTEST} frames a second, not {self.fps}.")
        if self.side is not None and not 16 <= self.side <= LARGEST_SIDE:
            raise BadInputError(f"A movie is 16 to {LARGEST_SIDE} px wide, not {self.side}.")
        for name, seconds in (("stroke", self.stroke_seconds), ("still", self.hold_seconds)):
            if not 0 <= seconds <= 60:
                raise BadInputError(f"A {name} stays for 0 to 60 seconds, not {seconds:g}.")

    def side_of(self, size: int) -> int:
        """The width of the movie of pictures of ``size`` px; even, as codecs want it."""
        side = self.side or size
        while self.side is None and side < 256:
            side *= 2
        return side + side % 2

    @property
    def steps(self) -> int:
        """Frames in which a stroke comes in."""
        return max(1, round(self.fps * self.stroke_seconds))

    @property
    def held(self) -> int:
        """Frames for which the first and the last picture stay."""
        return max(1, round(self.fps * self.hold_seconds))


def growth(history: History, settings: MovieSettings) -> list[Edit]:
    """The edits of a movie's pictures: none, then stroke by stroke, with growing strength.

    Strokes that are off are left out.

    Raises:
        BadInputError: there is no stroke to show.
    """
    strokes = shown_edit(history).strokes
    if not strokes:
        raise BadInputError("There is no stroke to make a movie of; paint one first.")
    edits, steps = [Edit()], settings.steps
    for count, stroke in enumerate(strokes):
        below = Edit(strokes[:count])
        strengths = (stroke.strength * step / steps for step in range(1, steps))
        edits += [below.then(replace(stroke, strength=strength)) for strength in strengths]
        edits.append(below.then(stroke))
    return edits


def movie_format(path: str | Path) -> str:
    """``.gif`` or ``.mp4``.

    Raises:
        BadInputError: the name ends in neither.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise BadInputError(
            f"Movies are written as GIF or MP4; give {path} a name that ends in .gif or .mp4."
        )
    return suffix


def write_movie(
    path: str | Path,
    pictures: Sequence[Picture],
    settings: MovieSettings,
    report: Report | None = None,
) -> None:
    """Write a movie, whole; the first and the last picture are held.

    Args:
        path: where to; ends in ``.gif`` or ``.mp4``.
        pictures: uint8 (H, W, 3) of one square size, in order.
        settings: how it looks.
        report: is told how many pictures are written; False stops.

    Raises:
        BadInputError: another ending, or no pictures.
        DissectionError: the file cannot be written, or this machine has no codec for MP4.
        Stopped: the report said so.
    """
    suffix = movie_format(path)
    if not pictures:
        raise BadInputError("A movie needs at least one picture.")
    meter = Meter(report, "writing the movie", len(pictures))
    side = settings.side_of(pictures[0].shape[1])
    with replacing(path) as temporary:
        if suffix == ".gif":
            _write_gif(temporary, pictures, side, settings, meter)
        else:
            _write_mp4(temporary, pictures, side, settings, meter)


def _write_gif(
    path: Path, pictures: Sequence[Picture], side: int, settings: MovieSettings, meter: Meter
) -> None:
    palette = _shared_palette(pictures)

    def frames() -> Iterator[Image.Image]:
        for picture in pictures:
            dithered = _dithered(_resized(picture, side))
            yield dithered.quantize(palette=palette, dither=Image.Dither.NONE)
            meter.step()

    # The format counts hundredths of a second: round the times, not their differences.
    ends = np.cumsum(_frames_shown(len(pictures), settings)) / settings.fps
    hundredths = np.diff(np.round(ends * 100).astype(int), prepend=0)
    drawn = frames()
    next(drawn).save(
        path,
        format="GIF",
        save_all=True,
        append_images=drawn,
        duration=[int(10 * h) for h in hundredths],
        loop=0,
        optimize=False,
    )


def _write_mp4(
    path: Path, pictures: Sequence[Picture], side: int, settings: MovieSettings, meter: Meter
) -> None:
    import cv2  # only here: it takes a tenth of a second to load

    shown = _frames_shown(len(pictures), settings)
    for codec in _CODECS:
        writer = cv2.VideoWriter()
        with suppress(cv2.error):
            fourcc = cv2.VideoWriter.fourcc(*codec)
            writer.open(str(path), fourcc, float(settings.fps), (side, side))
        if writer.isOpened():
            break
    else:
        raise DissectionError(
            "This machine has no codec that OpenCV could write an MP4 with; export a GIF instead."
        )
    try:
        for picture, times in zip(pictures, shown, strict=True):
            frame = np.ascontiguousarray(np.asarray(_resized(picture, side))[:, :, ::-1])
            for _ in range(times):
                writer.write(frame)
            meter.step()
    finally:
        writer.release()
    if not path.stat().st_size:
        raise DissectionError(
            f"OpenCV wrote nothing with its codec {codec}; export a GIF instead of an MP4."
        )


def _frames_shown(count: int, settings: MovieSettings) -> NDArray[np.int64]:
    """For how many frames each picture stays."""
    shown = np.ones(count, np.int64)
    shown[[0, -1]] = settings.held
    return shown


def _resized(picture: Picture, side: int) -> Image.Image:
    image = Image.fromarray(picture)
    if image.size == (side, side):
        return image
    return image.resize((side, side), Image.Resampling.BICUBIC)


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


def seconds_of(strokes: int, settings: MovieSettings) -> float:
    """How long the movie of so many strokes lasts."""
    return (2 * settings.held + strokes * settings.steps - 1) / settings.fps
