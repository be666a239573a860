"""Reading pictures with their label maps, here or in other processes. Free of torch.

A labeled source has one ``LabeledPicture`` for each place of its sample. They can be pickled, so
that other processes read, paint and cut them while the network is busy.
"""

import hashlib
import io
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.image_decoding import UnusableError, decode, is_deep, is_turned
from dissection.data.image_files import LARGEST_PICTURE, Crop, Examined, require_pixels
from dissection.errors import BadInputError
from dissection.runtime.files import reason
from dissection.runtime.prefetch import prefetch
from dissection.runtime.progress import Meter, Report
from dissection.runtime.reading import read_ordinary

Taken = TypeVar("Taken")


class LabeledPicture(Protocol):
    """A picture that knows what it shows; can be pickled."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    def files(self) -> Sequence[Path]:
        """Every file that it is read from."""
        ...

    def picture(self) -> NDArray[np.uint8]:
        """uint8 (H, W, 3), RGB, in its own resolution.

        Raises:
            UnreadableError: its file is missing or damaged.
        """
        ...

    def label_maps(self) -> NDArray[np.int64]:
        """int64 (K, h, w), in their own resolution; -1 where nobody labeled.

        Raises:
            UnreadableError: a file is missing or damaged.
            BadInputError: maps do not fit each other or the names.
        """
        ...


class UnreadableError(BadInputError):
    """A file that is missing or damaged.

    Args:
        file: which.
        why: half a sentence, of which it is the subject.
    """

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"{file} {why}; put it back, or leave out its picture.")
        self.file = file
        self.why = why

    def __reduce__(self) -> tuple[type["UnreadableError"], tuple[Path, str]]:
        return UnreadableError, (self.file, self.why)


Picture = TypeVar("Picture", bound=LabeledPicture)


@dataclass(frozen=True)
class Chosen(Generic[Picture]):
    """A sample of labeled pictures.

    Attributes:
        pictures: those that can be used, in the order of the sample.
        skipped: "name: why" of each that was left out.
        sha256: of the names and of all bytes of their files.
        changed: how many were "turned" or "scaled", where there are any; for the provenance.
    """

    pictures: tuple[Picture, ...]
    skipped: tuple[str, ...]
    sha256: str
    changed: Mapping[str, int]


def choose(
    pictures: Sequence[Picture],
    count: int | None,
    seed: int | None,
    workers: int = 0,
    report: Report | None = None,
) -> Chosen[Picture]:
    """The sample of a source, as ``ImageFolder`` draws it; every picture and map is read once.

    Args:
        pictures: all there are.
        count: how many to take; None or more than there are takes all.
        seed: of the shuffle; None keeps the order.
        workers: processes that read; 0 reads here.
        report: told of the progress.

    Raises:
        BadInputError: maps do not fit their picture, each other or the names; or a count below 1.
        Stopped: the report asked for it.
    """
    if count is not None and count < 1:
        raise BadInputError(f"A dissection measures at least 1 picture, not {count}.")
    order = list(pictures)
    if seed is not None:
        random.Random(seed).shuffle(order)
    wanted = min(count or len(order), len(order))
    chosen, skipped, digest = [], [], hashlib.sha256()
    changed = {"turned": 0, "scaled": 0}
    meter = Meter(report, "looking at images", wanted)
    with closing(prefetch(_examine, order, workers)) as found:
        for picture, examined in zip(order, found, strict=False):
            if examined.trouble:
                skipped.append(f"{picture.name}: {examined.trouble}")
            else:
                chosen.append(picture)
                # Names that are no UTF-8 come as half characters, and go back as they were.
                line = f"{picture.name} {examined.sha256}\n"
                changed["turned"] += examined.turned
                changed["scaled"] += examined.scaled
                digest.update(line.encode("utf-8", "surrogateescape"))
                meter.step()
            if len(chosen) == wanted:
                break
    told = {name: count for name, count in changed.items() if count}
    return Chosen(tuple(chosen), tuple(skipped), digest.hexdigest(), told)


def prepare(
    crop: Crop, grid: int | None, picture: LabeledPicture
) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
    """What a network and a measuring grid are given of a picture.

    Returns:
        uint8 (size, size, 3), and the maps as ``sample_maps`` takes them, or None without a grid.
    """
    cut = crop.cut(Image.fromarray(picture.picture()))
    return cut, None if grid is None else sample_maps(crop, grid, picture)


def sample_maps(crop: Crop, grid: int, picture: LabeledPicture) -> NDArray[np.int64]:
    """The maps of a picture squeezed and cut as it is, at the middles of grid x grid cells.

    Returns:
        int64 (K, grid, grid).
    """
    maps = picture.label_maps()
    border = round((crop.resize - crop.size) / 2)
    middles = border + (np.arange(grid) + 0.5) * (crop.size / grid)
    down, across = (
        np.minimum((middles * (n / crop.resize)).astype(np.int64), n - 1) for n in maps.shape[1:]
    )
    return maps[:, down[:, None], across[None, :]]


def read_picture(file: Path) -> NDArray[np.uint8]:
    """A photograph as uint8 (H, W, 3), RGB, upright.

    Raises:
        UnreadableError: it is missing or damaged, or of a kind that cannot be used.
    """
    return read_image(file, lambda image: np.asarray(decode(image).image))


def read_map(file: Path) -> NDArray[np.uint8]:
    """A label map in colors as uint8 (H, W, 3), just as it is stored.

    Raises:
        UnreadableError: it is missing or damaged.
    """
    return read_image(file, lambda image: np.asarray(image.convert("RGB")))


def read_image(file: Path, take: Callable[[Image.Image], Taken]) -> Taken:
    """What a function makes of an opened image file.

    Raises:
        UnreadableError: it is missing or damaged.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on metadata, which do not matter
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(read_ordinary(file, LARGEST_PICTURE))) as image:
                require_pixels(image)
                return take(image)
    except BadInputError:
        raise
    except UnusableError as fault:
        raise UnreadableError(file, f"cannot be used: {fault}") from fault
    except FileNotFoundError as error:
        raise UnreadableError(file, "is not there") from error
    except Exception as error:
        # Damaged files make decoders fail in a dozen ways, none of which concerns the user.
        raise UnreadableError(file, "is damaged or no image") from error


