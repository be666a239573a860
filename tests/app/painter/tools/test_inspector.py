"""The inspector: which units fire where the mouse points, pinned and as a region."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.boxes import Box
from dissection.painting.edits import Edit
from dissection.results.rarity import firing
from ganpaint.painter.analysis.inspection import FeaturesQuestion
from ganpaint.painter.panels.inspector_model import UNIT_ROLE, FiringUnit
from ganpaint.rendering.queries import Question
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle


def activations(window: MainWindow, layer: str, edit: Edit | None = None) -> np.ndarray:
    """What the library computes, float32 (C, h, w)."""
    renderer = Renderer(load_generator(window.document.scene.model), "cpu", "float32")
    renderer.set_latent(standard([window.document.scene.seed], 24)[0])
    return renderer.features(layer, edit)


def listed(window: MainWindow) -> list[FiringUnit]:
    model = window.inspector.panel.units
    return [model.index(row, 0).data(UNIT_ROLE) for row in range(model.rowCount())]


@pytest.fixture
def inspecting(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The inspector in hand, and the activations of the picture known."""
    assert window.inspector.inspection.features is None  # nobody has looked yet
    QTest.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: window.inspector.inspection.features is not None, timeout=5000)
    return window


def expected(window: MainWindow, layer: str, box: Box, edit: Edit | None = None) -> list[int]:
    dissection = window.document.palette.dissection
    assert dissection is not None
    found = firing(dissection[layer], activations(window, layer, edit), box, 20)
    return [int(unit) for unit in found.units]


def test_pointing_lists_the_units_of_the_cell(inspecting: MainWindow, mouse: Mouse) -> None:
    window, panel = inspecting, inspecting.inspector.panel
    assert panel.isVisible()
    assert "Point at the picture" in panel.said
    assert not window.canvas.ring.isVisible()
    for x, y in ((4.5, 13), (9, 2)):
        mouse.move(x, y)
        box = Box(int(y / 2), int(x / 2), int(y / 2) + 1, int(x / 2) + 1)
        assert window.inspector.inspection.box == box
        assert [row.unit for row in listed(window)] == expected(window, "layer3", box)
        assert panel.place == f"cell ({box.left}, {box.top})"
    assert window.inspector.tool.region.region == QRectF(8, 2, 2, 2)
    mouse.move(40, 40)  # outside: the last place stays
    assert len(listed(window)) == 20
    assert not panel.make_brush.isEnabled()
    assert window.document.history == ()


def test_a_row_says_what_it_is(inspecting: MainWindow, mouse: Mouse) -> None:
    window = inspecting
    mouse.move(4.5, 13)
    row = listed(window)[0]
    features = activations(window, "layer3")
    assert row.activation == pytest.approx(float(features[row.unit, 6, 2]), abs=1e-4)
    dissection = window.document.palette.dissection
    assert dissection is not None
    label = dissection.vocabulary[int(dissection["layer3"].labels[row.unit])]
    assert row.label == ("" if label.name == "-" else label.name)
    tip = window.inspector.panel.units.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert f"unit {row.unit}" in tip
    assert f"level {row.level:.2f}" in tip


@pytest.mark.parametrize(
    ("rarity", "counted", "share", "bar"),
    [
        (0.5, True, "top 50 %", 0.07526),
        (0.0123, False, "≈ top 1.2 %", 0.47752),
        (0.01, True, "top 1.0 %", 0.5),
        (0.0004, True, "top 0.04 %", 0.84949),
        (0.0, False, "top < 0.01 %", 1.0),
        (1.0, True, "top 100 %", 0.0),
    ],
)
def test_rarities_as_words_and_bars(rarity: float, counted: bool, share: str, bar: float) -> None:
    unit = FiringUnit(3, 1.0, 1.0, rarity, counted, "", 0.0)
    assert unit.share == share
    assert unit.bar == pytest.approx(bar, abs=1e-4)


def test_a_click_pins_and_the_mouse_can_leave(inspecting: MainWindow, mouse: Mouse) -> None:
    window, panel = inspecting, inspecting.inspector.panel
    mouse.press(5, 5)
    mouse.release()
    pinned = listed(window)
    mouse.move(14, 14)
    assert window.inspector.inspection.box == Box(2, 2, 3, 3)
    assert listed(window) == pinned
    assert panel.make_brush.isEnabled()
    panel.unpin.click()
    mouse.move(14, 14)
    assert window.inspector.inspection.box == Box(7, 7, 8, 8)


def test_a_drag_looks_at_a_region(inspecting: MainWindow, mouse: Mouse) -> None:
    window = inspecting
    mouse.press(11, 9)
    mouse.move(40, 3)  # beyond the border, from below to above
    mouse.release()
    box = Box(1, 5, 5, 8)
    assert window.inspector.inspection.box == box
    assert [row.unit for row in listed(window)] == expected(window, "layer3", box)
    assert window.inspector.panel.place == "3 × 4 cells from (5, 1)"
    assert window.inspector.tool.region.region == QRectF(10, 2, 6, 8)


