"""The Classifier tab on a tiny classifier and folders of noise, driven as a person does."""

import json
import shutil
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel
from pytestqt.qtbot import QtBot

from dissection.interventions.ablation.accuracy import count
from dissection.interventions.ablation.store import MANIFEST, load_ablation
from ganpaint.classifier.tables.unit_table import UnitTable
from ganpaint.classifier.view import ClassifierView
from ganpaint.toolkit.notice import Notice
from ganpaint.toolkit.plain import plain_tip
from ganpaint.window.main_window import MainWindow
from support.study import CLASSES, UNITS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none

TICKED = Qt.CheckState.Checked


def _cell(table: UnitTable, row: int, column: int = 0) -> str:
    return str(table.model().index(row, column).data())


def test_a_class_is_chosen_and_its_figures_are_those_of_the_study(
    view: tuple[MainWindow, ClassifierView], ablation: Path, qtbot: QtBot
) -> None:
    shown = view[1]
    found = load_ablation(ablation)
    with qtbot.waitSignal(shown.reading.opened, timeout=10_000):
        shown.read(ablation)
    page, classes = shown.class_page, shown.classes
    classes.search.setText("LAK")
    assert classes.table.model().rowCount() == 1
    classes.choose(CLASSES.index("lake"))
    assert page.bars_frame.title.text().startswith("lake")
    kinds = [bar.name for bar in page.bars.bars]
    assert kinds[:2] == ["all units", "without 4"]
    assert page.bars.bars[0].own == pytest.approx(found.held_out.baseline[1])
    assert page.bars.bars[1].own == pytest.approx(found.without("without 4")[0][1])
    assert page.bars.bars[1].control == pytest.approx(found.control("without 4")[0][:, 1].mean())
    assert [_cell(page.units, row) for row in range(UNITS)] == [str(u) for u in found.order[1]]
    # Nobody has said where the network is: the sentence says what to do.
    assert shown.load_bar.button.isVisible()
    assert "network" in shown.load_bar.said.text()
    assert not shown.removal_bar.slider.isEnabled()


def test_the_slider_takes_units_out_and_all_classes_follow(
    loaded: ClassifierView, ablation: Path, qtbot: QtBot
) -> None:
    page, found, bar = loaded.session, load_ablation(ablation), loaded.removal_bar
    loaded.classes.choose(0)
    with qtbot.waitSignal(loaded.thread_.answered, timeout=10_000):
        bar.slider.slider.setValue(4)
    first = [int(unit) for unit in found.order[0][:4]]
    assert page.removal.units == frozenset(first)
    qtbot.waitUntil(
        lambda: (
            loaded.classes.model.now is not None
            and loaded.classes.model.now[0] == pytest.approx(found.without("without 4")[0][0])
        ),
        timeout=10_000,
    )
    assert "4 units" in bar.about.text()
    with qtbot.waitSignal(page.removal.changed):
        bar.order.setCurrentIndex(1)
        bar.order.activated.emit(1)
    assert page.removal.units == frozenset(int(unit) for unit in found.order[0][::-1][:4])
    bar.back.click()
    assert page.removal.units == frozenset()
    assert bar.slider.value == 0


def test_a_tick_takes_a_unit_out_and_what_flips_is_shown(
    loaded: ClassifierView, ablation: Path, qtbot: QtBot
) -> None:
    page, found, session = loaded.class_page, load_ablation(ablation), loaded.session
    unit = int(np.bincount(found.flips.settings, minlength=UNITS).argmax())
    assert (found.flips.settings == unit).any(), "a unit of the tiny classifier turns a picture"
    row = page.units.units.order.index(unit)
    index = page.units.units.index(row, 0)
    page.units.units.setData(index, TICKED.value, Qt.ItemDataRole.CheckStateRole)
    assert session.removal.units == {unit}
    expected = found.held_out.counts.balanced[1 + unit]
    qtbot.waitUntil(
        lambda: session.without is not None and np.allclose(session.without.balanced, expected),
        timeout=10_000,
    )
    qtbot.waitUntil(lambda: bool(page.flips.changes), timeout=10_000)
    qtbot.waitUntil(lambda: not page.flips.wanted(), timeout=10_000)
    flips = [flip for change in page.flips.changes for flip in change.examples]
    assert flips
    for flip in flips:
        assert flip.before != flip.after
        assert flip.before == session.loaded.before[flip.place]  # type: ignore[union-attr]
    # A click on an example shows its scores, and the fewest units that turn it.
    place = page.flips.area(0, 0).center()
    with qtbot.waitSignal(page.flips.picture_chosen):
        QTest.mouseClick(page.flips, Qt.MouseButton.LeftButton, pos=place)
    assert loaded.page == "picture"
    picture = loaded.picture_page
    assert picture.subject == flips[0].place
    qtbot.waitUntil(
        lambda: picture.looked is not None and picture.looked.subject == flips[0].place,
        timeout=10_000,
    )
    picture.fewest.click()
    qtbot.waitUntil(lambda: bool(picture.few), timeout=10_000)
    assert "Without" in picture.found.text()
    picture.take.click()
    qtbot.waitUntil(
        lambda: flips[0].place in session.without.flips.images,  # type: ignore[union-attr]
        timeout=10_000,
    )


