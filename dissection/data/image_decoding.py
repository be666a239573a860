"""Pictures as 8-bit RGB, the way up that their maker meant. Free of torch.

Photographs of telephones lie on their side and say so in their EXIF data; pictures of microscopes,
cameras and renderers have 16 bits, which Pillow by itself cuts to white.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

_ORIENTATION = 0x0112
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_MOST = 65535


class UnusableError(Exception):
    """Why a picture cannot be used, half a sentence of which the picture is the subject."""


@dataclass(frozen=True)
class Decoded:
    """A picture, and what was done to it.

    Attributes:
        image: 8-bit RGB.
        turned: its EXIF data said how to turn it.
        scaled: it had 16 bits.
    """

    image: Image.Image
    turned: bool = False
    scaled: bool = False


def decode(image: Image.Image) -> Decoded:
    """An opened picture as 8-bit RGB, upright; of several frames the first.

    Raises:
        UnusableError: it has values whose range nobody tells.
    """
    turned = is_turned(image)
    scaled = is_deep(image)
    if image.mode == "F":
        raise UnusableError(
            "it holds floating-point values, whose range nobody tells; save it with 8 or 16 bits"
        )
    upright = ImageOps.exif_transpose(image) if turned else image
    if scaled:
        upright = _eight_bits(upright)
    return Decoded(upright.convert("RGB"), turned, scaled)


def is_turned(image: Image.Image) -> bool:
    """Whether the EXIF data of an opened picture say that it lies on its side, or is mirrored."""
    with suppress(Exception):  # damaged EXIF data, which say nothing
        return image.getexif().get(_ORIENTATION, 1) in range(2, 9)
    return False


def is_deep(image: Image.Image) -> bool:
    """Whether an opened picture has 16 bits."""
    return image.mode in _SIXTEEN_BITS


def _eight_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    if values.size and not 0 <= values.min() <= values.max() <= _MOST:
        raise UnusableError(
            "it holds values of more than 16 bits, whose range nobody tells; save it with 8 or 16 "
            "bits"
        )
    return Image.fromarray(((values * 255 + _MOST // 2) // _MOST).astype(np.uint8))


def changes_in_words(sample: Mapping[str, object]) -> list[str]:
    """What was done to the pictures of a sample, one line each.

    Args:
        sample: the entry ``sample`` of a dissection's provenance.
    """
    lines = []
    if sample.get("turned"):
        lines.append(f"{sample['turned']} pictures were turned as their EXIF data say")
    if sample.get("scaled"):
        lines.append(f"{sample['scaled']} pictures of 16 bits were scaled to 8")
    others = sample.get("not_looked_at")
    if isinstance(others, Mapping) and others:
        count = sum(int(number) for number in others.values())
        lines.append(f"{count} files of other kinds ({', '.join(others)}) were not looked at")
    return lines
