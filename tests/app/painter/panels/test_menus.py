"""Menus of strokes and of cards: named, moved, grown; drawn with, erased with, shown as a unit."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from dissection.painting.masks import disc, grown, shifted
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, settle


def entries(menu: QMenu) -> dict[str, QAction]:
    found = {action.text().partition("\t")[0]: action for action in menu.actions()}
    for action in menu.actions():
        if action.menu():
            found |= entries(action.menu())
    return found


def chosen_menu(window: MainWindow) -> dict[str, QAction]:
    return entries(window.history.menu.menu_of(window.document.history[-1]))


def test_a_mask_moves_and_grows() -> None:
    mask = disc((20, 20), 10, 10, 3)
    right = shifted(mask, 4, -2)
    np.testing.assert_array_equal(right[5:16, 8:18], mask[7:18, 4:14])
    assert not shifted(mask, 30, 0).any()
    larger, smaller = grown(mask, 2), grown(mask, -2)
    assert larger[10, 14] > 0.9
    assert mask[10, 14] < 0.1
    assert 0 < smaller.sum() < mask.sum() < larger.sum()
    assert larger.dtype == right.dtype == np.float32


def test_a_stroke_is_renamed_moved_and_grown(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    document, rows = window.document, window.history.rows
    mouse.drag((6, 6))
    rows.setCurrentIndex(rows.model().index(0, 0))
    before = document.history[-1]
    window.history.menu.rename(before, "  the left one  ")
    assert document.history[-1].name == "the left one"
    assert rows.model().index(0, 0).data().startswith("the left one, draw")
    settle(window, qtbot, chosen_menu(window)["Right"].trigger)
    moved = document.history[-1]
    np.testing.assert_array_equal(moved.stroke.mask, shifted(before.stroke.mask, 1, 0))
    assert moved.name == "the left one"
    assert rows.currentIndex().row() == 0  # it is chosen still
    assert window.history.panel.isVisible()
    settle(window, qtbot, chosen_menu(window)["Grow"].trigger)
    assert document.history[-1].stroke.mask.sum() > moved.stroke.mask.sum()
    settle(window, qtbot, chosen_menu(window)["Shrink"].trigger)
    settle(window, qtbot, window.commands["undo"].trigger)
    settle(window, qtbot, window.commands["undo"].trigger)
    assert document.history[-1].stroke is moved.stroke
    entries(window.history.menu.menu_of(document.history[-1]))["Delete"].trigger()
    assert document.history == ()


def test_a_stroke_never_shrinks_to_nothing(window: MainWindow, mouse: Mouse) -> None:
    window.document.choose(radius=1.0)
    mouse.drag((8, 8))
    before = window.document.history
    for _ in range(4):
        chosen_menu(window)["Shrink"].trigger()
    assert window.document.history[-1].stroke.mask.any()
    assert len(window.document.history) == len(before)


def test_names_outlive_the_project(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, tmp_path: object
) -> None:
    mouse.drag((6, 6))
    window.history.menu.rename(window.document.history[-1], "mine")
    path = tmp_path / "named.ganpaint"  # type: ignore[operator]
    window.projects.save_to(path)
    window.commands["clear"].trigger()
    settle(window, qtbot, lambda: window.projects.open_path(path))
    qtbot.waitUntil(lambda: len(window.document.history) == 1)
    assert window.document.history[-1].name == "mine"


def test_a_thumbnail_shows_the_stroke_on_the_picture(window: MainWindow, mouse: Mouse) -> None:
    mouse.drag((2, 2))
    rows = window.history.rows
    place = rows.visualRect(rows.model().index(0, 0))
    image = rows.viewport().grab(place).toImage()
    colors = {image.pixelColor(x, 30).name() for x in range(16, 46)}
    assert len(colors) > 4  # a picture, and not one ground


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
@pytest.mark.parametrize("target", ["cards", "rows"])
def test_a_right_click_opens_the_menu(window: MainWindow, mouse: Mouse, target: str) -> None:
    mouse.drag((6, 6))
    view = window.concepts.cards if target == "cards" else window.history.rows
    place = view.visualRect(view.model().index(0, 0)).center()
    view.customContextMenuRequested.emit(QPoint(place))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    wanted = {"cards": "Where can this go?", "rows": "Rename…"}[target]
    assert wanted in entries(menu)
    menu.close()


def test_a_card_draws_erases_and_shows_its_unit(window: MainWindow, qtbot: QtBot) -> None:
    door = window.document.palette.find("door")
    does = entries(window.card_menu.menu_of(door))
    does["Erase with it"].trigger()
    assert window.document.choice.concept == door
    assert window.document.choice.mode == "erase"
    does["Draw with it"].trigger()
    assert window.document.choice.mode == "draw"
    shows = next(text for text in does if text.startswith("Show unit"))
    best = window.document.palette.best(door)
    layer, units = next(iter(best.brush.layers.items()))
    assert shows == f"Show unit {units.units[0]} of {layer}"
    does[shows].trigger()
    assert window.context.selection.unit == units.units[0]
    assert window.stack.current == "units"
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert window.stack.current == "painter"
