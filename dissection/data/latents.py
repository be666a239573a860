"""The standard latents: the published, reproducible sample of generator inputs, and blends of two.

Free of torch.
"""

import operator
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError

#: The largest row that is computed; it takes some seconds, for the stream has no short cut.
LAST_ROW = 999_999
_LAST_SEED = 2**32 - 1
_CHUNK_VALUES = 1 << 16
#: The stream is remembered at every so many chunks, so that a far row is drawn quickly again.
_MARK_CHUNKS = 8
_marks: dict[tuple[int, int], dict[int, Any]] = {}


def standard(rows: int | Sequence[int], depth: int = 512, seed: int = 1) -> NDArray[np.float32]:
    """Rows of the standard latents of Bau et al. 2020, bit for bit.

    They are numpy's ``RandomState(seed).standard_normal`` stream in rows of ``depth``, drawn in
    float64 and rounded to float32. Row i depends on ``depth`` and ``seed`` alone, so a *seed* that
    a person types names one row of the stream with seed 1. Memory for the rows asked for is all
    that is used, but the time is that of drawing every row up to the last one; only the first
    time, for the stream is remembered every few hundred rows.

    Args:
        rows: how many of the first rows, or the indices of the rows, in any order.
        depth: d, the size of one latent.
        seed: of the stream, 0 to 2^32 - 1.

    Returns:
        float32 (N, depth), mean 0, variance 1.

    Raises:
        BadInputError: a row that is no integer, negative, or beyond ``LAST_ROW``; a depth below 1;
            a seed that numpy's generator does not take.
    """
    if depth < 1:
        raise BadInputError(f"A latent has at least one value, not {depth}.")
    if not 0 <= seed <= _LAST_SEED:
        raise BadInputError(
            f"The seed of the standard latents is from 0 to {_LAST_SEED}, not {seed}."
        )
    wanted = _indices(rows)
    latents = np.empty((len(wanted), depth), np.float32)
    if not len(wanted):
        return latents
    stream = np.random.RandomState(seed)
    order = np.argsort(wanted, kind="stable")
    ascending = wanted[order]
    chunk_rows = max(1, _CHUNK_VALUES // depth)
    marks = _marks.setdefault((depth, seed), {})
    first, done = max((row for row in list(marks) if row <= ascending[0]), default=0), 0
    if first:
        stream.set_state(marks[first])
    while done < len(order):
        if first and first % (_MARK_CHUNKS * chunk_rows) == 0:
            marks[first] = stream.get_state(legacy=True)
        # Drawing in chunks continues one stream: the values are those of a single call.
        count = min(chunk_rows, int(ascending[-1]) + 1 - first)
        chunk = stream.standard_normal((count, depth))
        until = int(np.searchsorted(ascending, first + count))
        here = order[done:until]
        latents[here] = chunk[wanted[here] - first]
        first, done = first + count, until
    return latents


@dataclass(frozen=True, order=True)
class Blend:
    """A place on the way from one row of the standard latents to another.

    Attributes:
        toward: the other row.
        share: 0 (nothing of it) to 1 (nothing but it).
    """

    toward: int
    share: float


def blend(
    one: NDArray[np.float32], other: NDArray[np.float32], share: float
) -> NDArray[np.float32]:
    """A latent between two others, along the arc between them (spherical interpolation).

    In 512 dimensions two standard latents are nearly at a right angle, and the straight line
    between them comes as close to the origin as 0.7 of their length, where no standard latent
    lies. A Progressive GAN divides by the length at once (the pixel norm before its first layer),
    so what matters is the direction: the arc has the same ones as the line, but passes them at
    an even pace, where the line would rush through the middle. The length goes evenly from one
    to the other.

    Args:
        one: float32 (d,).
        other: float32 (d,).
        share: 0 gives ``one``, 1 gives ``other``.

    Returns:
        float32 (d,).

    Raises:
        BadInputError: a share outside of 0..1, or latents of two sizes.
    """
    if not 0.0 <= share <= 1.0 or one.shape != other.shape:
        raise BadInputError(
            f"Two latents of one size are blended with a share from 0 to 1, not {one.shape} and "
            f"{other.shape} with {share}."
        )
    if share in (0.0, 1.0):
        return (one if share == 0 else other).copy()
    a, b = one.astype(np.float64), other.astype(np.float64)
    long, wide = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    angle = float(np.arccos(np.clip(a @ b / max(long * wide, 1e-12), -1, 1)))
    if np.sin(angle) < 1e-6:  # one line through the origin: there is no arc to follow
        return ((1 - share) * a + share * b).astype(np.float32)
    arc = np.sin((1 - share) * angle) * a / long + np.sin(share * angle) * b / wide
    length = (1 - share) * long + share * wide
    return np.asarray(arc * (length / np.sin(angle)), np.float32)


def latent_of(seed: int, depth: int, between: Blend | None = None) -> NDArray[np.float32]:
    """The latent of a scene: a row of the standard latents, or a blend of two.

    Args:
        seed: the row.
        depth: d.
        between: how far on the way to another row; None for the row itself.

    Returns:
        float32 (d,), the caller's own.

    Raises:
        BadInputError: see ``standard`` and ``blend``.
    """
    if between is None:
        return _row(seed, depth).copy()
    return blend(_row(seed, depth), _row(between.toward, depth), between.share)


@lru_cache(maxsize=64)
def _row(seed: int, depth: int) -> NDArray[np.float32]:
    row: NDArray[np.float32] = standard([seed], depth)[0]
    return row


def parse_rows(text: str) -> list[int]:
    """Rows as a person writes them: ``3,5,10-19`` is 3, 5 and 10 to 19, both ends included.

    Raises:
        BadInputError: the text does not follow this grammar, or names rows beyond ``LAST_ROW``.
    """
    rows: list[int] = []
    for piece in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", piece, re.ASCII)
        if match is None:
            raise BadInputError(
                f"Seeds are written like 3,5,10-19, and '{piece.strip()}' in '{text}' is neither "
                "a number nor a range."
            )
        first, last = (_row_number(digits) for digits in (match[1], match[2] or match[1]))
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


def _row_number(digits: str) -> int:
    """A number of any length, those beyond ``LAST_ROW`` all alike: they are refused."""
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= len(str(LAST_ROW)) else LAST_ROW + 1


def _indices(rows: int | Sequence[int]) -> NDArray[np.int64]:
    try:
        if isinstance(rows, range) and rows and max(rows[0], rows[-1]) > LAST_ROW:
            indices = [max(rows[0], rows[-1])]  # told before there is a list of billions
        elif isinstance(rows, Sequence | np.ndarray):
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
