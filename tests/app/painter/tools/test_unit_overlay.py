"""The unit that one points at in the inspector's list, over the picture."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dissection.data.latents import standard
from dissection.measurement.spotlight import upsampled
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Brush, Edit, LayerUnits, Mode, Stroke
from dissection.vocabulary import Concept
from ganpaint.painter.analysis.unit_map import SIDE
from ganpaint.painter.canvas.activation_item import ActivationItem
from ganpaint.painter.canvas.comparison import View
from ganpaint.painter.panels.inspector_model import UNIT_ROLE
from ganpaint.painter.tools.unit_overlay import UnitOverlay
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse


@pytest.fixture
def pinned(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> MainWindow:
    """The inspector with a place that stays, its units listed."""
    QTest.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: window.inspector.inspection.features is not None, timeout=5000)
    mouse.press(5, 5)
    mouse.release()
    assert window.inspector.panel.units.rowCount() == 20
    return window


def point_at(window: MainWindow, row: int) -> int:
    """Move the mouse over a row; its unit."""
    view = window.inspector.panel.rows
    index = view.model().index(row, 0)
    QTest.mouseMove(view.viewport(), view.visualRect(index).center() + QPoint(0, 1))
    QTest.mouseMove(view.viewport(), view.visualRect(index).center())
    return int(index.data(UNIT_ROLE).unit)


def shown(window: MainWindow, unit: int, qtbot: QtBot) -> UnitOverlay:
    overlay: UnitOverlay = window.inspector.overlay
    title = f"layer3 / {unit}"
    qtbot.waitUntil(
        lambda: overlay.item.isVisible() and overlay.scale.title.split(",")[0] == title,
        timeout=10_000,
    )
    return overlay


def test_a_row_that_is_pointed_at_lies_over_the_picture(pinned: MainWindow, qtbot: QtBot) -> None:
    window = pinned
    assert not window.inspector.overlay.item.isVisible()
    renderer = Renderer(load_generator(window.document.scene.model), "cpu", "float32")
    renderer.set_latent(standard([window.document.scene.seed], 24)[0])
    features = renderer.features("layer3")
    for row in (0, 2):
        unit = point_at(window, row)
        overlay = shown(window, unit, qtbot)
        raw = features[unit]
        assert overlay.scale.isVisible()
        assert f"Peak {raw.max():.3g}, mean {raw.mean():.3g}" in overlay.scale.note
        large = upsampled(raw, (SIDE, SIDE))
        top = overlay.scale.top
        assert top == pytest.approx(max(float(raw.max()), 5.0), rel=1e-4)
        image = overlay.item.image
        for y, x in ((0, 0), np.unravel_index(large.argmax(), large.shape), (200, 90)):
            color = image.pixelColor(int(x), int(y))
            if color.getRgb() != (255, 255, 0, 255):  # the line around what is above the level
                share = min(max(float(large[y, x]) / top, 0), 1)
                assert color.alphaF() == pytest.approx(0.45 + 0.4 * share, abs=0.01)
    QApplication.sendEvent(window.inspector.panel.rows.viewport(), QEvent(QEvent.Type.Leave))
    assert not window.inspector.overlay.item.isVisible()
    assert not window.inspector.overlay.scale.isVisible()


def test_keys_show_a_row_until_they_leave(pinned: MainWindow, qtbot: QtBot) -> None:
    window, rows = pinned, pinned.inspector.panel.rows
    rows.setFocus()
    rows.setCurrentIndex(rows.model().index(0, 0))
    QTest.keyClick(rows, Qt.Key.Key_Down)
    overlay = shown(window, rows.model().index(1, 0).data(UNIT_ROLE).unit, qtbot)
    window.canvas.setFocus()
    assert not overlay.item.isVisible()


def test_it_is_of_what_was_painted(pinned: MainWindow, qtbot: QtBot) -> None:
    window = pinned
    unit = point_at(window, 0)
    before = shown(window, unit, qtbot).scale.note
    brush = Brush(Concept("mine", "mine"), {"layer3": LayerUnits((unit,), (50.0,))})
    with qtbot.waitSignal(window.live.settled, timeout=20_000):
        window.document.preview(Stroke(np.ones((1, 1), np.float32), brush, Mode.DRAW))
        window.document.finish_stroke()
    edit: Edit = window.document.edit
    assert edit.strokes
    qtbot.waitUntil(lambda: window.inspector.overlay.scale.note != before, timeout=10_000)
    renderer = Renderer(load_generator(window.document.scene.model), "cpu", "float32")
    renderer.set_latent(standard([window.document.scene.seed], 24)[0])
    features = renderer.features("layer3", edit)
    row = window.inspector.panel.units.index(0, 0).data(UNIT_ROLE)
    raw = features[row.unit]
    assert raw.max() == 50 or row.unit != unit
    overlay = shown(window, row.unit, qtbot)
    qtbot.waitUntil(lambda: f"Peak {raw.max():.3g}" in overlay.scale.note, timeout=10_000)


def test_it_gives_way_to_before_and_to_differences(pinned: MainWindow, qtbot: QtBot) -> None:
    window = pinned
    overlay = shown(window, point_at(window, 1), qtbot)
    comparison = window.canvas.comparison
    comparison.hold(True)
    assert not overlay.item.isVisible()
    comparison.hold(False)
    assert overlay.item.isVisible()
    comparison.choose(View.DIFFERENCE)
    assert not overlay.item.isVisible()


def test_another_scene_takes_it_away_until_its_activations_are_known(
    pinned: MainWindow, qtbot: QtBot
) -> None:
    window = pinned
    overlay = shown(window, point_at(window, 0), qtbot)
    note = overlay.scale.note
    window.document.go_to(7)
    assert not overlay.item.isVisible()
    panel = window.inspector.panel
    qtbot.waitUntil(lambda: panel.rows.isVisible(), timeout=20_000)
    shown(window, point_at(window, 0), qtbot)
    assert overlay.scale.note != note


def test_a_line_goes_around_what_is_above_the_level(qtbot: QtBot) -> None:
    item = ActivationItem()
    values = np.zeros((8, 8), np.float32)
    values[2:4, 2:4] = 5
    item.show_map(values, 3.0, 10.0)
    yellow = [
        (x, y)
        for y in range(8)
        for x in range(8)
        if item.image.pixelColor(x, y).getRgb() == (255, 255, 0, 255)
    ]
    ring = {(x, y) for x in range(1, 5) for y in range(1, 5)}
    assert set(yellow) == ring - {(x, y) for x in (2, 3) for y in (2, 3)}
    item.show_map(values, None, 10.0)
    assert item.image.pixelColor(1, 1).getRgb() != (255, 255, 0, 255)