def test_the_effect_of_strokes_is_part_of_it(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    document = window.document
    document.choose(radius=3.0)
    mouse.drag((5, 5))
    brush = document.strokes[0].brush
    assert brush is not None
    assert list(brush.layers) == ["layer3"]
    QTest.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: window.inspector.inspection.features is not None, timeout=5000)
    mouse.press(5, 5)
    mouse.release()
    box = Box(2, 2, 3, 3)
    forced = dict(zip(brush.layers["layer3"].units, brush.layers["layer3"].levels, strict=True))
    seen = {row.unit: row.activation for row in listed(window)}
    assert set(forced) & set(seen)
    for unit in set(forced) & set(seen):
        assert seen[unit] == pytest.approx(forced[unit], abs=1e-3)
    assert [row.unit for row in listed(window)] == expected(window, "layer3", box, document.edit)
    with qtbot.waitSignal(window.inspector.inspection.changed, timeout=5000):
        window.commands["undo"].trigger()  # the place is pinned, its activations are others
    assert [row.unit for row in listed(window)] == expected(window, "layer3", box)


def test_another_scene_shows_other_units_of_the_same_place(
    inspecting: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    window = inspecting
    mouse.press(5, 5)
    mouse.release()
    before = listed(window)
    window.document.go_to(8)
    assert window.inspector.panel.said == "Looking …"
    qtbot.waitUntil(lambda: bool(listed(window)), timeout=5000)
    box = Box(2, 2, 3, 3)
    assert listed(window) != before
    assert [row.unit for row in listed(window)] == expected(window, "layer3", box)


def test_another_layer_and_number_of_units(
    inspecting: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    window, panel = inspecting, inspecting.inspector.panel
    mouse.press(5, 5)
    mouse.release()
    panel.layer.setCurrentIndex(panel.layer.findData("layer4"))
    panel.layer.activated.emit(panel.layer.currentIndex())
    qtbot.waitUntil(lambda: bool(listed(window)), timeout=5000)
    assert [row.unit for row in listed(window)] == expected(window, "layer4", Box(2, 2, 3, 3))
    panel.count.slider.setValue(5)
    assert len(listed(window)) == 5
    panel.count.slider.setValue(64)
    assert len(listed(window)) == 32  # as many as there are


def test_one_question_for_each_picture_and_layer(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Question] = []
    ask = window.live.ask

    def note(question: Question) -> None:
        if isinstance(question, FeaturesQuestion):
            asked.append(question)
        ask(question)

    monkeypatch.setattr(window.live, "ask", note)
    mouse.drag((5, 5))
    assert asked == []  # nobody looks
    QTest.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: window.inspector.inspection.features is not None, timeout=5000)
    for x in range(16):
        mouse.move(x, 7)
    assert len(asked) == 1
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    mouse.press(9, 9)
    for x in range(16):
        mouse.move(x, 9)
    assert len(asked) == 1  # nothing is asked while the hand is down
    with qtbot.waitSignal(window.live.settled, timeout=5000):
        mouse.release()
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=5000)
    assert asked[-1].edit.strokes == window.document.edit.strokes


def test_keys_bring_the_brush_back(inspecting: MainWindow, mouse: Mouse) -> None:
    window = inspecting
    assert window.commands["inspect"].isChecked()
    QTest.keyClick(window, Qt.Key.Key_E)  # whoever chooses a mode wants to paint
    assert window.canvas.pointer is None
    assert not window.commands["inspect"].isChecked()
    QTest.keyClick(window, Qt.Key.Key_I)
    assert window.canvas.pointer is window.inspector.tool
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert window.canvas.pointer is None
    QTest.keyClick(window, Qt.Key.Key_I)
    QTest.keyClick(window, Qt.Key.Key_I)
    assert window.canvas.pointer is None
    mouse.drag((5, 5))
    assert len(window.document.history) == 1


def test_rows_are_ticked_by_click_and_key(inspecting: MainWindow, mouse: Mouse) -> None:
    window, panel = inspecting, inspecting.inspector.panel
    mouse.press(5, 5)
    mouse.release()
    units = [row.unit for row in listed(window)]
    rows = panel.rows
    place = rows.visualRect(panel.units.index(1, 0)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel.units.ticked() == [units[0], *units[2:]]
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Space)
    assert panel.units.ticked() == units
    for row in range(panel.units.rowCount()):
        panel.units.toggle(row)
    assert not panel.make_brush.isEnabled()
    mouse.press(9, 9)  # another place: all are ticked again
    mouse.release()
    assert len(panel.units.ticked()) == 20


def test_a_generator_without_a_dissection_says_what_to_do(
    open_window: Callable[..., MainWindow], model: Path, qtbot: QtBot
) -> None:
    window = open_window("--model", str(model))
    before = pixels(window)
    QTest.keyClick(window, Qt.Key.Key_I)
    Mouse(window, qtbot).move(5, 5)
    panel = window.inspector.panel
    assert "No dissection for this generator yet" in panel.said
    assert not panel.make_brush.isEnabled()
    QTest.mouseMove(panel, QPoint(5, 5))
    np.testing.assert_array_equal(settle(window, qtbot, window.live.refresh), before)


def test_a_brush_can_be_made_of_units_with_a_long_label(
    inspecting: MainWindow, mouse: Mouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, own = inspecting.inspector.panel, inspecting.inspector.own
    monkeypatch.setattr(panel.units, "suggestion", lambda: "W" * 250)
    mouse.press(4.5, 13)
    mouse.release()
    panel.make_brush.click()
    assert own.brushes[-1].concept.name.startswith("my WWW")
    inspecting.inspector.paint_with({"layer3": [1, 2]}, "list " * 16)  # lists have longer names
    assert own.brushes[-1].concept.name.startswith("list list")
