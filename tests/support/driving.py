"""The window driven as a person does: a mouse made of Qt events, and what is on the canvas."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from pytestqt.qtbot import QtBot

from ganpaint.painter.canvas.picture_item import to_array
from ganpaint.window.main_window import MainWindow

SIZE = 16
LAYERS = {"layer3": (32, 8, 8), "layer4": (32, 8, 8)}


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


def pixels(window: MainWindow) -> np.ndarray:
    """What the canvas shows, uint8 (16, 16, 3)."""
    return to_array(window.canvas.shown)


def settle(window: MainWindow, qtbot: QtBot, do: Callable[[], object]) -> np.ndarray:
    """Do something and wait for the exact picture that follows from it."""
    with qtbot.waitSignal(window.live.settled, timeout=10_000):
        do()
    return pixels(window)
