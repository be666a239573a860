import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from dissection.commands import interrupts
from dissection.commands.interrupts import stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_its_echo_does_not_interrupt(number: int) -> None:
    """``timeout`` signals the program, and then the group that it is in."""
    before = signal.getsignal(number)
    with stopping() as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
        os.kill(os.getpid(), number)
        assert stop()
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN])
def test_a_second_signal_later_interrupts(
    handler: Callable[..., Any] | signal.Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the background of a shell, too, which lets its jobs ignore Ctrl+C."""
    monkeypatch.setattr(interrupts, "_SAME_REQUEST_SECONDS", -1.0)
    before = signal.signal(signal.SIGINT, handler)
    try:
        with stopping():
            os.kill(os.getpid(), signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
