"""Ctrl+C, and the signal that asks to end, as a question that long jobs ask between two steps."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# ``timeout`` signals the program and then its whole group: the same request, twice at once.
_SAME_REQUEST_SECONDS = 1.0


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """A question that turns true at the first SIGINT (Ctrl+C) or SIGTERM.

    A second one, later than a second after the first, interrupts at once.
    """
    asked: float | None = None

    def ask(number: int, _: object) -> None:
        nonlocal asked
        if asked is None:
            asked = time.monotonic()
        elif time.monotonic() - asked > _SAME_REQUEST_SECONDS:
            if before[signal.Signals(number)] == signal.SIG_IGN:  # a job in the background
                raise KeyboardInterrupt
            signal.signal(number, before[signal.Signals(number)])
            signal.raise_signal(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked is not None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
