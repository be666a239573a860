"""Image files: finding them, looking whether they can be used, cutting them to size. Free of torch.

Worker processes import this module and no more, so that they start at once.
"""

import hashlib
import io
import os
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from dissection.data.image_decoding import Decoded, UnusableError, decode
from dissection.errors import BadInputError
from dissection.runtime.choices import INTERPOLATION_NAMES, Fit, chosen
from dissection.runtime.files import reason
from dissection.runtime.reading import read_ordinary

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".jpe", ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".gif"}
)
#: Pictures that are not read: they are counted, and told.
OTHER_SUFFIXES = frozenset(
    {".heic", ".heif", ".avif", ".jxl", ".jp2", ".j2k", ".dng", ".cr2", ".cr3", ".nef", ".arw"}
    | {".orf", ".rw2", ".raf", ".psd", ".svg", ".exr", ".hdr", ".tga", ".eps"}
)
FITS: tuple[Fit, ...] = get_args(Fit)
#: How a picture is resized, always with antialiasing.
INTERPOLATIONS = {name: Image.Resampling[name.upper()] for name in INTERPOLATION_NAMES}
#: Bytes of a picture's file, and its pixels, at most. Pillow needs four bytes a pixel, twice.
LARGEST_PICTURE = 512 << 20
MOST_PIXELS = 1 << 26
#: Of a longer picture the middle alone is resized, where it is cut to a square anyway.
_LONGEST = 16


def as_fit(text: str) -> Fit:
    """The way of making pictures square of that name.

    Raises:
        BadInputError: there is none.
    """
    found = chosen(text, FITS)
    if found is None:
        raise BadInputError(f"There is no fit '{text}'; choose {' or '.join(FITS)}.")
    return found


@dataclass(frozen=True)
class Crop:
    """How a picture of any size becomes a square one, as classifiers are fed.

    Attributes:
        size: px along a side of what comes out, from the middle.
        resize: px before the border is cut off.
        fit: "squeeze" makes any picture resize x resize, as Bau et al. 2020 do; "cover" keeps its
            proportions and makes the shorter side ``resize``, as is common elsewhere.
        interpolation: of the resizing, one of ``INTERPOLATIONS``.

    Raises:
        BadInputError: sizes below 1, a crop larger than the picture, another fit or interpolation.
    """

    size: int = 224
    resize: int = 256
    fit: Fit = "squeeze"
    interpolation: str = "bilinear"

    def __post_init__(self) -> None:
        if not 1 <= self.size <= self.resize:
            raise BadInputError(
                f"Pictures of {self.resize} px cannot be cut to {self.size} px; the crop has at "
                "least 1 px and at most what the picture is resized to."
            )
        as_fit(self.fit)
        if self.interpolation not in INTERPOLATIONS:
            raise BadInputError(
                f"There is no interpolation '{self.interpolation}'; choose "
                f"{', '.join(INTERPOLATIONS)}."
            )

    def to_json(self) -> list[str | int]:
        """For the provenance: fit, resize, size, and the interpolation unless it is bilinear."""
        more = [] if self.interpolation == "bilinear" else [self.interpolation]
        return [self.fit, self.resize, self.size, *more]

    @classmethod
    def from_json(cls, told: object) -> "Crop":
        """What ``to_json`` gave.

        Raises:
            ValueError: it is no list of the kind.
            BadInputError: sizes that do not fit each other, or another fit.
        """
        if not isinstance(told, list) or len(told) not in (3, 4):
            raise ValueError("no crop")
        return cls(int(told[2]), int(told[1]), as_fit(str(told[0])), *map(str, told[3:]))

    def cut(self, image: Image.Image) -> NDArray[np.uint8]:
        """A picture as uint8 (size, size, 3), RGB."""
        width, height = image.size
        wanted = self.resize, self.resize
        if self.fit == "cover":
            shorter = min(width, height)
            if max(width, height) > _LONGEST * shorter:
                image = _middle(image, _LONGEST * shorter)
                width, height = image.size
            wanted = self.resize * width // shorter, self.resize * height // shorter
        if image.size != wanted:
            image = image.resize(wanted, INTERPOLATIONS[self.interpolation])
        left, top = (round((side - self.size) / 2) for side in wanted)
        box = image.crop((left, top, left + self.size, top + self.size))
        return np.ascontiguousarray(np.asarray(box, np.uint8))


