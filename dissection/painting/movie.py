"""Movies of an edit growing stroke by stroke (Bau et al. 2020, movies S1 to S3).

Each stroke comes in with growing strength, so that what is seen is the network making up its
picture, not a cross-fade of two. Free of torch: whoever has a renderer brings the pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dissection.data.images import Picture
from dissection.errors import BadInputError
from dissection.painting.edits import Edit
from dissection.painting.history import History, shown_edit
from dissection.painting.movie_frames import MovieFrames
from dissection.painting.movie_gif import write_gif
from dissection.painting.movie_video import has_h264, write_video
from dissection.runtime.files import replacing
from dissection.runtime.progress import Meter, Report

FORMATS = (".gif", ".mp4", ".webm")
FASTEST = 50  #: frames a second; viewers slow faster GIFs down
LARGEST_SIDE = 2048


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
    """One of ``FORMATS``.

    Raises:
        BadInputError: the name ends in none of them.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise BadInputError(
            f"Movies are written as GIF, MP4 or WebM; give {path} a name that ends in .gif, .mp4 "
            "or .webm."
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
        path: where to; ends in one of ``FORMATS``.
        pictures: uint8 (H, W, 3) of one square size, in order.
        settings: how it looks.
        report: is told how many pictures are written; False stops.

    Raises:
        BadInputError: another ending, or no pictures.
        DissectionError: the disk is full, the file cannot be written, or this machine has no
            codec for it. Nothing is left of it then, and what stood there before still does.
        Stopped: the report said so.
    """
    suffix = movie_format(path)
    if not pictures:
        raise BadInputError("A movie needs at least one picture.")
    meter = Meter(report, "writing the movie", len(pictures))
    side = settings.side_of(pictures[0].shape[1])
    frames = MovieFrames(pictures, side, settings.fps, settings.held, meter)
    with replacing(path) as temporary:
        if suffix == ".gif":
            write_gif(temporary, frames)
        else:
            write_video(temporary, frames)


def movie_note(suffix: str) -> str:
    """What there is to say of a movie's format on this machine, a sentence, or nothing.

    Args:
        suffix: one of ``FORMATS``.
    """
    if suffix != ".mp4" or has_h264():
        return ""
    return (
        "Not every player will open this MP4; pip install 'ganpaint[movies]' brings the encoder of "
        "H.264, which they all do."
    )


def seconds_of(strokes: int, settings: MovieSettings) -> float:
    """How long the movie of so many strokes lasts."""
    return (2 * settings.held + strokes * settings.steps - 1) / settings.fps
