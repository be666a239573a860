"""The panels around the canvas."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from dissection.results.store import save_dissection
from dissection.runtime.files import file_digest
from dissection.vocabulary import Concept, Vocabulary
from ganpaint.painter.panels.history_model import PAINTED_ROLE
from ganpaint.toolkit.shortcuts import SHORTCUTS
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle
from support.synthetic import make_dissection


def names(window: MainWindow) -> list[str]:
    model = window.concepts.cards.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def pick(combo: QComboBox, text: str) -> None:
    """Choose an entry as a person does, with the keyboard."""
    combo.setFocus()
    while combo.currentText() != text:
        QTest.keyClick(combo, Qt.Key.Key_Down)
        assert combo.currentIndex() < combo.count()


def test_the_palette_lists_strong_concepts_first(window: MainWindow) -> None:
    assert names(window) == ["door", "sky", "tree", "person"]
    weak = window.concepts.cards.model().index(3, 0)
    assert "Weak." in weak.data(Qt.ItemDataRole.ToolTipRole)
    strong = window.concepts.cards.model().index(0, 0)
    tip = strong.data(Qt.ItemDataRole.ToolTipRole)
    assert "20 units by effect of layer3" in tip
    assert "70%" in tip


def test_search_narrows_and_enter_takes_the_first(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.concepts.search.hasFocus()
    QTest.keyClicks(window.concepts.search, "doo")
    assert names(window) == ["door"]
    assert window.document.choice.mode == "draw"  # d and o went into the text
    QTest.keyClick(window.concepts.search, Qt.Key.Key_Return)
    assert window.document.choice.concept is not None
    assert window.document.choice.concept.name == "door"
    assert len(names(window)) == 4


def test_number_keys_and_clicks_choose_concepts(window: MainWindow) -> None:
    cards = window.concepts.cards
    for key, row in ((Qt.Key.Key_2, 1), (Qt.Key.Key_1, 0)):
        QTest.keyClick(window, key)
        assert str(window.document.choice.concept) == names(window)[row]
        assert cards.currentIndex().row() == row
    QTest.keyClick(window, Qt.Key.Key_4)  # the fourth is weak and has no key
    assert str(window.document.choice.concept) == names(window)[0]
    place = cards.visualRect(cards.model().index(3, 0)).center()
    QTest.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert str(window.document.choice.concept) == "person"


def test_arrows_in_the_palette_choose_concepts_and_no_scene(window: MainWindow) -> None:
    window.document.choose_numbered(0)
    window.concepts.cards.setFocus()
    QTest.keyClick(window.concepts.cards, Qt.Key.Key_Right)
    assert str(window.document.choice.concept) == names(window)[1]
    assert window.document.scene.seed == 3


def test_units_order_and_layer_change_the_brush(window: MainWindow, mouse: Mouse) -> None:
    window.document.choose_concept(window.document.palette.find("tree"))
    found = window.document.in_hand
    assert found is not None
    assert (found.units, found.order, found.layers) == (20, "effect", "layer3")
    window.tools.units.slider.setValue(2)
    mouse.drag((4, 4))
    pick(window.tools.brush.order, "By IoU")
    pick(window.tools.brush.layer, "layer4 · 8×8")
    mouse.drag((4, 4))
    first, second = window.document.strokes
    assert first.brush is not None
    assert second.brush is not None
    # Of four units the dissection has the highest effect last and the highest IoU first.
    assert first.brush.layers["layer3"].units == (7, 6)
    assert second.brush.layers["layer4"].units == (4, 5, 6, 7)
    assert "layer4" in window.status.text


def test_the_size_slider_grows_with_the_brush(window: MainWindow) -> None:
    window.document.choose(radius=40.0)
    assert window.tools.diameter.value == 80


def test_any_stroke_can_be_deleted(window: MainWindow, mouse: Mouse, qtbot: QtBot) -> None:
    window.document.choose(radius=1.0)
    mouse.drag((2, 2))
    only_first = pixels(window)
    mouse.drag((14, 8))
    window.document.choose_numbered(1)
    mouse.drag((8, 14))
    rows = window.history.rows
    newest_first = [rows.model().index(row, 0).data(PAINTED_ROLE) for row in range(3)]
    assert newest_first == list(reversed(window.document.history))
    middle = rows.visualRect(rows.model().index(1, 0))
    cross = QPoint(middle.right() - 22, middle.center().y())
    settle(
        window,
        qtbot,
        lambda: QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=cross),
    )
    assert list(window.document.history) == [newest_first[2], newest_first[0]]
    rows.setCurrentIndex(rows.model().index(0, 0))
    deleted = settle(window, qtbot, lambda: QTest.keyClick(rows, Qt.Key.Key_Delete))
    np.testing.assert_array_equal(deleted, only_first)
    settle(window, qtbot, window.commands["undo"].trigger)
    settle(window, qtbot, window.commands["undo"].trigger)
    assert list(window.document.history) == list(reversed(newest_first))


def test_pointing_at_a_stroke_shows_its_mask(window: MainWindow, mouse: Mouse) -> None:
    mouse.drag((4, 4))
    rows, shown = window.history.rows, window.canvas.pointed_mask
    assert not shown.isVisible()
    QTest.mouseMove(rows.viewport(), rows.visualRect(rows.model().index(0, 0)).center())
    assert shown.isVisible()
    window.commands["clear"].trigger()
    assert not shown.isVisible()
    assert not window.document.strokes


def test_the_status_bar_names_cell_and_engine(window: MainWindow, mouse: Mouse) -> None:
    mouse.move(5.2, 13.9)
    assert "pixel (5, 13)" in window.status.text
    assert "layer3 cell (2, 6)" in window.status.text
    assert "CPU" in window.status.text
    assert "seed 3" in window.status.text


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
def test_f1_shows_every_key(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1)
    dialog = window.help
    assert dialog is not None
    assert dialog.isVisible()
    said = dialog.text
    for row in SHORTCUTS.values():
        for key in row.keys:
            assert key in said, key
    dialog.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_both_themes_reach_every_part(window: MainWindow, theme: str) -> None:
    window.set_theme(theme)
    background = window.grab().toImage().pixelColor(4, window.height() // 2)
    assert background.name() == window.theme.colors.panel
    window.set_theme("dark")


# The search --------------------------------------------------------------------------------------


def test_escape_clears_the_search_and_then_leaves_it(window: MainWindow) -> None:
    search = window.concepts.search
    window.commands["search"].trigger()
    QTest.keyClicks(search, "doo")
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == ""
    assert search.hasFocus()
    QTest.keyClick(search, Qt.Key.Key_Escape)
    assert window.canvas.hasFocus()


def test_down_goes_from_the_search_to_the_cards(window: MainWindow) -> None:
    search, cards = window.concepts.search, window.concepts.cards
    window.document.choose_concept(window.document.palette.find("door"))
    window.commands["search"].trigger()
    QTest.keyClicks(search, "e")
    assert names(window) == ["tree", "person"]
    QTest.keyClick(search, Qt.Key.Key_Down)
    assert cards.hasFocus()
    assert str(window.document.choice.concept) == "tree"
    QTest.keyClick(cards, Qt.Key.Key_Right)
    assert str(window.document.choice.concept) == "person"


def test_a_filter_that_hides_the_brush_just_chosen_is_dropped(window: MainWindow) -> None:
    search = window.concepts.search
    window.document.choose_concept(window.document.palette.find("tree"))
    search.setText("doo")
    assert names(window) == ["door"]  # the brush in hand is hidden, and that is what was asked
    QTest.keyClick(window.canvas, Qt.Key.Key_2)
    assert str(window.document.choice.concept) == "sky"
    assert search.text() == ""
    assert len(names(window)) == 4


@pytest.fixture
def alike(open_window: Callable[..., MainWindow], model: Path, tmp_path: Path) -> MainWindow:
    """A window whose canopies are its trees, among thirteen other concepts."""
    concepts = [Concept("tree", "object"), Concept("canopy", "part")]
    concepts += [Concept(f"thing{n}", ("object", "part")[n % 2]) for n in range(13)]
    shapes = {"layer3": (64, 8, 8), "layer4": (64, 8, 8)}
    made = make_dissection("tiny", file_digest(model), shapes, Vocabulary(concepts))
    for layer in made.values():
        layer.counts.intersection[:, 2] = layer.counts.intersection[:, 1]
        assert layer.effect is not None
        layer.effect[2] = layer.effect[1]
    save_dissection(made, tmp_path / "alike")
    return open_window("--model", str(model), "--dissection", str(tmp_path / "alike"))


def test_near_duplicates_share_a_card(alike: MainWindow) -> None:
    assert "tree" in names(alike)
    assert "canopy" not in names(alike)
    row = names(alike).index("tree")
    card = alike.concepts.cards.model().index(row, 0)
    assert "canopy" in card.data(Qt.ItemDataRole.ToolTipRole)
    assert Concept("canopy", "part") not in alike.document.palette.numbered()
    alike.concepts.search.setText("canop")
    assert names(alike) == ["canopy"]
    QTest.keyClick(alike.concepts.search, Qt.Key.Key_Return)
    assert alike.document.choice.concept == Concept("canopy", "part")
    assert alike.concepts.cards.currentIndex().data() == "tree"
    QTest.mouseClick(alike.concepts.categories.buttons["part"], Qt.MouseButton.LeftButton)
    assert "canopy" in names(alike)  # where the tree has no card


def test_the_card_chosen_by_keyboard_is_scrolled_into_view(alike: MainWindow) -> None:
    cards, search = alike.concepts.cards, alike.concepts.search
    alike.resize(960, 600)
    alike.commands["search"].trigger()
    last = names(alike)[-1]
    QTest.keyClicks(search, last)
    QTest.keyClick(search, Qt.Key.Key_Return)
    QTest.qWait(20)
    assert cards.currentIndex().data() == last
    assert cards.viewport().rect().contains(cards.visualRect(cards.currentIndex()))


def test_the_chosen_card_is_in_view_when_a_search_is_cleared(alike: MainWindow) -> None:
    cards, search = alike.concepts.cards, alike.concepts.search
    alike.resize(960, 600)
    last = names(alike)[-1]
    QTest.keyClicks(search, last)
    QTest.keyClick(search, Qt.Key.Key_Down)
    QTest.keyClick(search, Qt.Key.Key_Escape)
    QTest.qWait(20)
    assert cards.currentIndex().data() == last
    assert cards.verticalScrollBar().maximum() > 0
    assert cards.viewport().rect().contains(cards.visualRect(cards.currentIndex()))
