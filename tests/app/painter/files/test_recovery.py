"""Unsaved strokes outlive a crash, a closed window, and another project."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from dissection.errors import DissectionError
from dissection.painting.project import read_project, write_project
from ganpaint.painter.files import projects
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def start(
    open_window: OpenWindow, model: Path, dissection: Path, tmp_path: Path
) -> Callable[[], MainWindow]:
    """Opens a window that keeps unsaved work in one folder."""
    options = ("--model", str(model), "--dissection", str(dissection), "--seed", "3")
    return lambda: open_window(*options, data=tmp_path / "data")


def files(tmp_path: Path, kind: str) -> list[Path]:
    return sorted((tmp_path / "data" / "unsaved").glob(f"{kind}-*.ganpaint"))


def test_painting_is_written_while_one_paints(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    window = start()
    assert files(tmp_path, "session") == []
    Mouse(window, qtbot).drag((4, 4))
    qtbot.waitUntil(lambda: len(files(tmp_path, "session")) == 1, timeout=10_000)
    (own,) = files(tmp_path, "session")
    assert len(read_project(own).scene.history) == 1
    window.projects.save_to(tmp_path / "town.ganpaint")
    qtbot.waitUntil(lambda: files(tmp_path, "session") == [], timeout=10_000)


def test_a_window_closed_unsaved_is_offered_once(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    first = start()
    Mouse(first, qtbot).drag((4, 4), (9, 9))
    painted = pixels(first)
    first.close()
    second = start()
    assert "were not saved" in second.canvas.message.text
    assert not second.document.history  # nothing happens unasked
    assert len(files(tmp_path, "kept")) == 1
    third = start()
    assert third.canvas.message.text == ""
    back = settle(second, qtbot, second.canvas.message.button.click)
    np.testing.assert_array_equal(back, painted)
    assert second.isWindowModified()
    qtbot.waitUntil(lambda: files(tmp_path, "kept") == [], timeout=10_000)
    assert len(files(tmp_path, "session")) == 1


@pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
def test_of_several_sessions_all_are_offered(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    pictures = []
    for at in ((4, 4), (12, 12)):
        window = start()
        window.canvas.message.hide()
        Mouse(window, qtbot).drag(at)
        pictures.append(pixels(window))
        window.projects.recovery.write()
        qtbot.waitUntil(lambda: len(files(tmp_path, "session")) == 1, timeout=10_000)
        (own,) = files(tmp_path, "session")
        own.rename(own.with_name(f"aside-{len(pictures)}"))  # both crash before the next start
        window.document.mark_saved(tmp_path / "never.ganpaint")
        window.close()
    folder = tmp_path / "data" / "unsaved"
    for aside in folder.glob("aside-*"):
        aside.rename(folder / f"session-{aside.name}.ganpaint")
    last = start()
    message = last.canvas.message
    assert "strokes of 2 sessions were not saved" in message.text
    message.button.click()
    menu = last.projects.unsaved
    assert menu is not None
    assert [a.text()[:18] for a in menu.actions()[:2]] == ["Unsaved strokes of"] * 2
    menu.close()  # without a choice: they are offered on
    qtbot.waitUntil(lambda: "2 sessions" in message.text)
    message.button.click()
    menu = last.projects.unsaved
    shown = settle(last, qtbot, lambda: choose(menu, 1))
    assert any(np.array_equal(shown, picture) for picture in pictures)
    assert "2 sessions" not in message.text


def choose(menu: QMenu, place: int) -> None:
    """Choose an entry of a menu that is open, as the keyboard does."""
    menu.setActiveAction(menu.actions()[place])
    QTest.keyClick(menu, Qt.Key.Key_Return)


def test_what_a_crash_left_is_found_and_knows_its_file(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    first = start()
    mouse = Mouse(first, qtbot)
    mouse.drag((4, 4))
    first.projects.save_to(tmp_path / "town.ganpaint")
    mouse.drag((9, 9))
    first.projects.recovery.write()
    qtbot.waitUntil(lambda: len(files(tmp_path, "session")) == 1, timeout=10_000)
    (own,) = files(tmp_path, "session")
    left = own.read_bytes()
    second = start()
    assert second.canvas.message.text == ""  # the first one lives
    first.projects.save()
    first.close()
    own.write_bytes(left)  # as if it had been killed before it could save
    third = start()
    settle(third, qtbot, third.canvas.message.button.click)
    assert len(third.document.history) == 2
    assert third.document.file == tmp_path / "town.ganpaint"
    third.projects.save()
    assert len(read_project(tmp_path / "town.ganpaint").scene.history) == 2


KILLED = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import Qt, QTimer
from ganpaint.__main__ import parser
from ganpaint.window.application import make_application, make_window
from ganpaint.window.painter_screenshot import PainterScreenshot
from ganpaint.toolkit.settings import Settings

application = make_application()
data = Path(sys.argv[1])
window = make_window(parser().parse_args(sys.argv[2:]), Settings(), data)
window.show()
painter = window.stack.tabs["painter"]
shot = PainterScreenshot(painter.document, painter.live, painter.canvas, painter.commands)

def paint():
    shot.paint("tree:draw:8,8,4")
    painter.document.go_to(7)
    shot.paint("sky:erase:4,4,2")

def die():
    if len(painter.document.history) == 1 and list(data.glob("unsaved/session-*.ganpaint")):
        os.kill(os.getpid(), signal.SIGKILL)

painter.live.settled.connect(paint, Qt.ConnectionType.SingleShotConnection)
timer = QTimer(interval=2500)
timer.timeout.connect(die)
timer.start()
application.exec()
"""


