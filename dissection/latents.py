"""The standard latents: the published, reproducible sample of generator inputs."""

import operator
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError

#: The largest row that is computed; it takes some seconds, for the stream has no short cut.
LAST_ROW = 999_999
_CHUNK_VALUES = 1 << 16


def standard(rows: int | Sequence[int], depth: int = 512, seed: int = 1) -> NDArray[np.float32]:
    """Rows of the standard latents of Bau et al. 2020, bit for bit.

    They are numpy's ``RandomState(seed).standard_normal`` stream in rows of ``depth``, drawn in
    float64 and rounded to float32. Row i depends on ``depth`` and ``seed`` alone, so a *seed* that
    a person types names one row of the stream with seed 1. Memory for the rows asked for is all
    that is used, but the time is that of drawing every row up to the last one.

    Args:
        rows: how many of the first rows, or the indices of the rows, in any order.
        depth: d, the size of one latent.
        seed: of the stream.

    Returns:
        float32 (N, depth), mean 0, variance 1.

    Raises:
        BadInputError: a row that is no integer, negative, or beyond ``LAST_ROW``; a depth below 1.
    """
    if depth < 1:
        raise BadInputError(f"A latent has at least one value, not {depth}.")
    wanted = _indices(rows)
    latents = np.empty((len(wanted), depth), np.float32)
    stream = np.random.RandomState(seed)
    order = np.argsort(wanted, kind="stable")
    ascending = wanted[order]
    chunk_rows = max(1, _CHUNK_VALUES // depth)
    first = done = 0
    while done < len(order):
        # Drawing in chunks continues one stream: the values are those of a single call.
        count = min(chunk_rows, int(ascending[-1]) + 1 - first)
        chunk = stream.standard_normal((count, depth))
        until = int(np.searchsorted(ascending, first + count))
        here = order[done:until]
        latents[here] = chunk[wanted[here] - first]
        first, done = first + count, until
    return latents


def parse_rows(text: str) -> list[int]:
    """Rows as a person writes them: ``3,5,10-19`` is 3, 5 and 10 to 19, both ends included.

    Raises:
        BadInputError: the text does not follow this grammar, or names rows beyond ``LAST_ROW``.
    """
    rows: list[int] = []
    for piece in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?", piece, re.ASCII)
        if match is None:
            raise BadInputError(
                f"Seeds are written like 3,5,10-19, and '{piece.strip()}' in '{text}' is neither "
                "a number nor a range."
            )
        first = int(match[1])
        last = first if match[2] is None else int(match[2])
        if last < first:
            raise BadInputError(
                f"The range {piece.strip()} of seeds runs backwards; turn it round."
            )
        if last > LAST_ROW:
            raise BadInputError(
                f"Seeds go from 0 to {LAST_ROW}, and '{piece.strip()}' goes beyond."
            )
        rows += range(first, last + 1)
    return rows


def _indices(rows: int | Sequence[int]) -> NDArray[np.int64]:
    try:
        if isinstance(rows, Sequence | np.ndarray):
            indices = [operator.index(row) for row in rows]
        else:
            count = operator.index(rows)
            indices = list(range(count)) if 0 <= count <= LAST_ROW + 1 else [count]
    except TypeError:
        raise BadInputError(f"Rows of the standard latents are integers, not {rows!r}.") from None
    for row in indices:
        if not 0 <= row <= LAST_ROW:
            raise BadInputError(f"Rows of the standard latents go from 0 to {LAST_ROW}, not {row}.")
    return np.asarray(indices, np.int64)
