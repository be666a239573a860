"""Painting with the mouse in the real window."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.painting.edits import Mode
from ganpaint.window.main_window import MainWindow
from ganpaint.window.painter_tab import HINT
from support.driving import Mouse, pixels, settle


def test_the_picture_changes_while_the_mouse_is_down(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    start = pixels(window)
    mouse.press(4, 8)
    qtbot.waitUntil(lambda: not np.array_equal(pixels(window), start), timeout=5000)
    first = pixels(window)
    mouse.move(12, 8)
    qtbot.waitUntil(lambda: not np.array_equal(pixels(window), first), timeout=5000)
    assert window.document.strokes == ()
    mouse.release()
    assert len(window.document.strokes) == 1


def test_drawing_forces_units_and_erasing_zeroes_them(window: MainWindow, mouse: Mouse) -> None:
    start = pixels(window)
    mouse.drag((4, 4), (10, 4))
    drawn = pixels(window)
    mouse.drag((4, 4), (10, 4), modifiers=Qt.KeyboardModifier.ControlModifier)
    erased = pixels(window)
    mouse.drag((4, 4), (10, 4), button=Qt.MouseButton.RightButton)
    assert [s.mode for s in window.document.strokes] == [Mode.DRAW, Mode.ERASE, Mode.ERASE]
    np.testing.assert_array_equal(pixels(window), erased)
    for one, other in ((start, drawn), (drawn, erased), (erased, start)):
        assert not np.array_equal(one, other)


def test_restore_takes_edits_away_where_it_paints(window: MainWindow, mouse: Mouse) -> None:
    start = pixels(window)
    mouse.drag((3, 3), (13, 13))
    assert not np.array_equal(pixels(window), start)
    QTest.keyClick(window, Qt.Key.Key_R)
    assert window.document.choice.mode == Mode.RESTORE
    window.document.choose(radius=24.0)
    mouse.drag((8, 8), (9, 9))
    np.testing.assert_array_equal(pixels(window), start)


def test_undo_all_the_way_and_redo_all_the_way(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    shown = [pixels(window)]
    window.document.choose(radius=1.0)  # strokes of their own cells, so that each one shows
    for row in (2, 8, 14):
        mouse.drag((3, row), (8, row), (13, row))
        shown.append(pixels(window))
    assert len({picture.tobytes() for picture in shown}) == 4
    for wanted in reversed(shown[:-1]):
        undone = settle(window, qtbot, window.commands["undo"].trigger)
        np.testing.assert_array_equal(undone, wanted)
    assert not window.commands["undo"].isEnabled()
    for wanted in shown[1:]:
        redone = settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Y, CONTROL))
        np.testing.assert_array_equal(redone, wanted)


def test_escape_leaves_a_stroke_wherever_the_focus_is(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    window.concepts.search.setFocus()
    mouse.press(2, 2)
    settle(window, qtbot, lambda: QTest.keyClick(window.concepts.search, Qt.Key.Key_Escape))
    mouse.release()
    assert not window.document.history


def test_escape_leaves_the_stroke(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> None:
    start = pixels(window)
    mouse.press(8, 8)
    qtbot.waitUntil(lambda: not np.array_equal(pixels(window), start), timeout=5000)
    after = settle(window, qtbot, lambda: QTest.keyClick(window.canvas, Qt.Key.Key_Escape))
    mouse.move(12, 12)
    mouse.release()
    np.testing.assert_array_equal(after, start)
    assert not window.document.strokes
    assert not window.commands["undo"].isEnabled()
    assert not window.canvas.overlay.mask.isVisible()


def test_fast_drags_leave_no_gaps(window: MainWindow, mouse: Mouse) -> None:
    window.document.choose(radius=1.0)
    mouse.drag((1, 8), (15, 8))
    (stroke,) = window.document.strokes
    assert stroke.mask.shape == (16, 16)
    assert (stroke.mask[8, 1:15] > 0.9).all()
    assert not stroke.mask[:6].any()


def test_strokes_beside_the_picture_are_no_strokes(window: MainWindow, mouse: Mouse) -> None:
    window.document.choose(radius=1.0)
    mouse.drag((-6, 4), (-3, 4))
    assert not window.document.strokes
    assert not window.commands["undo"].isEnabled()


def test_the_mask_shows_while_painting_and_fades_after_the_picture_came(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mask = window.canvas.overlay.mask
    assert not mask.isVisible()
    mouse.press(8, 8)
    assert mask.isVisible()
    assert mask.opacity() == 0.35
    mouse.release()
    qtbot.waitUntil(lambda: 0 < mask.opacity() < 0.35, timeout=5000)
    qtbot.waitUntil(lambda: not mask.isVisible(), timeout=5000)


def test_the_hint_goes_with_the_first_stroke(window: MainWindow, mouse: Mouse) -> None:
    assert window.canvas.hint.text == HINT
    mouse.drag((4, 4), (5, 5))
    assert window.canvas.hint.text == ""
    assert window.settings.has_painted is False  # these settings remember nothing


def test_strength_weakens_a_stroke(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> None:
    start = pixels(window).astype(float)
    mouse.drag((8, 8), (9, 9))
    whole = np.abs(pixels(window) - start).mean()
    settle(window, qtbot, window.commands["undo"].trigger)
    window.tools.strength.slider.setValue(20)
    mouse.drag((8, 8), (9, 9))
    assert 0 < np.abs(pixels(window) - start).mean() < whole


def test_holding_c_compares(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> None:
    start = pixels(window)
    mouse.drag((4, 4), (12, 12))
    drawn = pixels(window)
    QTest.keyPress(window.canvas, Qt.Key.Key_C)
    np.testing.assert_array_equal(pixels(window), start)
    QTest.keyRelease(window.canvas, Qt.Key.Key_C)
    np.testing.assert_array_equal(pixels(window), drawn)


CONTROL = Qt.KeyboardModifier.ControlModifier


def test_shift_draws_a_straight_line(window: MainWindow, mouse: Mouse) -> None:
    window.document.choose(radius=1.0)
    shift = Qt.KeyboardModifier.ShiftModifier
    mouse.drag((2, 2), (2, 14), (8, 3), (14, 2), modifiers=shift)
    mask = window.document.strokes[-1].mask
    assert mask[2, 2:14].all()  # from where it began to where the mouse is
    assert not mask[6:].any()  # and not its way
    mouse.drag((2, 12), (8, 12), (8, 4))
    bent = window.document.strokes[-1].mask
    assert bent[12, 3]
    assert bent[5, 8]


def test_the_zoom_is_told_in_per_cent(window: MainWindow) -> None:
    window.canvas.actual_size()
    assert window.status.fields.said("zoom") == "100 %"
    window.canvas.zoom_step(1)
    assert window.status.fields.said("zoom") == "125 %"
