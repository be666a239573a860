"""Integers counted in many bins, for many samples at a time."""

from threading import Lock

import torch
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
            numbers = torch.cat(self._waiting)
            self._counts += torch.bincount(numbers, minlength=len(self._counts))
        self._waiting, self._size = [], 0
