"""The Classifier tab on a tiny classifier and folders of noise, driven as a person does."""

import csv
from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from dissection.interventions.ablation.accuracy import count
from dissection.interventions.ablation.store import load_ablation
from ganpaint.classifier.tab import Classifier
from ganpaint.classifier.unit_table import UnitTable
from ganpaint.classifier.view import ClassifierView
from ganpaint.toolkit.notice import Notice
from ganpaint.window.main_window import MainWindow
from support.study import CLASSES, LAYER, UNITS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none

TICKED = Qt.CheckState.Checked


@pytest.fixture
def view(
    open_window: Callable[..., MainWindow],
    model: Path,
    dissection: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[MainWindow, ClassifierView]:
    # What ships would be read first, and thousands of scenes painted.
    monkeypatch.setattr("ganpaint.classifier.view.bundled_ablations", list)
    window = open_window("--model", str(model), "--dissection", str(dissection))
    window.stack.show_tab("classifier")
    tab = window.stack.tabs["classifier"]
    assert isinstance(tab, Classifier)
    return window, tab.view


@pytest.fixture
def loaded(
    view: tuple[MainWindow, ClassifierView],
    ablation: Path,
    classifier: Path,
    pictures: Path,
    qtbot: QtBot,
) -> ClassifierView:
    shown = view[1]
    with qtbot.waitSignal(shown.thread_.ready, timeout=30_000):
        shown.read(ablation, str(classifier), str(pictures))
    return shown


def _cell(table: UnitTable, row: int, column: int = 0) -> str:
    return str(table.model().index(row, column).data())


def test_a_class_is_chosen_and_its_figures_are_those_of_the_study(
    view: tuple[MainWindow, ClassifierView], ablation: Path, qtbot: QtBot
) -> None:
    shown = view[1]
    found = load_ablation(ablation)
    with qtbot.waitSignal(shown.reading.opened, timeout=10_000):
        shown.read(ablation)
    page = shown.page
    page.classes.search.setText("LAK")
    assert page.classes.table.model().rowCount() == 1
    page.classes.choose(CLASSES.index("lake"))
    assert page.title.text() == "lake"
    kinds = [bar.name for bar in page.bars.bars]
    assert kinds[:2] == ["all units", "without 4"]
    assert page.bars.bars[0].own == pytest.approx(found.held_out.baseline[1])
    assert page.bars.bars[1].own == pytest.approx(found.without("without 4")[0][1])
    assert page.bars.bars[1].control == pytest.approx(found.control("without 4")[0][:, 1].mean())
    assert [_cell(page.units, row) for row in range(UNITS)] == [str(u) for u in found.order[1]]
    # Nobody has said where the network is: the sentence says what to do.
    assert page.load.button.isVisible()
    assert "network" in page.load.said.text()
    assert not page.slider.isEnabled()


def test_the_slider_takes_units_out_and_all_classes_follow(
    loaded: ClassifierView, ablation: Path, qtbot: QtBot
) -> None:
    page, found = loaded.page, load_ablation(ablation)
    page.classes.choose(0)
    with qtbot.waitSignal(loaded.thread_.answered, timeout=10_000):
        page.slider.slider.setValue(4)
    first = [int(unit) for unit in found.order[0][:4]]
    assert page.removal.units == frozenset(first)
    qtbot.waitUntil(
        lambda: (
            page.classes.model.now is not None
            and page.classes.model.now[0] == pytest.approx(found.without("without 4")[0][0])
        ),
        timeout=10_000,
    )
    assert "4 units" in page.about.text()
    with qtbot.waitSignal(page.removal.changed):
        page.order.setCurrentIndex(1)
        page.order.activated.emit(1)
    assert page.removal.units == frozenset(int(unit) for unit in found.order[0][::-1][:4])
    page.back.click()
    assert page.removal.units == frozenset()
    assert page.slider.value == 0


def test_a_tick_takes_a_unit_out_and_what_flips_is_shown(
    loaded: ClassifierView, ablation: Path, qtbot: QtBot
) -> None:
    page, found = loaded.page, load_ablation(ablation)
    unit = int(np.bincount(found.flips.settings, minlength=UNITS).argmax())
    assert (found.flips.settings == unit).any(), "a unit of the tiny classifier turns a picture"
    row = page.units.units.order.index(unit)
    index = page.units.units.index(row, 0)
    page.units.units.setData(index, TICKED.value, Qt.ItemDataRole.CheckStateRole)
    assert page.removal.units == {unit}
    expected = found.held_out.counts.balanced[1 + unit]
    qtbot.waitUntil(
        lambda: page.without is not None and np.allclose(page.without.balanced, expected),
        timeout=10_000,
    )
    qtbot.waitUntil(lambda: bool(page.flips.changes), timeout=10_000)
    qtbot.waitUntil(lambda: not page.flips.wanted(), timeout=10_000)
    flips = [flip for change in page.flips.changes for flip in change.examples]
    assert flips
    for flip in flips:
        assert flip.before != flip.after
        assert flip.before == page.loaded.before[flip.place]  # type: ignore[union-attr]
    # A click on an example shows its scores, and the fewest units that turn it.
    place = page.flips.area(0, 0).center()
    with qtbot.waitSignal(page.flips.picture_chosen):
        QTest.mouseClick(page.flips, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(page.picture.bars.isVisible, timeout=10_000)
    page.picture.fewest.click()
    qtbot.waitUntil(page.picture.fewest.isEnabled, timeout=10_000)
    assert "Without" in page.picture.said.text()
    page.picture.take.click()
    qtbot.waitUntil(
        lambda: flips[0].place in page.without.flips.images,  # type: ignore[union-attr]
        timeout=10_000,
    )


def test_a_curve_that_the_study_lacks_is_followed_live(
    loaded: ClassifierView, qtbot: QtBot
) -> None:
    page = loaded.page
    qtbot.waitUntil(lambda: bool(np.isfinite(page.curve.values).all()), timeout=10_000)
    live = page.loaded
    assert live is not None
    values = page.curve.values
    assert values.shape == (2, UNITS + 1)
    whole = count(live.before[:, None], live.targets, len(CLASSES)).balanced[0, page.number]
    assert values[:, 0] == pytest.approx([whole, whole])
    assert values[0, -1] == values[1, -1]  # without all of them the order is of no account


def test_charts_are_exported(
    loaded: ClassifierView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = loaded.page
    for ending in ("png", "svg", "csv"):
        path = tmp_path / f"bars.{ending}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, p=path: (str(p), ""))
        page.export_chart("sets", page.bars)
        assert path.stat().st_size > 100
    rows = list(csv.DictReader((tmp_path / "bars.csv").read_text().splitlines()))
    assert [row["set"] for row in rows] == [bar.name for bar in page.bars.bars]
    assert float(rows[0]["accuracy"]) == pytest.approx(page.bars.bars[0].own, abs=1e-6)


def test_the_loading_is_cancelled_and_taken_up_again(
    view: tuple[MainWindow, ClassifierView],
    ablation: Path,
    classifier: Path,
    pictures: Path,
    qtbot: QtBot,
) -> None:
    shown = view[1]
    clicked = Event()

    def hold(*_: object) -> None:
        clicked.wait(20)  # so small a network is loaded before anybody could click

    shown.thread_.progressed.connect(hold, Qt.ConnectionType.DirectConnection)
    with qtbot.waitSignal(shown.thread_.stopped, timeout=30_000):
        shown.read(ablation, str(classifier), str(pictures))
        qtbot.waitUntil(shown.page.load.cancel.isVisible, timeout=10_000)
        shown.page.load.cancel.click()
        clicked.set()
    qtbot.waitUntil(shown.page.load.button.isVisible, timeout=5_000)
    assert "stopped" in shown.page.load.said.text()
    with qtbot.waitSignal(shown.thread_.ready, timeout=30_000):
        shown.page.load.button.click()
    assert shown.page.slider.isEnabled()


def test_another_network_is_refused_in_a_sentence(
    view: tuple[MainWindow, ClassifierView],
    ablation: Path,
    model: Path,
    pictures: Path,
    qtbot: QtBot,
) -> None:
    window, shown = view
    with qtbot.waitSignal(shown.thread_.failed, timeout=30_000) as told:
        shown.read(ablation, str(model), str(pictures))
    assert "generator" in told.args[0]
    assert shown.page.load.button.text() == "Choose the network…"
    assert any(notice.isVisible() for notice in window.findChildren(Notice))


def test_nothing_yet_says_what_to_do_and_a_study_is_started(
    view: tuple[MainWindow, ClassifierView], tmp_path: Path
) -> None:
    window, shown = view
    assert shown.empty.isVisible()
    entries = [e for menu in window.findChildren(QMenu) for e in menu.actions()]
    next(entry for entry in entries if entry.text() == "&Ablation study…").trigger()
    assert window.stack.current == "classifier"
    dialog = shown.dialog
    assert dialog is not None
    dialog.model.setText("")
    assert not dialog.start.isEnabled()
    dialog.model.setText("net.pth")
    dialog.out.setText(str(tmp_path / "out"))
    assert dialog.start.isEnabled()
    assert dialog.arguments == [
        "ablate", "--model", "net.pth", "--layer", LAYER, "--train", "storybook:scenes",
        "--val", "storybook:scenes", "--out", str(tmp_path / "out"),
    ]  # fmt: skip
    dialog.reject()


def test_a_damaged_ablation_is_told(
    view: tuple[MainWindow, ClassifierView], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "ablation.json").write_text("{")
    with qtbot.waitSignal(view[1].reading.failed, timeout=10_000) as told:
        assert view[0].stack.tabs["classifier"].open_path(tmp_path)
    assert "damaged" in told.args[0]
