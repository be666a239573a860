"""Legends share one stack and cannot overlap; sentences stand below the picture."""

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QSize
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, settle


def shown(window: MainWindow) -> list[QRect]:
    return [plate.geometry() for plate in window.canvas.legends.plates if plate.isVisible()]


@pytest.mark.parametrize("view", ["split", "difference"])
def test_legends_never_overlap(window: MainWindow, mouse: Mouse, qtbot: QtBot, view: str) -> None:
    mouse.drag((4, 4), (9, 9))
    for name in ("cells", "tint", "where"):
        window.commands[name].setChecked(True)
    qtbot.waitUntil(
        lambda: window.analysis_tools.insertion_heatmap.found is not None, timeout=20_000
    )
    window.commands[view].trigger()
    mouse.move(8, 8)
    for size in (QSize(1280, 800), QSize(960, 600)):
        window.resize(size)
        QTest.qWait(20)
        places = shown(window)
        assert len(places) == (2 if view == "difference" else 3)
        for one, other in combinations(places, 2):
            assert not one.intersects(other)
        assert all(place.left() == places[0].left() for place in places)
    if view == "split":  # the word over the corner of the picture has its own place
        assert places[0].top() > 24


def test_sentences_stand_below_the_picture(window: MainWindow) -> None:
    canvas = window.canvas
    canvas.hint.say("Pick a concept, paint on the picture.")
    canvas.message.say("Something was done.", passing=True)
    lower = canvas.mapFromScene(QPointF(0, canvas.picture.size.height())).y()
    assert canvas.hint.geometry().top() >= lower
    assert not canvas.message.geometry().intersects(canvas.hint.geometry())
    canvas.hint.hide()
    assert canvas.message.geometry().top() >= lower
    assert canvas.message.geometry().bottom() < canvas.height()


def test_the_ring_is_seen_on_any_ground(window: MainWindow, mouse: Mouse) -> None:
    window.document.choose(radius=4.0)
    mouse.move(8, 8)
    image = window.canvas.viewport().grab().toImage()
    edge = window.canvas.mapFromScene(QPointF(12, 8))
    # A line between two rows of pixels is shared by both, so several places are looked at.
    rows = [
        [image.pixelColor(edge.x() + x, edge.y() + y).lightness() for x in range(-3, 4)]
        for y in range(-40, 41)
    ]
    assert max(map(max, rows)) > 220
    assert min(map(min, rows)) < 60


def test_the_toolbar_keeps_its_places_as_brushes_change(window: MainWindow, qtbot: QtBot) -> None:
    tools = window.tools

    def places() -> list[QRect]:
        return [tools.widgetForAction(action).geometry() for action in tools.actions()]

    before = places()
    for choice in (
        {"layer": "layer4", "units": 5},
        {"order": "iou", "boost": 2.5},
        {"layer": None, "boost": 1.0},
    ):
        window.document.choose(**choice)
        QTest.qWait(0)
        assert places() == before
    window.document.choose_concept(window.document.palette.find("sky"))
    QTest.qWait(0)
    assert places() == before
    settle(window, qtbot, lambda: window.document.go_to(9))
    assert places() == before
    assert np.all([place.width() > 0 for place in before])


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
@pytest.mark.parametrize("screen", [QSize(1366, 728), QSize(683, 360), QSize(2560, 1400)])
def test_the_window_fits_the_screen(window: MainWindow, screen: QSize) -> None:
    window.resize(1280, 800)
    window.fit_screen(screen)
    QTest.qWait(0)
    assert window.width() <= screen.width()
    assert window.height() + 30 <= screen.height()
    if screen.width() > 2000:
        assert window.size() == QSize(1280, 800)