def alike(size: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two (height, width) have one shape, but for rounding."""
    (height, width), (tall, wide) = size, other
    return abs(width - wide * height / tall) <= 1 + width / 20


def _examine(picture: LabeledPicture) -> Examined:
    """Read a picture and its maps, to know before the long part begins that they can be used."""
    digest = hashlib.sha256()
    try:
        pixels, maps = picture.picture(), picture.label_maps()
        for file in picture.files():
            digest.update(hashlib.sha256(read_ordinary(file, LARGEST_PICTURE)).digest())
    except OSError as error:
        return Examined("", f"{picture.name} cannot be read ({reason(error)})")
    except UnreadableError as fault:
        return Examined("", f"{fault.file.parent.name}/{fault.file.name} {fault.why}")
    if not alike(maps.shape[1:], pixels.shape[:2]):
        (height, width), (tall, wide) = maps.shape[1:], pixels.shape[:2]
        raise BadInputError(
            f"The label maps of {picture.name} have another size ({width} x {height} px) than "
            f"their picture ({wide} x {tall} px); give them its proportions."
        )
    turned, scaled = _changes(picture)
    return Examined(digest.hexdigest(), "", turned, scaled)


def _changes(picture: LabeledPicture) -> tuple[bool, bool]:
    """Whether a photograph, the first of its picture's files, was turned, and scaled."""
    for file in picture.files()[:1]:
        return read_image(file, lambda image: (is_turned(image), is_deep(image)))
    return False, False
