"""Movies as MP4 and WebM: by PyAV, the extra ``movies``, or else by what OpenCV has.

PyAV brings an encoder of H.264, which every ordinary player opens. OpenCV's own build has none on
Linux, so that without PyAV an MP4 holds VP9, which some players refuse; a WebM holds VP8 then, as
browsers play it. OpenCV says nothing of a write that fails, so what it wrote is read back.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from dissection.errors import DissectionError
from dissection.painting.movie_frames import MovieFrames

#: PyAV's encoder of each ending and how it is set: quality that looks like the picture itself.
_ENCODERS = {
    ".mp4": ("libx264", {"crf": "16", "preset": "medium"}),
    ".webm": ("libvpx-vp9", {"crf": "24", "b": "0", "row-mt": "1"}),
}
#: Players need not read all of an MP4 before they begin.
_MUXER = {".mp4": {"movflags": "+faststart"}, ".webm": {}}
#: What plays on most machines of each kind and is most likely there, the best one first. Trying
#: H.264 where OpenCV's own build has none prints its complaints to the terminal.
_MP4_CODECS = ("avc1", "mp4v") if sys.platform in ("darwin", "win32") else ("vp09", "mp4v")
_CODECS = {".mp4": _MP4_CODECS, ".webm": ("VP80",)}
#: ITU-R BT.709 in video range: of matrix, primaries, transfer, as FFmpeg numbers them.
_BT709, _VIDEO_RANGE = 1, 1


def has_h264() -> bool:
    """Whether the extra ``movies`` is installed, whose MP4s ordinary players open."""
    return find_spec("av") is not None


def write_video(path: Path, frames: MovieFrames) -> None:
    """Write an MP4 or a WebM, as the path ends.

    Raises:
        OSError: the disk is full, or the file cannot be written.
        DissectionError: this machine has no codec, or what was written cannot be read back.
        Stopped: the report said so.
    """
    if has_h264():
        _write_by_av(path, frames)
    else:
        _write_by_opencv(path, frames)


def _write_by_av(path: Path, frames: MovieFrames) -> None:
    import av  # only here: it takes as long to load as a small movie to write
    from av.video.reformatter import ColorRange, Colorspace

    codec, options = _ENCODERS[path.suffix]
    with av.open(str(path), "w", format=path.suffix[1:], options=_MUXER[path.suffix]) as file:
        stream = file.add_stream(codec, rate=frames.fps, options=options)
        assert isinstance(stream, av.VideoStream), "both codecs are of pictures"
        stream.width = stream.height = frames.side
        stream.pix_fmt = "yuv420p"
        # Players guess the matrix of a file that does not tell it, by its size.
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _VIDEO_RANGE
        for image, times in frames:
            rgb = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
            for _ in range(times):
                frame = rgb.reformat(
                    format="yuv420p",
                    dst_colorspace=Colorspace.ITU709,
                    dst_color_range=ColorRange.MPEG,
                )
                frame.pts = None
                file.mux(stream.encode(frame))
        file.mux(stream.encode())


def _write_by_opencv(path: Path, frames: MovieFrames) -> None:
    import cv2  # only here: it takes a tenth of a second to load

    for codec in _CODECS[path.suffix]:
        writer = cv2.VideoWriter()
        with suppress(cv2.error), _no_complaints():
            fourcc = cv2.VideoWriter.fourcc(*codec)
            writer.open(str(path), fourcc, float(frames.fps), (frames.side, frames.side))
        if writer.isOpened():
            break
    else:
        raise DissectionError(
            f"This machine has no codec that OpenCV could write a {path.suffix[1:].upper()} movie "
            "with; export a GIF instead, or pip install 'ganpaint[movies]'."
        )
    try:
        for image, times in frames:
            bgr = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
            for _ in range(times):
                writer.write(bgr)
    finally:
        writer.release()
    _require_frames(path, int(frames.shown.sum()))


def _require_frames(path: Path, wanted: int) -> None:
    """Raise a DissectionError unless a file holds as many frames."""
    import cv2

    with _no_complaints():
        reader, found = cv2.VideoCapture(str(path)), 0
        while found < wanted and reader.grab():
            found += 1
        reader.release()
    if found < wanted:
        raise DissectionError(
            f"Of the movie's {wanted} pictures {found} can be read back; is the disk full? Free "
            "some space or choose another disk, or export a GIF."
        )


@contextmanager
def _no_complaints() -> Iterator[None]:
    """Meanwhile what C libraries print of codecs and files goes nowhere."""
    try:
        kept = os.dup(2)
    except OSError:  # a program of a desktop may have no such stream
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
