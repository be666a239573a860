"""The brush in hand: units, strength, layer, order, level, boost, cells."""

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QToolButton
from pytestqt.qtbot import QtBot

from dissection.painting.edits import CellRule, Mode
from ganpaint.painter.canvas.comparison import View
from ganpaint.painter.panels.brush_panel import BrushPanel
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none


@pytest.fixture
def panel(window: MainWindow) -> Iterator[BrushPanel]:
    """The panel, opened by its button, with tree in hand."""
    window.document.choose_concept(window.document.palette.find("tree"))
    QTest.mouseClick(window.tools.open_brush, Qt.MouseButton.LeftButton)
    assert window.tools.brush.isVisible()
    yield window.tools.brush
    window.tools.brush.close()


def pick(combo: QComboBox, text: str) -> None:
    while combo.currentText() != text:
        place = combo.currentIndex()
        QTest.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentIndex() > place, f"there is no {text}"


def levels(window: MainWindow) -> tuple[float, ...]:
    found = window.document.in_hand
    assert found is not None
    (part,) = found.brush.layers.values()
    return part.levels


def test_it_shows_what_measured_best(window: MainWindow, panel: BrushPanel) -> None:
    assert panel.layer.currentText() == "Best: layer3"
    assert panel.order.currentText() == "Best: effect"
    assert panel.level.currentText() == "Top 1 %"
    assert (panel.units.value, panel.strength.value, panel.boost.value) == (20, 100, 10)
    assert not panel.reset.isEnabled()
    assert "4 of 32 units of layer3" in panel.said.text()


def test_levels_come_from_the_table_of_the_dissection(
    window: MainWindow, panel: BrushPanel
) -> None:
    dissection = window.document.palette.dissection
    assert dissection is not None
    usual = levels(window)
    found = window.document.in_hand
    assert found is not None
    units = list(found.brush.layers["layer3"].units)
    for text, name in (("Top 0.5 %", "0.995"), ("Top 1 %, raw", "raw-0.99")):
        pick(panel.level, text)
        assert levels(window) == tuple(
            dissection["layer3"].activation_threshold_at(name)[units].tolist()
        )
        assert levels(window) != usual


def test_boost_multiplies_the_levels_up_to_three_times(
    window: MainWindow, panel: BrushPanel
) -> None:
    usual = np.asarray(levels(window))
    panel.boost.slider.setValue(25)
    np.testing.assert_allclose(levels(window), usual * 2.5, rtol=1e-6)
    panel.boost.slider.setValue(99)
    np.testing.assert_allclose(levels(window), usual * 3, rtol=1e-6)
    assert "× 3.0" in window.tools.open_brush.text()


def test_a_stroke_is_painted_with_all_of_it_and_the_history_knows(
    window: MainWindow, panel: BrushPanel, mouse: Mouse
) -> None:
    pick(panel.layer, "layer4 · 8×8")
    pick(panel.order, "By IoU")
    pick(panel.level, "Top 0.5 %")
    pick(panel.rule, "Share covered")
    panel.boost.slider.setValue(15)
    panel.units.slider.setValue(3)
    panel.strength.slider.setValue(60)
    panel.close()
    mouse.drag((5, 5), (9, 9))
    (painted,) = window.document.history
    stroke, choice = painted.stroke, painted.choice
    assert (stroke.rule, stroke.strength) == (CellRule.COVERAGE, 0.6)
    assert stroke.brush is not None
    assert stroke.brush.layers["layer4"].units == (4, 5, 6)  # by IoU the lowest come first
    assert choice is not None
    assert (choice.order, choice.units, choice.level, choice.boost) == ("iou", 3, "0.995", 1.5)
    # Afterwards the history's panel shows the same, and changes it.
    window.history.rows.setCurrentIndex(window.history.strokes.index(0, 0))
    after = window.history.panel
    said = [c.currentText() for c in (after.layer, after.order, after.level, after.rule)]
    assert said == ["layer4 · 8×8", "By IoU", "Top 0.5 %", "Share covered"]
    assert (after.units.value, after.boost.value, after.strength.value) == (3, 15, 60)


