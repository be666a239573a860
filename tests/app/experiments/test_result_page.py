"""A result as the Experiments tab shows it: figures, tables, links, exports."""

import csv
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from dissection.experiments.registry import experiments
from dissection.experiments.running import run_experiment
from dissection.experiments.store import load_result, save_result
from dissection.report.figures import Bars, Curves, Points, Rule, SceneLink, Series, UnitLink
from dissection.vocabulary import readable_name
from ganpaint.experiments.result_panel import MADE, ResultPanel, sentence
from ganpaint.experiments.results import KnownResult, shipped_results
from ganpaint.experiments.view import ExperimentsView
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.plots import LINE_PX
from ganpaint.units.address import UnitAddress
from ganpaint.window.main_window import MainWindow
from support.experiments_tab import opened
from support.units_tab import show_units

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none


def test_figures_tables_and_how_it_was_made_are_all_shown(
    view: ExperimentsView, qtbot: QtBot, result: Path
) -> None:
    opened(view, qtbot, result)
    panel = view.page.first
    assert panel.pages() == [
        "curve", "points", "bars", "map", "scenes", "Table: units", "Table: scenes", MADE,
    ]  # fmt: skip
    assert panel.told.text() == "All of them were counted."
    for name in panel.pages():
        panel.show_page(name)
        QApplication.processEvents()
        assert panel.stack.currentWidget().isVisible()
        shot = panel.stack.currentWidget().grab().toImage()
        colors = {
            shot.pixel(x, y) for x in range(0, shot.width(), 3) for y in range(0, shot.height(), 7)
        }
        assert len(colors) > 1, f"{name} is empty"
    assert '"units": 4' in panel.made.toPlainText()


def test_a_mark_tells_what_it_is_and_a_click_opens_the_unit(
    view: ExperimentsView, qtbot: QtBot, result: Path, window: MainWindow
) -> None:
    opened(view, qtbot, result)
    plot = view.page.first.plot
    QApplication.processEvents()
    assert plot.plot is not None
    box = plot.plot.getPlotItem().getViewBox()
    mark = plot.mark_at(box.mapViewToScene(QPointF(3, 3 / 7)))
    assert mark is not None
    assert mark.link == UnitLink("layer3", 3)
    assert "share" in mark.tip
    assert plot.mark_at(box.mapViewToScene(QPointF(1.5, 0.42))) is None
    told = view.page.first.opened
    assert told is not None
    of_this = replace(told.result, provenance={"network": window.context.model.digest})
    view.follow(mark.link, replace(told, result=of_this))
    assert window.stack.current == "units"
    assert (window.context.selection.layer, window.context.selection.unit) == ("layer3", 3)


@pytest.mark.parametrize("beside", [False, True])
def test_a_unit_of_another_network_is_looked_at_in_its_own_dissection(
    view: ExperimentsView, qtbot: QtBot, result: Path, window: MainWindow, beside: bool
) -> None:
    opened(view, qtbot, result)
    opened(view, qtbot, result, beside)
    panel = view.page.second if beside else view.page.first
    assert panel.opened is not None
    of_scenes = replace(panel.opened.result, settings={"model": "storybook-scenes"})
    panel.opened = replace(panel.opened, result=of_scenes)
    for unit in (7, 9):  # read from its folder, then known
        panel.linked.emit(UnitLink("features.relu5_3", unit))
        qtbot.waitUntil(lambda: window.stack.current == "units", timeout=30_000)
        browsed = show_units(window).browsed
        qtbot.waitUntil(lambda browsed=browsed: browsed.unit is not None, timeout=30_000)
        assert browsed.address == UnitAddress("storybook-scenes", "features.relu5_3", unit)
        window.stack.show_tab("experiments")


def test_a_unit_of_a_network_that_is_nowhere_is_said(
    view: ExperimentsView, qtbot: QtBot, result: Path, window: MainWindow
) -> None:
    opened(view, qtbot, result)
    assert view.page.first.opened is not None
    view.follow(UnitLink("layer3", 1), view.page.first.opened)
    assert "No dissection with layer3" in window.context.message_of("experiments").text
    assert window.stack.current == "experiments"


def test_a_picture_of_a_scene_opens_it_in_the_painter(
    view: ExperimentsView, qtbot: QtBot, result: Path, window: MainWindow
) -> None:
    opened(view, qtbot, result)
    panel = view.page.first
    panel.show_page("scenes")
    pictures = panel.sheet.pictures
    place = pictures.place_of(1, 0).center()
    assert pictures.link_at(place) == SceneLink(9)
    qtbot.mouseClick(pictures, Qt.MouseButton.LeftButton, pos=place)
    assert window.stack.current == "painter"
    assert window.document.scene.seed == 9
    assert panel.opened is not None
    view.follow(SceneLink(12_345), panel.opened)  # behind the scenes of the strip
    assert window.document.scene.seed == 12_345


