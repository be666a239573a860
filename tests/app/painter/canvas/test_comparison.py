"""Before and after: the held key, the line of the split, the difference."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from ganpaint.painter.canvas.comparison import View, gain_of
from ganpaint.painter.canvas.picture_item import to_array
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle


def seen(window: MainWindow) -> np.ndarray:
    """What the canvas draws, uint8 (H, W, 3), with hard pixels and without the ring."""
    window.canvas.ring.hide()
    shot = window.canvas.viewport().grab().toImage()
    return to_array(shot.convertToFormat(QImage.Format.Format_RGB888))


def at(window: MainWindow, x: float, y: float, shot: np.ndarray) -> np.ndarray:
    """The color at the middle of a picture pixel."""
    place = window.canvas.mapFromScene(x + 0.5, y + 0.5)
    return shot[place.y(), place.x()].astype(int)


@pytest.fixture
def painted(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> tuple[np.ndarray, np.ndarray]:
    """The picture before and after a large stroke; pixels are shown as squares."""
    window.canvas.zoom(0.8)
    before = pixels(window)
    window.document.choose(radius=8.0)
    mouse.drag((4, 8), (12, 8))
    qtbot.waitUntil(lambda: not window.canvas.overlay.mask.isVisible(), timeout=5000)
    return before.astype(int), pixels(window).astype(int)


Pair = tuple[np.ndarray, np.ndarray]


def test_split_shows_before_left_of_the_line(
    window: MainWindow, mouse: Mouse, painted: Pair
) -> None:
    before, after = painted
    QTest.keyClick(window, Qt.Key.Key_S)
    assert window.commands["split"].isChecked()
    shot = seen(window)
    for x, wanted in ((3, before), (5, before), (10, after), (13, after)):
        assert np.abs(at(window, x, 12, shot) - wanted[12, x]).max() <= 1, x
    assert np.abs(before - after).max() > 5, "the test sees no difference"


def test_the_line_is_dragged_and_paints_nothing(
    window: MainWindow, mouse: Mouse, painted: Pair
) -> None:
    before, after = painted
    QTest.keyClick(window, Qt.Key.Key_S)
    mouse.move(8.0, 3.0)
    assert window.canvas.viewport().cursor().shape() == Qt.CursorShape.SplitHCursor
    assert not window.canvas.ring.isVisible()
    mouse.press(8.0, 3.0)
    mouse.move(12.0, 5.0)
    mouse.release()
    assert window.canvas.comparison.share == pytest.approx(0.75, abs=0.01)
    assert len(window.document.strokes) == 1
    shot = seen(window)
    for x, wanted in ((10, before), (14, after)):
        assert np.abs(at(window, x, 12, shot) - wanted[12, x]).max() <= 1, x
    mouse.press(12.0, 3.0)
    mouse.move(40.0, 3.0)  # never leaves the picture
    mouse.release()
    assert window.canvas.comparison.share == 1.0
    mouse.drag((3, 3))  # away from the line the brush paints
    assert len(window.document.strokes) == 2


def test_keys_move_the_line(window: MainWindow, painted: Pair) -> None:
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_Right, shift)
    assert window.canvas.comparison.view == View.SPLIT
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_Right, shift)
    assert window.canvas.comparison.share == pytest.approx(0.65)
    for _ in range(20):
        QTest.keyClick(window, Qt.Key.Key_Left, shift)
    assert window.canvas.comparison.share == 0.0
    assert window.document.scene.seed == 3


def test_the_difference_is_absolute_and_amplified(window: MainWindow, painted: Pair) -> None:
    before, after = painted
    QTest.keyClick(window, Qt.Key.Key_X)
    gain = window.canvas.comparison.gain
    away = np.minimum(np.abs(after - before).max(axis=2) * gain, 255)
    shown = pixels(window).astype(int).sum(axis=2)
    order = np.argsort(away.ravel(), kind="stable")
    assert np.all(np.diff(shown.ravel()[order]) >= -12), "brighter is further away"
    assert shown.ravel()[order[-1]] > shown.ravel()[order[0]] + 100


def test_no_difference_is_black(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_X)
    assert pixels(window).max() <= 4
    QTest.keyClick(window, Qt.Key.Key_X)  # the same key goes back
    assert window.commands["edited"].isChecked()
    assert pixels(window).max() > 20


@pytest.mark.parametrize(("high", "gain"), [(0, 8), (20, 8), (40, 4), (80, 2), (250, 2)])
def test_differences_are_amplified_as_far_as_they_fit(high: int, gain: int) -> None:
    assert gain_of(np.full((10, 10), high, np.uint8)) == gain


def test_holding_c_wins_over_every_view(window: MainWindow, painted: Pair) -> None:
    before, after = painted
    for key in (Qt.Key.Key_S, Qt.Key.Key_X):
        QTest.keyClick(window, key)
        QTest.keyPress(window.canvas, Qt.Key.Key_C)
        np.testing.assert_array_equal(pixels(window), before)
        assert not window.canvas.split.isVisible()
        QTest.keyRelease(window.canvas, Qt.Key.Key_C)
        assert window.canvas.comparison.view != View.EDITED
    QTest.keyClick(window, Qt.Key.Key_A)
    np.testing.assert_array_equal(pixels(window), after)


def test_the_control_in_the_tool_bar_has_one_button_down(window: MainWindow, painted: Pair) -> None:
    buttons = {
        button.objectName(): button
        for button in window.tools.findChildren(QToolButton)
        if button.objectName() in tuple(View)
    }
    assert list(buttons) == list(View)
    for view, button in buttons.items():
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert window.canvas.comparison.view == view
        assert [b.isChecked() for b in buttons.values()] == [v == view for v in View]


def test_painting_goes_on_in_every_view(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, painted: Pair
) -> None:
    for key, button in (
        (Qt.Key.Key_S, Qt.MouseButton.RightButton),
        (Qt.Key.Key_X, Qt.MouseButton.LeftButton),
    ):
        QTest.keyClick(window, key)
        start = seen(window)
        mouse.drag((3, 3), (13, 3), button=button)
        qtbot.waitUntil(lambda: not window.canvas.overlay.mask.isVisible(), timeout=5000)
        assert not np.array_equal(seen(window), start)
    assert len(window.document.strokes) == 3
    settle(window, qtbot, window.commands["undo"].trigger)


def test_another_scene_keeps_the_view_and_shows_its_own_before(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, painted: Pair
) -> None:
    QTest.keyClick(window, Qt.Key.Key_S)
    settle(window, qtbot, lambda: window.document.go_to(4))
    qtbot.waitUntil(lambda: window.live.before is not None, timeout=5000)
    assert window.canvas.split.isVisible()
    assert window.live.before is not None
    np.testing.assert_array_equal(
        to_array(window.canvas.split.before.image), to_array(window.live.before)
    )
    assert window.canvas.split.near(QPointF(8, 8))
