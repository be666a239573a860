"""Work beside the GUI thread: handed over in it, in order, at once where it takes no time."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from dissection.errors import BadInputError
from ganpaint.toolkit.background import Background


@pytest.fixture
def background(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Background]:
    monkeypatch.setattr(Background, "patience", 0.0)
    owner = QObject()
    made = Background(owner)
    yield made
    made.close()


def test_what_takes_long_is_handed_over_later_in_this_thread_and_in_order(
    background: Background, qtbot: QtBot
) -> None:
    go, came, slow = threading.Event(), [], []

    def work() -> threading.Thread:
        assert go.wait(30)
        return threading.current_thread()

    def take(worker: threading.Thread) -> None:
        came.append((worker, threading.current_thread()))

    background.do(work, take, slow=lambda: slow.append(1))
    background.do(lambda: 2, came.append)
    assert (came, slow, background.busy) == ([], [1], True)
    go.set()
    qtbot.waitUntil(lambda: not background.busy)
    (worker, here), second = came
    assert worker is not threading.current_thread()
    assert here is threading.current_thread()
    assert second == 2


def test_what_takes_no_time_is_there_at_once(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Background, "patience", 30.0)
    came: list[int] = []
    background.do(lambda: 1, came.append, slow=lambda: came.append(-1))
    assert came == [1]


def test_a_sentence_is_handed_over_and_a_bug_is_raised(
    background: Background, qtbot: QtBot
) -> None:
    said: list[str] = []

    def refuse() -> None:
        raise BadInputError("This is no file.")

    background.do(refuse, said.append, said.append)
    qtbot.waitUntil(lambda: said == ["This is no file."])
    background.do(refuse, said.append)  # whom it does not concern
    with capture_exceptions() as exceptions:
        background.do(lambda: 1 // 0, said.append, said.append)
        qtbot.waitUntil(lambda: bool(exceptions))
    assert exceptions[0][0] is ZeroDivisionError
    assert len(said) == 1


def test_what_was_forgotten_is_not_handed_over(background: Background, qtbot: QtBot) -> None:
    go, came = threading.Event(), []
    background.do(lambda: go.wait(30), came.append)
    background.do(lambda: 2, came.append)
    background.forget()
    assert not background.busy
    background.do(lambda: 3, came.append)
    go.set()
    qtbot.waitUntil(lambda: not background.busy)
    assert came == [3]