def test_a_table_is_sorted_and_a_row_leads_to_its_unit(
    view: ExperimentsView, qtbot: QtBot, result: Path
) -> None:
    opened(view, qtbot, result)
    panel = view.page.first
    panel.show_page("Table: units")
    panel.table.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    assert panel.table.link_of(0) == UnitLink("layer3", 3)
    panel.show_page("Table: scenes")
    assert panel.table.link_of(1) == SceneLink(9)


def test_two_results_stand_side_by_side_and_turn_pages_together(
    view: ExperimentsView, qtbot: QtBot, result: Path, tmp_path: Path
) -> None:
    run_experiment("painted", size="quick", out=tmp_path / "other")
    opened(view, qtbot, tmp_path / "other")
    opened(view, qtbot, result)
    page = view.page
    opened(view, qtbot, tmp_path / "other", beside=True)
    assert page.second.isVisible()
    page.first.show_page("bars")
    assert page.second.page == "bars"
    page.beside.setCurrentIndex(0)
    page.beside.activated.emit(0)
    assert not page.second.isVisible()


def exported(
    panel: ResultPanel, view: ExperimentsView, qtbot: QtBot, monkeypatch: Any, path: Path
) -> None:
    """Export the figure that a panel shows, by its menu."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(view.settled, timeout=20_000):
        panel.export.figure.trigger()


def test_each_of_two_results_is_exported_by_a_button_of_its_own(
    view: ExperimentsView, qtbot: QtBot, result: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    run_experiment("painted", units=3, out=tmp_path / "other")
    opened(view, qtbot, result)
    opened(view, qtbot, tmp_path / "other", beside=True)
    first, second = view.page.first, view.page.second
    assert first.title.text() == "Painted squares · default size"
    assert second.title.text() == "Painted squares · units 3, default size"
    first.show_page("curve")
    second.show_page("bars")
    exported(second, view, qtbot, monkeypatch, tmp_path / "second.csv")
    rows = list(csv.reader((tmp_path / "second.csv").read_text().splitlines()))
    assert [row[:2] for row in rows] == [["series", "category"], *[["", "u"]] * 3]
    exported(first, view, qtbot, monkeypatch, tmp_path / "first.csv")
    assert len((tmp_path / "first.csv").read_text().splitlines()) == 1 + 4 + 4
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "copy"))
    with qtbot.waitSignal(view.settled, timeout=30_000):
        second.export.folder.trigger()
    assert load_result(tmp_path / "copy").settings["units"] == 3
    second.show_page("Table: units")
    assert not second.export.figure.isEnabled()
    assert first.export.figure.isEnabled()


@pytest.mark.parametrize("ending", ["png", "svg", "csv"])
def test_a_figure_is_exported(
    view: ExperimentsView,
    qtbot: QtBot,
    result: Path,
    tmp_path: Path,
    ending: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened(view, qtbot, result)
    path = tmp_path / f"figure.{ending}"
    exported(view.page.first, view, qtbot, monkeypatch, path)
    if ending == "csv":
        rows = list(csv.reader(path.read_text().splitlines()))
        assert rows[0] == ["series", "unit", "share", "error"]
        assert rows[2] == ["share", "1", str(1 / 7), "0.1"]
    elif ending == "png":
        assert np.asarray(Image.open(path)).std() > 0
    else:
        assert "<svg" in path.read_text()[:500]


def test_a_whole_result_is_exported_and_read_again(
    view: ExperimentsView,
    qtbot: QtBot,
    result: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened(view, qtbot, result)
    target = tmp_path / "copy"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(target))
    with qtbot.waitSignal(view.settled, timeout=30_000):
        view.page.first.export.folder.trigger()
    assert load_result(target).table() == load_result(result).table()
    assert {"curve.svg", "curve.png", "units.csv"} <= {p.name for p in target.iterdir()}


def test_a_damaged_result_is_said_and_what_is_shown_stays(
    view: ExperimentsView, qtbot: QtBot, result: Path, window: MainWindow, tmp_path: Path
) -> None:
    opened(view, qtbot, result)
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "result.json").write_text((result / "result.json").read_text()[:-40])
    opened(view, qtbot, bad)
    assert "damaged" in window.context.message_of("experiments").text
    assert view.page.first.opened is not None
    assert view.page.first.opened.folder == result


@pytest.mark.parametrize(("across", "long"), [(True, False), (False, True), (False, False)])
def test_a_rule_crosses_the_axis_of_values_whichever_way_bars_run(
    view: ExperimentsView, across: bool, long: bool
) -> None:
    names = ["a rather long name of a concept" if long else "a"] * 3
    bars = Bars(
        "bars", "value", names, (Series("", (), [1, 2, 3]),), across=across,
        rules=(Rule(2.0, "bar", upright=across),),
    )  # fmt: skip
    plot = view.page.first.plot
    plot.show_figure(bars)
    assert plot.plot is not None
    lines = [item for item in plot.plot.getPlotItem().items if hasattr(item, "angle")]
    rule = next(line for line in lines if line.value() == 2.0)
    assert rule.angle == (90 if across or long else 0)


def test_errors_are_inside_of_the_plot(view: ExperimentsView) -> None:
    far = Series("far", [0, 1], [1.0, 2.0], [0.1, 5.0])
    figures = (
        Curves("c", "x", "y", (far,)),
        Points("p", "x", "y", (far, Series("none", [0], [float("nan")], [1.0]))),
        Bars("b", "y", ["a", "b"], (far,)),
    )
    plot = view.page.first.plot
    for figure in figures:
        plot.show_figure(figure)
        assert plot.plot is not None
        low, high = plot.plot.getPlotItem().getViewBox().viewRange()[1]
        assert low <= -3.0
        assert high >= 7.0
    plot.show_figure(Bars("b", "y", ["a", "b"], (far,), across=True))
    low, high = plot.plot.getPlotItem().getViewBox().viewRange()[0]
    assert low <= -3.0
    assert high >= 7.0


def test_dashes_are_seen_in_the_legend(view: ExperimentsView, qtbot: QtBot) -> None:
    plot = view.page.first.plot
    series = [
        Series("whole", [0, 1], [0.0, 1.0], color="#ff0000"),
        Series("dashed", [0, 1], [1.0, 0.0], control=True, color="#00ff00"),
    ]
    plot.show_figure(Curves("c", "x", "y", series))
    assert plot.plot is not None
    view.page.first.stack.setCurrentWidget(plot)
    legend = plot.plot.getPlotItem().legend
    assert [label.text for _, label in legend.items] == ["whole", "dashed"]
    runs = []
    for sample, _ in legend.items:
        image = QImage(LINE_PX, 20, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        sample.paint(painter)
        painter.end()
        row = [image.pixelColor(x, 10).value() > 60 for x in range(LINE_PX)]
        runs.append(sum(now and not before for before, now in pairwise([False, *row])))
    assert runs[0] == 1
    assert runs[1] >= 3  # a dash on either side of the mark in the middle


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("random units add 8.5% +- 0.1", "Random units add 8.5% ± 0.1."),
        ("layer4 of church: 3 units", "layer4 of church: 3 units."),
        ("features.relu5_3: 3 units", "features.relu5_3: 3 units."),
        ("ski slope: 86.0% with all", "Ski slope: 86.0% with all."),
        ("Is it so?", "Is it so?"),
    ],
)
def test_what_is_told_are_sentences(line: str, said: str) -> None:
    assert sentence(line) == said


def test_results_are_called_by_the_titles_of_the_catalog(view: ExperimentsView) -> None:
    erase = experiments()["erase"]
    shipped = {known.folder.name: known for known in shipped_results(erase)}
    assert shipped["erase"].label == "Erasing a concept (bundled)"
    assert shipped["erase-effect"].label == "Erasing a concept, effect (bundled)"
    own = KnownResult("erase", "mine: storybook-church", Path("mine"), False)
    view.page.offer([own], [shipped["erase"], own])
    beside = [view.page.beside.itemText(k) for k in range(1, 3)]
    assert beside == ["Erasing a concept (bundled)", "Erasing a concept · mine: storybook-church"]


@pytest.mark.parametrize(
    "name", ["W" * 300, "<b>bold</b> &File", "line\nend\u202e", "many words " * 30]
)
def test_names_of_a_result_leave_room_for_its_figures(
    view: ExperimentsView, qtbot: QtBot, result: Path, tmp_path: Path, name: str
) -> None:
    found = load_result(result)
    tables = {"units": found.table("units"), "odd": {name: [name, "b"]}}
    folder = tmp_path / f"x{name[:200]}".replace("/", "")
    save_result(replace(found, told=(name,), tables=tables), folder, plots=False)
    opened(view, qtbot, folder)
    opened(view, qtbot, folder, beside=True)
    panel = view.page.first
    assert panel.minimumSizeHint().width() < 600
    assert panel.told.textFormat() == Qt.TextFormat.PlainText
    assert panel.told.text().replace("\u200b", "").isprintable()
    assert all(view.page.which.itemText(k).isprintable() for k in range(view.page.which.count()))
    panel.show_page("Table: odd")
    model = panel.table.view.model()
    head = model.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert head == plain_tip(name)
    assert model.index(0, 0).data() == readable_name(name)
    panel.plot.show_figure(Curves(name, name, name, (Series(name, [0, 1], [0.0, 1.0]),)))
    panel.stack.setCurrentWidget(panel.plot)
    plot = panel.plot.plot
    assert plot is not None
    box = plot.getPlotItem().getViewBox()
    qtbot.waitUntil(lambda: box.width() > 100, timeout=5_000)
    assert box.sceneBoundingRect().right() <= plot.width()
    assert "<b>" not in plot.getPlotItem().titleLabel.text
