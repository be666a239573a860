"""Threads that stand for the processes of one job."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.experiments.result import Result as Measured
from dissection.runtime.merge import Alone, Merge

Result = TypeVar("Result")


class Meeting(Alone):
    """One of several threads that merge as processes do."""

    def __init__(self, rank: int, table: list[object], barrier: Barrier) -> None:
        self.rank, self.ranks = rank, len(table)
        self._table, self._barrier = table, barrier

    def _all(self, mine: object) -> list[object]:
        self._table[self.rank] = mine
        self._barrier.wait(60)
        everything = list(self._table)
        self._barrier.wait(60)
        return everything

    def sum(self, counts: Tensor) -> Tensor:
        assert not counts.is_floating_point()
        return torch.stack(self._all(counts.clone())).sum(0)  # type: ignore[arg-type]

    def lowest(self, values: Tensor) -> Tensor:
        return torch.stack(self._all(values.clone())).amin(0)  # type: ignore[arg-type]

    def highest(self, values: Tensor) -> Tensor:
        return torch.stack(self._all(values.clone())).amax(0)  # type: ignore[arg-type]

    def join(self, rows: NDArray[np.generic]) -> NDArray[np.generic]:  # type: ignore[override]
        return np.concatenate(self._all(rows))  # type: ignore[arg-type]

    def collect(self, rows: NDArray[Any], into: NDArray[Any] | None) -> None:
        parts = self._all(rows)
        if into is not None:
            np.copyto(into[: sum(map(len, parts))], np.concatenate(parts))  # type: ignore[arg-type]

    def wait(self) -> None:
        self._all(None)


def together(ranks: int, function: Callable[[Merge], Result]) -> list[Result]:
    table: list[object] = [None] * ranks
    barrier, threads = Barrier(ranks), torch.get_num_threads()
    with ThreadPoolExecutor(ranks) as pool:
        found = pool.map(lambda rank: function(Meeting(rank, table, barrier)), range(ranks))
        results = list(found)
    torch.set_num_threads(threads)  # each set and reset it for itself
    return results


def require_same_of_two(measure: Callable[..., Measured]) -> None:
    """Run an experiment alone and by two processes, and compare all that was measured.

    Args:
        measure: runs it with ``merge``, in a batch of which the sample fills two at least.
    """
    alone = measure()
    first, second = together(2, lambda merge: measure(merge=merge))
    assert first.provenance["processes"] == 2
    assert first.tables == alone.tables == second.tables
    assert first.summary == alone.summary
    assert first.told == alone.told
    for name, values in alone.arrays.items():
        np.testing.assert_array_equal(first.arrays[name], values, err_msg=name)
    assert set(first.pictures) == set(alone.pictures)
    for name, pictures in alone.pictures.items():
        np.testing.assert_array_equal(first.pictures[name], pictures, err_msg=name)
