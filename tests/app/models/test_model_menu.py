"""The Model menu: bundled, downloaded and own generators, what they are, what they lack."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from dissection.results.store import save_dissection
from dissection.runtime.files import file_digest
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from support.driving import LAYERS, pixels, settle
from support.synthetic import make_dissection

OpenWindow = Callable[..., MainWindow]


def entries(window: MainWindow) -> dict[str, QAction]:
    """The generators of the menu by what is said of them, with headings."""
    menu = QMenu(window)
    window.models.fill(menu)
    return {action.text(): action for action in menu.actions()}


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[], Settings]:
    path = str(tmp_path / "ganpaint.ini")
    return lambda: Settings(QSettings(path, QSettings.Format.IniFormat))


def test_own_generators_are_remembered_with_their_dissections(
    open_window: OpenWindow,
    model: Path,
    dissection: Path,
    tmp_path: Path,
    settings: Callable[[], Settings],
    qtbot: QtBot,
) -> None:
    bare = tmp_path / "bare.safetensors"
    bare.write_bytes(model.read_bytes())
    first = open_window("--model", str(model), "--dissection", str(dissection), settings=settings())
    shown = pixels(first)
    settle(first, qtbot, lambda: first.document.open_model(str(bare)))
    with qtbot.waitSignal(first.live.failed, timeout=10_000):
        first.document.open_model(str(tmp_path / "gone.pth"))
    first.close()
    window = open_window("--model", str(bare), settings=settings())
    said = entries(window)
    assert list(said)[-3:] == ["Opened before", "bare.safetensors, not dissected yet", model.name]
    assert said["bare.safetensors, not dissected yet"].isChecked()
    assert "storybook-church" in said
    assert window.document.in_hand is None
    back = settle(window, qtbot, said[model.name].trigger)
    assert (back == shown).mean() > 0.1
    assert window.document.dissection_folder == dissection
    assert window.document.in_hand is not None
    assert entries(window)[model.name].isChecked()


def test_opening_a_file_again_brings_its_dissection(
    open_window: OpenWindow,
    model: Path,
    dissection: Path,
    tmp_path: Path,
    settings: Callable[[], Settings],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(model.read_bytes())
    window = open_window("--model", str(copy), settings=settings())
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(dissection))
    window.commands["open_dissection"].trigger()
    settle(window, qtbot, lambda: window.document.open_model(str(model)))
    assert window.document.in_hand is None
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(copy), ""))
    settle(window, qtbot, window.commands["open_model"].trigger)
    assert window.document.in_hand is not None


def test_downloaded_generators_are_offered(
    open_window: OpenWindow, model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    for folder in ("models", "dissections"):
        (tmp_path / folder).mkdir()
    church = tmp_path / "models" / "church.safetensors"
    church.write_bytes(model.read_bytes())
    (tmp_path / "models" / "notes.txt").write_text("no generator")
    save_dissection(
        make_dissection("church", file_digest(church), LAYERS), tmp_path / "dissections" / "church"
    )
    window = open_window("--model", str(model), data=tmp_path)
    said = entries(window)
    assert "Downloaded" in said
    assert not any("notes" in text for text in said)
    settle(window, qtbot, said["church.safetensors"].trigger)
    assert window.document.in_hand is not None


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
def test_details_tell_what_it_is_and_what_it_lacks(
    open_window: OpenWindow, model: Path, dissection: Path, qtbot: QtBot
) -> None:
    window = open_window("--model", str(model), "--dissection", str(dissection))
    window.commands["model_details"].trigger()
    details = window.models.details
    assert details is not None
    qtbot.waitUntil(lambda: "layer1" in details.text, timeout=10_000)
    for fact in (
        *(str(model), file_digest(model)[:32], "16 × 16 px, from latents of 24 numbers"),
        *("layer4: 32 units, 8 × 8", str(dissection), "100 standard latents", "synthetic"),
    ):
        assert fact in details.text, fact
    assert not details.copy.isVisible()
    beyond = details.area.widget().width() - details.area.viewport().width()
    assert details.area.horizontalScrollBar().maximum() == max(0, beyond)  # nothing is cut off
    settle(window, qtbot, lambda: window.document.open_model(str(model)))  # without it
    qtbot.waitUntil(lambda: "layer1" in details.text, timeout=10_000)
    assert "No dissection for this generator yet" in details.text
    details.copy.click()
    assert QGuiApplication.clipboard().text().startswith("dissection dissect --model")
    details.close()


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
def test_details_list_every_layer_and_scroll(
    open_window: OpenWindow, model: Path, dissection: Path, qtbot: QtBot
) -> None:
    window = open_window("--model", str(model), "--dissection", str(dissection))
    window.resize(960, 600)
    window.commands["model_details"].trigger()
    details = window.models.details
    qtbot.waitUntil(lambda: "layer1" in details.text, timeout=10_000)
    for layer in ("layer1", "layer2", "layer3", "layer4", "layer5", "layer6"):
        assert f"{layer}: " in details.text
    assert "layer3: 32 units, 8 × 8\nlayer4: 32 units, 8 × 8" in details.text  # dissected ones
    assert details.height() <= window.height()
    details.resize(details.width(), 240)
    qtbot.waitUntil(lambda: details.area.verticalScrollBar().maximum() > 0)
    details.close()


def test_file_dialogs_begin_where_the_project_is(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def ask(*arguments: object) -> tuple[str, str]:
        begun.append(str(arguments[2]))
        return "", ""

    def ask_folder(*arguments: object) -> str:
        return ask(*arguments)[0]

    window.projects.save_to(tmp_path / "mine.ganpaint")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask_folder)
    for name in ("open", "open_model", "open_dissection", "export", "export_pair", "save_as"):
        window.commands[name].trigger()
    assert len(begun) == 6
    assert all(place.startswith(str(tmp_path)) for place in begun), begun


def test_networks_that_do_not_paint_are_no_generators(open_window: OpenWindow) -> None:
    """The segmenter and the classifier ship in the same folder; the latter has a dissection too."""
    said = entries(open_window())
    assert "storybook-church" in said
    assert not {"storybook", "storybook-scenes"} & set(said)
