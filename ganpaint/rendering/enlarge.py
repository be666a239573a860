"""Pictures as they are exported: enlarged, sharp or smooth, side by side, with captions."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dissection.data.images import Picture

#: How many times as large a picture can be exported.
SCALES = (1, 2, 4)
_GROUND, _TEXT = (255, 255, 255), (24, 26, 30)
#: Height of a caption's band and of its letters, as shares of a picture's height; at least so many
#: pixels.
_BAND, _LETTERS = 1 / 10, 0.62
_LEAST_BAND = 16


def enlarged(picture: Picture, scale: int, smooth: bool = False) -> Picture:
    """A picture a whole number of times as large.

    Args:
        picture: uint8 (H, W, 3).
        scale: 1 or more; 1 changes nothing.
        smooth: interpolate between pixels; else each becomes a square.
    """
    if scale == 1:
        return picture
    height, width = picture.shape[:2]
    how = Image.Resampling.LANCZOS if smooth else Image.Resampling.NEAREST
    image = Image.fromarray(picture).resize((width * scale, height * scale), how)
    return np.asarray(image, np.uint8)


def side_by_side(pictures: Sequence[Picture], captions: Sequence[str] = ()) -> Picture:
    """Pictures of one size in a row, each with its caption below.

    Args:
        pictures: uint8 (H, W, 3) each, at least one.
        captions: as many as pictures; none leaves no room for them.
    """
    row = np.concatenate(list(pictures), axis=1)
    if not captions:
        return row
    height, width = pictures[0].shape[:2]
    band = max(_LEAST_BAND, round(height * _BAND))
    image = Image.new("RGB", (row.shape[1], height + band), _GROUND)
    image.paste(Image.fromarray(row), (0, 0))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(round(band * _LETTERS))
    for place, caption in enumerate(captions):
        middle = (place + 0.5) * width, height + band / 2
        draw.text(middle, caption, fill=_TEXT, font=font, anchor="mm")
    return np.asarray(image, np.uint8)