def test_a_curve_that_the_study_lacks_is_followed_live(
    loaded: ClassifierView, qtbot: QtBot
) -> None:
    page = loaded.class_page
    qtbot.waitUntil(lambda: bool(np.isfinite(page.curve.values).all()), timeout=10_000)
    live = loaded.session.loaded
    assert live is not None
    values = page.curve.values
    assert values.shape == (2, UNITS + 1)
    whole = count(live.before[:, None], live.targets, len(CLASSES)).balanced[
        0, loaded.session.number
    ]
    assert values[:, 0] == pytest.approx([whole, whole])
    assert values[0, -1] == values[1, -1]  # without all of them the order is of no account


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
        qtbot.waitUntil(shown.load_bar.cancel.isVisible, timeout=10_000)
        places = [shown.removal_bar.slider.mapTo(shown, QPoint(0, 0))]
        shown.load_bar.cancel.click()
        clicked.set()
    qtbot.waitUntil(shown.load_bar.button.isVisible, timeout=5_000)
    assert "stopped" in shown.load_bar.said.text()
    places.append(shown.removal_bar.slider.mapTo(shown, QPoint(0, 0)))
    with qtbot.waitSignal(shown.thread_.ready, timeout=30_000):
        shown.load_bar.button.click()
    assert shown.removal_bar.slider.isEnabled()
    qtbot.waitUntil(shown.load_bar.isHidden, timeout=5_000)
    QTest.qWait(50)  # what is hidden gives its place up with the next layout
    places.append(shown.removal_bar.slider.mapTo(shown, QPoint(0, 0)))
    assert len({place.y() for place in places}) == 1, f"nothing moves under the pointer: {places}"


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
    assert shown.load_bar.button.text() == "Choose the network…"
    assert any(notice.isVisible() for notice in window.findChildren(Notice))


def test_nothing_yet_says_what_to_do(view: tuple[MainWindow, ClassifierView]) -> None:
    window, shown = view
    assert shown.empty.isVisible()
    shown.empty.start.click()
    dialog = window.dissecting.dialog
    assert dialog is not None
    assert dialog.windowTitle() == "Ablation study"
    dialog.reject()


def test_a_damaged_ablation_is_told(
    view: tuple[MainWindow, ClassifierView], tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "ablation.json").write_text("{")
    with qtbot.waitSignal(view[1].reading.failed, timeout=10_000) as told:
        assert view[0].stack.tabs["classifier"].open_path(tmp_path)
    assert "damaged" in told.args[0]


def test_names_of_classes_have_room_and_are_shown_as_they_are(
    view: tuple[MainWindow, ClassifierView],
    ablation: Path,
    classifier: Path,
    pictures: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown, names = view[1], ("W" * 240, "<b>a<b> &File [*]", "line\nend\u202e")
    shutil.copytree(pictures, tmp_path / "pictures")
    for name, other in zip(CLASSES, names, strict=True):
        (tmp_path / "pictures" / name).rename(tmp_path / "pictures" / other)
        (tmp_path / "pictures" / other / "day").rename(tmp_path / "pictures" / other / "<b>day")
    shutil.copytree(ablation, tmp_path / "study")
    told = json.loads((ablation / MANIFEST).read_text())
    (tmp_path / "study" / MANIFEST).write_text(json.dumps({**told, "classes": list(names)}))
    with qtbot.waitSignal(shown.thread_.ready, timeout=30_000):
        shown.read(tmp_path / "study", str(classifier), str(tmp_path / "pictures"))
    assert shown.session.names == ("W" * 240, "<b>a<b> &File [*]", r"line\nend\u202e")
    shown.session.removal.take_out(range(8))
    for number in range(len(names)):
        shown.classes.choose(number)
        for name, page in shown.pages.items():
            shown.show_page(name)
            QApplication.processEvents()
            assert page.minimumSizeHint().width() < 900, name
            for label in page.findChildren(QLabel):
                if "<b>" in label.text():
                    assert label.textFormat() == Qt.TextFormat.PlainText
        assert shown.class_page.bars_frame.title.text().startswith(shown.session.names[number])
        tip = shown.classes.model.index(number, 0).data(Qt.ItemDataRole.ToolTipRole)
        assert tip == plain_tip(shown.session.names[number])
        _, head = shown.slices_page.table.slices.heads[5]
        assert head.startswith(f"{shown.session.names[number]}, ")
        assert shown.slices_page.table.columnWidth(0) >= 112  # of a slice's name
    asked: list[str] = []
    monkeypatch.setattr(QInputDialog, "getText", lambda _, __, said, **___: (asked.append(said), 0))
    shown.show_page("slices")
    table = shown.slices_page.table
    table.setCurrentIndex(table.model().index(1, 0))
    shown.slices_page.ask_name()
    assert asked == ["<qt>A name for “folder: &lt;b&gt;day”:</qt>"]
