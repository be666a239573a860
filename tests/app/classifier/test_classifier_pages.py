"""Every page of the Classifier tab: what it shows, tool tips, where clicks lead, exports."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dissection.interventions.ablation.relations import (
    correlated_pairs,
    iou_by_importance,
    iou_by_need,
    shared_units,
)
from dissection.interventions.ablation.store import load_ablation
from ganpaint.classifier.charts.chart import Chart
from ganpaint.classifier.charts.frame import ChartFrame
from ganpaint.classifier.view import PAGES, ClassifierView
from ganpaint.window.main_window import MainWindow
from support.classifier_tab import click_mark
from support.study import CLASSES, LAYER, UNITS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none

Shown = tuple[MainWindow, ClassifierView]


def _shown_unit(window: MainWindow) -> int | None:
    """The unit that the tab of units shows, if it is the one in front."""
    assert window.stack.current == "units"
    assert window.context.selection.layer == LAYER
    return window.context.selection.unit


def test_every_page_has_a_button(dissected: Shown, qtbot: QtBot) -> None:
    view = dissected[1]
    for name, (words, _) in PAGES.items():
        chip = next(chip for chip in view.chips.buttons() if chip.text() == words)
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
        assert view.page == name
        assert view.pages[name].isVisible()
        assert view.removal_bar.isVisible() == view.pages[name].takes_out


def test_units_have_their_exemplars_concepts_and_losses(dissected: Shown, ablation: Path) -> None:
    view, found = dissected[1], load_ablation(ablation)
    view.classes.choose(1)
    table = view.class_page.units
    model = table.units
    unit = model.order[2]
    assert not table.isColumnHidden(1)
    strip = model.index(2, 1).data(Qt.ItemDataRole.DecorationRole)
    assert abs(strip.toImage().pixelColor(10, 10).red() - unit * 15) < 7
    study = view.session.study
    assert study is not None
    concept = study.concept(unit)
    assert concept is not None
    assert model.index(2, 2).data() == concept[0].name
    assert model.index(2, 3).data() == f"{concept[1]:.2f}"
    for column, figures in ((4, found.training), (5, found.held_out)):
        lost = 100 * figures.importance[1, unit]
        said = model.index(2, column).data()
        if said != "silent":
            assert float(said.replace("−", "-")) == pytest.approx(lost, abs=0.06)


def test_a_bar_offers_its_units_and_leads_to_them(dissected: Shown, qtbot: QtBot) -> None:
    window, view = dissected
    view.classes.choose(2)
    bars = view.class_page.bars
    tip = click_mark(bars, 0, 1, qtbot)
    without = bars.bars[1]
    assert tip.startswith(f"pier, {without.name}")
    assert f"{without.units[0]}" in tip
    assert view.unit_ways.menu is not None
    offered = [entry.text() for entry in view.unit_ways.menu.actions() if entry.text()]
    assert offered[0] == "The class pier"
    assert offered[1].startswith(f"Unit {without.units[0]}")
    view.unit_ways.menu.actions()[2].trigger()
    view.unit_ways.menu.close()
    assert _shown_unit(window) == without.units[0]


def test_a_point_of_the_curve_leads_to_the_unit_that_was_taken_out_last(
    dissected: Shown, qtbot: QtBot
) -> None:
    window, view = dissected
    curve = view.class_page.curve
    qtbot.waitUntil(lambda: bool(np.isfinite(curve.values).all()), timeout=10_000)
    tip = click_mark(curve, 1, UNITS, qtbot)
    assert f"without {UNITS} units" in tip
    assert _shown_unit(window) == view.session.order[0]  # least important first: the best is last


def test_one_picture_of_the_class(dissected: Shown, qtbot: QtBot) -> None:
    window, view = dissected
    session, page = view.session, view.picture_page
    view.classes.choose(0)
    view.show_page("picture")
    assert len(page.pictures.pictures.places) == 8
    index = page.pictures.pictures.index(3, 0)
    at = page.pictures.visualRect(index).center()
    qtbot.mouseClick(page.pictures.viewport(), Qt.MouseButton.LeftButton, pos=at)
    chosen = page.pictures.pictures.places[3]
    assert page.subject == chosen
    qtbot.waitUntil(
        lambda: page.looked is not None and page.looked.subject == chosen, timeout=10_000
    )
    looked = page.looked
    assert looked is not None
    assert "A picture of farm" in page.said.text()
    # A tile for every unit, those that the decision loses most without first.
    maps = page.maps.units
    assert maps.rowCount() == UNITS
    assert maps.order[0] == int(looked.lost.argmax())
    page.by.setCurrentIndex(1)
    page.by.activated.emit(1)
    peaks = [maps.peak(unit) for unit in maps.order]
    assert peaks == sorted(peaks, reverse=True)
    tile = maps.index(0, 0).data(Qt.ItemDataRole.DecorationRole).toImage()
    assert len({tile.pixel(x, y) for x in range(0, 80, 9) for y in range(0, 80, 9)}) > 3
    assert f"unit {maps.order[0]}" in maps.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    # A tick takes the unit out, and the scores follow.
    unit = maps.order[0]
    out = Qt.CheckState.Checked.value
    assert maps.setData(maps.index(0, 0), out, Qt.ItemDataRole.CheckStateRole)
    assert session.removal.units == {unit}
    expected = looked.whole[looked.decided] - looked.lost[unit]
    rows = {str(row[0]): row for row in page.scores.rows()[1:]}
    name = CLASSES[looked.decided]
    qtbot.waitUntil(
        lambda: float(str(page.scores.rows()[1][2])) != float(str(page.scores.rows()[1][1])),
        timeout=10_000,
    )
    rows = {str(row[0]): row for row in page.scores.rows()[1:]}
    assert float(str(rows[name][2])) == pytest.approx(expected, abs=1e-4)
    page.maps.doubleClicked.emit(maps.index(0, 0))
    assert _shown_unit(window) == unit


def test_a_picture_of_ones_own_is_dropped_and_a_broken_one_refused(
    dissected: Shown, tmp_path: Path, qtbot: QtBot
) -> None:
    window, view = dissected
    view.show_page("picture")
    page, rng = view.picture_page, np.random.default_rng(0)
    file = tmp_path / "mine.png"
    Image.fromarray(rng.integers(0, 256, (50, 40, 3), dtype=np.uint8)).save(file)
    assert window.stack.tabs["classifier"].open_path(file)
    qtbot.waitUntil(lambda: "mine.png" in page.said.text(), timeout=10_000)
    assert page.looked is not None
    assert page.looked.picture.shape == (32, 32, 3)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    before = page.looked
    with qtbot.waitSignal(view.thread_.question_failed, timeout=10_000) as told:
        page.choose(broken)
    assert "broken.png cannot be used" in told.args[1]
    assert page.looked is before
    qtbot.waitUntil(lambda: "broken.png cannot be used" in view.message.text)
    assert view.message.isVisible()
    page.choose(file)  # what opens puts away what could not be opened
    qtbot.waitUntil(lambda: view.message.text == "", timeout=10_000)


def test_a_score_leads_to_the_class_and_one_without_units_to_those(
    dissected: Shown, qtbot: QtBot
) -> None:
    view = dissected[1]
    view.show_page("picture")
    page = view.picture_page
    qtbot.waitUntil(lambda: page.looked is not None, timeout=10_000)
    out = view.session.order[:2]
    with qtbot.waitSignal(view.session.answered, timeout=10_000):
        view.session.removal.take_out(out)
    qtbot.waitUntil(lambda: page.scores.out == out, timeout=10_000)
    number = page.scores.order[1]
    at = page.scores.without_area(1).center()
    qtbot.mouseClick(page.scores, Qt.MouseButton.LeftButton, pos=at)
    assert view.unit_ways.menu is not None
    offered = [entry.text() for entry in view.unit_ways.menu.actions() if entry.text()]
    view.unit_ways.menu.close()
    assert offered[0] == f"The class {CLASSES[number]}"
    assert [int(text.split()[1].rstrip(":")) for text in offered[1:]] == list(out)
    at = page.scores.area(1).topLeft() + QPoint(5, 3)
    qtbot.mouseClick(page.scores, Qt.MouseButton.LeftButton, pos=at)
    assert view.page == "class"
    assert view.session.number == number


def test_all_classes_with_sets_out(dissected: Shown, ablation: Path, qtbot: QtBot) -> None:
    view, found = dissected[1], load_ablation(ablation)
    view.show_page("classes")
    page = view.classes_page
    for chart, kind, series in (
        (page.tops, "without 4", 1),
        (page.halves, "without most important half", 1),
        (page.halves, "without least important half", 2),
    ):
        assert chart.series[series].values == pytest.approx(found.without(kind)[0])
    tip = click_mark(page.halves, 2, 1, qtbot)
    assert tip.startswith("lake")
    assert "points)" in tip
    assert view.unit_ways.menu is not None
    assert view.unit_ways.menu.actions()[0].text() == "The class lake"
    view.unit_ways.menu.actions()[0].trigger()
    view.unit_ways.menu.close()
    assert view.page == "class"
    assert view.session.number == 1
    view.show_page("classes")
    page.changes.click()
    lost = 100 * (found.without("without most important half")[0] - found.held_out.baseline)
    assert page.halves.marks[0].x == pytest.approx(lost)


def test_important_units(dissected: Shown, ablation: Path, qtbot: QtBot) -> None:
    window, view = dissected
    found, study = load_ablation(ablation), view.session.study
    assert study is not None
    iou = study.iou
    assert iou is not None
    view.show_page("units")
    page = view.units_page
    assert [g.iou for g in page.need.groups] == [g.iou for g in iou_by_need(found, iou, 4)]
    page.number.setCurrentIndex(0)
    page.number.activated.emit(0)
    assert [g.iou for g in page.need.groups] == [g.iou for g in iou_by_need(found, iou, 2)]
    assert len(page.mean.groups) == len(iou_by_importance(found, iou))
    pairs = correlated_pairs(found, 2)
    assert page.pairs.pairs is not None
    assert page.pairs.pairs.top.sum() == pairs.top.sum()
    # A dot is a unit and a class; a click on it leads to the unit.
    tip = click_mark(page.pairs, 1, 0, qtbot)
    unit = _shown_unit(window)
    assert f"unit {unit}:" in tip
    assert any(name in tip for name in CLASSES)
    assert "correlation" in tip


def test_without_a_dissection_it_is_said_what_is_missing(loaded: ClassifierView) -> None:
    loaded.show_page("units")
    page = loaded.units_page
    assert page.missing.isVisible()
    assert not page.frames[0].isVisible()
    assert page.pairs.pairs is not None
    assert loaded.class_page.units.isColumnHidden(1)


def test_combinations(dissected: Shown, ablation: Path, qtbot: QtBot) -> None:
    window, view = dissected
    found = load_ablation(ablation)
    view.show_page("combinations")
    page = view.combinations_page
    page.choose((0, 2))
    assert page.classes == (0, 2)
    assert page.chart.units == shared_units(found, (0, 2), 4)
    page.pickers[2].setCurrentIndex(page.pickers[2].findText("lake"))
    page.pickers[2].activated.emit(1)
    assert page.classes == (0, 2, 1)
    assert page.chart.units == shared_units(found, (0, 2, 1), 4)
    for each in page.chart.units:
        assert all(found.importance[k, each.unit] > 0 for k in each.classes)
    at = page.chart.area(0).center()
    qtbot.mouseClick(page.chart, Qt.MouseButton.LeftButton, pos=at)
    assert _shown_unit(window) == page.chart.units[0].unit


def test_every_plot_is_exported(dissected: Shown, tmp_path: Path, qtbot: QtBot) -> None:
    view = dissected[1]
    view.show_page("picture")
    qtbot.waitUntil(lambda: view.picture_page.looked is not None, timeout=10_000)
    view.show_page("slices")
    qtbot.waitUntil(lambda: len(view.slices_page.chart.bars) > 1, timeout=10_000)
    written = 0
    for name, page in view.pages.items():
        view.show_page(name)
        QApplication.processEvents()
        for place, frame in enumerate(page.findChildren(ChartFrame)):
            for ending in ("png", "svg", "csv"):
                path = tmp_path / f"{name}-{place}.{ending}"
                with qtbot.waitSignal(frame.said):
                    frame.export(path)
            with Image.open(tmp_path / f"{name}-{place}.png") as image:
                assert len(image.convert("RGB").getcolors(2**20)) > 5
            assert "<svg" in (tmp_path / f"{name}-{place}.svg").read_text()
            rows = list(csv.reader((tmp_path / f"{name}-{place}.csv").read_text().splitlines()))
            assert len(rows) > 1
            assert len({len(row) for row in rows}) == 1
            written += 1
    assert written == 10
    bars = list(csv.DictReader((tmp_path / "class-0.csv").read_text().splitlines()))
    shown = view.class_page.bars.bars
    assert [row["set"] for row in bars] == [bar.name for bar in shown]
    assert float(bars[0]["accuracy"]) == pytest.approx(shown[0].own, abs=1e-6)


def test_nothing_is_told_where_nothing_is(dissected: Shown, qtbot: QtBot) -> None:
    view = dissected[1]
    chart: Chart = view.class_page.bars
    qtbot.waitUntil(lambda: chart.plot.viewport().width() > 100, timeout=5_000)
    assert chart.mark_at(QPointF(1, 1)) is None
    view.unit_ways.menu = None
    QTest.mouseClick(chart.plot.viewport(), Qt.MouseButton.LeftButton)
    QTest.mouseMove(chart.plot.viewport())
    assert view.page == "class"
