"""What networks are computed on: chosen in the menu Model, or on the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot
from typer.main import get_command
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.models.generators import precision
from ganpaint.__main__ import main, parser
from ganpaint.jobs.dissect_dialog import DissectDialog
from ganpaint.jobs.job_list import COMPUTING, JobList
from ganpaint.models.device_menu import DeviceMenu
from ganpaint.rendering.devices import AUTO, DEVICES, trouble_with
from ganpaint.tabs.waiting import wait_until
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from support.driving import settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[], Settings]:
    path = str(tmp_path / "ganpaint.ini")
    return lambda: Settings(QSettings(path, QSettings.Format.IniFormat))


def entries(window: MainWindow) -> dict[str, QAction]:
    """Entries of the menu by the device that they stand for."""
    (menu,) = window.findChildren(DeviceMenu)
    menu.fill()
    return {action.data(): action for action in menu.actions()}


def test_the_choice_holds_at_once_and_is_remembered(
    open_window: OpenWindow,
    model: Path,
    settings: Callable[[], Settings],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    window = open_window("--model", str(model), settings=settings())
    assert list(entries(window)) == list(DEVICES)
    assert entries(window)[AUTO].isChecked()
    used: list[str] = []
    choose = precision.choose_device
    monkeypatch.setattr(precision, "choose_device", lambda d="auto": used.append(d) or choose(d))
    monkeypatch.setattr(
        "dissection.models.generators.renderer.choose_device", precision.choose_device
    )
    settle(window, qtbot, entries(window)["cpu"].trigger)
    assert used[-1] == "cpu"  # what was under way then may have asked for the other before
    assert entries(window)["cpu"].isChecked()
    assert window.jobs.device == "cpu"
    window.close()
    again = open_window("--model", str(model), settings=settings())
    assert again.context.device == "cpu"
    assert entries(again)["cpu"].isChecked()


def test_one_that_is_not_there_any_more_is_said_and_forgotten(
    open_window: OpenWindow, model: Path, settings: Callable[[], Settings], qtbot: QtBot
) -> None:
    stored = settings()
    stored.device = "cuda:99"
    window = open_window("--model", str(model), settings=stored, settled=False)
    said: list[str] = []
    window.live.noted.connect(said.append)
    qtbot.waitUntil(lambda: window.context.device == AUTO, timeout=30_000)
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)
    assert said == ["There is no device 'cuda:99' here; the fastest device that is here is used."]
    assert stored.device == AUTO
    assert entries(window)[AUTO].isChecked()
    assert list(entries(window)) == list(DEVICES)
    qtbot.waitUntil(lambda: window.live.image is not None, timeout=30_000)


def test_the_option_goes_before_what_is_remembered(
    open_window: OpenWindow, model: Path, settings: Callable[[], Settings]
) -> None:
    stored = settings()
    stored.device = "cuda"
    window = open_window("--model", str(model), "--device", "cpu", settings=stored)
    assert window.context.device == "cpu"
    assert stored.device == "cuda", "it holds for this start"


def test_a_device_that_is_not_there_is_refused_before_a_window_opens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganpaint.__main__.missing_for_window", lambda **_: "")
    assert main(["--device", "cuda:99"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("ganpaint: There is no device 'cuda:99' here; choose auto or one of")
    assert said.count("\n") == 1
    assert main(["--device", "tpu"]) == 2
    assert trouble_with("cpu") == trouble_with(AUTO) == ""
    assert parser().parse_args([]).device is None


def test_jobs_compute_on_it_where_they_compute(tmp_path: Path) -> None:
    jobs = JobList(tmp_path / "jobs", command=("true",))
    jobs.device = "cuda:1"
    words = jobs.submit("a", ["ablate", "x"]).record.arguments
    assert words == ["ablate", "x", "--device", "cuda:1"]
    told = ["strengths", "x", "--device", "cpu"]
    assert jobs.submit("b", told).record.arguments == told
    assert jobs.submit("c", ["export", "x"]).record.arguments == ["export", "x"]
    jobs.close(keep_running=False)


@pytest.mark.parametrize("command", COMPUTING)
def test_those_commands_take_a_device(command: str) -> None:
    found = get_command(app).commands[command]  # type: ignore[attr-defined]
    if command == "experiment":
        said = CliRunner().invoke(app, ["experiment", "erase", "--help"]).output
        assert "--device" in said
        return
    inner = getattr(found, "commands", {}).get("effect", found)
    assert any("--device" in option.opts for option in inner.params)


def test_the_network_and_the_device_in_use_are_proposed_for_a_dissection(
    open_window: OpenWindow, model: Path, dissection: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganpaint.jobs.command_dialog.CommandDialog.look", lambda _: None)
    words = ("--model", str(model), "--device", "cpu")
    window = open_window(*words, settled=False)
    for _ in range(2):  # before it is known what its dissection is, and behind that
        window.dissecting.dissect()
        dialog = window.dissecting.dialog
        assert isinstance(dialog, DissectDialog)
        assert dialog.form.model.currentText() == str(model)
        assert dialog.form.device.currentData() == "cpu"
        dialog.reject()
        wait_until(lambda: not window.context.reading)
