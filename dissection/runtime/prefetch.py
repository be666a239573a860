"""Work done ahead in other processes, with results in order. Free of torch.

The processes are new ones (spawned, or forked from a server that has no threads): a fork of a
process that has used torch can hang. They end with the process that started them, even if it is
killed.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.connection import wait
from typing import TypeVar

from dissection.errors import DissectionError
from dissection.runtime.choices import StartMethod
from dissection.runtime.processors import require_workers

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items in work or waiting for each process.
_AHEAD = 32


def prefetch(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    method: StartMethod = "spawn",
) -> Generator[Result, None, None]:
    """``map(function, items)``, computed in other processes a little ahead of what is asked for.

    Args:
        function: can be pickled, as a function of a module can.
        items: can be pickled.
        workers: processes; 0 computes here, when asked.
        method: "spawn" or "forkserver".

    Raises:
        BadInputError: no number of workers that can be; or they cannot start or were killed.
    """
    require_workers(workers)
    if not workers:
        yield from map(function, items)
        return
    queue = iter(items)
    context = multiprocessing.get_context(method)
    pool = ProcessPoolExecutor(workers, context, initializer=_begin)
    waiting: deque[Future[Result]] = deque()
    try:
        waiting.extend(pool.submit(function, item) for item in islice(queue, workers * _AHEAD))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(function, item) for item in islice(queue, 1))
            yield result
    except BrokenProcessPool as error:
        raise DissectionError(
            "The processes that load images were ended from outside, or could not start; take "
            "--workers 0 (a script that takes more begins below if __name__ == '__main__')."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Leave Ctrl+C to the process in front, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)  # nobody is left to take the results, or to read a message
