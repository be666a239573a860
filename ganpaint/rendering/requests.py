"""What the render thread can be asked to render, and the pictures that it answers with."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from dissection.data.images import Picture
from dissection.painting.edits import Edit
from ganpaint.rendering.scene import Latent, Scene


class Purpose(IntEnum):
    """What a picture is rendered for; the smaller goes first."""

    LIVE = 0
    SAVE = 1
    REST = 2
    BEFORE = 3
    THUMBNAIL = 4


#: Of these only the newest request is kept; of the others every one is served, in order.
NEWEST_ONLY = (Purpose.LIVE, Purpose.REST, Purpose.BEFORE)
#: These are rendered in float32, whatever is faster.
EXACT = (Purpose.REST, Purpose.SAVE, Purpose.BEFORE)


@dataclass(frozen=True)
class Saving:
    """Where an exact picture goes, and what its metadata tell.

    Attributes:
        path: the PNG file.
        metadata: text chunks of the file, of the SHA-256 of the generator's own; asked for in the
            render thread.
        pair: save the picture without the edit beside the one with it.
        scale: how many times as large as it is made: see ``enlarge.SCALES``.
        smooth: interpolate between pixels where it is larger; else they stay sharp squares.
        captions: what stands below the two pictures of a pair; none for no captions.
    """

    path: Path
    metadata: Callable[[str], dict[str, str]]
    pair: bool = False
    scale: int = 1
    smooth: bool = False
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One picture that is wanted.

    Attributes:
        stamp: counts up; a result tells by it how new it is.
        purpose: live pictures and thumbnails may be of reduced precision, others are float32.
        scene: the model and the row of the standard latents.
        edit: the strokes to render with.
        saving: for ``Purpose.SAVE``.
        latent: z, float32 (d,), where a project gives it; None for the row of the seed.
    """

    stamp: int
    purpose: Purpose
    scene: Scene
    edit: Edit
    saving: Saving | None = None
    latent: Latent | None = None


@dataclass(frozen=True)
class Frame:
    """A rendered picture.

    Attributes:
        request: what was asked for.
        image: RGB888, H x W of the generator, owns its memory.
        milliseconds: from the latent's cached features to bytes.
        engine: device and precision, such as ``CPU bfloat16`` or ``CPU int8``.
        latent: z, float32 (d,), of the scene.
    """

    request: Request
    image: QImage
    milliseconds: float
    engine: str
    latent: Latent


def to_image(picture: Picture) -> QImage:
    """A picture, uint8 (H, W, 3), as an RGB888 image that owns its memory."""
    height, width, _ = picture.shape
    data = np.ascontiguousarray(picture).data
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
