"""Integers counted in many bins, for many samples at a time."""

from collections.abc import Sequence
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

#: So many bytes are counted at once, where all kinds together keep no more than the latter: going
#: through all counts of pairs costs little beside.
_MANY_NUMBERS, _MOST_WAITING = 2**20, 2**25
#: In two pairs of bytes the highest bit of the lower byte of the second, in either byte order.
_SECOND_PAIR = np.uint32(0x80 << 16)


class BinCounts:
    """How often each number occurs; may be added to from several threads.

    Going through all bins costs as much as counting as many samples, so samples wait until there
    are as many as bins.

    Args:
        bins: numbers are 0 up to below this.
        device: where they are.

    Attributes:
        bins: as given.
    """

    def __init__(self, bins: int, device: torch.device | str) -> None:
        self.bins = bins
        self._counts: Tensor | None = None
        self._device = device
        self._waiting: list[Tensor] = []
        self._size = 0
        self._lock = Lock()

    def add(self, numbers: Tensor) -> None:
        """Count numbers, int32 or int64 (M,), which are kept for a while."""
        with self._lock:
            self._waiting.append(numbers)
            self._size += len(numbers)
            if self._size > self.bins:
                self._count()

    def counts(self) -> Tensor:
        """So far, int64 (bins,)."""
        with self._lock:
            self._count()
            if self._counts is None:
                self._counts = torch.zeros(self.bins, dtype=torch.int64, device=self._device)
            return self._counts

    def _count(self) -> None:
        if self._size:
            numbers = self._waiting[0] if len(self._waiting) == 1 else torch.cat(self._waiting)
            counted = torch.bincount(numbers, minlength=self.bins)
            self._counts = counted if self._counts is None else self._counts.add_(counted)
        self._waiting, self._size = [], 0


class PairCounts:
    """How often each of few numbers occurs, two at a time: half as many steps as ``BinCounts``.

    Two neighboring bytes are one number of 16 bits, so that pairs cost nothing to make. May be
    added to from several threads.

    Args:
        rows: kinds of samples, which are counted apart.
        numbers: numbers are 0 up to below this, at most 128.
    """

    def __init__(self, rows: int, numbers: int) -> None:
        self._numbers, self._many = numbers, min(_MANY_NUMBERS, _MOST_WAITING // max(1, rows))
        self._pairs = np.zeros((rows, numbers << 8), np.int64)
        self._single = np.zeros((rows, numbers), np.int64)
        self._waiting: list[list[NDArray[np.uint8]]] = [[] for _ in range(rows)]
        self._lock = Lock()

    def add(self, row: int, numbers: NDArray[np.uint8]) -> None:
        """Count numbers of one kind, uint8, of any shape, contiguous; they are kept for a while."""
        with self._lock:
            waiting = self._waiting[row]
            waiting.append(numbers.reshape(-1))
            if sum(map(len, waiting)) < self._many:
                return
            self._waiting[row] = []
        self._count(row, waiting)

    def counts(self) -> NDArray[np.int64]:
        """So far, int64 (rows, numbers)."""
        for row, waiting in enumerate(self._waiting):
            if waiting:
                self._waiting[row] = []
                self._count(row, waiting)
        first = self._pairs.reshape(len(self._pairs), self._numbers, 256)
        second = first.sum(1).reshape(len(first), 2, 128).sum(1)[:, : self._numbers]
        counts: NDArray[np.int64] = self._single + first.sum(2) + second
        return counts

    def _count(self, row: int, waiting: Sequence[NDArray[np.uint8]]) -> None:
        flat = np.concatenate(waiting)
        whole = len(flat) // 4 * 4
        # Neighbors are alike, and a count that was just written is slow to add to: every second
        # pair has counts of its own, by a bit that no number has.
        fours = flat[:whole].view(np.uint32)
        fours |= _SECOND_PAIR
        pairs = torch.from_numpy(flat[:whole].view(np.int16))
        counted = torch.bincount(pairs, minlength=self._pairs.shape[1]).numpy()
        with self._lock:
            self._pairs[row] += counted
            np.add.at(self._single[row], flat[whole:], 1)
