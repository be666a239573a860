"""How the counts of several processes, each with a share of the sample, become those of all.

Everything that is measured is made of integers that add up, of extremes, and of rows of the
sample in order. So a statistic is written once, for the share at hand, and hands what it counted
to a ``Merge``: ``ALONE`` gives it back as it is, ``distributed.TorchMerge`` that of all processes.
"""

from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Scalar = TypeVar("Scalar", bound=np.generic)


class Merge(Protocol):
    """What the processes of one job do together; each method is called by all of them, in order.

    Attributes:
        rank: which process this is, from 0.
        ranks: how many there are.
    """

    rank: int
    ranks: int

    def sum(self, counts: Tensor) -> Tensor:
        """The sum over all processes of integers, element by element; same shape and device."""
        ...

    def lowest(self, values: Tensor) -> Tensor:
        """The lowest of all processes, element by element; numbers that are finite."""
        ...

    def highest(self, values: Tensor) -> Tensor:
        """The highest of all processes, element by element; numbers that are finite."""
        ...

    def join(self, rows: NDArray[Scalar]) -> NDArray[Scalar]:
        """The rows of all processes, those of rank 0 first; alike but for how many there are."""
        ...

    def collect(self, rows: NDArray[Any], into: NDArray[Any] | None) -> None:
        """Bring the rows of all processes to the first, in order, a part at a time.

        Args:
            rows: those of this process.
            into: on rank 0 where they go, its own first; None on the others.
        """
        ...

    def wait(self) -> None:
        """Until all processes have come here."""
        ...


class Alone:
    """One process has the whole sample; see ``Merge``."""

    rank = 0
    ranks = 1

    def sum(self, counts: Tensor) -> Tensor:
        """What was counted here."""
        return counts

    def lowest(self, values: Tensor) -> Tensor:
        """What was found here."""
        return values

    def highest(self, values: Tensor) -> Tensor:
        """What was found here."""
        return values

    def join(self, rows: NDArray[Scalar]) -> NDArray[Scalar]:
        """The rows here."""
        return rows

    def collect(self, rows: NDArray[Any], into: NDArray[Any] | None) -> None:
        """Put the rows where they go, unless they are there."""
        if into is not None and not np.shares_memory(rows, into):
            into[: len(rows)] = rows

    def wait(self) -> None:
        """For nobody."""


ALONE = Alone()


def share_of(batches: int, rank: int, ranks: int) -> range:
    """Which of a job's batches a process has: whole ones, in order, the first never has fewer."""
    each, more = divmod(batches, ranks)
    first = rank * each + min(rank, more)
    return range(first, first + each + (rank < more))
