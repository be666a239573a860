"""The render thread by itself: the newest request wins, and it ends when it is told to."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from dissection.models.generators.live import calibration, operators, ranges
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Edit
from ganpaint.rendering import render_thread
from ganpaint.rendering.render_thread import RenderThread
from ganpaint.rendering.requests import Frame, Purpose, Request, Saving
from ganpaint.rendering.scene import Scene


class Gate(threading.Semaphore):
    """Rendering waits here until a test lets it through."""

    def __init__(self) -> None:
        super().__init__(0)
        self.reached = threading.Event()

    def pass_through(self) -> None:
        self.reached.set()
        assert self.acquire(timeout=60)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Before pictures and thumbnails."""
    gate = Gate()
    for name in ("render", "aside"):
        method = getattr(Renderer, name)

        def slow(*arguments: object, method: Any = method, **options: object) -> object:
            gate.pass_through()
            return method(*arguments, **options)

        monkeypatch.setattr(Renderer, name, slow)
    return gate


def test_older_live_requests_are_dropped_and_savings_are_not(
    model: Path, tmp_path: Path, gate: Gate, qtbot: QtBot
) -> None:
    thread = RenderThread()
    done: list[tuple[Purpose, int]] = []

    def note(frame: Frame) -> None:
        done.append((frame.request.purpose, frame.request.stamp))

    thread.rendered.connect(note)
    scene = Scene(str(model), 0)
    thread.start()
    thread.request(Request(0, Purpose.THUMBNAIL, scene, Edit()))
    qtbot.waitUntil(gate.reached.is_set, timeout=20_000)  # it is being rendered now
    for stamp in range(1, 6):
        thread.request(Request(stamp, Purpose.REST, scene, Edit()))
        thread.request(Request(stamp, Purpose.LIVE, scene, Edit()))
    for stamp in (6, 7):
        saving = Saving(tmp_path / f"{stamp}.png", lambda _: {})
        thread.request(Request(stamp, Purpose.SAVE, scene, Edit(), saving))
    gate.release(10)
    qtbot.waitUntil(lambda: len(done) == 5, timeout=20_000)
    thread.stop()
    assert done == [
        (Purpose.THUMBNAIL, 0),
        (Purpose.LIVE, 5),
        (Purpose.SAVE, 6),
        (Purpose.SAVE, 7),
        (Purpose.REST, 5),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["6.png", "7.png"]


def test_stopping_drops_pictures_but_finishes_savings(
    model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    thread = RenderThread()
    scene = Scene(str(model), 0)
    for stamp in range(100):
        thread.request(Request(stamp, Purpose.THUMBNAIL, scene, Edit()))
    saving = Saving(tmp_path / "kept.png", lambda _: {})
    thread.request(Request(100, Purpose.SAVE, scene, Edit(), saving))
    rendered: list[Frame] = []
    thread.rendered.connect(rendered.append)
    thread.start()
    thread.stop()
    assert thread.isFinished()
    qtbot.wait(50)
    assert (tmp_path / "kept.png").exists()
    assert len(rendered) < 100


def test_live_pictures_become_faster_while_nothing_is_asked_for(
    model: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    def refinement(renderer: Renderer) -> Iterator[None]:
        for step in range(3):
            taken.append(step)
            yield

    monkeypatch.setattr(Renderer, "refinement", refinement)
    monkeypatch.setattr(render_thread, "IDLE_MILLISECONDS", 1)
    thread = RenderThread()
    thread.start()
    thread.request(Request(0, Purpose.LIVE, Scene(str(model), 0), Edit()))
    qtbot.waitUntil(lambda: taken == [0, 1, 2], timeout=20_000)
    with qtbot.waitSignal(thread.rendered, timeout=20_000):
        thread.request(Request(1, Purpose.LIVE, Scene(str(model), 0), Edit()))
    thread.stop()
    assert taken == [0, 1, 2]


@pytest.mark.skipif(not operators.has_eight_bit(), reason="this processor multiplies no bytes")
def test_a_precision_that_turns_out_too_rough_is_said(
    model: Path, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "cache_folder", lambda: tmp_path)  # nothing is known of it
    monkeypatch.setattr(calibration, "MEAN_LEVELS", 0.0)
    monkeypatch.setattr(render_thread, "IDLE_MILLISECONDS", 1)
    thread = RenderThread(precision="int8")
    thread.start()
    pictures: list[Frame] = []
    thread.rendered.connect(pictures.append)
    with qtbot.waitSignal(thread.noted, timeout=120_000) as said:
        thread.request(Request(0, Purpose.LIVE, Scene(str(model), 0), Edit()))
    thread.stop()
    assert said.args == [operators.TOO_FAR]
    assert [picture.engine for picture in pictures] == ["CPU bfloat16"]  # it did not wait for that


def test_a_precision_that_can_not_be_had_is_said(model: Path, qtbot: QtBot) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operators, "lookup", lambda namespace, name: None)
        operators.has_eight_bit.cache_clear()
        thread = RenderThread(precision="int8")
        thread.start()
        with qtbot.waitSignal(thread.noted, timeout=20_000) as said:
            thread.request(Request(0, Purpose.LIVE, Scene(str(model), 0), Edit()))
        thread.stop()
    operators.has_eight_bit.cache_clear()
    assert said.args == [operators.MISSING]
