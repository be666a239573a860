"""Questions to the render thread: who goes first, who replaces whom, what is heard of them."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from pytestqt.qtbot import QtBot

from dissection.errors import DissectionError
from dissection.painting.edits import Edit
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.render_thread import RenderThread
from ganpaint.rendering.requests import Frame, Purpose, Request, Saving
from ganpaint.rendering.scene import Scene
from ganpaint.window.main_window import MainWindow
from support.driving import pixels, settle


@dataclass(frozen=True, eq=False)
class Count(Question):
    """Counts up, one number a step, when it is let."""

    name: str
    until: int
    gate: threading.Semaphore | None = None

    def steps(self, studio: Studio) -> Iterator[object]:
        try:
            for number in range(self.until):
                if self.gate:
                    assert self.gate.acquire(timeout=60)
                yield number
        finally:
            closed.append((self.name, threading.current_thread().name))


class CountToo(Count):
    pass


class PatientCount(Count):
    patient: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class Shape(Question):
    """The mean of the picture, the shape of its concept map, and the generator's depth."""

    def steps(self, studio: Studio) -> Iterator[object]:
        yield None  # nothing to tell yet
        picture = studio.renderer(self.scene, self.latent).render(self.edit, exact=True)
        yield picture
        yield len(studio.segmenter().vocabulary), studio.generator(self.scene.model).depth


@dataclass(frozen=True, eq=False)
class Fail(Question):
    error: Exception

    def steps(self, studio: Studio) -> Iterator[object]:
        yield 1
        raise self.error


closed: list[tuple[str, str]] = []


class Heard:
    """All that a thread (or the live picture) says, in order."""

    def __init__(self, source: RenderThread | LivePicture) -> None:
        self.said: list[tuple[object, ...]] = []
        source.answered.connect(lambda q, answer: self.note(q, getattr(q, "name", Shape), answer))
        source.question_done.connect(lambda q: self.note(q, getattr(q, "name", Shape)))
        source.question_failed.connect(lambda q, text: self.note(q, "failed", text))

    def note(self, question: Question, *said: object) -> None:
        if isinstance(question, Count | Shape | Fail):  # the window asks for itself, too
            self.said.append(said)

    def picture(self, frame: Frame) -> None:
        self.said.append((frame.request.purpose,))


@pytest.fixture(autouse=True)
def nothing_is_closed_yet() -> None:
    closed.clear()


@pytest.fixture
def thread() -> Iterator[RenderThread]:
    thread = RenderThread()
    yield thread
    thread.stop()


@pytest.fixture
def scene(model: Path) -> Scene:
    return Scene(str(model), 0)


def count(
    kind: type[Count], scene: Scene, name: str, until: int, gate: threading.Semaphore | None = None
) -> Count:
    return kind(scene, None, Edit(), name, until, gate)


def test_pictures_go_first_and_questions_take_turns(
    thread: RenderThread, scene: Scene, tmp_path: Path, qtbot: QtBot
) -> None:
    heard = Heard(thread)
    thread.rendered.connect(heard.picture)
    thread.ask(count(PatientCount, scene, "patient", 1))
    thread.ask(count(Count, scene, "a", 3))
    thread.ask(count(CountToo, scene, "b", 2))
    for stamp, purpose in enumerate(reversed(Purpose)):
        saving = Saving(tmp_path / "picture.png", lambda _: {}) if purpose == Purpose.SAVE else None
        thread.request(Request(stamp, purpose, scene, Edit(), saving))
    thread.start()
    qtbot.waitUntil(lambda: ("patient",) in heard.said, timeout=20_000)
    assert heard.said == [
        *[(p,) for p in (Purpose.LIVE, Purpose.SAVE, Purpose.REST, Purpose.BEFORE)],
        *[("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b",), ("a",)],
        (Purpose.THUMBNAIL,),
        *[("patient", 0), ("patient",)],
    ]


def test_a_live_picture_goes_between_two_steps(
    thread: RenderThread, scene: Scene, qtbot: QtBot
) -> None:
    heard, gate = Heard(thread), threading.Semaphore(0)
    thread.rendered.connect(heard.picture)
    thread.start()
    thread.ask(count(Count, scene, "a", 3, gate))
    gate.release()
    qtbot.waitUntil(lambda: heard.said == [("a", 0)], timeout=20_000)
    thread.request(Request(0, Purpose.LIVE, scene, Edit()))
    gate.release(2)
    qtbot.waitUntil(lambda: ("a",) in heard.said, timeout=20_000)
    # The second step may have begun before the picture was asked for, the third one not.
    assert heard.said.index((Purpose.LIVE,)) < heard.said.index(("a", 2))


