"""Files that take long to read, or are none: the window goes on meanwhile."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.painting.project import PaintedScene, Project, read_project, write_project
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from dissection.runtime.files import file_digest
from ganpaint.painter.document import networks, palette
from ganpaint.toolkit.background import Background
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, settle

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Until this is set, digests and dissections take for ever to read."""
    event, here = threading.Event(), threading.current_thread()

    def digest(path: Path) -> str:
        assert threading.current_thread() is not here, "a file is read in the GUI thread"
        assert event.wait(60)
        return file_digest(path)

    def load(folder: Path, network: str) -> Dissection:
        assert threading.current_thread() is not here, "a dissection is read in the GUI thread"
        assert event.wait(60)
        return load_dissection(folder, network)

    event.set()
    monkeypatch.setattr(networks, "file_digest", digest)
    monkeypatch.setattr(palette, "load_dissection", load)
    monkeypatch.setattr(Background, "patience", 0.0)
    yield event
    event.set()


@pytest.fixture
def slow(go: threading.Event, window: MainWindow, qtbot: QtBot) -> MainWindow:
    """A window whose own model is read."""
    qtbot.waitUntil(lambda: bool(window.document.palette.brushes))
    go.clear()
    return window


@pytest.fixture
def other(model: Path, tmp_path: Path) -> Path:
    """The same generator in another file, whose digest nobody knows."""
    copy = tmp_path / "other.safetensors"
    copy.write_bytes(model.read_bytes())
    return copy


def project_of(model: Path, digest: str, path: Path, seed: int = 6) -> Path:
    write_project(path, Project((PaintedScene(str(model), digest, seed, None, ()),)))
    return path


def test_painting_goes_on_while_a_project_is_read(
    slow: MainWindow, go: threading.Event, model: Path, other: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    path = project_of(other, file_digest(model), tmp_path / "big.ganpaint")
    slow.projects.open_path(path)
    assert slow.canvas.message.text == "Opening big.ganpaint …"
    Mouse(slow, qtbot).drag((4, 4), (9, 9))
    assert len(slow.document.history) == 1
    assert slow.projects.reading
    go.set()
    qtbot.waitUntil(lambda: slow.document.scene.seed == 6)
    assert slow.document.scene.model == str(other)
    assert "Your unsaved strokes were kept" in slow.canvas.message.text


def test_of_two_projects_the_one_asked_for_last_is_opened(
    slow: MainWindow, go: threading.Event, other: Path, model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    first = project_of(other, file_digest(model), tmp_path / "first.ganpaint", 1)
    second = project_of(other, file_digest(model), tmp_path / "second.ganpaint", 2)
    slow.projects.open_path(first)
    slow.projects.open_path(second)
    go.set()
    qtbot.waitUntil(lambda: not slow.projects.reading)
    assert slow.document.scene.seed == 2
    assert slow.document.file == second


def test_what_is_new_is_not_replaced_by_what_was_being_read(
    slow: MainWindow, go: threading.Event, other: Path, model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    slow.projects.open_path(project_of(other, file_digest(model), tmp_path / "a.ganpaint"))
    slow.commands["new"].trigger()
    go.set()
    qtbot.waitUntil(lambda: not slow.projects.reading)
    assert slow.document.file is None
    assert slow.document.scene.model == str(model)


def test_a_dissection_comes_when_it_is_read_and_the_brush_stays(
    slow: MainWindow, go: threading.Event, other: Path, dissection: Path, qtbot: QtBot
) -> None:
    chosen = slow.document.choice.concept
    slow.document.open_model(str(other), dissection)
    assert "being read" in slow.concepts.shown_reason
    assert slow.document.in_hand is None
    qtbot.waitSignal(slow.live.settled, timeout=10_000).wait()
    Mouse(slow, qtbot).press(4, 4)  # there is no brush yet, and no harm
    assert not slow.document.strokes
    go.set()
    qtbot.waitUntil(lambda: slow.concepts.shown_reason == "")
    assert slow.document.choice.concept == chosen
    assert slow.context.model.digest == file_digest(other)


def test_a_dissection_that_comes_too_late_is_left(
    slow: MainWindow, go: threading.Event, other: Path, model: Path, dissection: Path, qtbot: QtBot
) -> None:
    slow.document.open_model(str(other))  # has no dissection
    slow.document.open_model(str(model), dissection)
    slow.document.open_model(str(other))
    go.set()
    qtbot.waitUntil(lambda: not slow.models.reading)
    assert "No dissection for this generator" in slow.concepts.shown_reason


def test_saving_waits_for_what_it_has_to_know(
    slow: MainWindow, go: threading.Event, other: Path, dissection: Path, tmp_path: Path,
    qtbot: QtBot,
) -> None:  # fmt: skip
    path = tmp_path / "saved.ganpaint"
    settle(slow, qtbot, lambda: slow.document.open_model(str(other)))
    slow.projects.save_to(path)
    assert not path.exists()
    assert slow.canvas.message.text == "Saving saved.ganpaint …"
    go.set()
    qtbot.waitUntil(path.exists)
    assert read_project(path).scene.network == file_digest(other)
    assert slow.canvas.message.text == f"Saved {path}."


def test_a_picture_carries_the_digest_of_its_generator(
    slow: MainWindow, other: Path, go: threading.Event, tmp_path: Path, qtbot: QtBot
) -> None:
    settle(slow, qtbot, lambda: slow.document.open_model(str(other)))
    with qtbot.waitSignal(slow.live.saved, timeout=10_000):
        slow.saver.save(tmp_path / "picture.png")  # though the window does not know it yet
    assert read_project(tmp_path / "picture.png").scene.network == file_digest(other)
    go.set()  # a window that closes waits for what is being read


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_a_project_of_what_is_no_file_is_told(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(Background, "patience", 5.0)
    named = {"pipe": tmp_path / "pipe.pth", "folder": tmp_path, "device": Path("/dev/zero")}[kind]
    if kind == "pipe":
        os.mkfifo(named)
    path = project_of(named, "ab" * 32, tmp_path / "odd.ganpaint")
    window.projects.open_path(path)
    assert not window.projects.reading
    assert "locate the file" in window.canvas.message.text
    window.document.open_model(str(named))
    assert not window.models.reading
    QTest.qWait(1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_in_place_of_a_project_or_a_model_is_told(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    window.projects.open_path(pipe)
    assert "no ordinary file" in window.canvas.message.text
    window.models.use(str(pipe))
    qtbot.waitUntil(lambda: "cannot be" in window.canvas.message.text, timeout=10_000)
    assert "no ordinary file" in window.canvas.message.text