def test_every_choice_changes_the_picture(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> None:
    choices = {
        "usual": {},
        "level": {"level": "raw-0.99"},
        "boost": {"boost": 3.0},
        "rule": {"rule": CellRule.COVERAGE},
        "layer": {"layer": "layer4"},
        "units": {"units": 1},
    }
    document = window.document
    document.choose_concept(document.palette.find("tree"))
    document.choose(radius=2.5)
    shown = {}
    start = document.choice
    for name, changes in choices.items():
        document.choice = start
        document.choose(**changes)
        mouse.drag((5.3, 5.3), (9.3, 9.3))
        shown[name] = pixels(window).tobytes()
        settle(window, qtbot, window.commands["undo"].trigger)
    assert len(set(shown.values())) == len(choices)


def test_layer_and_order_of_a_painted_stroke_change_live(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    window.document.choose_concept(window.document.palette.find("tree"))
    mouse.drag((5, 5), (9, 9))
    first = pixels(window)
    window.history.rows.setCurrentIndex(window.history.strokes.index(0, 0))
    panel = window.history.panel
    panel.layer.setFocus()
    moved = settle(window, qtbot, lambda: pick(panel.layer, "layer4 · 8×8"))
    assert not np.array_equal(moved, first)
    (stroke,) = window.document.strokes
    assert stroke.brush is not None
    assert list(stroke.brush.layers) == ["layer4"]
    settle(window, qtbot, window.commands["undo"].trigger)
    assert list(window.document.strokes[0].brush.layers) == ["layer3"]  # type: ignore[union-attr]


def test_as_measured_takes_everything_back(window: MainWindow, panel: BrushPanel) -> None:
    start = window.document.choice
    pick(panel.order, "By IoU")
    panel.boost.slider.setValue(20)
    panel.units.slider.setValue(2)
    assert window.document.choice != start
    QTest.mouseClick(panel.reset, Qt.MouseButton.LeftButton)
    assert window.document.choice == start


def test_its_key_opens_it_and_escape_closes_it(window: MainWindow, panel: BrushPanel) -> None:
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    QTest.keyClick(window, Qt.Key.Key_B)
    assert panel.isVisible()
    assert panel.layer.hasFocus()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert not window.document.strokes


def test_what_does_nothing_is_disabled(window: MainWindow, panel: BrushPanel) -> None:
    window.document.choose(mode=Mode.ERASE)
    assert not panel.level.isEnabled()  # erasing takes units to zero, whatever the level
    assert not panel.boost.isEnabled()
    window.document.choose(mode=Mode.RESTORE)
    assert not panel.layer.isEnabled()
    assert panel.rule.isEnabled()


@pytest.mark.parametrize("width", [960, 1024, 1152, 1280, 1600])
def test_every_button_is_on_the_bar_whatever_the_width(window: MainWindow, width: int) -> None:
    window.document.choose_concept(window.document.palette.find("tree"))
    window.document.choose(boost=1.5)
    window.resize(width, 700)
    QCoreApplication.processEvents()
    buttons = [b for b in window.tools.findChildren(QToolButton) if b.objectName() != ""]
    names = {*Mode, *View, "panel"}
    shown = {b.objectName() for b in buttons if b.isVisible() and b.width() > 20}
    assert names <= shown
    extension = window.tools.findChild(QToolButton, "qt_toolbar_ext_button")
    assert extension is None or not extension.isVisible()
    assert window.tools.diameter.isVisible()


@pytest.mark.parametrize("width", [680, 800, 911, 960, 1024, 1280, 1600, 1920])
def test_what_a_narrow_bar_leaves_out_is_behind_one_button(window: MainWindow, width: int) -> None:
    tools = window.tools
    window.document.choose_concept(window.document.palette.find("tree"))
    window.setMinimumSize(400, 400)
    window.resize(width, 700)
    QCoreApplication.processEvents()
    buttons = [b for b in tools.findChildren(QToolButton) if b.isVisible()]
    assert all(tools.rect().contains(b.geometry()) for b in buttons if b.parent() is tools)
    menu = tools.more.menu_of_tools
    behind = {action.text() for action in menu.actions()}
    assert tools.more.isVisible() == bool(behind)
    on_bar = {b.defaultAction() for b in buttons}
    for name in ("cells", "pick", "tint", "where", "inspect"):
        action = window.commands[name]
        assert (action in on_bar) != (action in menu.actions()), name
        assert action.isVisible()  # its key works, and it is in the menu bar
    sliders = {n: getattr(tools, n).isVisible() for n in ("units", "strength")}
    told = "".join(behind).lower()
    assert all(shown != (name in told) for name, shown in sliders.items())
    if width == 1920:
        assert not behind
    if width == 800:
        next(a for a in menu.actions() if a.text() == "Units and strength…").trigger()
        assert tools.brush.isVisible()
        tools.brush.close()


def test_a_preset_paints_as_in_the_paper_and_another_goes_back(window: MainWindow) -> None:
    document, panel = window.document, window.tools.brush
    document.choose_concept(document.palette.find("door"))
    measured = document.choice
    document.choose(boost=2.0, strength=0.5)
    QTest.mouseClick(window.tools.open_brush, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.paper, Qt.MouseButton.LeftButton)
    found = document.in_hand
    assert found is not None
    assert (found.units, found.order, found.layers) == (20, "iou", "layer4")
    assert (found.choice.boost, document.choice.strength) == (1.0, 1.0)
    units = found.brush.layers["layer4"]
    layer = document.palette.dissection["layer4"]
    assert units.units == (12, 13, 14, 15)  # as many of the 20 as match at all, best first
    # The first level of a dissection is that of the top 1 %.
    assert units.levels == tuple(float(layer.activation_threshold[unit]) for unit in units.units)
    assert not panel.paper.isEnabled()
    QTest.mouseClick(panel.reset, Qt.MouseButton.LeftButton)
    assert document.choice == measured
    assert panel.paper.isEnabled()
    panel.close()
