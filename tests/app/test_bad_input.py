"""Whatever is brought to the window: one sentence that says what to do, and it lives on."""

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dissection.painting.movie import MovieSettings
from dissection.results.store import save_dissection
from dissection.runtime import resources
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from support.driving import LAYERS, Mouse, pixels, settle
from support.synthetic import make_dissection

OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder in which no file can be made, for whoever runs the tests."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    make = os.open

    def refuse(path: Any, *arguments: Any, **options: Any) -> int:
        if Path(path).parent == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return make(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    return folder


def test_a_read_only_folder_costs_nothing(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, read_only: Path, tmp_path: Path
) -> None:
    mouse.drag((4, 4), (9, 9))
    said: list[str] = []
    window.projects.save_to(read_only / "town.ganpaint")
    said.append(window.canvas.message.text)
    with qtbot.waitSignal(window.live.save_failed, timeout=10_000):
        window.saver.save(read_only / "town.png")
    said.append(window.canvas.message.text)
    window.movies.export(read_only / "town.gif", MovieSettings(fps=2, side=32))
    qtbot.waitUntil(lambda: not window.movies.busy, timeout=20_000)
    said.append(window.canvas.message.text)
    for sentence, name in zip(said, ("town.ganpaint", "town.png", "town.gif"), strict=True):
        assert sentence.startswith("Cannot write")
        assert f"{name}: permission denied; choose another place." in sentence
    assert window.canvas.message.button.text().endswith("elsewhere…")
    assert len(window.document.history) == 1
    assert window.isWindowModified()
    window.projects.save_to(tmp_path / "town.ganpaint")
    assert not window.isWindowModified()


def test_unsaved_strokes_that_cannot_be_kept_are_told_once(
    open_window: OpenWindow, model: Path, dissection: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    blocked = tmp_path / "a file where the folder should be"
    blocked.write_text("")
    window = open_window("--model", str(model), "--dissection", str(dissection), data=blocked)
    Mouse(window, qtbot).drag((4, 4))
    window.projects.recovery.write()
    assert "would not outlive a crash" in window.canvas.message.text
    window.canvas.message.hide()
    Mouse(window, qtbot).drag((9, 9))
    window.projects.recovery.write()
    assert window.canvas.message.text == ""


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    center = window.canvas.geometry().center()
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    action = Qt.DropAction.CopyAction
    QApplication.sendEvent(window, QDragEnterEvent(center, action, data, button, none))
    QApplication.sendEvent(window, QDropEvent(QPointF(center), action, data, button, none))


def write_image(path: Path) -> None:
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(path)


NO_PROJECTS: tuple[tuple[str, Callable[[Path], object], str], ...] = (
    ("photo.png", write_image, "carries no strokes"),
    ("photo.jpg", write_image, "not on photographs"),
    ("folder", Path.mkdir, "is a directory"),
    ("empty.ganpaint", Path.touch, "is no project"),
    ("gone.ganpaint", lambda _: None, "no such file"),
    ("bytes.ganpaint", lambda p: p.write_bytes(bytes(range(256)) * 40), "is no project"),
    ("deep.ganpaint", lambda p: p.write_bytes(b"[" * 100_000), "is no project"),
)


def test_what_is_no_project_is_told_and_changes_nothing(
    window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.drag((4, 4))
    shown = pixels(window)
    for name, make, sentence in NO_PROJECTS:
        path = tmp_path / name
        make(path)
        drop(window, path)
        said = window.canvas.message.text
        assert sentence in said, (name, said)
        assert name in said
        assert window.canvas.message.button.text() == "Open another…"
        assert len(window.document.history) == 1
        np.testing.assert_array_equal(pixels(window), shown)


class Harmful:
    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, ("touch harmed",))


def cut(path: Path) -> None:
    header = json.dumps(
        {"layer1.conv.weight": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}
    )
    path.write_bytes(struct.pack("<Q", len(header)) + header.encode() + b"\0" * 8)


def segmenter(path: Path) -> None:
    path.write_bytes(resources.resource("models/storybook.safetensors").read_bytes())


NO_GENERATORS: tuple[tuple[str, Callable[[Path], object], str], ...] = (
    ("photo.png", write_image, "cannot be used as a generator"),
    ("empty.pth", Path.touch, "cannot be used as a generator"),
    ("folder.pth", Path.mkdir, "is a folder"),
    ("cut.safetensors", cut, "damaged safetensors"),
    ("segmenter.safetensors", segmenter, "cannot be used as a generator"),
    ("code.pth", lambda p: p.write_bytes(pickle.dumps(Harmful())), "cannot be used"),
)


def test_what_is_no_generator_is_told_and_left_by_one_button(
    window: MainWindow,
    mouse: Mouse,
    model: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    mouse.drag((4, 4))
    shown = pixels(window)
    for name, make, sentence in NO_GENERATORS:
        path = tmp_path / name
        make(path)
        with qtbot.waitSignal(window.live.failed, timeout=20_000):
            window.document.open_model(str(path))
        said = window.canvas.message.text
        assert sentence in said, (name, said)
        assert name in said
        assert window.canvas.message.button.text() == "Open the generator that ships"
        mouse.press(4, 4)  # nothing to paint on, and no harm
        mouse.release()
        window.scenes.blend.knob.slider.setValue(40)
        window.document.go_to(3)
    assert not (tmp_path / "harmed").exists()
    back = settle(window, qtbot, lambda: window.document.open_model(str(model)))
    np.testing.assert_array_equal(back, shown)


def test_a_damaged_dissection_and_one_of_another_network_are_refused(
    open_window: OpenWindow, model: Path, dissection: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    save_dissection(make_dissection("other", "ab" * 32, LAYERS), other)
    window = open_window("--model", str(model), "--dissection", str(other))
    assert "abababababab" in window.concepts.shown_reason
    for name, damage in (
        ("cut", lambda p: p.write_bytes(p.read_bytes()[:200])),
        ("none", lambda p: p.unlink()),
        ("list", lambda p: p.write_text("[]")),
    ):
        folder = tmp_path / name
        folder.mkdir()
        for file in dissection.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        damage(folder / "dissection.json")
        broken = open_window("--model", str(model), "--dissection", str(folder))
        assert str(folder) in broken.concepts.shown_reason
        assert broken.document.in_hand is None


def test_settings_that_cannot_be_written_never_get_in_the_way(
    open_window: OpenWindow, model: Path, dissection: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    blocked = tmp_path / "no folder"
    blocked.write_text("")
    store = QSettings(str(blocked / "ganpaint.ini"), QSettings.Format.IniFormat)
    window = open_window(
        *("--model", str(model), "--dissection", str(dissection)), settings=Settings(store)
    )
    Mouse(window, qtbot).drag((4, 4))
    window.set_theme("light")
    window.projects.save_to(tmp_path / "town.ganpaint")
    assert window.canvas.message.text.startswith("Saved")
    window.close()
    store.sync()
    assert store.status() == QSettings.Status.AccessError


@pytest.mark.parametrize("nonsense", ["[", "[1]", '{"a": 1}', '[["x"]]', "[[1, 2]]", "null"])
def test_settings_of_nonsense_are_left_at_their_defaults(
    open_window: OpenWindow, model: Path, tmp_path: Path, nonsense: str
) -> None:
    store = QSettings(str(tmp_path / "ganpaint.ini"), QSettings.Format.IniFormat)
    for key in ("theme", "recent", "models", "geometry", "state", "has_painted"):
        store.setValue(key, nonsense)
    window = open_window("--model", str(model), settings=Settings(store))
    assert window.theme.name == "dark"
    assert window.settings.recent == []
    assert [file for file, _ in window.settings.models] == [model]  # the one in use


def test_a_damaged_gallery_is_left_alone(
    open_window: OpenWindow, model: Path, dissection: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "dissection"
    folder.mkdir()
    for file in dissection.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "gallery.json").write_text('{"schema": 1, "scenes": [{"seed": -3}]}')
    window = open_window("--model", str(model), "--dissection", str(folder))
    assert window.scenes.strip.scenes.scene_at(0).seed == 0


def test_what_is_said_about_a_file_can_be_put_away(window: MainWindow, tmp_path: Path) -> None:
    message, foreign = window.canvas.message, tmp_path / "foreign.ganpaint"
    foreign.write_text("nothing")
    window.projects.open_path(foreign)
    assert "foreign.ganpaint" in message.text
    assert message.cross.geometry().left() > message.button.geometry().right()
    QTest.mouseClick(message.cross, Qt.MouseButton.LeftButton)
    assert message.text == ""
    window.projects.open_path(foreign)
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert message.text == ""
    message.say("Exported.", passing=True)
    assert message.cross.isHidden()  # it goes by itself
