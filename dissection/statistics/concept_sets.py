"""Each pixel's set of concepts as one number, so that a pixel is counted once, not once a channel.

A sample shows few different sets: a segmenter's channels go together (a *wall* of *stone* of a
*building*). So what is counted of a unit is how often it is above its level at each set, and only
the sums are taken apart into concepts and categories. Channels whose combinations are too many to
number stand in several *planes*, each with sets of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.tally import HALVES, Counts, group_count

#: A plane of several channels has at most so many sets, and its tables so many entries.
MOST_SETS, MOST_PAIRS = 2**14, 2**24
#: Labels that are read at a time.
BATCH_VALUES = 2**20
#: Some images to what their pixels have in each channel, integers (channels, n * grid * grid).
_Read = Callable[[slice], NDArray[np.integer]]


@dataclass(frozen=True, eq=False)
class Plane:
    """What some channels say of all pixels.

    Attributes:
        sets: int16 or int32 (N, grid * grid): which set a pixel has.
        members: int64 (channels, sets): what each set is made of.
    """

    sets: NDArray[np.integer]
    members: Counts

    def numbers(self, span: slice, first: int, device: torch.device | str) -> Tensor:
        """Set and half of the pixels of some images.

        Args:
            span: which images.
            first: the place in the whole sample of the first of them; even and odd places make
                the halves.
            device: where they are wanted.

        Returns:
            int32 (n * grid * grid,): half * sets + set.
        """
        sets = torch.from_numpy(self.sets[span]).to(device, torch.int32)
        half = (torch.arange(len(sets), dtype=torch.int32, device=device) + first) % HALVES
        numbers: Tensor = sets + half[:, None] * self.members.shape[1]
        return numbers.view(-1)


@dataclass(frozen=True, eq=False)
class ConceptSets:
    """The concept maps of a sample, or of a process's share of it, pixel by pixel.

    Attributes:
        planes: members are indices into the vocabulary, 0 is nothing; a pixel has each of its
            concepts in one plane and channel alone.
        counted: for which categories a pixel counts: a channel is a category, a member 0 or 1;
            None where every pixel counts for all.
        categories: int64 (concepts,): each concept's category, -1 for nothing.
    """

    planes: tuple[Plane, ...]
    counted: tuple[Plane, ...] | None
    categories: Counts

    @classmethod
    def of(cls, concepts: ConceptMaps) -> "ConceptSets":
        """Number the sets that occur, in the order in which they do."""
        channels, groups = concepts.maps.shape[1], group_count(concepts.categories)
        partly = False

        def labels(span: slice) -> NDArray[np.integer]:
            nonlocal partly
            named = concepts.read(span)
            partly = partly or named.counted is not None
            return named.labels.transpose(0, 1).flatten(1).cpu().numpy()

        def counted(span: slice) -> NDArray[np.integer]:
            of_all = concepts.read(span).counted
            if of_all is None:
                count = len(concepts.maps[span]) * concepts.grid**2
                return np.ones((groups, count), np.int8)
            return of_all.transpose(0, 1).flatten(1).cpu().numpy().astype(np.int8)

        planes = _planes(concepts, labels, [concepts.concepts] * channels)
        partial = _planes(concepts, counted, [2] * groups) if partly else None
        return cls(planes, partial, concepts.categories)


def _planes(concepts: ConceptMaps, read: _Read, sizes: Sequence[int]) -> tuple[Plane, ...]:
    """Channels of numbers below ``sizes``, as few planes as hold them."""
    count, channels = concepts.maps.shape[:2]
    pixels = concepts.grid**2
    step = max(1, BATCH_VALUES // (channels * pixels))
    starts = [0]
    while True:
        numberings = [
            _Numbering(start, sizes[start:stop])
            for start, stop in zip(starts, [*starts[1:], len(sizes)], strict=True)
        ]
        sets = [np.zeros((count, pixels), numbering.dtype) for numbering in numberings]
        full = None
        for first in range(0, count, step):
            span = slice(first, min(first + step, count))
            values = read(span)
            for numbering, numbers in zip(numberings, sets, strict=True):
                full = numbering.number(values, numbers[span].reshape(-1))
                if full is not None:
                    break
            if full is not None:
                break
        if full is None:
            break
        starts = sorted([*starts, full])
    return tuple(
        Plane(numbers, numbering.members)
        for numbering, numbers in zip(numberings, sets, strict=True)
    )


class _Numbering:
    """The sets of one plane, numbered as they come.

    Args:
        start: the plane's first channel.
        sizes: numbers in each of its channels are below this.
    """

    def __init__(self, start: int, sizes: Sequence[int]) -> None:
        self._start, self._sizes = start, sizes
        # Channel by channel: a set of those before it and a number make a set.
        self._tables = [np.full(size, -1, np.int32) for size in sizes]
        self._pairs = [np.zeros(0, np.int64) for _ in sizes]

    def __len__(self) -> int:
        return len(self._pairs[-1])

    @property
    def members(self) -> Counts:
        """What each set is made of, int64 (channels, sets)."""
        sets = np.arange(len(self))
        rows = []
        for pairs, size in zip(reversed(self._pairs), reversed(self._sizes), strict=True):
            sets, member = np.divmod(pairs[sets], size)
            rows.append(member)
        return np.stack(rows[::-1])

    @property
    def dtype(self) -> type[np.int16] | type[np.int32]:
        """What holds every number that there may be."""
        most = self._sizes[0] if len(self._sizes) == 1 else max(self._sizes[0], MOST_SETS)
        return np.int16 if most <= 2**15 else np.int32

    def number(self, values: NDArray[np.integer], numbers: NDArray[np.integer]) -> int | None:
        """Number some pixels.

        Args:
            values: integers (channels, M), of all planes.
            numbers: ``dtype`` (M,): where the numbers go.

        Returns:
            None; or the first channel with which there were too many sets.
        """
        for k, size in enumerate(self._sizes):
            pairs = numbers * np.int32(size) + values[self._start + k] if k else values[self._start]
            table = self._tables[k]
            new = np.flatnonzero(table[pairs] < 0)
            if len(new):
                found = np.unique(pairs[new]).astype(np.int64)
                table[found] = len(self._pairs[k]) + np.arange(len(found))
                self._pairs[k] = np.concatenate([self._pairs[k], found])
                if k and len(self._pairs[k]) > MOST_SETS:
                    return self._start + k
                if not self._make_room(k):
                    return self._start + k + 1
            numbers[:] = table[pairs]
        return None

    def _make_room(self, k: int) -> bool:
        """Whether the next channel's table, which is made long enough, is not too long."""
        sets = len(self._pairs[k])
        if k + 1 == len(self._sizes):
            return True
        size, table = self._sizes[k + 1], self._tables[k + 1]
        if sets * size > MOST_PAIRS:
            return False
        if sets * size > len(table):
            longer = np.full(min(2 * sets * size, MOST_PAIRS), -1, np.int32)
            longer[: len(table)] = table
            self._tables[k + 1] = longer
        return True
