"""Memory-mapped files of uint8 pictures, made and opened."""

import os
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.lib.format import open_memmap

from dissection.errors import BadInputError, DissectionError
from dissection.runtime.files import reason
from dissection.runtime.reading import require_ordinary

#: Bytes of one file, at most.
LARGEST_CACHE = 1 << 40
Array = np.memmap[Any, np.dtype[np.uint8]]


def new_array(path: Path, shape: tuple[int, ...]) -> Array:
    """A new file of zeros, whose space on the disk is reserved.

    Raises:
        BadInputError: it would be larger than ``LARGEST_CACHE``, and could not be opened again.
        DissectionError: the disk is too full, or the file cannot be made.
    """
    wanted = prod(shape)
    if wanted > LARGEST_CACHE:
        raise BadInputError(
            f"{shape[0]:,} pictures would take more than {LARGEST_CACHE / 2**40:g} TB in "
            f"{path.parent}; take fewer, or smaller ones."
        )
    try:
        array: Array = open_memmap(path, "w+", np.uint8, shape)
        if hasattr(os, "posix_fallocate"):
            # Reserved now: a memory map on a full disk would end the process without a word.
            with path.open("rb+") as stream:
                os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)
    except OSError as error:
        with suppress(OSError):
            path.unlink(missing_ok=True)
        raise DissectionError(
            f"Cannot keep {wanted / 2**20:,.0f} MB of pictures in {path.parent}: "
            f"{reason(error)}; free some space, or take fewer."
        ) from error
    return array


def stored_array(path: Path, mode: Literal["r", "r+"]) -> Array:
    """A file that ``new_array`` made.

    Raises:
        ValueError: it is missing, cut, or something else.
    """
    try:
        require_ordinary(path, LARGEST_CACHE)
        array = np.load(path, mmap_mode=mode)
    except Exception as error:
        # The header is a piece of Python, and numpy's reader of it fails in its own ways.
        raise ValueError(f"{path.name} is damaged") from error
    if not isinstance(array, np.memmap) or array.dtype != np.uint8:
        raise ValueError(f"{path.name} holds no pictures")
    return array
