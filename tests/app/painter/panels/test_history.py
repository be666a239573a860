"""The history: strokes are switched off, moved, deleted and changed after they were painted."""

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import CellRule, Edit, Mode
from ganpaint.painter.panels.stroke_row import eye_of
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle


@pytest.fixture
def three(window: MainWindow, mouse: Mouse) -> list[np.ndarray]:
    """Three strokes in their own cells, tree, sky and tree; the pictures after each."""
    window.document.choose(radius=1.0)
    shown = [pixels(window)]
    for name, at in (("tree", (2, 2)), ("sky", (14, 8)), ("tree", (8, 14))):
        window.document.choose_concept(window.document.palette.find(name))
        mouse.drag(at)
        shown.append(pixels(window))
    return shown


def choose(window: MainWindow, row: int) -> None:
    window.history.rows.setCurrentIndex(window.history.strokes.index(row, 0))


def slide(window: MainWindow, knob: str, *values: int) -> None:
    slider = getattr(window.history.panel, knob).slider
    for value in values:
        slider.setValue(value)


def pick(window: MainWindow, combo: str, text: str) -> None:
    box = getattr(window.history.panel, combo)
    box.setCurrentIndex(box.findText(text))
    box.activated.emit(box.currentIndex())


def by_library(window: MainWindow) -> np.ndarray:
    """What the library renders for the strokes that are on."""
    renderer = Renderer(load_generator(window.document.scene.model), "cpu", "float32")
    renderer.set_latent(standard([3], 24)[0])
    on = tuple(p.stroke for p in window.document.history if p.shown)
    return renderer.render(Edit(on), exact=True)


def test_the_eye_switches_a_stroke_off_and_on(
    window: MainWindow, three: list[np.ndarray], qtbot: QtBot
) -> None:
    rows = window.history.rows
    eye = eye_of(rows.visualRect(window.history.strokes.index(0, 0))).center()

    def click() -> None:
        QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=eye)

    np.testing.assert_array_equal(settle(window, qtbot, click), three[2])
    assert [p.shown for p in window.document.history] == [True, True, False]
    assert "off" in window.history.strokes.index(0, 0).data()
    np.testing.assert_array_equal(settle(window, qtbot, click), three[3])
    for wanted in (three[2], three[3]):
        undone = settle(window, qtbot, window.commands["undo"].trigger)
        np.testing.assert_array_equal(undone, wanted)


def test_space_on_a_row_switches_it_off(
    window: MainWindow, three: list[np.ndarray], qtbot: QtBot
) -> None:
    choose(window, 0)
    window.activateWindow()
    window.history.rows.setFocus()
    assert window.history.rows.hasFocus()
    off = settle(window, qtbot, lambda: QTest.keyClick(window.history.rows, Qt.Key.Key_Space))
    np.testing.assert_array_equal(off, three[2])
    assert window.history.rows.currentIndex().row() == 0


def test_alt_and_arrows_reorder_and_the_choice_follows(
    window: MainWindow, three: list[np.ndarray], qtbot: QtBot
) -> None:
    first, second, third = window.document.history
    rows = window.history.rows
    choose(window, 2)  # the oldest is the last row
    alt = Qt.KeyboardModifier.AltModifier
    QTest.keyClick(rows, Qt.Key.Key_Up, alt)
    assert window.document.history == (second, first, third)
    assert rows.currentIndex().row() == 1
    QTest.keyClick(rows, Qt.Key.Key_Up, alt)
    QTest.keyClick(rows, Qt.Key.Key_Up, alt)  # nothing is above it any more
    assert window.document.history == (second, third, first)
    QTest.keyClick(rows, Qt.Key.Key_Down, alt)
    assert window.document.history == (second, first, third)
    np.testing.assert_array_equal(settle(window, qtbot, window.live.refresh), by_library(window))
    for _ in range(3):
        window.commands["undo"].trigger()
    assert window.document.history == (first, second, third)


@pytest.mark.parametrize(
    ("row", "before", "order"),
    [(0, 2, "acb"), (0, 3, "cab"), (2, 0, "bca"), (1, 0, "acb"), (1, 3, "bac"), (1, 2, "abc")],
)
def test_a_dragged_row_goes_where_it_is_dropped(
    window: MainWindow, three: list[np.ndarray], row: int, before: int, order: str
) -> None:
    named = dict(zip("abc", window.document.history, strict=True))
    model = window.history.strokes
    model.moveRow(QModelIndex(), row, QModelIndex(), before)
    # Rows show the newest first: before the drag they are c, b, a.
    assert window.document.history == tuple(named[letter] for letter in order)
    flags = model.flags(model.index(0, 0))
    assert flags & Qt.ItemFlag.ItemIsDragEnabled
    assert not flags & Qt.ItemFlag.ItemIsDropEnabled  # between rows, not upon them


