"""What the window of version 0.1.0 left is found and used by that of today."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from dissection.runtime.files import file_digest
from ganpaint.painter.document.user_brush_file import read_store, store_path
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from support.driving import settle

OpenWindow = Callable[..., MainWindow]
STORED = Path(__file__).parents[1] / "fixtures" / "0.1.0"


@pytest.fixture
def start(open_window: OpenWindow, tmp_path: Path) -> Callable[[], MainWindow]:
    """Opens a window where everything that was stored lies."""
    stored = shutil.copytree(STORED, tmp_path / "stored")
    shutil.copy(stored / "tiny.safetensors", stored / "data" / "unsaved")
    options = ("--model", str(stored / "tiny.safetensors"), "--seed", "3")
    store = QSettings(str(stored / "ganpaint.ini"), QSettings.Format.IniFormat)
    return lambda: open_window(
        *(*options, "--dissection", str(stored / "dissection")),
        settings=Settings(store),
        data=stored / "data",
    )


def test_a_killed_windows_strokes_come_back(start: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = start()
    assert "were not saved" in window.canvas.message.text
    settle(window, qtbot, window.canvas.message.button.click)
    assert (window.document.scene.seed, len(window.document.history)) == (7, 1)
    window.document.go_to(3)
    (stroke,) = window.document.strokes
    assert stroke.brush is not None
    assert str(stroke.brush.concept) == "tree"


def test_a_project_opens(start: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot) -> None:
    window = start()
    plain = settle(window, qtbot, lambda: window.document.go_to(5))
    project = tmp_path / "stored" / "town.ganpaint"
    painted = settle(window, qtbot, lambda: window.projects.open_path(project))
    assert (window.document.scene.seed, len(window.document.history)) == (3, 1)
    assert not np.array_equal(plain, painted)


def test_own_brushes_are_in_the_palette(start: Callable[[], MainWindow]) -> None:
    found = read_store(store_path(STORED / "data" / "brushes", _network()))
    assert (found.trouble, [b.concept.name for b in found.brushes]) == ("", ["roof", "tür"])
    names = {brush.concept.name for brush in start().inspector.own.brushes}
    assert names == {"roof", "tür"}


def test_settings_are_remembered(tmp_path: Path) -> None:
    file = shutil.copy(STORED / "ganpaint.ini", tmp_path)
    settings = Settings(QSettings(str(file), QSettings.Format.IniFormat))
    assert settings.theme == "light"
    assert settings.has_painted
    assert [path.name for path in settings.recent] == ["town.ganpaint"]
    assert [file.name for file, _ in settings.models] == ["tiny.safetensors"]


def _network() -> str:
    return file_digest(STORED / "tiny.safetensors")
