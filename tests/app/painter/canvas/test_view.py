"""Zoom, pan, and the brush ring."""

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest

from ganpaint.painter.canvas.pens import screen_pen
from ganpaint.painter.canvas.picture_item import to_array
from ganpaint.painter.canvas.view import PictureView
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse


def wheel(view: PictureView, at: QPointF, notches: int) -> None:
    event = QWheelEvent(
        at,
        QPointF(view.viewport().mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QCoreApplication.sendEvent(view.viewport(), event)


def test_the_wheel_keeps_what_is_under_the_cursor(window: MainWindow) -> None:
    view = window.canvas
    at = QPointF(view.viewport().width() * 0.4, view.viewport().height() * 0.6)
    before, scale = view.to_picture(at), view.scale_factor
    for notches in (1, 1, -1):
        wheel(view, at, notches)
        after = view.to_picture(at)
        assert abs(after.x() - before.x()) * view.scale_factor < 2
        assert abs(after.y() - before.y()) * view.scale_factor < 2
    assert view.scale_factor == pytest.approx(scale * 1.25)
    assert not view.fitted


def test_a_fitted_picture_stays_fitted_and_f_fits_again(window: MainWindow) -> None:
    view = window.canvas
    room = min(view.viewport().width(), view.viewport().height())
    assert view.scale_factor == pytest.approx((room - 32) / 16)
    window.resize(1024, 700)
    QCoreApplication.processEvents()
    fitted = view.scale_factor
    assert fitted == pytest.approx(
        (min(view.viewport().width(), view.viewport().height()) - 32) / 16
    )
    QTest.keyClick(window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert view.scale_factor == pytest.approx(min(fitted * 1.25, 64))
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert view.scale_factor == pytest.approx(1)
    QTest.keyClick(window, Qt.Key.Key_F)
    assert view.scale_factor == pytest.approx(fitted)
    assert view.fitted


def test_zooming_in_shows_pixels_with_hard_edges(window: MainWindow) -> None:
    view = window.canvas
    view.zoom(1.3)
    shown = to_array(view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB888))
    corner = view.viewportTransform().map(QPointF(6, 6)).toPoint()
    side = int(view.scale_factor)
    inside = shown[corner.y() + 2 : corner.y() + side - 2, corner.x() + 2 : corner.x() + side - 2]
    wanted = to_array(view.shown)[6, 6]
    assert np.abs(inside.astype(int) - wanted).max() <= 1


def test_space_and_the_middle_button_pan_without_painting(window: MainWindow, mouse: Mouse) -> None:
    view = window.canvas
    start = view.viewportTransform().map(QPointF(8, 8))
    mouse.press(8, 8, Qt.MouseButton.MiddleButton)
    mouse.move(10, 9)
    mouse.release()
    moved = view.viewportTransform().map(QPointF(8, 8))
    assert moved.x() - start.x() == pytest.approx(2 * view.scale_factor, abs=2)
    assert moved.y() - start.y() == pytest.approx(view.scale_factor, abs=2)
    QTest.keyPress(view, Qt.Key.Key_Space)
    mouse.press(8, 8)
    mouse.move(6, 7)
    mouse.release()
    QTest.keyRelease(view, Qt.Key.Key_Space)
    back = view.viewportTransform().map(QPointF(8, 8))
    assert (back - moved).x() == pytest.approx(-2 * view.scale_factor, abs=2)
    assert not window.document.strokes
    mouse.drag((8, 8), (9, 9))
    assert len(window.document.strokes) == 1


def test_the_ring_is_as_large_as_what_it_paints(window: MainWindow, mouse: Mouse) -> None:
    window.document.choose(radius=3.0)
    mouse.move(8, 8)
    ring = window.canvas.ring
    assert ring.isVisible()
    assert ring.radius == 3.0
    assert (ring.pos() - QPointF(8, 8)).manhattanLength() < 0.1
    mouse.drag((8, 8))
    (stroke,) = window.document.strokes
    assert stroke.mask.sum() == pytest.approx(np.pi * 9, rel=0.05)


@pytest.mark.parametrize("density", [1, 2])
def test_lines_are_as_wide_on_every_screen(density: int) -> None:
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(density)
    image.fill(QColor("black"))
    painter = QPainter(image)
    painter.scale(3, 3)  # the zoom of a view changes nothing
    painter.setPen(screen_pen(painter, QColor("white"), 2.0))
    painter.drawLine(QPointF(0, 3), QPointF(20, 3))
    painter.end()
    column = [image.pixelColor(10, y).red() for y in range(40)]
    assert sum(column) / 255 == pytest.approx(2 * density, abs=0.2)


def test_the_ring_shows_the_mode_that_a_stroke_would_have(window: MainWindow, mouse: Mouse) -> None:
    colors = window.theme.colors
    mouse.move(8, 8)
    assert window.canvas.ring.color == colors.mode("draw")
    QTest.keyPress(window.canvas, Qt.Key.Key_Control)
    assert window.canvas.ring.color == colors.mode("erase")
    QTest.keyRelease(window.canvas, Qt.Key.Key_Control)
    assert window.canvas.ring.color == colors.mode("draw")


def test_keys_and_a_drag_change_the_brush_size(window: MainWindow, mouse: Mouse) -> None:
    window.document.choose(radius=4.0)
    QTest.keyClick(window, Qt.Key.Key_BracketRight)
    larger = window.document.choice.radius
    QTest.keyClick(window, Qt.Key.Key_BracketLeft)
    QTest.keyClick(window, Qt.Key.Key_BracketLeft)
    assert window.document.choice.radius < 4.0 < larger
    for _ in range(60):
        QTest.keyClick(window, Qt.Key.Key_BracketLeft)
    assert window.document.choice.radius == 1.0
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    mouse.press(4, 8, modifiers=both)
    mouse.move(9, 8)
    mouse.release()
    assert window.document.choice.radius == pytest.approx(6, abs=0.1)
    assert window.tools.diameter.value == 12
    assert not window.document.strokes
