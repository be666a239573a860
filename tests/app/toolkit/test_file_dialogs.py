"""Dialogs that ask for files: each kind begins in the folder of last time, also after a restart."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.file_dialogs import ask_file, ask_folder, ask_new_file, last_folder
from ganpaint.toolkit.settings import Settings, home_folder
from ganpaint.toolkit.theme import THEMES, Theme


class Window(QWidget):
    """Remembers, as the main window does."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.part = QWidget(QWidget(self))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "settings.ini"


def window_on(store: Path, qtbot: QtBot) -> Window:
    window = Window(Settings(QSettings(str(store), QSettings.Format.IniFormat)))
    qtbot.addWidget(window)
    return window


def test_each_kind_begins_where_it_ended(
    qtbot: QtBot, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    answers = {"getOpenFileName": ("a", "x.png"), "getSaveFileName": ("b", "y.svg")}
    for name, (folder, file) in answers.items():
        (tmp_path / folder).mkdir()
        chosen = str(tmp_path / folder / file)

        def ask(*given: object, chosen: str = chosen) -> tuple[str, str]:
            begun.append(str(given[2]))
            return chosen, "Drawing (*.svg)"

        monkeypatch.setattr(QFileDialog, name, ask)
    first = window_on(store, qtbot)
    assert ask_file(first.part, "Open", "", "pictures") == tmp_path / "a" / "x.png"
    path, kind = ask_new_file(first.part, "Export", "z.png", "", "exports")
    assert (path, kind) == (tmp_path / "b" / "y.svg", "Drawing (*.svg)")
    assert begun == [str(home_folder()), str(home_folder() / "z.png")]
    again = window_on(store, qtbot)
    begun.clear()
    ask_file(again.part, "Open", "", "pictures")
    ask_new_file(again.part, "Export", "z.png", "", "exports")
    assert begun == [str(tmp_path / "a"), str(tmp_path / "b" / "z.png")]
    assert last_folder(again.part, "networks") == home_folder()
    assert last_folder(again.part, "networks", near=tmp_path) == tmp_path


def test_a_folder_is_seen_among_its_neighbors_and_one_that_is_gone_is_not_begun_in(
    qtbot: QtBot, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = window_on(store, qtbot)
    chosen = tmp_path / "results" / "one"
    chosen.mkdir(parents=True)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(chosen))
    assert ask_folder(window.part, "Open", "results") == chosen
    assert last_folder(window.part, "results") == chosen.parent
    chosen.rmdir()
    chosen.parent.rmdir()
    assert last_folder(window.part, "results") == home_folder()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    assert ask_folder(window.part, "Open", "results") is None


@pytest.mark.parametrize("stored", ["[1]", '{"pictures": 3}', '{"pictures": "a\\u0000b"}', "no"])
def test_what_is_stored_badly_is_forgotten(qtbot: QtBot, store: Path, stored: str) -> None:
    window = window_on(store, qtbot)
    QSettings(str(store), QSettings.Format.IniFormat).setValue("folders", stored)
    assert last_folder(window.part, "pictures") == home_folder()


def test_without_a_window_that_remembers_it_is_asked_all_the_same(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lonely = QWidget()
    qtbot.addWidget(lonely)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "a"), ""))
    assert ask_file(lonely, "Open", "", "pictures") == tmp_path / "a"


@pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
@pytest.mark.parametrize("name", THEMES)
def test_arrows_can_be_seen_and_buttons_have_no_icons_of_another_set(
    qtbot: QtBot, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    Theme().apply(application, name)
    window = Window(Settings())
    qtbot.addWidget(window)
    seen: dict[str, QColor] = {}

    def ask(*_: object) -> tuple[str, str]:
        dialog = QFileDialog(window, "Open", str(tmp_path))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)

        def look() -> None:
            up = dialog.findChild(QToolButton, "toParentButton")
            assert isinstance(up, QToolButton)
            seen["up"] = darkest_or_lightest(up.icon().pixmap(up.iconSize()).toImage())
            box = dialog.findChild(QDialogButtonBox)
            assert isinstance(box, QDialogButtonBox)
            assert all(button.icon().isNull() for button in box.buttons())
            dialog.reject()

        QTimer.singleShot(100, look)
        dialog.exec()
        return "", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    assert ask_file(window, "Open", "", "pictures") is None
    assert seen["up"] == application.palette().color(QPalette.ColorRole.ButtonText)
    Theme().apply(application, "dark")


def darkest_or_lightest(image: QImage) -> QColor:
    """The color of the first pixel that is not see-through."""
    for y in range(image.height()):
        for x in range(image.width()):
            color = image.pixelColor(x, y)
            if color.alpha() == 255:
                return color.toRgb()
    raise AssertionError("nothing is drawn")
