"""One unit, seen closely."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from ganpaint.units.view import UnitsView
from support.synthetic import VOCABULARY

SKY = VOCABULARY[2]


def test_the_detail_opens_and_steps_in_the_order_of_the_grid(tab: UnitsView, qtbot: QtBot) -> None:
    assert not tab.detail.isVisible()
    tab.browsed.choose_unit(4)
    assert tab.detail.isVisible()
    assert "layer3 / 4" in tab.detail.title.text()
    qtbot.mouseClick(tab.detail.next, Qt.MouseButton.LeftButton)
    assert tab.browsed.unit == 8
    tab.step(-1)
    tab.step(-1)  # there is none before the first
    assert tab.browsed.unit == 4
    qtbot.keyClick(tab, Qt.Key.Key_Escape)
    assert tab.browsed.unit is None
    assert not tab.detail.isVisible()


def test_the_table_has_the_figures_of_the_dissection(tab: UnitsView) -> None:
    tab.browsed.choose_unit(9)
    model = tab.detail.concepts.model
    assert model.rowCount() == 1
    row = {
        model.headerData(column, Qt.Orientation.Horizontal): model.index(0, column).data()
        for column in range(model.columnCount())
    }
    # 14 of 20 and 40 pixels; the unit's 20 can be half of the concept's 40 at most.
    assert row["Concept"] == "sky"
    assert row["IoU"] == row["even"] == row["odd"] == "0.304"
    assert row["reached"] == "61%"
    assert row["effect"] == "+2"


def test_a_double_click_on_a_concept_filters_the_grid(tab: UnitsView) -> None:
    tab.browsed.choose_unit(9)
    tab.detail.concepts.view.doubleClicked.emit(tab.detail.concepts.view.model().index(0, 0))
    assert tab.bar.filter.concept == SKY


def test_exemplars_are_made_and_shown_in_three_ways(tab: UnitsView, qtbot: QtBot) -> None:
    tab.browsed.choose_unit(9)
    shown = tab.detail.exemplars
    qtbot.waitUntil(lambda: len(shown.views) == 5, timeout=20_000)
    pictures = {}
    for mode in ("outline", "heat", "seen"):
        shown.choose_mode(mode)
        pictures[mode] = shown.sheet.grab().toImage()
        assert pictures[mode].pixelColor(5, 5) != QColor(tab.detail.palette().window().color())
    assert pictures["outline"] != pictures["heat"]
    assert pictures["heat"] != pictures["seen"]


def test_detector_and_histogram_say_their_figures(tab: UnitsView, qtbot: QtBot) -> None:
    tab.browsed.choose_unit(9)
    qtbot.waitUntil(lambda: "with sky" in tab.detail.detector.said.text())
    assert "25 pictures with sky" in tab.detail.detector.said.text()
    assert "70.0%" in tab.detail.detector.said.text()
    assert "t_u = 10" in tab.detail.histogram.said.text()
    tab.browsed.choose_unit(2)
    qtbot.waitUntil(lambda: "detects nothing" in tab.detail.detector.said.text())
