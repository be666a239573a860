"""The search looks at the whole dissection: other layers, and what the user wrote, are found."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from dissection.vocabulary import Vocabulary
from ganpaint.tabs.context import UnitsAsked
from ganpaint.toolkit.settings import Settings
from ganpaint.units.elsewhere import Elsewhere
from ganpaint.units.unit_table import UnitFilter
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow
from support.synthetic import VOCABULARY, make_dissection
from support.units_tab import show_units

TREE, SKY, DOOR, PERSON, BOAT = VOCABULARY[1:]
MANY = {f"layer{n}": (32, 8, 8) for n in range(3, 8)}


def doors(tab: UnitsView) -> dict[str, int]:
    """Units of each layer that are labeled door."""
    dissection = tab.browsed.dissection
    assert dissection is not None
    label = dissection.vocabulary.id(DOOR)
    counts = {name: int((layer.labels == label).sum()) for name, layer in dissection.items()}
    return {name: count for name, count in counts.items() if count}


def test_a_note_of_another_layer_is_found_and_gone_to(tab: UnitsView) -> None:
    tab.notes.write("layer4", 7, "", "a zebra")
    tab.bar.search.setText("zebra")
    assert tab.model.units == []
    assert tab.foot.elsewhere.isVisible()
    assert tab.foot.elsewhere.text() == "1 in layer4"
    assert tab.nothing.text.text() == "No unit of layer3 matches; 1 in layer4."
    tab.nothing.other.click()
    assert tab.browsed.layer == "layer4"
    assert tab.model.units == [7]
    assert tab.bar.search.text() == "zebra"
    assert not tab.foot.elsewhere.isVisible()


def test_hits_elsewhere_are_offered_beside_those_that_are_here(tab: UnitsView) -> None:
    tab.bar.search.setText("sky")
    assert tab.model.units == [8, 9, 10, 11]
    assert tab.foot.elsewhere.text() == "4 in layer4"
    tab.foot.elsewhere.click()
    assert tab.browsed.layer == "layer4"
    assert len(tab.model.units) == 4
    tab.bar.clear()
    assert not tab.foot.elsewhere.isVisible(), "nothing is looked for"
    tab.bar.narrow(least=0.3)
    assert not tab.foot.elsewhere.isVisible(), "an IoU alone is not looked for"
    tab.bar.narrow(concept=SKY, least=0.0)
    assert tab.foot.elsewhere.text() == "4 in layer3"


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
def test_of_several_layers_a_menu_tells_how_many_each_has(tab: UnitsView, tmp_path: Path) -> None:
    tab.browsed.open(make_dissection("deep", "ab" * 32, MANY), tmp_path / "deep")
    tab.browsed.choose_layer("layer3")
    tab.bar.search.setText("door")
    counts = doors(tab)
    del counts["layer3"]
    assert len(counts) > 1
    assert tab.foot.elsewhere.text() == f"{sum(counts.values())} in other layers"
    tab.foot.elsewhere.click()
    assert tab.foot.menu is not None
    entries = tab.foot.menu.actions()
    assert [entry.text() for entry in entries] == [f"{n}  ({counts[n]})" for n in counts]
    entries[1].trigger()
    assert tab.browsed.layer == list(counts)[1]
    assert len(tab.model.units) == counts[tab.browsed.layer]
    tab.foot.menu.close()


def test_counting_takes_turns_with_the_window(
    tab: UnitsView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Elsewhere, "turn", -1.0)
    tab.browsed.open(make_dissection("deep", "ab" * 32, MANY), tmp_path / "deep")
    counted = Elsewhere(tab.browsed, tab.notes, tab)
    counted.look(UnitFilter(text="door"))
    assert counted.counts == {}
    monkeypatch.setattr(Elsewhere, "turn", 1.0)
    expected = doors(tab)
    expected.pop(tab.browsed.layer)
    qtbot.waitUntil(lambda: counted.counts == expected)
    assert expected[counted.most] == max(expected.values())


def test_all_noted_units_are_listed_on_top_of_the_lists(tab: UnitsView) -> None:
    menu = QMenu()
    tab.lists.fill(menu, tab.grid.chosen)
    assert menu.actions()[0].text() == "With notes  (0)"
    assert not menu.actions()[0].isEnabled()
    tab.notes.write("layer3", 5, "", "wide")
    tab.notes.write("layer4", 7, "zebra", "")
    tab.notes.write("layer4", 9, "", "odd")
    tab.lists.fill(menu, tab.grid.chosen)
    assert menu.actions()[0].text() == "With notes  (3)"
    tab.bar.charts.setChecked(True)
    menu.actions()[0].trigger()
    assert tab.grid.isVisible()
    assert tab.model.units == [5]
    assert tab.bar.only.isVisible()
    assert "With notes" in tab.bar.only.text()
    assert tab.foot.elsewhere.text() == "2 in layer4"
    tab.foot.elsewhere.click()
    assert sorted(tab.model.units) == [7, 9]
    tab.notes.write("layer4", 9, "", "")
    assert tab.model.units == [7], "what is shown follows"
    tab.bar.only.click()
    assert len(tab.model.units) == 32
    assert not tab.bar.only.isVisible()


def test_a_list_stays_while_layers_change_and_goes_with_the_dissection(
    tab: UnitsView, tmp_path: Path
) -> None:
    tab.lists.add("best", [("layer3", 4), ("layer4", 8)])
    tab.lists.shown.emit("best")
    assert "List best" in tab.bar.only.text()
    tab.browsed.choose_layer("layer4")
    assert tab.model.units == [8]
    tab.browsed.open(make_dissection("other", "ab" * 32), tmp_path / "other")
    assert len(tab.model.units) == 32


# What other tabs ask for -------------------------------------------------------------------------


def test_a_concept_that_is_asked_for_is_shown_where_it_has_units(
    tab: UnitsView, units_window: MainWindow
) -> None:
    own = tab.browsed.loaded
    assert own is not None
    tab.bar.narrow(text="nothing", least=0.2)
    units_window.context.show_units(UnitsAsked(own, concept=DOOR))
    assert tab.model.units == [12, 13, 14, 15]
    assert tab.bar.filter == UnitFilter(concept=DOOR)


def test_the_palette_is_followed_in_the_next_session_too(
    open_window: Callable[..., MainWindow], model: Path, drawable: Path, tmp_path: Path
) -> None:
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    own = ("--model", str(model), "--dissection", str(drawable))
    tab = show_units(open_window(*own, settings=Settings(store)))
    assert not tab.bar.follow.isChecked()
    tab.bar.follow.setChecked(True)
    window = open_window(*own, settings=Settings(store))
    window.document.choose_concept(SKY)
    assert show_units(window).model.units == [8, 9, 10, 11], "from the start"


def test_a_concept_that_the_dissection_does_not_know_filters_nothing(
    tab: UnitsView, units_window: MainWindow, tmp_path: Path
) -> None:
    few = make_dissection("other", "ab" * 32, vocabulary=Vocabulary([TREE, DOOR]))
    tab.browsed.open(few, tmp_path / "other")
    tab.bar.follow.setChecked(True)
    units_window.document.choose_concept(SKY)
    assert not tab.bar.filter.narrows
    units_window.document.choose_concept(TREE)
    assert tab.bar.filter.concept == TREE


def test_the_card_of_a_concept_shows_its_units(tab: UnitsView, units_window: MainWindow) -> None:
    units_window.stack.show_tab("painter")
    menu = units_window.card_menu.menu_of(SKY)
    (entry,) = [action for action in menu.actions() if action.text() == "Show its units"]
    entry.trigger()
    assert units_window.stack.current == "units"
    assert tab.bar.filter == UnitFilter(concept=SKY)
    assert tab.model.units == [8, 9, 10, 11]


def test_the_card_of_an_own_brush_shows_its_units(tab: UnitsView, units_window: MainWindow) -> None:
    units_window.context.paint_with({"layer4": (3, 7), "layer3": (5,)}, "odd ones")
    concept = units_window.document.choice.concept
    menu = units_window.inspector.cards.menu(concept)
    (entry,) = [action for action in menu.actions() if action.text() == "Show its units"]
    entry.trigger()
    assert units_window.stack.current == "units"
    assert "Brush odd ones" in tab.bar.only.text()
    assert tab.model.units == [5]
    assert tab.foot.elsewhere.text() == "2 in layer4"
