"""Run a function over batches, on a CPU in several threads of one core each.

The statistics are many small operations. Torch's own threads wait for each other after every one
of them, by spinning, and on a machine with other work that wait is most of the time; whole
batches side by side have nothing to wait for.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def side_by_side(device: torch.device | str) -> Iterator[int]:
    """Gives the number of batches to compute side by side on a device.

    On a CPU that is torch's number of threads, and each torch operation inside the block uses one.
    """
    threads = torch.get_num_threads()
    if torch.device(device).type != "cpu":
        yield 1
        return
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)


def each(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Result]:
    """Results in the order of the items; about ``workers`` items are in work at any moment."""
    if workers == 1 or len(items) < 2:
        yield from map(function, items)
        return
    running: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(workers, "statistics") as pool:
        try:
            for item in items:
                running.append(pool.submit(function, item))
                if len(running) > workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()
