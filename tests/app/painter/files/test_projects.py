"""Projects: saved, reopened, dropped on the window; of other models, damaged, not writable."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import DissectionError
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.history import shown_edit
from dissection.painting.project import read_project, write_project
from ganpaint.rendering.scene import Scene
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle

CONTROL = Qt.KeyboardModifier.ControlModifier
OpenWindow = Callable[..., MainWindow]
Answer = Callable[[Path], None]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """What the next file dialogs are answered."""

    def choose(path: Path) -> None:
        for dialog in ("getSaveFileName", "getOpenFileName"):
            monkeypatch.setattr(QFileDialog, dialog, lambda *_: (str(path), ""))

    return choose


@pytest.fixture
def saved(window: MainWindow, mouse: Mouse, tmp_path: Path) -> Path:
    """A project with a stroke that is on and one that is off, and one on another scene."""
    path = tmp_path / "town.ganpaint"
    mouse.drag((8, 8))
    window.document.go_to(5)
    mouse.drag((3, 3), (6, 6))
    window.document.choose_numbered(1)
    mouse.drag((12, 10), (13, 13))
    window.document.toggle_stroke(window.document.history[0])
    window.projects.save_to(path)
    return path


def test_what_was_saved_opens_the_same_in_another_window_and_without_one(
    window: MainWindow,
    saved: Path,
    open_window: OpenWindow,
    model: Path,
    dissection: Path,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    here = settle(window, qtbot, window.live.refresh)
    first_scene = window.document.edit_of(Scene(str(model), 3)).strokes[0].mask
    other = open_window("--model", str(model), "--dissection", str(dissection))
    there = settle(other, qtbot, lambda: other.projects.open_path(saved))
    np.testing.assert_array_equal(there, here)
    assert other.document.scene.seed == 5
    assert [p.shown for p in other.document.history] == [False, True]
    assert [p.choice for p in other.document.history] == [p.choice for p in window.document.history]
    np.testing.assert_array_equal(
        other.document.edit_of(Scene(str(model), 3)).strokes[0].mask, first_scene
    )
    assert not other.document.modified
    assert not other.commands["undo"].isEnabled()
    strip = other.scenes.strip
    qtbot.waitUntil(lambda: not strip.missing(), timeout=20_000)
    out = tmp_path / "out.png"
    ran = CliRunner().invoke(app, ["paint", "--project", str(saved), "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    with Image.open(out) as image:
        np.testing.assert_array_equal(np.asarray(image), here)


def test_ctrl_s_asks_once_and_the_title_tells_what_is_unsaved(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: Path, answer: Answer
) -> None:
    assert window.windowTitle().startswith("Untitled[*]")
    assert not window.isWindowModified()
    mouse.drag((4, 4))
    assert window.isWindowModified()
    answer(tmp_path / "first")
    QTest.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert window.windowTitle().startswith("first.ganpaint[*]")
    assert not window.isWindowModified()
    mouse.drag((9, 9))
    assert window.isWindowModified()
    window.commands["undo"].trigger()
    assert not window.isWindowModified()  # back at what was saved
    window.commands["redo"].trigger()
    answer(tmp_path / "second.ganpaint")
    QTest.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert not (tmp_path / "second.ganpaint").exists()  # it has a name already
    assert len(read_project(tmp_path / "first.ganpaint").scene.history) == 2
    window.commands["save_as"].trigger()
    assert len(read_project(tmp_path / "second.ganpaint").scene.history) == 2
    assert window.document.file == tmp_path / "second.ganpaint"
    window.document.go_to(9)
    assert not window.isWindowModified()


def test_a_project_keeps_everything_of_every_model(
    window: MainWindow, saved: Path, tmp_path: Path, model: Path, qtbot: QtBot
) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(model.read_bytes())
    settle(window, qtbot, lambda: window.document.open_model(str(copy)))
    QTest.keyClick(window, Qt.Key.Key_R)
    Mouse(window, qtbot).drag((4, 4))
    window.projects.save()
    project = read_project(saved)
    assert sorted((s.model, s.seed, len(s.history)) for s in project.scenes) == sorted(
        [(str(model), 3, 1), (str(model), 5, 2), (str(copy), 5, 1)]
    )
    z = project.scene.latent
    assert z is not None
    assert z.shape == (24,)


def test_a_folder_that_cannot_be_written_costs_nothing(
    window: MainWindow, mouse: Mouse, tmp_path: Path, answer: Answer
) -> None:
    mouse.drag((4, 4))
    window.projects.save_to(tmp_path / "no" / "folder.ganpaint")
    assert window.canvas.message.text.startswith("Cannot write")
    assert window.document.file is None
    assert window.isWindowModified()
    answer(tmp_path / "town.ganpaint")
    window.canvas.message.button.click()
    assert not window.isWindowModified()
    assert (tmp_path / "town.ganpaint").exists()


def test_a_project_of_another_generator_names_it_and_finds_it(
    window: MainWindow, saved: Path, model: Path, tmp_path: Path, answer: Answer, qtbot: QtBot
) -> None:
    here = settle(window, qtbot, window.live.refresh)
    data = saved.read_bytes()
    elsewhere = tmp_path / "elsewhere" / "town.ganpaint"
    elsewhere.parent.mkdir()
    moved = read_project(saved)
    gone = tmp_path / "gone" / "church.pth"
    scenes = tuple(replace(s, model=str(gone)) for s in moved.scenes)
    write_project(elsewhere, replace(moved, scenes=scenes))
    window.projects.open_path(elsewhere)
    said = window.canvas.message.text
    assert f"there is no {gone}" in said
    assert moved.scene.network[:12] in said
    wrong = tmp_path / "wrong.pth"
    wrong.write_bytes(b"another one")
    answer(wrong)
    window.canvas.message.button.click()
    assert f"{wrong} is another one" in window.canvas.message.text
    assert window.document.file == saved  # nothing was opened yet
    answer(model)
    again = settle(window, qtbot, window.canvas.message.button.click)
    np.testing.assert_array_equal(again, here)
    assert window.document.file == elsewhere
    neighbor = elsewhere.with_name("church.pth")
    neighbor.write_bytes(model.read_bytes())  # found without a question
    again = settle(window, qtbot, lambda: window.projects.open_path(elsewhere))
    assert window.document.scene.model == str(neighbor)
    np.testing.assert_array_equal(again, here)
    assert saved.read_bytes() == data


def test_of_a_damaged_project_what_is_whole_is_opened(
    window: MainWindow, saved: Path, qtbot: QtBot
) -> None:
    lines = saved.read_bytes().split(b"\n")
    lines[3] = lines[3][:-40]
    saved.write_bytes(b"\n".join(lines))
    settle(window, qtbot, lambda: window.projects.open_path(saved))
    said = window.canvas.message.text
    assert "damaged" in said
    assert "1 of 2 strokes of seed 5" in said
    assert len(window.document.history) == 1
    assert window.document.file is None  # Ctrl+S asks for a name: the damaged file stays
    assert window.isWindowModified()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.ganpaint", b"hello", "is no project"),
        ("cut.ganpaint", b"GANPaint project\n12345678 {", "damaged beyond repair"),
        ("gone.ganpaint", None, "no such file"),
        ("picture.png", b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_files_that_cannot_be_opened_leave_everything_as_it_is(
    window: MainWindow,
    mouse: Mouse,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    sentence: str,
) -> None:
    mouse.drag((4, 4))
    if content is not None:
        (tmp_path / name).write_bytes(content)
    window.projects.open_path(tmp_path / name)
    assert sentence in window.canvas.message.text
    assert name in window.canvas.message.text
    assert len(window.document.history) == 1


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    center = window.canvas.geometry().center()
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(center, Qt.DropAction.CopyAction, data, button, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    dropped = QDropEvent(QPointF(center), Qt.DropAction.CopyAction, data, button, none)
    QApplication.sendEvent(window, dropped)


def test_projects_and_exported_pictures_can_be_dropped_on_the_window(
    window: MainWindow, saved: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    here = settle(window, qtbot, window.live.refresh)
    picture = tmp_path / "town.png"
    with qtbot.waitSignal(window.live.saved, timeout=10_000):
        window.saver.save(picture)
    window.document.go_to(9)
    np.testing.assert_array_equal(settle(window, qtbot, lambda: drop(window, picture)), here)
    assert [p.shown for p in window.document.history] == [False, True]
    assert window.document.file is None
    np.testing.assert_array_equal(settle(window, qtbot, lambda: drop(window, saved)), here)
    assert window.document.file == saved


def test_opening_over_unsaved_strokes_keeps_them(
    window: MainWindow, saved: Path, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.drag((2, 14))
    unsaved = pixels(window)
    settle(window, qtbot, lambda: window.projects.open_path(saved))
    assert len(window.document.history) == 2
    back = settle(window, qtbot, window.canvas.message.button.click)
    np.testing.assert_array_equal(back, unsaved)
    assert window.isWindowModified()
    assert window.document.file == saved


def test_saving_leaves_the_stroke_in_progress_alone(
    window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.press(4, 4)
    window.projects.save_to(tmp_path / "town.ganpaint")
    assert read_project(tmp_path / "town.ganpaint").scene.history == ()
    mouse.release()
    assert len(window.document.history) == 1
    assert window.isWindowModified()


def test_a_latent_of_its_own_and_a_far_seed_are_shown(
    window: MainWindow, saved: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    project = read_project(saved)
    z = np.linspace(-2, 2, 24, dtype=np.float32)
    scene = replace(project.scene, seed=20_000, latent=z)
    write_project(saved, replace(project, scenes=(scene,), shown=0))
    here = settle(window, qtbot, lambda: window.projects.open_path(saved))
    assert window.scenes.seed.value() == 20_000
    window.projects.save_to(tmp_path / "again.ganpaint")
    again = read_project(tmp_path / "again.ganpaint").scene
    np.testing.assert_array_equal(again.latent, z)
    renderer = Renderer(load_generator(scene.model), "cpu", "float32")
    renderer.set_latent(z)
    wanted = renderer.render(shown_edit(scene.history), exact=True)
    np.testing.assert_array_equal(here, wanted)


def test_a_project_brings_its_dissection(
    open_window: OpenWindow, saved: Path, model: Path, qtbot: QtBot
) -> None:
    window = open_window("--model", str(model))
    assert window.document.in_hand is None
    settle(window, qtbot, lambda: window.projects.open_path(saved))
    assert window.document.in_hand is not None


def recent(window: MainWindow) -> list[str]:
    menu = QMenu()
    window.projects.fill_recent(menu)
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def test_recent_files_are_remembered(
    open_window: OpenWindow, model: Path, saved: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    def settings() -> Settings:
        return Settings(QSettings(str(tmp_path / "ganpaint.ini"), QSettings.Format.IniFormat))

    window = open_window("--model", str(model), settings=settings())
    assert recent(window) == ["Nothing yet"]
    settle(window, qtbot, lambda: window.projects.open_path(saved))
    window.projects.save_to(tmp_path / "second.ganpaint")
    window.close()
    again = open_window("--model", str(model), settings=settings())
    assert recent(again) == ["second.ganpaint", "town.ganpaint"]


def test_a_project_is_opened_from_the_command_line(
    open_window: OpenWindow, saved: Path, model: Path, qtbot: QtBot
) -> None:
    window = open_window("--model", str(model))
    settle(window, qtbot, lambda: window.projects.take(saved))
    assert window.document.scene.seed == 5
    with pytest.raises(DissectionError, match="no ordinary file"):
        window.projects.take(Path(os.devnull).with_name("null"))


def test_a_project_that_another_program_changed_is_asked_about(
    window: MainWindow, mouse: Mouse, saved: Path
) -> None:
    theirs = saved.read_bytes() + b"\n"
    saved.write_bytes(theirs)
    mouse.drag((2, 9))
    QTest.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert "was changed by another program since it was opened" in window.canvas.message.text
    assert saved.read_bytes() == theirs
    assert window.isWindowModified()
    window.canvas.message.button.click()
    assert not window.isWindowModified()
    assert len(read_project(saved).scene.history) == 3
    mouse.drag((9, 2))
    QTest.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert len(read_project(saved).scene.history) == 4


def test_a_linked_project_stays_linked_and_keeps_its_permissions(
    window: MainWindow, mouse: Mouse, saved: Path, tmp_path: Path
) -> None:
    saved.chmod(0o640)
    link = tmp_path / "link.ganpaint"
    link.symlink_to(saved)
    window.projects.open_path(link)
    mouse.drag((2, 9))
    window.projects.save()
    assert link.is_symlink()
    assert saved.stat().st_mode & 0o777 == 0o640
    assert len(read_project(saved).scene.history) == 3


def test_a_new_project_begins_anew_and_can_be_taken_back(
    window: MainWindow, mouse: Mouse, tmp_path: Path, qtbot: QtBot
) -> None:
    mouse.drag((4, 4), (9, 9))
    settle(window, qtbot, lambda: window.document.go_to(5))
    mouse.drag((8, 8))
    history, folder = window.document.history, window.document.dissection_folder
    settle(window, qtbot, window.commands["new"].trigger)
    assert window.document.history == ()
    assert window.document.painted_scenes(window.document.scene.model) == []
    assert window.document.scene.seed == 5
    assert window.document.dissection_folder == folder
    assert window.document.file is None
    assert not window.document.modified
    assert "unsaved strokes were kept" in window.canvas.message.text
    settle(window, qtbot, window.canvas.message.button.click)
    assert [p.stroke.subject for p in window.document.history] == [
        p.stroke.subject for p in history
    ]
    assert len(window.document.painted_scenes(window.document.scene.model)) == 2
