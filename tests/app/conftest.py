"""A tiny generator with a dissection, the real window on it, and a mouse made of Qt events."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt, QThread
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot
from shiboken6 import isValid
from synthetic import make_dissection
from units_tab import show_units

from dissection.results.store import save_dissection
from ganpaint.__main__ import parser
from ganpaint.painter.canvas.picture_item import to_array
from ganpaint.toolkit.settings import Settings
from ganpaint.units.view import UnitsView
from ganpaint.window.application import make_window
from ganpaint.window.main_window import MainWindow

SIZE = 16
LAYERS = {"layer3": (32, 8, 8), "layer4": (32, 8, 8)}


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


@pytest.fixture(autouse=True)
def no_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is there to answer: what is not finished when a window closes may be lost."""
    discard = QMessageBox.StandardButton.Discard
    monkeypatch.setattr(QMessageBox, "question", lambda *_: discard)


@pytest.fixture
def open_window(qtbot: QtBot) -> Iterator[Callable[..., MainWindow]]:
    """Opens windows with command line options; closes them, and with them their threads."""
    windows: list[MainWindow] = []

    def open_one(
        *options: str,
        settled: bool = True,
        settings: Settings | None = None,
        data: Path | None = None,
    ) -> MainWindow:
        arguments: argparse.Namespace = parser().parse_args(options)
        window = make_window(arguments, settings or Settings(), data)
        for name, part in vars(window.stack.tabs["painter"]).items():
            setattr(window, name, part)  # tests reach the painter's parts through its window
        windows.append(window)
        qtbot.addWidget(window)
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


class Mouse:
    """Presses, moves and releases over the canvas, in picture pixels."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self._canvas = window.canvas
        self._live = window.live
        self._qtbot = qtbot
        self._button = Qt.MouseButton.NoButton
        self._modifiers = Qt.KeyboardModifier.NoModifier
        self._at = QPointF()

    def press(
        self,
        x: float,
        y: float,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        self._button, self._modifiers = button, modifiers
        self._send(QEvent.Type.MouseButtonPress, x, y, button, button)

    def move(self, x: float, y: float) -> None:
        none = Qt.MouseButton.NoButton
        self._send(QEvent.Type.MouseMove, x, y, none, self._button)

    def release(self) -> None:
        button, self._button = self._button, Qt.MouseButton.NoButton
        at = self._at
        self._send(QEvent.Type.MouseButtonRelease, at.x(), at.y(), button, self._button)
        self._modifiers = Qt.KeyboardModifier.NoModifier

    def drag(
        self,
        *points: tuple[float, float],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        """A whole stroke; returns when the exact picture of it is on screen."""
        with self._qtbot.waitSignal(self._live.settled, timeout=10_000):
            self.press(*points[0], button, modifiers)
            for point in points[1:]:
                self.move(*point)
            self.release()

    def _send(
        self, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton, down: Qt.MouseButton
    ) -> None:
        self._at = QPointF(x, y)
        position = self._canvas.viewportTransform().map(self._at)
        viewport = self._canvas.viewport()
        scene = QPointF(viewport.mapTo(viewport.window(), position.toPoint()))
        everywhere = QPointF(viewport.mapToGlobal(position.toPoint()))
        event = QMouseEvent(kind, position, scene, everywhere, button, down, self._modifiers)
        QCoreApplication.sendEvent(viewport, event)


@pytest.fixture
def mouse(window: MainWindow, qtbot: QtBot) -> Mouse:
    return Mouse(window, qtbot)


def pixels(window: MainWindow) -> np.ndarray:
    """What the canvas shows, uint8 (16, 16, 3)."""
    return to_array(window.canvas.shown)


def settle(window: MainWindow, qtbot: QtBot, do: Callable[[], object]) -> np.ndarray:
    """Do something and wait for the exact picture that follows from it."""
    with qtbot.waitSignal(window.live.settled, timeout=10_000):
        do()
    return pixels(window)
