"""Pictures at the edge of the library: bytes, contact sheets, PNG files. Loads without torch."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from dissection.errors import BadInputError
from dissection.runtime.files import require_writable, write_with

if TYPE_CHECKING:
    from torch import Tensor

Picture = NDArray[np.uint8]
_GAP_COLOR = 255


def to_bytes(images: "Tensor") -> Picture:
    """Images as bytes: ``(x + 1) / 2 * 255``, clamped to 0..255, truncated as published.

    Args:
        images: float (N, 3, H, W), RGB, nominally -1..1, on any device.

    Returns:
        uint8 (N, H, W, 3), contiguous.
    """
    levels = ((images.detach().float() + 1) / 2 * 255).clamp(0, 255).byte()
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).cpu().numpy())


def from_bytes(pictures: "Picture | Tensor") -> "Tensor":
    """Pictures as networks take them: ``x / 127.5 - 1``.

    Args:
        pictures: uint8 (N, H, W, 3), RGB, an array or a tensor on any device; not changed.

    Returns:
        float32 (N, 3, H, W), -1..1, where the pictures are. It keeps their order in memory:
        what takes ``x.view(len(x), -1)`` needs ``.contiguous()``.

    Example:
        >>> from_bytes(np.array([[[[0, 255, 51]]]], np.uint8)).flatten().tolist()
        [-1.0, 1.0, -0.6000000238418579]
    """
    import torch

    if isinstance(pictures, np.ndarray):
        # torch warns of arrays that nothing may be written to.
        pictures = torch.from_numpy(pictures if pictures.flags.writeable else pictures.copy())
    # A copy whatever they were, so that it may be changed in place: training does this each step.
    return pictures.permute(0, 3, 1, 2).to(torch.float32, copy=True).div_(127.5).sub_(1)


def contact_sheet(pictures: Sequence[Picture], columns: int, gap: int = 2) -> Picture:
    """Pictures of one size in rows, left to right, on white.

    Args:
        pictures: uint8 (H, W, 3) each.
        columns: pictures in a row; a sheet with fewer pictures is as wide as they are.
        gap: white pixels between pictures.

    Returns:
        uint8 (rows * (H + gap) - gap, columns * (W + gap) - gap, 3).

    Raises:
        BadInputError: no pictures, no columns, or pictures of several sizes.
    """
    if not len(pictures) or columns < 1 or gap < 0:
        raise BadInputError(
            f"A contact sheet needs pictures and at least one column, not {len(pictures)} "
            f"pictures in {columns} columns with a gap of {gap}."
        )
    shapes = sorted({picture.shape for picture in pictures})
    if len(shapes) > 1:
        raise BadInputError(f"A contact sheet holds pictures of one size, not {shapes}.")
    height, width, _ = shapes[0]
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    sheet = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, 3), _GAP_COLOR, np.uint8
    )
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[top : top + height, left : left + width] = picture
    return sheet


def thumbnail(picture: Picture, size: int) -> Picture:
    """A picture uint8 (H, W, 3), resized so that its longer side has ``size`` pixels."""
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    shape = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(picture).resize(shape, Image.Resampling.LANCZOS), np.uint8)


def require_png(path: str | Path) -> None:
    """Refuse a target of ``write_picture`` before the work, not behind it.

    Raises:
        BadInputError: the name does not end in ``.png``.
        DissectionError: the file cannot be written.
    """
    _require_suffix(path)
    require_writable(path)


def _require_suffix(path: str | Path) -> None:
    if Path(path).suffix.lower() != ".png":
        raise BadInputError(f"Pictures are written as PNG; give {path} a name that ends in .png.")


def write_picture(
    path: str | Path, picture: Picture, metadata: Mapping[str, str] | None = None
) -> None:
    """Write a PNG file, whole.

    Args:
        path: where to; ends in ``.png``.
        picture: uint8 (H, W, 3), RGB.
        metadata: text chunks of the file: keyword (latin-1, 1 to 79 characters) to text.

    Raises:
        BadInputError: the name does not end in ``.png``.
        DissectionError: the file cannot be written.
    """
    _require_suffix(path)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"a picture is uint8 (H, W, 3), not {picture.dtype} {picture.shape}")
    texts = PngInfo()
    for keyword, text in (metadata or {}).items():
        texts.add_text(keyword, text)
    image = Image.fromarray(np.ascontiguousarray(picture))
    write_with(path, lambda stream: image.save(stream, format="PNG", pnginfo=texts))
