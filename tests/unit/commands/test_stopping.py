import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
import typer

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
    monkeypatch.setattr(interrupts, "SAME_REQUEST_SECONDS", -1.0)
    before = signal.signal(signal.SIGINT, handler)
    try:
        with stopping():
            os.kill(os.getpid(), signal.SIGINT)
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_stopped_does_not_exit_as_if_it_were_done(
    number: int, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with stopping() as stop:
        stop.exit_unfinished("nobody asked")
        os.kill(os.getpid(), number)
    with pytest.raises(typer.Exit) as left:
        stop.exit_unfinished("stopped; 3 of 8 images shown")
    assert left.value.exit_code == code
    assert capsys.readouterr().err == "dissection: stopped; 3 of 8 images shown\n"
