"""Ctrl+C in the terminal closes the window, wherever Python is just then."""

import signal
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from ganpaint.window.interrupts import Interrupts
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse


@pytest.fixture
def interrupts(window: MainWindow) -> Iterator[Interrupts]:
    before = signal.getsignal(signal.SIGINT)
    interrupts = Interrupts(window)
    yield interrupts
    interrupts.end()
    assert signal.getsignal(signal.SIGINT) is before


def test_the_first_closes_the_window(
    window: MainWindow, mouse: Mouse, interrupts: Interrupts, qtbot: QtBot
) -> None:
    mouse.press(4, 4)  # a stroke is held
    QTimer.singleShot(0, lambda: signal.raise_signal(signal.SIGINT))  # inside of what Qt has called
    qtbot.waitUntil(lambda: not window.isVisible())


def test_the_second_ends_the_program(
    window: MainWindow, interrupts: Interrupts, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[tuple[int, object]] = []
    signal.raise_signal(signal.SIGINT)
    monkeypatch.setattr(
        "ganpaint.window.interrupts.signal.raise_signal",
        lambda number: ended.append((number, signal.getsignal(number))),
    )
    handler = signal.getsignal(signal.SIGINT)
    assert callable(handler)
    handler(signal.SIGINT, None)
    assert ended == [(signal.SIGINT, signal.SIG_DFL)]


def test_other_signals_do_not_close_it(
    window: MainWindow, interrupts: Interrupts, qtbot: QtBot
) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.raise_signal(signal.SIGUSR1)
    qtbot.wait(50)
    signal.signal(signal.SIGUSR1, before)
    assert window.isVisible()
