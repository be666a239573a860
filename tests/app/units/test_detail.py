"""One unit, seen closely."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from dissection.results.rarity import rarity
from dissection.statistics.histogram import Histogram
from ganpaint.units.detail.histogram import told_level
from ganpaint.units.unit_table import UnitTable
from ganpaint.units.view import UnitsView
from support.synthetic import VOCABULARY, make_dissection

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
    said = tab.detail.histogram.said
    assert said.text().startswith("Level 10: 1% of all positions of its enlarged maps")
    assert "counts as on" in said.toolTip()
    tab.browsed.choose_unit(2)
    qtbot.waitUntil(lambda: "detects nothing" in tab.detail.detector.said.text())


def test_a_level_tells_shares_of_positions_and_of_cells() -> None:
    """Cells of a bin are spread evenly over it: half of the bin that it falls into lies above."""
    layer = make_dissection()["layer3"]
    units = layer.shape[0]
    bins = np.tile(np.array([[970, 20, 8, 2]], np.int64), (units, 1))
    zeros, fours = np.zeros(units, np.float32), np.full(units, 4, np.float32)
    table = np.stack([np.full(units, level, np.float32) for level in (1.5, 2.0, 2.0)])
    layer = replace(
        layer, histogram=Histogram(zeros, fours, bins), threshold_table=table,
        threshold_names=("0.99", "0.995", "raw-0.99"),
    )  # fmt: skip
    assert rarity(layer, layer.activation_threshold)[3] == 0.02
    assert told_level(layer, 3) == (
        "Level 1.5: 1% of all positions of its enlarged maps lie above it, and 2.0% of the "
        "unit's cells."
    )
    # Silent nearly everywhere: the histogram does not tell which of its lowest cells are 0.
    silent = replace(layer, threshold_table=np.zeros_like(table))
    assert told_level(silent, 3) == (
        "Level 0: 1% of all positions of its enlarged maps lie above it at most."
    )
    raw = replace(layer, threshold_names=("raw-0.98",), threshold_table=table[:1])
    assert told_level(raw, 3) == "Level 1.5: 2.0% of the unit's cells lie above it."
    other = replace(layer, threshold_names=("theirs",), threshold_table=table[:1])
    assert told_level(other, 3) == "Level 1.5."


def test_exemplars_from_further_down_are_others_than_the_top_ones() -> None:
    from dissection.statistics.relations import lower_exemplars
    from support.relations import relations_with

    made = make_dissection()
    layer, units = made["layer3"], made["layer3"].shape[0]
    for size, first in ((1000, 0.99), (8000, 0.999)):
        peaks = np.tile(np.arange(size, 0, -1, dtype=np.float32)[:, None], (1, units))
        top = np.tile(np.arange(5), (units, 1))
        part = replace(layer, exemplars=top, relations=relations_with(lower_exemplars(peaks)))
        found = UnitTable(replace(made, measured={"layer3": part}), "layer3").further_down(4)
        assert found[0][0] == f"peaks above those of {100 * first:.4g}% of all pictures"
        images = [image for _, rows in found for image in rows]
        assert len(images) == len(set(images))
        assert not set(images) & {0, 1, 2, 3, 4}
