"""Ctrl+C, and the signal that asks to end, as a question that long jobs ask between two steps."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from dissection.commands.echo import echo

#: ``timeout`` signals the program and then its whole group: the same request, twice at once.
SAME_REQUEST_SECONDS = 1.0


class StopRequest:
    """A question, ``asked()``: has somebody asked this command to stop?"""

    def __init__(self) -> None:
        self._number: int | None = None

    def __call__(self) -> bool:
        """Whether somebody asked."""
        return self._number is not None

    def note(self, number: int) -> None:
        """The signal of this number asks."""
        self._number = number

    def exit_unfinished(self, told: str) -> None:
        """If somebody asked, say what is there and exit as shells expect it of a signal's end.

        Raises:
            typer.Exit: with 128 and the signal's number: 130 after Ctrl+C, 143 after SIGTERM.
        """
        if self._number is not None:
            echo(f"dissection: {told}", err=True)
            raise typer.Exit(128 + self._number)


@contextmanager
def stopping() -> Iterator[StopRequest]:
    """A question that turns true at the first SIGINT (Ctrl+C) or SIGTERM.

    A second one, later than a second after the first, interrupts at once.
    """
    request = StopRequest()
    asked: float | None = None

    def ask(number: int, _: object) -> None:
        nonlocal asked
        if asked is None:
            asked = time.monotonic()
            request.note(number)
        elif time.monotonic() - asked > SAME_REQUEST_SECONDS:
            if before[signal.Signals(number)] == signal.SIG_IGN:  # a job in the background
                raise KeyboardInterrupt
            signal.signal(number, before[signal.Signals(number)])
            signal.raise_signal(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