def _middle(image: Image.Image, longest: int) -> Image.Image:
    """The middle of a picture whose longer side is longer than ``longest``."""
    width, height = image.size
    left, top = (max(side - longest, 0) // 2 for side in (width, height))
    return image.crop((left, top, left + min(width, longest), top + min(height, longest)))


def require_pixels(image: Image.Image) -> None:
    """A file of some kilobytes can claim a picture of gigabytes; called before it is decoded.

    Raises:
        Image.DecompressionBombError: it has more than ``MOST_PIXELS``.
    """
    if image.size[0] * image.size[1] > MOST_PIXELS:
        raise Image.DecompressionBombError(f"{image.size[0]} x {image.size[1]} px")


@dataclass(frozen=True)
class Listing:
    """The image files of a folder.

    Attributes:
        names: relative to it, as "class/name.jpg".
        others: suffix to number of files that are pictures, too, and are not read.
    """

    names: list[str]
    others: dict[str, int]


def list_images(folder: Path) -> Listing:
    """All image files under a folder.

    They stand in the order of their folders, then of their names, whatever the file system says:
    the published order. Hidden files and folders are left out. Links whose target is gone are in.

    Raises:
        BadInputError: there is no such folder, it cannot be read, or it holds no image file.
    """
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "is not there"
        raise BadInputError(f"{folder} {what}; name a folder of image files.")
    found = []
    others: Counter[str] = Counter()

    def fail(error: OSError) -> None:
        said = reason(error)
        raise BadInputError(
            f"{error.filename} cannot be read: {said}; give this user the right to read it."
        ) from error

    seen = set()
    for parent, folders, names in os.walk(folder, onerror=fail, followlinks=True):
        here = os.path.realpath(parent)
        if here in seen:  # a link to a folder above
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(parent).relative_to(folder).as_posix()
        found += [
            (inside, name)
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
        ]
        others.update(s for name in names if (s := Path(name).suffix.lower()) in OTHER_SUFFIXES)
    if not found:
        known = ", ".join(sorted(SUFFIXES))
        if others:
            kinds = ", ".join(sorted(others))
            raise BadInputError(
                f"{folder} holds {others.total()} files of other kinds ({kinds}) and no image file "
                f"that is read ({known}); convert them."
            )
        raise BadInputError(f"{folder} holds no image file ({known}); name another folder.")
    listed = [name if inside == "." else f"{inside}/{name}" for inside, name in sorted(found)]
    return Listing(listed, dict(sorted(others.items())))


@dataclass(frozen=True)
class Examined:
    """What was found out about a file.

    Attributes:
        sha256: of its bytes; empty if they cannot be read.
        trouble: why it cannot be used, half a sentence; empty if it can.
        turned: its EXIF data say how to turn it, and it is.
        scaled: it has 16 bits, and is scaled to 8.
    """

    sha256: str
    trouble: str = ""
    turned: bool = False
    scaled: bool = False


def examine(path: Path) -> Examined:
    """Read and decode a file, to know before the long part begins that it can be used."""
    try:
        data = read_ordinary(path, LARGEST_PICTURE)
    except FileNotFoundError:
        return Examined("", "it is not there")
    except OSError as error:
        return Examined("", f"it cannot be read ({reason(error)})")
    digest = hashlib.sha256(data).hexdigest()
    try:
        decoded = _decode(data)
    except UnusableError as fault:
        return Examined(digest, str(fault))
    return Examined(digest, "", decoded.turned, decoded.scaled)


def read_crop(crop: Crop, path: Path) -> NDArray[np.uint8]:
    """A file's picture, cut to size: uint8 (size, size, 3).

    Raises:
        BadInputError: it cannot be used any more; it was looked at when the sample was chosen.
    """
    try:
        return crop.cut(_decode(read_ordinary(path, LARGEST_PICTURE)).image)
    except (OSError, UnusableError) as error:
        raise BadInputError(
            f"{path} could be read when the job began and no longer can; put it back, or start "
            "anew without it."
        ) from error


def read_own(crop: Crop, picture: Path | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture that a person names or hands over, cut to size: uint8 (size, size, 3).

    A file is read as those of a folder are: 8 bits, RGB, upright, of several frames the first.

    Args:
        crop: how it becomes a square one.
        picture: a file; or uint8 (H, W, 3), RGB, such as a clipboard holds.

    Raises:
        BadInputError: it cannot be used; the sentence says why.
    """
    try:
        if isinstance(picture, Path):
            return crop.cut(_decode(read_ordinary(picture, LARGEST_PICTURE)).image)
        if not picture.size:
            raise UnusableError("it is empty")
        if picture.shape[0] * picture.shape[1] > MOST_PIXELS:
            raise UnusableError("it has too many pixels")
        return crop.cut(Image.fromarray(picture))
    except FileNotFoundError:
        trouble = "it is not there"
    except OSError as error:
        trouble = f"it cannot be read ({reason(error)})"
    except UnusableError as fault:
        trouble = str(fault)
    called = picture if isinstance(picture, Path) else "The picture"
    raise BadInputError(f"{called} cannot be used: {trouble}.")


def _decode(data: bytes) -> Decoded:
    """The whole picture, RGB; of several frames the first."""
    try:
        with warnings.catch_warnings():
            # On metadata and transparency, which do not matter here.
            warnings.simplefilter("ignore", UserWarning)
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                require_pixels(image)
                return decode(image)
    except UnusableError:
        raise
    except UnidentifiedImageError as error:
        raise UnusableError("it is no image" if data else "it is empty") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusableError("it has too many pixels") from error
    except Exception as error:
        # Damaged files make decoders fail in a dozen ways, none of which concerns the user.
        raise UnusableError("it is damaged") from error
