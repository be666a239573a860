"""Names, notes and lists: kept in one file, by network, beside the measured label."""

import json
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from dissection.errors import BadInputError, StoreError
from ganpaint.units.grid_model import NOTED_ROLE, TITLE_ROLE
from ganpaint.units.notes_file import (
    NetworkNotes,
    UnitNote,
    changing,
    merge_notes,
    read_notes,
    write_notes,
)
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow
from support.synthetic import DIGEST, make_dissection
from support.units_tab import close_opened, show_units


@pytest.fixture
def open_tab(
    open_window: Callable[..., MainWindow],
    model: Path,
    drawable: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Path], UnitsView]:
    """Opens a window that keeps its things in a folder, on the tab of units."""

    def open_one(folder: Path) -> UnitsView:
        monkeypatch.setattr(platformdirs, "user_config_path", lambda *_, **__: folder)
        options = ("--model", str(model), "--dissection", str(drawable))
        return show_units(open_window(*options, data=folder / "data"))

    return open_one


def test_a_file_of_notes_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "config" / "notes.json"
    units = {("layer4", 12): UnitNote("dome top", "left\nhalf"), ("b.conv/1", 3): UnitNote("x")}
    notes = {DIGEST: NetworkNotes("tiny", units, {"domes": [("layer4", 12), ("layer3", 0)]})}
    assert read_notes(path) == {}
    write_notes(path, notes)
    assert read_notes(path) == notes
    assert json.loads(path.read_text())["networks"][DIGEST]["units"]["layer4/12"] == {
        "name": "dome top",
        "note": "left\nhalf",
    }


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "else", "version": 1}'])
def test_what_is_no_file_of_notes_is_refused_and_left(text: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_text(text)
    with pytest.raises(StoreError, match="no file of notes"), changing(path):
        pass
    assert path.read_text() == text


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    write_notes(path, {})
    path.write_text(path.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(StoreError, match="newer GANPaint"):
        read_notes(path)


def test_importing_loses_nothing() -> None:
    place = ("layer4", 1)
    mine = {"d": NetworkNotes("tiny", {place: UnitNote("mine", "one")}, {"l": [place]})}
    theirs = {
        "d": NetworkNotes(
            "tiny", {place: UnitNote("theirs", "two")}, {"l": [("layer4", 2), place]}
        ),
        "e": NetworkNotes("other", {}, {"empty": []}),
    }
    assert merge_notes(mine, theirs) == 3
    assert mine["d"].units[place] == UnitNote("mine", "one\ntheirs\ntwo")
    assert mine["d"].lists["l"] == [place, ("layer4", 2)]
    assert merge_notes(mine, {"d": theirs["d"]}) == 0


def test_what_is_typed_is_kept_beside_the_label(
    open_tab: Callable[..., UnitsView], tmp_path: Path, qtbot: QtBot
) -> None:
    tab = open_tab(tmp_path)
    tab.browsed.choose_unit(8)
    qtbot.keyClicks(tab.detail.notes.name, "blue top")
    tab.detail.notes.note.setPlainText("wide skies")
    tab.browsed.choose_unit(9)  # before the typing rests
    assert tab.detail.notes.name.text() == ""
    index = tab.model.index(tab.model.row_of(8), 0)
    assert index.data(TITLE_ROLE) == "blue top"
    assert index.data(NOTED_ROLE)
    assert index.data().startswith("unit 8, sky")
    tab.bar.search.setText("wide")
    assert tab.model.units == [8]
    (network,) = json.loads((tmp_path / "unit-notes.json").read_text())["networks"].values()
    assert network["units"]["layer3/8"] == {"name": "blue top", "note": "wide skies"}


def test_lists_are_made_shown_copied_and_deleted(tab: UnitsView) -> None:
    tab.lists.add("best", [("layer3", 4), ("layer3", 8), ("layer4", 4)])
    tab.lists.add("best", [("layer3", 8)])
    assert tab.notes.lists == {"best": [("layer3", 4), ("layer3", 8), ("layer4", 4)]}
    tab.lists.shown.emit("best")
    assert tab.model.units == [4, 8]
    assert "1 in others" in tab.message.text
    with pytest.raises(BadInputError):
        tab.notes.add_to_list("  ", [("layer3", 1)])
    tab.actions_of.copy([4, 8])
    assert QGuiApplication.clipboard().text() == "tiny/layer3/4\ntiny/layer3/8"
    tab.lists.delete("best")
    assert tab.notes.lists == {}
    assert "best is gone" in tab.message.text
    tab.message.button.click()  # Undo
    assert tab.notes.lists == {"best": [("layer3", 4), ("layer3", 8), ("layer4", 4)]}


def test_lists_are_renamed_and_units_taken_off(tab: UnitsView) -> None:
    tab.lists.add("best", [("layer3", 4), ("layer3", 8), ("layer4", 4)])
    tab.lists.add("other", [("layer3", 1)])
    tab.lists.rename("best", "  skies ")
    assert list(tab.notes.lists) == ["skies", "other"]
    tab.lists.rename("skies", "other")
    assert "a list other already" in tab.message.text
    assert list(tab.notes.lists) == ["skies", "other"]
    tab.lists.shown.emit("skies")
    assert tab.model.units == [4, 8]
    tab.grid.selectionModel().select(
        tab.model.index(tab.model.row_of(8), 0), QItemSelectionModel.SelectionFlag.ClearAndSelect
    )
    menu = QMenu()
    tab.lists.fill(menu, tab.grid.chosen)
    take = entry(menu, "skies  (3)", "Take the chosen units off it")
    assert take.isEnabled()
    assert not entry(menu, "other  (1)", "Take the chosen units off it").isEnabled()
    take.trigger()
    assert tab.notes.lists["skies"] == [("layer3", 4), ("layer4", 4)]
    assert tab.model.units == [4]  # what is shown follows
    tab.message.button.click()  # Undo
    assert tab.notes.lists["skies"] == [("layer3", 4), ("layer3", 8), ("layer4", 4)]
    assert tab.model.units == [4, 8]


def test_lists_of_other_networks_are_shown_where_these_are_open(
    tab: UnitsView, tmp_path: Path
) -> None:
    first = tab.browsed.loaded
    assert first is not None
    tab.lists.add("best", [("layer4", 4), ("layer4", 8)])
    tab.browsed.open(make_dissection("other", "ab" * 32), tmp_path / "other")
    assert tab.notes.lists == {}
    menu = QMenu()
    tab.lists.fill(menu, tab.grid.chosen)
    entry(menu, "Of other networks", "best  (2, tiny)").trigger()
    assert tab.browsed.loaded is first
    assert tab.browsed.layer == "layer4"
    assert tab.model.units == [4, 8]
    tab.lists.show_elsewhere("cd" * 32, "gone", "some")
    assert "No dissection of gone is open" in tab.message.text


def test_what_is_typed_belongs_to_the_network_it_was_typed_for(
    tab: UnitsView, qtbot: QtBot, tmp_path: Path
) -> None:
    tab.browsed.choose_unit(8)
    qtbot.keyClicks(tab.detail.notes.name, "blue top")
    tab.browsed.open(make_dissection("other", "ab" * 32), tmp_path / "other")  # before it rests
    assert tab.notes.name_of("layer3", 8) == ""
    close_opened(tab)
    assert tab.notes.name_of("layer3", 8) == "blue top"


def entry(menu: QMenu, *path: str) -> QAction:
    """An entry of a menu by its texts."""
    (action,) = [action for action in menu.actions() if action.text() == path[0]]
    inner = action.menu()
    if len(path) == 1:
        return action
    assert isinstance(inner, QMenu)
    return entry(inner, *path[1:])


def test_notes_go_out_and_come_in(tab: UnitsView, tmp_path: Path) -> None:
    tab.notes.write("layer3", 4, "leaf", "")
    tab.lists.export(tmp_path / "out.json")
    tab.notes.write("layer3", 4, "", "")
    assert tab.notes.name_of("layer3", 4) == ""
    tab.lists.take(tmp_path / "out.json")
    assert tab.notes.name_of("layer3", 4) == "leaf"
    tab.lists.take(tmp_path / "none.json")
    assert "There is no file" in tab.message.text


def test_a_brush_of_a_list_is_painted_with(tab: UnitsView, units_window: MainWindow) -> None:
    tab.lists.add("best", [("layer3", 4), ("layer4", 9), ("layer3", 8)])
    tab.lists.brush_wanted.emit("best")
    assert units_window.stack.current == "painter"
    brush = units_window.document.in_hand.brush
    assert {name: part.units for name, part in brush.layers.items()} == {
        "layer3": (4, 8),
        "layer4": (9,),
    }


def test_units_are_painted_with_and_join_a_brush(tab: UnitsView, units_window: MainWindow) -> None:
    tab.browsed.choose_unit(8)
    tab.detail.paint_button.click()
    assert units_window.stack.current == "painter"
    concept = units_window.document.choice.concept
    assert concept.category == "mine"
    units_window.stack.show_tab("units")
    tab.actions_of.add_to_brush(concept.name, [8, 11])
    brush = units_window.document.palette.best(concept).brush
    assert brush.layers["layer3"].units == (8, 11)
    assert brush.layers["layer3"].levels == (9.0, 12.0)
    tab.actions_of.add_to_brush("never made", [1])
    assert "no brush of your own called 'never made'" in tab.message.text
