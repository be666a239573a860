"""The manager of models, on real jobs and a server on this machine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from dissection.models.zoo.manifest import own_entries_file
from dissection.runtime.resources import resources_folder
from ganpaint.jobs.dissect_dialog import DissectDialog
from ganpaint.jobs.dissect_form import DissectForm
from ganpaint.models.manager import ModelManager
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from support.file_server import FileServer, serving

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
LONG = 60_000
OWN = """
[[collection]]
kind = "generator"
hosts = ["{host}"]
license = "CC0"
entries = [{{ name = "town", files = [{{ file = "town.safetensors", sha256_prefix = "000000" }}] }}]
"""


@pytest.fixture
def server(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as running:
        running.files["/town.safetensors"] = model.read_bytes()
        own_entries_file().parent.mkdir(parents=True)
        own_entries_file().write_text(OWN.format(host=running.address))
        yield running


@pytest.fixture
def manager(
    server: FileServer, open_window: Callable[..., MainWindow], model: Path, tmp_path: Path
) -> ModelManager:
    settings = Settings(QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat))
    window = open_window("--model", str(model), settings=settings)
    entry = next(a for a in window.menus["Model"].actions() if a.text().startswith("&Models and"))
    entry.trigger()
    shown = window.findChild(ModelManager)
    assert isinstance(shown, ModelManager)
    return shown


def state(manager: ModelManager) -> str:
    return manager.list.currentItem().text(2)


def test_fetched_asked_about_verified_and_removed(
    manager: ModelManager, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, server: FileServer
) -> None:
    manager.choose("stylegan2-car")
    assert "StyleGAN2" in manager.said.text()
    assert not manager.fetch.isEnabled()
    manager.choose("town")
    assert "License: CC0" in manager.said.text()
    manager.fetch.click()
    assert manager.stop.isEnabled()
    qtbot.waitUntil(lambda: "Take it" in manager.fetch.text(), timeout=LONG)
    assert "000000" in manager.said.text()
    manager.fetch.click()
    qtbot.waitUntil(lambda: state(manager) == "fetched", timeout=LONG)
    assert len(server.asked) == 1
    manager.verify.click()
    qtbot.waitUntil(lambda: "as it was fetched" in manager.said.text(), timeout=LONG)
    monkeypatch.setattr("ganpaint.models.manager.ask", lambda *_: True)
    manager.remove.click()
    assert state(manager) == "available"


def test_an_own_file_is_told_what_it_is(
    manager: ModelManager, qtbot: QtBot, model: Path, tmp_path: Path
) -> None:
    manager.look_at(model)
    qtbot.waitUntil(manager.add.isEnabled, timeout=LONG)
    assert "is a generator of 16 px with" in manager.said.text()
    (tmp_path / "text.pth").write_text("no weights")
    manager.look_at(tmp_path / "text.pth")
    qtbot.waitUntil(manager.add.isEnabled, timeout=LONG)
    assert "neither a generator nor a classifier" in manager.said.text()
    assert not manager.dissect.isVisible()


def test_an_own_classifier_goes_on_to_be_dissected(manager: ModelManager, qtbot: QtBot) -> None:
    path = resources_folder() / "models" / "storybook-scenes.safetensors"
    manager.look_at(path)
    qtbot.waitUntil(manager.add.isEnabled, timeout=LONG)
    assert "is a classifier with 51 classes" in manager.said.text()
    form = dissected(manager)
    assert form.model.currentText() == str(path)
    assert form.images.isVisible()


def test_an_own_classifier_that_does_not_say_which_is_asked_about(
    manager: ModelManager, qtbot: QtBot, tmp_path: Path
) -> None:
    import torch
    from torchvision.models import resnet18

    path = tmp_path / "places.pth"
    torch.save(resnet18(num_classes=7).state_dict(), path)
    manager.look_at(path)
    qtbot.waitUntil(manager.add.isEnabled, timeout=LONG)
    assert "holds weights of a classifier and does not say which" in manager.said.text()
    assert "neither" not in manager.said.text()
    form = dissected(manager)
    assert form.model.currentText().startswith("torchvision:")
    assert form.weights.path == str(path)
    assert form.weights.isVisible()


def dissected(manager: ModelManager) -> DissectForm:
    """What is asked when the classifier that was looked at is to be dissected."""
    assert manager.dissect.isVisible()
    manager.dissect.click()
    assert not manager.isVisible()
    window = manager.parentWidget().window()
    assert isinstance(window, MainWindow)
    dialog = window.dissecting.dialog
    assert isinstance(dialog, DissectDialog)
    assert dialog.isVisible()
    return dialog.form