def test_the_newest_of_a_class_replaces_what_waits_and_what_runs(
    thread: RenderThread, scene: Scene, qtbot: QtBot
) -> None:
    heard, gate = Heard(thread), threading.Semaphore(0)
    thread.start()
    thread.ask(count(Count, scene, "running", 100, gate))
    gate.release()
    qtbot.waitUntil(lambda: heard.said == [("running", 0)], timeout=20_000)
    thread.ask(count(Count, scene, "waiting", 2))
    thread.ask(count(Count, scene, "newest", 2))
    gate.release()
    qtbot.waitUntil(lambda: ("newest",) in heard.said, timeout=20_000)
    assert heard.said == [("running", 0), ("newest", 0), ("newest", 1), ("newest",)]
    # What it held was let go of, and within the render thread.
    assert [name for name, _ in closed] == ["running", "newest"]
    assert len({name for _, name in closed}) == 1
    assert threading.current_thread().name not in {name for _, name in closed}


def test_a_withdrawn_question_says_no_more_and_lets_go(
    thread: RenderThread, scene: Scene, qtbot: QtBot
) -> None:
    heard, gate = Heard(thread), threading.Semaphore(0)
    thread.ask(count(Count, scene, "a", 100, gate))
    thread.ask(count(CountToo, scene, "b", 100, gate))
    thread.start()
    gate.release(2)
    qtbot.waitUntil(lambda: len(heard.said) == 2, timeout=20_000)
    thread.withdraw(Count, CountToo)
    gate.release(1)
    qtbot.waitUntil(lambda: len(closed) == 2, timeout=20_000)
    qtbot.wait(50)
    assert heard.said == [("a", 0), ("b", 0)]


def test_a_failure_becomes_a_sentence_and_others_go_on(
    thread: RenderThread, scene: Scene, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    heard = Heard(thread)
    thread.start()
    thread.ask(Fail(scene, None, Edit(), DissectionError("Do this.")))
    qtbot.waitUntil(lambda: ("failed", "Do this.") in heard.said, timeout=20_000)
    assert not caplog.records  # that was said to the person, and is no bug
    thread.ask(Fail(scene, None, Edit(), KeyError("oops")))
    said = ("failed", "The question has no answer: KeyError, 'oops'.")
    qtbot.waitUntil(lambda: said in heard.said, timeout=20_000)
    assert "oops" in caplog.text
    thread.ask(count(Count, scene, "a", 1))
    qtbot.waitUntil(lambda: heard.said[-1] == ("a",), timeout=20_000)


def test_closing_ends_a_question_behind_its_step(
    thread: RenderThread, scene: Scene, qtbot: QtBot
) -> None:
    heard = Heard(thread)
    thread.start()
    thread.ask(count(Count, scene, "endless", 10**9))
    qtbot.waitUntil(lambda: len(heard.said) > 10, timeout=20_000)
    started = time.monotonic()
    thread.stop()
    assert time.monotonic() - started < 60
    assert thread.isFinished()
    assert [name for name, _ in closed] == ["endless"]


def test_a_question_reaches_the_networks(thread: RenderThread, scene: Scene, qtbot: QtBot) -> None:
    heard = Heard(thread)
    thread.start()
    thread.ask(Shape(scene, None, Edit()))
    qtbot.waitUntil(lambda: len(heard.said) == 3, timeout=60_000)
    (_, picture), (_, found), last = heard.said
    assert picture.shape == (16, 16, 3)
    assert found == (len(bundled_vocabulary()), 24)
    assert last == (Shape,)


def bundled_vocabulary() -> object:
    from dissection.models.segmenters.storybook import load_segmenter

    return load_segmenter("storybook").vocabulary


def test_the_window_asks_and_stays_as_it_was(window: MainWindow, qtbot: QtBot) -> None:
    heard = Heard(window.live)
    before = pixels(window)
    scene = window.document.scene
    window.live.ask(Shape(scene, None, Edit()))
    qtbot.waitUntil(lambda: len(heard.said) == 3, timeout=60_000)
    assert (heard.said[0][1] == before).all()
    shown = settle(window, qtbot, lambda: window.document.go_to(4))
    assert (shown != before).any()


def test_answers_that_arrive_late_are_dropped(
    window: MainWindow, scene: Scene, qtbot: QtBot
) -> None:
    heard = Heard(window.live)
    window.live.ask(count(Count, scene, "old", 3))
    wait_for_steps(window, "old")
    window.live.ask(count(Count, scene, "new", 1))  # the answers of the old one are on their way
    qtbot.waitUntil(lambda: ("new",) in heard.said, timeout=20_000)
    assert heard.said == [("new", 0), ("new",)]
    window.live.ask(count(Count, scene, "gone", 3))
    wait_for_steps(window, "gone")
    window.live.withdraw(Count)
    qtbot.wait(100)
    assert heard.said == [("new", 0), ("new",)]


def wait_for_steps(window: MainWindow, name: str) -> None:
    """Wait without the event loop until a question has ended, so that no answer arrives."""
    deadline = time.monotonic() + 20
    while name not in [n for n, _ in closed]:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_closing_the_window_while_a_question_runs(window: MainWindow, qtbot: QtBot) -> None:
    heard = Heard(window.live)
    window.live.ask(count(Count, window.document.scene, "endless", 10**9))
    qtbot.waitUntil(lambda: len(heard.said) > 3, timeout=20_000)
    window.close()  # the fixture sees to it that no thread is left
    assert [name for name, _ in closed] == ["endless"]
