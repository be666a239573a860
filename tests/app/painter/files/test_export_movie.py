"""Movies: how they look is asked, painting goes on meanwhile, and they can be stopped."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

import dissection.painting.movie
import ganpaint.painter.files.export_movie
from dissection.painting.movie import MovieSettings
from ganpaint.jobs.job import Job, JobState
from ganpaint.painter.canvas.picture_item import to_array
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
QUICK = MovieSettings(fps=4, side=32, stroke_seconds=0.5, hold_seconds=0.25)


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    def answer(path: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))

    return answer


def done(window: MainWindow, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: not window.movies.busy, timeout=20_000)
    return window.canvas.message.text


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
def test_a_movie_is_asked_for_made_and_told(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    tmp_path: Path,
    choose: Callable[[Path], None],
) -> None:
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL)
    assert "Paint something first" in window.canvas.message.text
    start = pixels(window)
    mouse.drag((4, 4), (9, 9))
    mouse.drag((12, 12))
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL)
    dialog = window.movies.dialog
    assert dialog is not None
    dialog.fps.setValue(10)
    dialog.pace.setValue(0.5)
    dialog.side.setCurrentIndex(dialog.side.findData(64))
    assert dialog.length.text() == "2 strokes, 2.9 seconds"
    choose(tmp_path / "grown")
    dialog.export.click()
    assert done(window, qtbot) == f"Exported {tmp_path / 'grown.gif'}."
    with Image.open(tmp_path / "grown.gif") as movie:
        assert movie.size == (64, 64)
        first = np.asarray(movie.convert("RGB").resize((16, 16), Image.Resampling.BOX), int)
        movie.seek(movie.n_frames - 1)
        last = np.asarray(movie.convert("RGB").resize((16, 16), Image.Resampling.BOX), int)
    assert np.abs(first - start).mean() < np.abs(first - pixels(window)).mean()
    assert np.abs(last - pixels(window)).mean() < np.abs(last - start).mean()


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
def test_the_dialog_says_what_an_mp4_needs(
    window: MainWindow, mouse: Mouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.drag((4, 4))
    for installed in (True, False):
        monkeypatch.setattr(dissection.painting.movie, "has_h264", lambda there=installed: there)
        window.movies.open()
        dialog = window.movies.dialog
        assert dialog is not None
        assert dialog.note.isHidden()  # a GIF plays anywhere
        dialog.format.setCurrentIndex(dialog.format.findData(".mp4"))
        assert dialog.note.isHidden() == installed
        assert installed or "pip install 'ganpaint[movies]'" in dialog.note.text()
        dialog.reject()


def test_painting_goes_on_while_a_movie_is_made(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path
) -> None:
    mouse.drag((4, 4))
    settings = MovieSettings(fps=50, side=64, stroke_seconds=8, hold_seconds=0.1)
    window.movies.export(tmp_path / "out.mp4", settings)
    assert "Making out.mp4: 0 %" in window.canvas.message.text
    mouse.drag((12, 12), (9, 12))
    assert window.movies.busy  # the stroke did not wait for four hundred pictures
    assert len(window.document.strokes) == 2
    done(window, qtbot)
    movie = cv2.VideoCapture(str(tmp_path / "out.mp4"))
    assert movie.get(cv2.CAP_PROP_FRAME_COUNT) == 50 * 8 + 2 * 5 - 1
    movie.release()


def jobs(window: MainWindow) -> Sequence[Job]:
    return window.jobs.jobs


@pytest.mark.parametrize("late", [False, True])
def test_a_movie_can_be_stopped(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path, late: bool
) -> None:
    mouse.drag((4, 4))
    settings = MovieSettings(fps=50, side=512, stroke_seconds=4, hold_seconds=0.1)
    window.movies.export(tmp_path / "out.gif", settings)
    if late:  # while the file is written
        qtbot.waitUntil(lambda: any(tmp_path.iterdir()), timeout=20_000)
    window.movies.open()
    assert "already" in window.canvas.message.text
    window.canvas.message.button.click()
    assert done(window, qtbot) == "Stopped; no movie was written."
    assert list(tmp_path.iterdir()) == []
    assert [(job.title, job.state) for job in jobs(window)] == [("Movie out.gif", JobState.STOPPED)]


def test_closing_the_window_ends_a_movie(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path
) -> None:
    mouse.drag((4, 4))
    settings = MovieSettings(fps=50, side=512, stroke_seconds=4, hold_seconds=0.1)
    window.movies.export(tmp_path / "out.gif", settings)
    qtbot.waitUntil(lambda: any(tmp_path.iterdir()), timeout=20_000)
    window.close()
    assert list(tmp_path.iterdir()) == []


def test_a_movie_that_cannot_be_written_says_so(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path
) -> None:
    mouse.drag((4, 4))
    window.movies.export(tmp_path / "no" / "out.gif", QUICK)
    assert "there is no folder" in done(window, qtbot)
    assert window.canvas.message.button.text() == "Export elsewhere…"


def test_a_bug_while_writing_is_a_sentence(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mouse.drag((4, 4))
    monkeypatch.setattr(ganpaint.painter.files.export_movie, "write_movie", lambda *_: 1 // 0)
    window.movies.export(tmp_path / "out.gif", QUICK)
    assert "ZeroDivisionError" in done(window, qtbot)
    assert "writing a movie failed" in caplog.text


def test_the_clipboard_takes_the_picture_and_the_pair(window: MainWindow, mouse: Mouse) -> None:
    start = pixels(window)
    mouse.drag((4, 4), (12, 12))
    QTest.keyClick(window, Qt.Key.Key_C, CONTROL)
    np.testing.assert_array_equal(to_array(QGuiApplication.clipboard().image()), pixels(window))
    QTest.keyClick(window, Qt.Key.Key_C, CONTROL | SHIFT)
    pair = to_array(QGuiApplication.clipboard().image())
    np.testing.assert_array_equal(pair[:, :16], start)
    np.testing.assert_array_equal(pair[:, 16:], pixels(window))


def test_closing_asks_about_a_movie_in_the_making(
    window: MainWindow, mouse: Mouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    mouse.drag((4, 4), (9, 9))
    asked: list[str] = []

    def answer(agrees: bool) -> None:
        monkeypatch.setattr(
            ganpaint.painter.files.export_movie,
            "ask",
            lambda *given: asked.append(given[2]) or agrees,
        )

    answer(False)
    window.movies.export(tmp_path / "a.gif", MovieSettings(fps=2, side=32))
    assert not window.close()
    assert asked == ["a.gif is not finished yet. Close without it?"]
    qtbot.waitUntil(lambda: not window.movies.busy, timeout=20_000)
    assert (tmp_path / "a.gif").exists()
    window.movies.export(tmp_path / "b.gif", MovieSettings(fps=2, side=32))
    answer(True)
    assert window.close()
    assert len(asked) == 2
    assert not (tmp_path / "b.gif").exists()


def test_a_place_that_cannot_be_written_to_is_told_before_the_pictures_are_made(
    window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.drag((4, 4), (9, 9))
    window.movies.export(tmp_path / "missing" / "a.gif", MovieSettings(fps=2, side=32))
    assert not window.movies.busy
    assert "there is no folder" in window.canvas.message.text
    assert not window.jobs.jobs
