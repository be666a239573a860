"""Pictures of the exemplars of a layer's units, as WebP sheets. Free of torch.

One sheet holds the pictures of 64 units, a unit in each row, so that whoever looks at one unit
decodes a little picture and not the whole layer, and only when it is looked at.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, WebPImagePlugin

from dissection.errors import BadInputError, StoreError

Strips = NDArray[np.uint8]
UNITS_PER_SHEET = 64
#: Width and height of a stored picture in pixels, and WebP's quality: large enough to see what is
#: outlined, small enough that a layer of 256 units takes a megabyte.
SIZE = 80
QUALITY = 70
#: No side of a WebP picture may be longer.
LONGEST = 16383
#: Of a sheet or of the sheet of concepts' pictures, at most: a small file of one color can claim
#: a thousand times its size.
MOST_PIXELS = 1 << 26
_KEPT_SHEETS = 4


@contextmanager
def opened_webp(data: bytes) -> Iterator[Image.Image]:
    """A WebP picture of at most ``MOST_PIXELS``, not decoded yet.

    Raises:
        ValueError: it is no WebP picture, or has more.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on its size, which is looked at here
            # Image.open would load the readers of all formats first.
            image: Image.Image = WebPImagePlugin.WebPImageFile(io.BytesIO(data))
    except Exception as error:
        # Damaged files make decoders fail in a dozen ways, none of which concerns the user.
        raise ValueError("no WebP picture") from error
    with image:
        if image.size[0] * image.size[1] > MOST_PIXELS:
            raise ValueError(f"a picture of more than {MOST_PIXELS:,} pixels")
        yield image


class Sheets:
    """``sheets[unit]`` is uint8 (images, size, size, 3), RGB: the unit's exemplars, best first.

    Args:
        encoded: WebP files in order, each of ``UNITS_PER_SHEET`` units, the last of the rest.
        units: how many units there are.
        images: pictures of each unit.
        size: width and height of a picture in pixels.

    Attributes:
        encoded: as given.
        units: as given.
        images: as given.
        size: as given.

    Raises:
        ValueError: a sheet too few or too many, or one that is no WebP picture of the right size.
    """

    def __init__(self, encoded: Sequence[bytes], units: int, images: int, size: int) -> None:
        if min(units, images, size) < 1 or len(encoded) != -(-units // UNITS_PER_SHEET):
            raise ValueError(
                f"{len(encoded)} sheets do not hold {images} pictures of {units} units"
            )
        self.encoded = tuple(encoded)
        self.units = units
        self.images = images
        self.size = size
        for place, data in enumerate(self.encoded):
            wanted = (images * size, self._rows(place) * size)
            try:
                # Reads the header alone.
                with opened_webp(data) as image:
                    found = image.size
            except (OSError, ValueError, SyntaxError) as error:
                raise ValueError(f"sheet {place} is {error}") from error
            if found != wanted:
                raise ValueError(
                    f"sheet {place} is {found[0]} x {found[1]} px and should be "
                    f"{wanted[0]} x {wanted[1]}"
                )
        self._sheet = lru_cache(maxsize=_KEPT_SHEETS)(self._decode)

    @classmethod
    def of(cls, strips: Strips, quality: int = QUALITY) -> "Sheets":
        """Encode pictures.

        Args:
            strips: uint8 (units, images, size, size, 3), RGB.
            quality: of the WebP, 1 to 100.

        Raises:
            BadInputError: there is none, or they are too large to fit in a sheet.
        """
        units, images, size = strips.shape[:3]
        if min(strips.shape) < 1 or max(images, UNITS_PER_SHEET) * size > LONGEST:
            raise BadInputError(
                f"A sheet has {UNITS_PER_SHEET} rows of pictures of at most "
                f"{LONGEST // UNITS_PER_SHEET} px, and here are {images} pictures of {size} px in "
                "a row."
            )
        encoded = []
        for first in range(0, units, UNITS_PER_SHEET):
            part = strips[first : first + UNITS_PER_SHEET]
            sheet = part.swapaxes(1, 2).reshape(len(part) * size, images * size, 3)
            stream = io.BytesIO()
            image = Image.fromarray(np.ascontiguousarray(sheet))
            image.save(stream, format="WEBP", quality=quality, method=4)
            encoded.append(stream.getvalue())
        return cls(encoded, units, images, size)

    def __len__(self) -> int:
        return self.units

    def __getitem__(self, unit: int) -> Strips:
        if not 0 <= unit < self.units:
            raise IndexError(f"there are pictures of units 0 to {self.units - 1}, not of {unit}")
        place, row = divmod(unit, UNITS_PER_SHEET)
        strip = self._sheet(place)[row * self.size : (row + 1) * self.size]
        return strip.reshape(self.size, self.images, self.size, 3).swapaxes(0, 1).copy()

    def beside(self, unit: int) -> tuple[range, Strips]:
        """All pictures of the sheet that a unit stands on; nothing of it is kept.

        For whoever wants many units in any order: each sheet is decoded once.

        Args:
            unit: which.

        Returns:
            The units of the sheet, and uint8 (units of the sheet, images, size, size, 3), RGB.

        Raises:
            IndexError: there is no such unit.
            StoreError: the sheet is damaged.
        """
        if not 0 <= unit < self.units:
            raise IndexError(f"there are pictures of units 0 to {self.units - 1}, not of {unit}")
        place = unit // UNITS_PER_SHEET
        rows, first = self._rows(place), place * UNITS_PER_SHEET
        sheet = self._decode(place).reshape(rows, self.size, self.images, self.size, 3)
        return range(first, first + rows), sheet.swapaxes(1, 2)

    def __iter__(self) -> Iterator[Strips]:
        return (self[unit] for unit in range(self.units))

    def __reduce__(self) -> tuple[type["Sheets"], tuple[tuple[bytes, ...], int, int, int]]:
        # Without the cache, which cannot be pickled.
        return Sheets, (self.encoded, self.units, self.images, self.size)

    def _rows(self, place: int) -> int:
        return min(UNITS_PER_SHEET, self.units - place * UNITS_PER_SHEET)

    def _decode(self, place: int) -> Strips:
        try:
            with opened_webp(self.encoded[place]) as image:
                return np.asarray(image.convert("RGB"), np.uint8)
        except (OSError, ValueError, SyntaxError) as error:
            raise StoreError(
                f"The pictures of units {place * UNITS_PER_SHEET} and following are damaged; "
                "dissect anew."
            ) from error
