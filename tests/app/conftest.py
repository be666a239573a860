"""A tiny generator with a dissection, the real window on it, and a mouse made of Qt events."""

import argparse
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from dissection.results.store import save_dissection
from ganpaint.__main__ import parser
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.settings import Settings
from ganpaint.units.view import UnitsView
from ganpaint.window.application import make_window
from ganpaint.window.main_window import MainWindow
from support.driving import LAYERS, Mouse
from support.patient import PatientBot
from support.study import make_ablation, make_classifier, make_pictures
from support.synthetic import make_dissection
from support.units_tab import show_units


@pytest.fixture(scope="session", autouse=True)
def interrupts_wait_for_the_end_of_a_test(request: pytest.FixtureRequest) -> Iterator[None]:
    """Raised inside of what Qt has called, KeyboardInterrupt ends the process by a fault of memory.

    A second Ctrl+C does not wait.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        if request.session.shouldstop:
            raise KeyboardInterrupt
        request.session.shouldstop = "interrupted; press Ctrl+C again to stop inside of a test"

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, stop)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(autouse=True)
def no_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    started: list[QThread] = []
    start = QThread.start

    def record(thread: QThread, *arguments: object) -> None:
        started.append(thread)
        start(thread, *arguments)

    monkeypatch.setattr(QThread, "start", record)
    yield
    left = [thread.objectName() for thread in started if isValid(thread) and thread.isRunning()]
    assert not left, f"threads still run: {left}"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random generator of 16 px with four layers of 32 units and two of 16."""
    import torch

    from dissection.models.generators.checkpoints import save_generator
    from dissection.models.generators.progressive import ProgressiveGenerator

    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    with torch.random.fork_rng():
        torch.manual_seed(5)
        save_generator(ProgressiveGenerator((32, 32, 16), depth=24), path, {})
    return path


@pytest.fixture(scope="session")
def dissection(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from dissection.runtime.files import file_digest

    folder = tmp_path_factory.mktemp("dissection") / "tiny"
    save_dissection(make_dissection("tiny", file_digest(model), LAYERS), folder)
    return folder


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    make_pictures(folder)
    return folder


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    path = tmp_path_factory.mktemp("classifier") / "tiny-scenes.safetensors"
    make_classifier(path, pictures)
    return path


@pytest.fixture(scope="session")
def ablation(tmp_path_factory: pytest.TempPathFactory, classifier: Path, pictures: Path) -> Path:
    folder = tmp_path_factory.mktemp("ablation") / "study"
    make_ablation(folder, classifier, pictures)
    return folder


@pytest.fixture(autouse=True)
def files_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine: what is small is there when a call returns, as it is for a person.

    Tests of what takes longer say so: ``monkeypatch.setattr(Background, "patience", 0.0)``.
    """
    monkeypatch.setattr(Background, "patience", 60.0)


@pytest.fixture(autouse=True)
def no_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is there to answer: what is not finished when a window closes may be lost."""
    monkeypatch.setattr("ganpaint.painter.files.export_movie.ask", lambda *_: True)
    monkeypatch.setattr("ganpaint.painter.files.projects.ask", lambda *_: True)


@pytest.fixture
def open_window(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows with command line options; closes them, and with them their threads."""
    windows: list[MainWindow] = []

    def stop_jobs(_: MainWindow) -> None:
        """A test that failed while a process ran would wait for an answer, and all others too."""
        monkeypatch.setattr("ganpaint.window.main_window.ask_about_jobs", lambda *_: False)

    def open_one(
        *options: str,
        settled: bool = True,
        settings: Settings | None = None,
        data: Path | None = None,
    ) -> MainWindow:
        arguments: argparse.Namespace = parser().parse_args(options)
        window = make_window(arguments, settings or Settings(), data)
        for name, part in vars(window.stack.tabs["painter"]).items():
            if not name.startswith("_"):  # tests reach the painter's parts through its window
                setattr(window, name, part)
        windows.append(window)
        qtbot.addWidget(window, before_close_func=stop_jobs)
        if settled:
            with qtbot.waitSignal(window.live.settled, timeout=30_000):
                window.show()
        else:
            window.show()
        window.activateWindow()
        return window

    yield open_one
    for window in windows:
        window.close()


@pytest.fixture
def window(open_window: Callable[..., MainWindow], model: Path, dissection: Path) -> MainWindow:
    return open_window("--model", str(model), "--dissection", str(dissection), "--seed", "3")


@pytest.fixture(scope="session")
def drawable(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic dissection, of latents that the tiny generator can draw again."""
    from dissection.runtime.files import file_digest

    made = make_dissection("tiny", file_digest(model), LAYERS)
    sample = {**made.provenance["sample"], "depth": 24}
    folder = tmp_path_factory.mktemp("drawable") / "tiny"
    save_dissection(replace(made, provenance={**made.provenance, "sample": sample}), folder)
    return folder


@pytest.fixture
def units_window(open_window: Callable[..., MainWindow], model: Path, drawable: Path) -> MainWindow:
    return open_window("--model", str(model), "--dissection", str(drawable), "--seed", "3")


@pytest.fixture
def tab(units_window: MainWindow) -> UnitsView:
    """The tab of units of a window on the tiny generator."""
    return show_units(units_window)


@pytest.fixture
def mouse(window: MainWindow, qtbot: QtBot) -> Mouse:
    return Mouse(window, qtbot)
