"""The Experiments tab, driven as a person does, with jobs that are real child processes."""

import csv
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QFileDialog, QSpinBox
from pytestqt.qtbot import QtBot

from dissection.experiments import catalog
from dissection.experiments.registry import experiments, find_experiment
from dissection.experiments.running import run_experiment
from dissection.experiments.store import load_result
from dissection.report.figures import Bars, Rule, SceneLink, Series, UnitLink
from ganpaint.experiments.result_panel import MADE
from ganpaint.experiments.run_dialog import RunDialog
from ganpaint.experiments.tab import Experiments
from ganpaint.experiments.view import ExperimentsView
from ganpaint.jobs.job import ENDED, Job, JobState
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none

PAINTED = '''
"""Curves, bars, a map and pictures, made of nothing."""

import time

import numpy as np

from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import (
    Bars, Curves, Heat, Points, Rule, SceneLink, Series, Sheet, UnitLink,
)
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter


class Settings(ExperimentSettings):
    units: int = setting(4, "How many units.", least=1, most=32, quick=2, paper=30)
    share: float = setting(0.5, "A share.", least=0, most=1)
    dissection: str = setting("", "A dissection; empty: none.", kind="dissection")
    names: tuple[str, ...] = setting(("a", "b"), "Names, with commas.")
    loud: bool = setting(False, "Whether it is loud.")


def run(settings, execution):
    units = list(range(settings.units))
    kept = Accumulator(execution.work, "steps", {"steps": np.zeros(settings.units, np.int64)})
    meter = Meter(execution.report, "painting", settings.units, kept.place[0])
    for unit in range(kept.place[0], settings.units):
        time.sleep(0.2 if settings.loud else 0.0)
        kept["steps"][unit] = unit + 1
        kept.keep(unit + 1)
        meter.step()
    table = {"layer": ["layer3"] * len(units), "unit": units, "share": [u / 7 for u in units]}
    return Measured(
        {"units": table, "scenes": {"row": [5, 9], "told": ["five", None]}},
        {"units": len(units), "steps": int(kept["steps"].sum())},
        ["all of them were counted"],
        {"map": np.arange(6, dtype=float).reshape(2, 3)},
        {"scenes": np.full((2, 2, 8, 8, 3), 200, np.uint8)},
    )


def figures(result):
    table = result.table("units")
    links = [UnitLink("layer3", unit) for unit in table["unit"]]
    series = Series("share", table["unit"], table["share"], [0.1] * len(links), links=links)
    control = Series("control", table["unit"], [0.0] * len(links), control=True)
    rows = [SceneLink(5), SceneLink(5), SceneLink(9), SceneLink(9)]
    return {
        "curve": Curves("fall", "unit", "share", (series, control), (Rule(0.3, "bar"),)),
        "points": Points("points", "unit", "share", (series,)),
        "bars": Bars("bars", "share", ["u"] * len(links), (Series("", (), table["share"]),)),
        "map": Heat("map", result.arrays["map"], "number", signed=True),
        "scenes": Sheet("scenes", result.pictures["scenes"], ["5", "9"], ["a", "b"], rows),
    }


EXPERIMENT = Experiment(
    name="painted", title="Painted squares", figure="Nobody 2000, figure 1",
    idea="Squares <b>grow.", settings=Settings, run=run, figures=figures, takes="A moment.",
)
'''


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One more experiment: a file in a folder of the catalog, and no other edit."""
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "painted.py").write_text(PAINTED)
    catalog.__path__.append(str(folder))
    experiments.cache_clear()
    yield
    catalog.__path__.remove(str(folder))
    sys.modules.pop(f"{catalog.__name__}.painted", None)
    experiments.cache_clear()


@pytest.fixture
def result(painted: None, tmp_path: Path) -> Path:
    run_experiment("painted", out=tmp_path / "result")
    return tmp_path / "result"


@pytest.fixture
def view(painted: None, window: MainWindow) -> ExperimentsView:
    return show(window)


def show(window: MainWindow) -> ExperimentsView:
    window.stack.show_tab("experiments")
    tab = window.stack.tabs["experiments"]
    assert isinstance(tab, Experiments)
    return tab.view


def opened(view: ExperimentsView, qtbot: QtBot, folder: Path, beside: bool = False) -> None:
    with qtbot.waitSignal(view.settled, timeout=10_000):
        view.open(folder, beside)


def ended(window: MainWindow, qtbot: QtBot) -> Job:
    """The last job, when it has come to its end."""
    job = window.jobs.jobs[-1]
    qtbot.waitUntil(lambda: job.state in ENDED, timeout=120_000)
    return job


def test_every_experiment_has_a_card_even_one_that_was_just_added(view: ExperimentsView) -> None:
    assert set(view.cards.cards) == set(experiments())
    card = view.cards.cards["painted"]
    assert card.picture.text() == "Not run yet"
    assert not card.show_button.isEnabled()


def test_cards_are_searched_by_any_of_their_words(view: ExperimentsView, qtbot: QtBot) -> None:
    qtbot.keyClicks(view.cards.search, "nobody SQUARES")
    shown = [name for name, card in view.cards.cards.items() if card.isVisible()]
    assert shown == ["painted"]
    qtbot.keyClicks(view.cards.search, " zzz")
    assert view.cards.nothing.isVisible()


def test_a_form_follows_the_size_but_for_what_a_person_changed(
    view: ExperimentsView, qtbot: QtBot
) -> None:
    qtbot.mouseClick(view.cards.cards["painted"].run_button, Qt.MouseButton.LeftButton)
    dialog = view.dialog
    assert isinstance(dialog, RunDialog)
    units, share = dialog.form.widget_of("units"), dialog.form.widget_of("share")
    assert isinstance(units, QSpinBox)
    assert isinstance(share, QDoubleSpinBox)
    assert units.value() == 4
    share.setValue(0.25)
    dialog.size_box.setCurrentIndex(dialog.size_box.findData("paper"))
    assert units.value() == 30
    assert share.value() == 0.25
    words = dialog.command.text()
    assert words.startswith("dissection experiment painted --size paper --share 0.25 --out ")
    dialog.reject()


def test_settings_are_what_the_form_says(view: ExperimentsView) -> None:
    view.ask_run("painted")
    assert view.dialog is not None
    form = view.dialog.form
    form.fill({"names": ("x", "y z"), "loud": True, "units": 7})
    expected = find_experiment("painted").settings.of(names=("x", "y z"), loud=True, units=7)
    assert form.settings == expected
    view.dialog.reject()


def test_a_folder_with_other_files_is_refused_before_anything_runs(
    view: ExperimentsView, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    view.ask_run("painted")
    assert view.dialog is not None
    view.dialog.out.path = str(tmp_path)
    assert "holds other files" in view.dialog.problem.text()
    assert not view.dialog.command.text()
    assert not view.dialog.start.isEnabled()
    view.dialog.reject()


def test_figures_tables_and_how_it_was_made_are_all_shown(
    view: ExperimentsView, qtbot: QtBot, result: Path
) -> None:
    opened(view, qtbot, result)
    panel = view.page.first
    assert panel.pages() == [
        "curve", "points", "bars", "map", "scenes", "Table: units", "Table: scenes", MADE,
    ]  # fmt: skip
    assert panel.told.text() == "all of them were counted."
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


def test_a_unit_of_a_network_that_is_nowhere_is_said(
    view: ExperimentsView, qtbot: QtBot, result: Path, window: MainWindow
) -> None:
    opened(view, qtbot, result)
    assert view.page.first.opened is not None
    view.follow(UnitLink("layer3", 1), view.page.first.opened)
    assert "No dissection with layer3" in window.context.message.text
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


def test_a_result_is_run_from_the_window_and_shown_with_its_picture(
    view: ExperimentsView, qtbot: QtBot, window: MainWindow, dissection: Path, tmp_path: Path
) -> None:
    view.ask_run("layers")
    assert view.dialog is not None
    view.dialog.form.fill({"dissections": (str(dissection),)})
    view.dialog.out.path = str(tmp_path / "layers")
    view.dialog.accept()
    job = ended(window, qtbot)
    assert job.state == JobState.DONE, job.log()
    assert window.context.message.button.text() == "Show result"
    with qtbot.waitSignal(view.settled, timeout=10_000):
        window.context.message.button.click()
    assert view.page.first.opened is not None
    assert view.page.first.opened.folder == tmp_path / "layers"
    plain = run_experiment("layers", dissections=(str(dissection),))
    assert view.page.first.opened.result.table() == plain.table()
    assert not view.cards.cards["layers"].picture.pixmap().isNull()


def test_a_job_that_was_stopped_goes_on_and_comes_to_the_same(
    view: ExperimentsView,
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = tmp_path / "catalog"
    more.mkdir()
    (more / "painted.py").write_text(PAINTED)  # the child process is to know it, too
    (tmp_path / "sitecustomize.py").write_text(
        f"import dissection.experiments.catalog as c\nc.__path__.append({str(more)!r})\n"
    )
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), before))))
    view.ask_run("painted")
    assert view.dialog is not None
    view.dialog.form.fill({"units": 30, "loud": True})
    view.dialog.out.path = str(tmp_path / "out")
    view.dialog.accept()
    job = window.jobs.jobs[-1]
    begun = lambda: job.progress is not None and job.progress.done > 0  # noqa: E731
    qtbot.waitUntil(lambda: begun() or job.state in ENDED, timeout=120_000)
    assert job.state == JobState.RUNNING, job.log()
    job.stop()
    assert ended(window, qtbot).state == JobState.STOPPED, job.log()
    assert not (tmp_path / "out" / "result.json").exists()
    window.jobs.resume(job)
    qtbot.waitUntil(lambda: job.state in (JobState.DONE, JobState.FAILED), timeout=120_000)
    assert job.state == JobState.DONE, job.log()
    again = load_result(tmp_path / "out")
    assert again.summary == {"units": 30, "steps": 465}
    assert again.table() == run_experiment("painted", units=30).table()


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


@pytest.mark.parametrize("ending", ["png", "svg", "csv"])
def test_a_figure_is_exported(
    view: ExperimentsView, qtbot: QtBot, result: Path, tmp_path: Path, ending: str
) -> None:
    opened(view, qtbot, result)
    path = tmp_path / f"figure.{ending}"
    with qtbot.waitSignal(view.settled, timeout=20_000):
        view.export_figure(path)
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
        view.page.export_folder.trigger()
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
    assert "damaged" in window.context.message.text
    assert view.page.first.opened is not None
    assert view.page.first.opened.folder == result


def test_a_result_that_is_dropped_anywhere_opens_here(
    painted: None, window: MainWindow, qtbot: QtBot, result: Path
) -> None:
    assert window.stack.current == "painter"
    window.open_path(result / "result.json")
    assert window.stack.current == "experiments"
    view = show(window)
    qtbot.waitUntil(lambda: view.page.first.opened is not None, timeout=10_000)
    assert view.page.first.opened is not None
    assert view.page.first.opened.folder == result


def test_own_results_are_known_again_in_the_next_window(
    painted: None,
    open_window: Callable[..., MainWindow],
    qtbot: QtBot,
    model: Path,
    dissection: Path,
    result: Path,
    tmp_path: Path,
) -> None:
    settings = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    words = ("--model", str(model), "--dissection", str(dissection))
    opened(show(open_window(*words, settings=settings)), qtbot, result)
    card = show(open_window(*words, settings=settings)).cards.cards["painted"]
    assert card.show_button.isEnabled()
    (result / "result.json").unlink()
    card = show(open_window(*words, settings=settings)).cards.cards["painted"]
    assert not card.show_button.isEnabled()


def test_a_layer_that_is_not_there_ends_the_job_with_a_sentence(
    view: ExperimentsView, qtbot: QtBot, window: MainWindow, dissection: Path, tmp_path: Path
) -> None:
    view.ask_run("layers")
    assert view.dialog is not None
    view.dialog.form.fill({"dissections": (str(dissection),), "layers": ("layer9",)})
    view.dialog.out.path = str(tmp_path / "layers")
    view.dialog.accept()
    job = ended(window, qtbot)
    assert job.state == JobState.FAILED
    assert "layer9" in job.sentence
    assert "Traceback" not in job.log()


def test_the_menu_leads_here_and_esc_leads_back(
    view: ExperimentsView, qtbot: QtBot, result: Path, window: MainWindow
) -> None:
    opened(view, qtbot, result)
    assert view.stack.currentWidget() is view.page
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert view.stack.currentWidget() is view.cards
    window.stack.show_tab("painter")
    entry = next(a for a in window.menus["Dissect"].actions() if "experiment" in a.text())
    entry.trigger()
    assert window.stack.current == "experiments"


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
