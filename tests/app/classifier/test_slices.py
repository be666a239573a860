"""Held-out pictures divided by what they are: counted, named, kept, judged on."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QInputDialog
from pytestqt.qtbot import QtBot

from dissection.interventions.ablation.store import load_ablation
from ganpaint.classifier.slices.slice import ALL, Slice
from ganpaint.classifier.slices.slice_store import SliceStore
from ganpaint.classifier.view import ClassifierView
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none


@pytest.fixture
def divided(loaded: ClassifierView, qtbot: QtBot) -> ClassifierView:
    """The pictures of day and night, divided."""
    with qtbot.waitSignal(loaded.session.tags_changed, timeout=10_000):
        loaded.show_page("slices")
    qtbot.waitUntil(lambda: len(loaded.slices_page.table.slices.slices) == 3, timeout=5_000)
    return loaded


def test_pictures_are_divided_by_their_folders(divided: ClassifierView, ablation: Path) -> None:
    page, found = divided.slices_page, load_ablation(ablation)
    divided.classes.choose(1)
    rows = {row.slice.said: row for row in page.table.slices.slices}
    assert list(rows) == ["all pictures", "folder: day", "folder: night"]
    for value in ("day", "night"):
        places = [n for n, name in enumerate(found.names) if f"/{value}/" in name]
        part, row = found.among(places), rows[f"folder: {value}"]
        assert row.pictures == len(places) == 12
        assert row.all_classes[0] == pytest.approx(part.held_out.counts.plain[0])
        assert row.own[0] == pytest.approx(part.held_out.baseline[1])
        assert row.own_without == pytest.approx(part.without("without 4")[0][1])
    assert [bar.name for bar in page.chart.bars] == ["all pictures", "day", "night"]


def test_slices_follow_the_units_that_are_out(
    divided: ClassifierView, ablation: Path, qtbot: QtBot
) -> None:
    session, found = divided.session, load_ablation(ablation)
    divided.classes.choose(0)
    unit = int(np.bincount(found.flips.settings, minlength=found.units).argmax())
    with qtbot.waitSignal(session.without_changed, timeout=10_000):
        session.removal.take_out([unit])
    night = [n for n, name in enumerate(found.names) if "/night/" in name]
    expected = found.among(night).held_out.counts
    row = divided.slices_page.table.slices.slices[2]
    assert row.own[1] == pytest.approx(expected.balanced[1 + unit, 0])
    assert row.all_classes[1] == pytest.approx(expected.plain[1 + unit])


def test_a_slice_is_named_kept_and_judged_on(
    divided: ClassifierView,
    ablation: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, session, found = divided.slices_page, divided.session, load_ablation(ablation)
    page.table.selectRow(2)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("by night", True))
    page.keep.click()
    assert page.by.currentText() == "Slices that you kept"
    assert [row.slice.said for row in page.table.slices.slices] == ["all pictures", "by night"]
    # It is offered above all pages, and everything is judged on it.
    names = [divided.slice_bar.list.itemText(n) for n in range(divided.slice_bar.list.count())]
    assert names == ["all pictures", "by night", "Divide them…"]
    divided.slice_bar.list.setCurrentIndex(1)
    divided.slice_bar.list.activated.emit(1)
    assert session.slice == Slice({"folder": "night"}, "by night")
    night = found.among([n for n, name in enumerate(found.names) if "/night/" in name])
    divided.show_page("class")
    bars = divided.class_page.bars.bars
    assert bars[1].own == pytest.approx(night.without("without 4")[0][session.number])
    assert divided.classes.model.whole == pytest.approx(night.held_out.baseline)
    assert "by night" in divided.removal_bar.about.text()
    divided.slice_bar.all.click()
    assert session.slice == ALL
    assert divided.class_page.bars.bars[0].own == pytest.approx(
        found.held_out.baseline[session.number]
    )
    divided.show_page("slices")
    page.table.selectRow(1)
    page.forget.click()
    assert [row.slice.said for row in page.table.slices.slices] == ["all pictures"]


def test_kept_slices_are_there_again(tmp_path: Path) -> None:
    file = str(tmp_path / "ganpaint.ini")
    settings = Settings(QSettings(file, QSettings.Format.IniFormat))
    store = SliceStore(settings)
    store.keep("5e", [Slice({"folder": "day"}, "daylight")])
    store.keep_table("5e", "tags.csv")
    again = SliceStore(Settings(QSettings(file, QSettings.Format.IniFormat)))
    assert again.slices("5e") == [Slice({"folder": "day"}, "daylight")]
    assert again.table("5e") == "tags.csv"
    assert again.slices("ab") == []
    # What another program wrote there is left alone.
    settings.note("slices", {"5e": {"slices": [5, {"name": "x", "conditions": 3}]}})
    assert SliceStore(settings).slices("5e") == []


def test_a_table_of_tags_is_opened(
    divided: ClassifierView,
    ablation: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    page, found = divided.slices_page, load_ablation(ablation)
    table = tmp_path / "tags.csv"
    rows = [f"{name},{'far' if n % 3 else 'near'}" for n, name in enumerate(found.names)]
    table.write_text("picture,distance\n" + "\n".join(rows))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(table), ""))
    with qtbot.waitSignal(divided.session.tags_changed, timeout=10_000):
        page.table_button.click()
    assert set(divided.session.tags) == {"folder", "distance"}
    place = page.by.findData("distance")
    page.by.setCurrentIndex(place)
    page.by.activated.emit(place)
    counted = {row.slice.said: row.pictures for row in page.table.slices.slices}
    assert counted == {"all pictures": 24, "distance: far": 16, "distance: near": 8}
    # One that tells nothing of these pictures is refused, and asked for no more.
    table = tmp_path / "others.csv"
    table.write_text("picture,distance\nelsewhere.png,far\n")
    with qtbot.waitSignal(page.reading.failed, timeout=10_000) as told:
        page.ask_table()
    assert "names none of the held-out pictures" in told.args[0]


def test_a_study_without_tags_says_what_to_do(
    view: tuple[MainWindow, ClassifierView], ablation: Path, qtbot: QtBot
) -> None:
    shown = view[1]
    with qtbot.waitSignal(shown.reading.opened, timeout=10_000):
        shown.read(ablation)
    with qtbot.waitSignal(shown.session.tags_changed, timeout=10_000):
        shown.show_page("slices")
    assert shown.slices_page.table.slices.slices[0].slice == ALL
    assert "Load the held-out pictures" in shown.slices_page.about.text()