def test_strokes_outlive_a_kill(
    start: Callable[[], MainWindow], model: Path, dissection: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    options = ("--model", str(model), "--dissection", str(dissection), "--seed", "3")
    command = [sys.executable, "-c", KILLED, str(tmp_path / "data"), *options]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ran = subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr.decode()
    window = start()
    settle(window, qtbot, window.canvas.message.button.click)
    assert (window.document.scene.seed, len(window.document.history)) == (7, 1)
    window.document.go_to(3)
    (stroke,) = window.document.strokes
    assert str(stroke.brush.concept) == "tree"  # type: ignore[union-attr]


def test_replaced_work_stays_in_the_menu(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    window = start()
    mouse = Mouse(window, qtbot)
    window.projects.save_to(tmp_path / "empty.ganpaint")
    mouse.drag((4, 4))
    settle(window, qtbot, lambda: window.projects.open_path(tmp_path / "empty.ganpaint"))
    qtbot.waitUntil(lambda: len(files(tmp_path, "kept")) == 1, timeout=10_000)
    (kept,) = files(tmp_path, "kept")
    assert len(read_project(kept).scene.history) == 1


def test_a_data_folder_that_cannot_be_written_is_said_once(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "data").write_text("in the way")
    window = start()
    mouse = Mouse(window, qtbot)
    mouse.drag((4, 4))
    window.projects.recovery.write()
    qtbot.waitUntil(lambda: "would not outlive a crash" in window.canvas.message.text)
    window.canvas.message.hide()
    mouse.drag((8, 4))
    window.projects.recovery.write()
    qtbot.wait(50)
    assert window.canvas.message.text == ""
    assert len(window.document.history) == 2


def test_a_window_whose_strokes_cannot_be_kept_asks_before_it_closes(
    start: Callable[..., MainWindow], tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(agrees: bool) -> None:
        monkeypatch.setattr(projects, "ask", lambda *given: asked.append(given[2]) or agrees)

    answer(False)
    window = start()
    Mouse(window, qtbot).drag((4, 4))
    qtbot.waitUntil(lambda: len(files(tmp_path, "session")) == 1)
    monkeypatch.setattr("ganpaint.painter.files.recovery.write_project", full_disk)
    assert not window.close()
    assert "cannot be kept for the next start: the disk is full" in asked[0]
    answer(True)
    assert window.close()
    assert len(asked) == 2


def full_disk(*_: object) -> None:
    raise DissectionError("the disk is full.")


def test_the_newest_is_found_whatever_the_clock_says(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    """The clock was set back: what was written last has the oldest time."""
    window = start()
    mouse = Mouse(window, qtbot)
    recovery = window.projects.recovery
    for x in range(12):
        mouse.drag((2 + x, 4))
        recovery.keep(window.projects.snapshot())
    qtbot.waitUntil(lambda: len(files(tmp_path, "kept")) == 12, timeout=10_000)
    for path in files(tmp_path, "kept"):
        count = len(read_project(path).scene.history)
        os.utime(path, (2_000_000_000 - count, 2_000_000_000 - count))
    kept = recovery.kept()
    assert [len(read_project(path).scene.history) for path in kept] == list(range(12, 2, -1))
    qtbot.waitUntil(lambda: files(tmp_path, "kept") == sorted(kept), timeout=10_000)


def test_only_what_a_recovery_wrote_is_forgotten(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    window = start()
    mouse = Mouse(window, qtbot)
    mouse.drag((4, 4))
    folder = tmp_path / "data" / "unsaved"
    folder.mkdir(parents=True)
    write_project(folder / "kept-by-myself.ganpaint", window.projects.snapshot())
    for _ in range(11):
        window.projects.recovery.keep(window.projects.snapshot())
    qtbot.waitUntil(lambda: len(files(tmp_path, "kept")) == 12, timeout=10_000)
    assert len(window.projects.recovery.kept()) == 10
    qtbot.waitUntil(lambda: len(files(tmp_path, "kept")) == 11, timeout=10_000)
    assert (folder / "kept-by-myself.ganpaint").exists()


def test_a_damaged_file_says_what_is_missing_and_stays_until_the_rest_is_saved(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    first = start()
    mouse = Mouse(first, qtbot)
    mouse.drag((4, 4))
    mouse.drag((9, 9))
    first.close()
    (left,) = files(tmp_path, "session")
    lines = left.read_bytes().split(b"\n")
    lines[3] = lines[3][:-9] + b"?" + lines[3][-8:]
    left.write_bytes(b"\n".join(lines))
    second = start()
    settle(second, qtbot, second.canvas.message.button.click)
    assert len(second.document.history) == 1
    assert "1 of 2 strokes of seed 3 could not be read" in second.canvas.message.text
    second.projects.recovery.write()
    qtbot.waitUntil(lambda: len(files(tmp_path, "session")) == 1, timeout=10_000)
    (kept,) = files(tmp_path, "kept")
    assert kept.read_bytes() == b"\n".join(lines)
    second.projects.save_to(tmp_path / "whole.ganpaint")
    qtbot.waitUntil(lambda: files(tmp_path, "kept") == [], timeout=10_000)


def test_a_drag_that_is_still_held_outlives_a_crash(
    start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    window = start()
    mouse = Mouse(window, qtbot)
    mouse.press(4, 4)
    assert window.document.history == ()
    qtbot.waitUntil(lambda: len(files(tmp_path, "session")) == 1, timeout=10_000)
    (own,) = files(tmp_path, "session")
    (held,) = read_project(own).scene.history
    np.testing.assert_array_equal(held.stroke.mask, window.document.live.mask)  # type: ignore[union-attr]
    window.projects.save_to(tmp_path / "town.ganpaint")
    assert read_project(tmp_path / "town.ganpaint").scene.history == ()  # not finished yet