def test_order_matters_where_strokes_overlap(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.drag((8, 8))
    mouse.drag((8, 8), button=Qt.MouseButton.RightButton)
    erased = pixels(window)
    choose(window, 0)
    down = Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier
    moved = settle(window, qtbot, lambda: QTest.keyClick(window.history.rows, *down))
    assert not np.array_equal(moved, erased)
    np.testing.assert_array_equal(moved, by_library(window))


def test_the_panel_shows_the_chosen_stroke(window: MainWindow, three: list[np.ndarray]) -> None:
    panel = window.history.panel
    assert not panel.isVisible()
    choose(window, 1)
    assert panel.isVisible()
    assert panel.concept.currentText() == "sky"
    assert (panel.strength.value, panel.units.value, panel.boost.value) == (100, 20, 10)
    assert panel.level.currentText() == "Top 1 %"
    assert panel.rule.currentText() == "All touched"
    window.document.delete_stroke(window.document.history[1])
    assert not panel.isVisible()


def test_a_drag_of_a_slider_is_live_and_one_step(
    window: MainWindow, three: list[np.ndarray], qtbot: QtBot
) -> None:
    choose(window, 0)
    steps = window.document.undo_group.activeStack().count()
    seen: list[float] = []
    window.document.edit_changed.connect(
        lambda: seen.append(window.document.edit.strokes[-1].strength)
    )
    weak = settle(window, qtbot, lambda: slide(window, "strength", 80, 60, 40))
    assert seen == [0.8, 0.6, 0.4]
    assert window.document.undo_group.activeStack().count() == steps + 1
    np.testing.assert_array_equal(weak, by_library(window))
    assert not np.array_equal(weak, three[3])
    slide(window, "boost", 15)  # another knob is another step
    assert window.document.undo_group.activeStack().count() == steps + 2
    window.commands["undo"].trigger()
    undone = settle(window, qtbot, window.commands["undo"].trigger)
    np.testing.assert_array_equal(undone, three[3])
    assert window.history.panel.strength.value == 100
    redone = settle(window, qtbot, window.commands["redo"].trigger)
    np.testing.assert_array_equal(redone, weak)


def test_two_strokes_changed_one_after_the_other_are_two_steps(
    window: MainWindow, three: list[np.ndarray]
) -> None:
    steps = window.document.undo_group.activeStack().count()
    for row in (0, 1):
        choose(window, row)
        slide(window, "strength", 50)
    assert window.document.undo_group.activeStack().count() == steps + 2


def test_units_level_and_boost_come_from_the_dissection(
    window: MainWindow, three: list[np.ndarray], qtbot: QtBot
) -> None:
    choose(window, 0)
    slide(window, "units", 2)
    brush = window.document.strokes[2].brush
    assert brush is not None
    assert brush.layers["layer3"].units == (7, 6)
    assert brush.layers["layer3"].levels == (8.0, 7.0)
    pick(window, "level", "Top 0.5 %")
    slide(window, "boost", 30)
    brush = window.document.strokes[2].brush
    dissection = window.document.palette.dissection
    assert brush is not None
    assert dissection is not None
    levels = dissection["layer3"].activation_threshold_at("0.995")[[7, 6]] * 3
    np.testing.assert_allclose(brush.layers["layer3"].levels, levels, rtol=1e-6)
    assert "× 3.0" in window.history.strokes.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    shown = settle(window, qtbot, window.live.refresh)
    np.testing.assert_array_equal(shown, by_library(window))
    choose(window, 1)  # the other ones are as they were
    assert window.history.panel.boost.value == 10


def test_concept_mode_and_cells_can_be_changed(
    window: MainWindow, three: list[np.ndarray], qtbot: QtBot
) -> None:
    choose(window, 0)
    panel = window.history.panel
    pick(window, "concept", "door")
    assert str(window.document.strokes[2].brush.concept) == "door"  # type: ignore[union-attr]
    pick(window, "rule", "Share covered")
    assert window.document.strokes[2].rule == CellRule.COVERAGE
    np.testing.assert_array_equal(settle(window, qtbot, window.live.refresh), by_library(window))
    erase = next(b for b in panel.modes.buttons() if b.objectName() == "erase")
    erased = settle(window, qtbot, erase.click)
    assert window.document.strokes[2].mode == Mode.ERASE
    np.testing.assert_array_equal(erased, by_library(window))
    assert not panel.level.isEnabled()  # zero has no level
    assert not panel.boost.isEnabled()
    restore = next(b for b in panel.modes.buttons() if b.objectName() == "restore")
    restored = settle(window, qtbot, restore.click)
    assert not panel.concept.isEnabled()
    np.testing.assert_array_equal(restored, by_library(window))
    draw = next(b for b in panel.modes.buttons() if b.objectName() == "draw")
    draw.click()
    assert str(window.document.strokes[2].brush.concept) == "door"  # type: ignore[union-attr]
    for _ in range(5):
        window.commands["undo"].trigger()
    undone = settle(window, qtbot, window.live.refresh)
    np.testing.assert_array_equal(undone, three[3])


def test_a_restore_stroke_can_become_a_drawing_one(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    window.document.choose(mode=Mode.RESTORE)
    mouse.drag((8, 8))
    choose(window, 0)
    draw = next(b for b in window.history.panel.modes.buttons() if b.objectName() == "draw")
    drawn = settle(window, qtbot, draw.click)
    (stroke,) = window.document.strokes
    assert stroke.mode == Mode.DRAW
    assert stroke.brush is not None
    np.testing.assert_array_equal(drawn, by_library(window))


def test_delete_goes_on_to_the_next_row(window: MainWindow, three: list[np.ndarray]) -> None:
    choose(window, 0)
    for left in (2, 1, 0):
        QTest.keyClick(window.history.rows, Qt.Key.Key_Delete)
        assert len(window.document.history) == left
    window.commands["undo"].trigger()
    assert len(window.document.history) == 1


def test_nothing_of_a_chosen_stroke_is_cut_off(
    window: MainWindow, three: list[np.ndarray], qtbot: QtBot
) -> None:
    """The panel scrolls downwards only, so the dock is as wide as the panel has to be."""
    panel = window.history.panel
    panel.setStyleSheet("* { font-size: 19px; }")
    choose(window, 0)
    view = window.history.parentWidget()
    assert view is not None
    qtbot.waitUntil(lambda: view.width() >= panel.minimumSizeHint().width() > 232)
    assert window.history.width() <= view.width()
