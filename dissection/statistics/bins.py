"""Integers counted in many bins, for many samples at a time."""

from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


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
        self._counts = torch.zeros(bins, dtype=torch.int64, device=device)
        self._waiting: list[Tensor] = []
        self._size = 0
        self._lock = Lock()

    def add(self, numbers: Tensor) -> None:
        """Count numbers, int32 or int64 (M,), which are kept for a while."""
        with self._lock:
            self._waiting.append(numbers)
            self._size += len(numbers)
            if self._size > len(self._counts):
                self._count()

    def counts(self) -> Tensor:
        """So far, int64 (bins,)."""
        with self._lock:
            self._count()
            return self._counts

    def _count(self) -> None:
        if self._size:
            numbers = self._waiting[0] if len(self._waiting) == 1 else torch.cat(self._waiting)
            self._counts += torch.bincount(numbers, minlength=len(self._counts))
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
        self._numbers = numbers
        self._pairs = np.zeros((rows, numbers << 8), np.int64)
        self._odd = np.zeros((rows, numbers), np.int64)
        self._lock = Lock()

    def add(self, row: int, numbers: NDArray[np.uint8]) -> None:
        """Count numbers of one kind, uint8, of any shape, contiguous."""
        flat = numbers.reshape(-1)
        even = len(flat) // 2 * 2
        pairs = torch.from_numpy(flat[:even].view(np.int16))
        counted = torch.bincount(pairs, minlength=self._pairs.shape[1]).numpy()
        with self._lock:
            self._pairs[row] += counted
            if even < len(flat):
                self._odd[row, flat[-1]] += 1

    def counts(self) -> NDArray[np.int64]:
        """So far, int64 (rows, numbers)."""
        pairs = self._pairs.reshape(len(self._pairs), self._numbers, 256)
        counts: NDArray[np.int64] = self._odd + pairs.sum(2) + pairs.sum(1)[:, : self._numbers]
        return counts
