"""Run a function over batches, on a CPU in several threads of one core each.

The statistics are many small operations. Torch's own threads wait for each other after every one
of them, by spinning, and on a machine with other work that wait is most of the time; whole
batches side by side have nothing to wait for.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    function: Callable[[Item], Result], items: Sequence[Item], device: torch.device | str
) -> Iterator[Result]:
    """Results in the order of the items; only a few batches are in work at any moment.

    While the iterator is open, torch uses one thread an operation on a CPU; the number that was
    set before is set again at its end. Close it (or use it up) before computing anything else.
    """
    threads = torch.get_num_threads()
    if torch.device(device).type != "cpu" or threads == 1 or len(items) < 2:
        yield from map(function, items)
        return
    torch.set_num_threads(1)
    running: deque[Future[Result]] = deque()
    try:
        with ThreadPoolExecutor(threads, "statistics") as pool:
            try:
                for item in items:
                    running.append(pool.submit(function, item))
                    if len(running) > threads:
                        yield running.popleft().result()
                while running:
                    yield running.popleft().result()
            finally:
                for future in running:
                    future.cancel()
    finally:
        torch.set_num_threads(threads)
