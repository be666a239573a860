"""What relates units, in the window; and what is said and offered where it was not measured."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from dissection.results.store import load_dissection, save_dissection
from dissection.statistics.relations import Clarity, Relations
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow
from support.units_tab import show_units


@pytest.fixture
def related(drawable: Path, tmp_path: Path) -> Path:
    """Every unit is nearest to the next one, and on a line; unit 9 means two things."""
    made = load_dissection(drawable)
    layers = {}
    for place, (name, part) in enumerate(made.items()):
        units = part.shape[0]
        number = np.arange(units)
        relations = Relations(
            ranked=np.stack([part.labels, *np.zeros((4, units), np.int64)], 1),
            areas=np.tile(np.array([0.625, 0, 0, 0, 0], np.float32), (units, 1)),
            lower=np.tile(np.arange(20, 32), (units, 1)),
            peaks_with=np.tile(np.linspace(2, 9, 48, dtype=np.float32), (units, 1)),
            peaks_without=np.tile(np.linspace(0, 4, 48, dtype=np.float32), (units, 1)),
            missed=np.tile(np.array([40, 41, 42, 42]), (units, 1)),
            mistaken=np.tile(np.array([50, 51, 52, 53]), (units, 1)),
            near_layers=np.tile([place, 1 - place], (units, 1)),
            near_units=np.stack([(number + 1) % units, number], 1),
            near_values=np.tile(np.array([0.75, 0.5], np.float32), (units, 1)),
            places=np.stack([number, 0 * number], 1).astype(np.float32),
        )
        apart = (number == 9).astype(np.float32) / 2
        clarity = Clarity(np.full(units, 0.8, np.float32), apart)
        layers[name] = replace(part, relations=relations, clarity=clarity)
    save_dissection(replace(made, measured=layers), tmp_path / "related")
    return tmp_path / "related"


@pytest.fixture
def shown(open_window: Callable[..., MainWindow], model: Path, related: Path) -> UnitsView:
    return show_units(open_window("--model", str(model), "--dissection", str(related)))


def test_the_detail_shows_what_relates_the_unit(shown: UnitsView, qtbot: QtBot) -> None:
    shown.browsed.choose_unit(9)
    detail = shown.detail
    assert "Clarity 0.80" in detail.exemplars.said.text()
    assert "two groups" in detail.exemplars.said.text()
    table = detail.concepts.model
    assert table.index(0, table.column("area")).data() == "0.625"
    assert ">layer3&nbsp;/&nbsp;10<" in detail.similar.own.text()
    assert ">layer4&nbsp;/&nbsp;9<" in detail.similar.others.text()
    detail.similar.others.linkActivated.emit("layer4/9")
    assert (shown.browsed.layer, shown.browsed.unit) == ("layer4", 9)
    qtbot.waitUntil(lambda: len(detail.exemplars.views) == 24, timeout=30_000)


def test_units_that_mean_two_things_are_filtered(shown: UnitsView) -> None:
    shown.bar.two.setChecked(True)
    assert shown.model.units == [9]
    shown.bar.clear()
    shown.bar.sort_by("two")
    assert shown.model.units[:2] == [9, 0]


def test_a_dot_of_the_map_opens_its_unit(shown: UnitsView) -> None:
    shown.bar.charts.setChecked(True)
    shown.charts.show_chart("map")
    assert "multidimensional scaling" in shown.charts.about.text()
    (plot,) = shown.charts.map.plots
    (dots,) = (item for item in plot.plotItem.items if hasattr(item, "points"))
    spots = dots.points()
    assert [(spot.pos().x(), spot.data()) for spot in spots][:2] == [(0, 0), (1, 1)]
    dots.sigClicked.emit(dots, [spots[7]], None)
    assert shown.browsed.unit == 7


def test_what_was_not_measured_is_told_and_offered(tab: UnitsView) -> None:
    assert tab.foot.measure.isVisible()
    assert not tab.bar.two.isEnabled()
    tab.browsed.choose_unit(9)
    assert "not measured" in tab.detail.exemplars.said.text()
    assert "Not measured" in tab.detail.similar.said.text()
    assert "not measured" in tab.detail.concepts.said.text()


def test_measuring_runs_the_command_and_opens_the_result(
    open_window: Callable[..., MainWindow],
    model: Path,
    drawable: Path,
    related: Path,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    own = tmp_path / "own"
    save_dissection(load_dissection(drawable), own)
    units_window = open_window("--model", str(model), "--dissection", str(own))
    tab = show_units(units_window)
    asked: list[tuple[list[str], Callable[[], None]]] = []

    class Jobs:
        def submit(self, title: str, arguments: list[str], finished: Callable[[], None]) -> object:
            asked.append((arguments, finished))
            return None

    units_window.context.jobs = Jobs()
    tab.foot.measure.click()
    arguments, finished = asked[0]
    assert arguments[0] == "relate"
    assert arguments[1] == str(own)
    save_dissection(load_dissection(related), own)  # what the job would have done
    finished()
    qtbot.waitUntil(lambda: not tab.foot.measure.isVisible(), timeout=10_000)
    assert tab.browsed.paintable
    units_window.context.jobs = None


def test_without_jobs_the_command_is_copied(tab: UnitsView, units_window: MainWindow) -> None:
    units_window.context.jobs = None
    tab.foot.measure.click()
    assert QGuiApplication.clipboard().text().startswith("dissection relate ")
