"""Addresses lead to units of every dissection at hand, and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGraphicsView, QInputDialog
from pytestqt.qtbot import QtBot

from dissection.errors import BadInputError, UnknownNameError
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime.resources import resource
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.settings import Settings
from ganpaint.units.address import place_in
from ganpaint.units.known_dissections import candidates, find_unit, note_opened, opened
from ganpaint.units.tab import Units
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow
from support.synthetic import DIGEST, make_dissection
from support.units_tab import close_opened, show_units

SCENES = "storybook-scenes/features.relu5_3/3"
CHURCH = "storybook-church/layer4/3"


def here(tab: UnitsView) -> tuple[str, str, int | None]:
    dissection = tab.browsed.dissection
    assert dissection is not None
    return dissection.model, tab.browsed.layer, tab.browsed.unit


def paste(tab: UnitsView, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    tab.bar.search.setFocus()
    tab.bar.search.paste()


@pytest.mark.parametrize("address", [SCENES, CHURCH])
def test_an_address_of_a_dissection_that_ships_opens_it(tab: UnitsView, address: str) -> None:
    paste(tab, address)
    model, layer, unit = address.split("/")
    assert here(tab) == (model, layer, int(unit))
    assert tab.detail.isVisible()
    assert tab.bar.search.text() == ""
    assert not tab.bar.filter.narrows
    assert tab.bar.which.currentText() == model
    assert tab.grid.chosen() == [int(unit)]


def test_reading_takes_its_time_beside_the_window(
    tab: UnitsView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Background, "patience", 0.0)
    with qtbot.waitSignal(tab.navigation.arrived, timeout=10_000):
        paste(tab, SCENES)
        assert tab.navigation.busy
    assert here(tab) == ("storybook-scenes", "features.relu5_3", 3)


@pytest.mark.parametrize("kind", ["painted", "bundled", "opened", "same name", "slashes"])
def test_what_is_copied_leads_back_from_elsewhere(
    tab: UnitsView, kind: str, tmp_path: Path
) -> None:
    names = {"opened": "other", "same name": "tiny", "slashes": "some/where/model"}
    if kind == "bundled":
        paste(tab, CHURCH)
    elif kind != "painted":
        made = make_dissection(names[kind], "ab" * 32)
        save_dissection(made, tmp_path / "made")
        tab.opening.read(tmp_path / "made")
    loaded = tab.browsed.loaded
    assert loaded is not None
    tab.browsed.choose_layer("layer4")
    tab.browsed.choose_unit(7)
    tab.detail.copy_address()
    copied = QGuiApplication.clipboard().text()
    elsewhere = (
        next(each for each in tab.browsed.choices if each is not loaded)
        if (kind != "painted")
        else None
    )
    if elsewhere is None:
        paste(tab, SCENES)
    else:
        tab.browsed.browse(elsewhere)
    paste(tab, copied)
    assert tab.browsed.loaded is loaded
    assert here(tab) == (loaded.dissection.model, "layer4", 7)


def test_an_own_dissection_is_found_again_in_the_next_session(
    open_window: Callable[..., MainWindow], model: Path, drawable: Path, tmp_path: Path
) -> None:
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    save_dissection(make_dissection("other", "ab" * 32), tmp_path / "other")
    own = ("--model", str(model), "--dissection", str(drawable))
    first = show_units(open_window(*own, settings=Settings(store)))
    first.opening.read(tmp_path / "other")
    second = show_units(open_window(*own, settings=Settings(store)))
    assert len(second.browsed.choices) == 1
    paste(second, "other/layer3/5")
    assert here(second) == ("other", "layer3", 5)


def test_what_jobs_have_made_is_found_in_the_data_folder(tmp_path: Path) -> None:
    save_dissection(make_dissection("mine", "ab" * 32), tmp_path / "dissections" / "run 3")
    found = find_unit("mine/layer4/2", candidates(Settings(), tmp_path))
    assert found.path == tmp_path / "dissections" / "run 3"
    assert found.place == ("layer4", 2)


def test_opened_dissections_are_remembered_but_for_those_that_ship(tmp_path: Path) -> None:
    settings = Settings()
    note_opened(settings, "one", tmp_path / "1")
    note_opened(settings, "two", tmp_path / "2")
    note_opened(settings, "one", tmp_path / "1")
    note_opened(settings, "storybook-church", resource("dissections/storybook-church"))
    assert opened(settings) == [("two", tmp_path / "2"), ("one", tmp_path / "1")]
    note_opened(settings, "new", tmp_path / "1")  # another one lies there now
    assert opened(settings) == [("new", tmp_path / "1"), ("two", tmp_path / "2")]
    with pytest.raises(UnknownNameError, match="No dissection of new is at hand"):
        find_unit("new/layer4/1", candidates(settings, None))  # it is gone


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        ("ghost/layer4/3", UnknownNameError, "No dissection of ghost is at hand"),
        ("storybook-church/layer99/3", UnknownNameError, "has no layer 'layer99'; it has layer1"),
        ("storybook-church/layer4/256", UnknownNameError, "has the units 0 to 255"),
        ("storybook-church/layer4/" + "9" * 5000, BadInputError, "is no address"),
        ("layer4/3", BadInputError, "is no address"),
        ("trees", BadInputError, "is no address"),
    ],
)
def test_what_leads_nowhere_says_why(text: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        find_unit(text, candidates(Settings(), None))


def test_an_address_that_leads_nowhere_is_said_and_hides_nothing(tab: UnitsView) -> None:
    paste(tab, "storybook-scenes/features.relu5_3/900")
    assert "units 0 to 127" in tab.message.text
    assert tab.bar.search.text() == ""
    assert len(tab.model.units) == 32
    assert here(tab)[0] == "tiny"


def test_an_address_that_is_typed_waits_for_return(tab: UnitsView, qtbot: QtBot) -> None:
    """Its first digits are another unit's address."""
    qtbot.keyClicks(tab.bar.search, "tiny/layer4/12")
    assert tab.browsed.unit is None
    assert len(tab.model.units) == 32, "no filter looks for it"
    assert tab.bar.search.text() == "tiny/layer4/12"
    qtbot.keyClick(tab.bar.search, Qt.Key.Key_Return)
    assert here(tab) == ("tiny", "layer4", 12)
    assert tab.bar.search.text() == ""


def test_several_addresses_are_shown_together(tab: UnitsView) -> None:
    tab.actions_of.copy([4, 8])
    paste(tab, CHURCH)
    paste(tab, "tiny/layer3/4\ntiny/layer3/8\ntiny/layer4/9")
    assert here(tab) == ("tiny", "layer3", None)
    assert tab.model.units == [4, 8]
    assert tab.foot.elsewhere.text() == "1 in layer4"
    tab.bar.only.click()
    assert len(tab.model.units) == 32


def test_networks_of_one_name_are_told_apart_by_their_digests() -> None:
    mine, other = make_dissection("tiny", "ab" * 32), make_dissection("tiny", "cd" * 32)
    assert place_in(f"tiny@{'ab' * 4}/layer3/4", mine) == ("layer3", 4)
    assert place_in(f"tiny@{'ab' * 4}/layer3/4", other) is None
    assert place_in("tiny@ab/layer3/4", mine) is None, "so few digits tell nothing"
    assert place_in("tiny/layer3/4", other) == ("layer3", 4)
    assert place_in("layer3/4", mine) is None
    assert place_in("layer3/4", mine, bare=True) == ("layer3", 4)


# Back and forward --------------------------------------------------------------------------------


def test_back_and_forward_go_through_layers_and_dissections(
    tab: UnitsView, units_window: MainWindow
) -> None:
    menu = units_tab(units_window).menu
    tab.browsed.choose_unit(4)
    tab.browsed.choose_layer("layer4")
    tab.browsed.choose_unit(9)
    paste(tab, CHURCH)
    visits = [("tiny", "layer3", 4), ("tiny", "layer4", 9), ("storybook-church", "layer4", 3)]
    QTest.keyClick(tab.grid, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert here(tab) == visits[1]
    QTest.keyClick(tab.grid, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert here(tab) == visits[0]
    assert not menu["unit_back"].isEnabled()
    assert menu["unit_forward"].isEnabled()
    QTest.keyClick(tab.grid, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert here(tab) == visits[1]
    QTest.mouseClick(tab.grid.viewport(), Qt.MouseButton.ForwardButton)
    assert here(tab) == visits[2]
    assert not menu["unit_forward"].isEnabled()
    QTest.mouseClick(tab.detail.title, Qt.MouseButton.BackButton)
    assert here(tab) == visits[1]
    tab.browsed.choose_unit(10)  # another way on
    assert tab.navigation.after is None
    tab.navigation.back()
    assert here(tab) == visits[1]


def test_the_mouses_buttons_work_on_plots_too(tab: UnitsView, qtbot: QtBot) -> None:
    for unit in (4, 8):
        with qtbot.waitSignal(tab.detail.completed):
            tab.browsed.choose_unit(unit)
    plot = tab.detail.histogram.findChildren(QGraphicsView)[0]
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.BackButton)
    assert here(tab)[2] == 4


def test_back_opens_a_detail_again_that_was_closed(tab: UnitsView) -> None:
    assert tab.navigation.before is None
    tab.browsed.choose_unit(4)
    assert tab.navigation.before is None
    tab.browsed.choose_unit(None)
    tab.navigation.back()
    assert here(tab) == ("tiny", "layer3", 4)


def test_back_reads_a_dissection_again_that_was_closed(tab: UnitsView) -> None:
    paste(tab, CHURCH)
    close_opened(tab)
    assert here(tab)[0] == "tiny"
    tab.navigation.back()
    assert here(tab) == ("storybook-church", "layer4", 3)


def test_back_keeps_a_filter_that_shows_the_unit(tab: UnitsView) -> None:
    tab.bar.search.setText("sky")
    tab.browsed.choose_unit(8)
    tab.browsed.choose_unit(9)
    tab.navigation.back()
    assert here(tab)[2] == 8
    assert tab.bar.filter.text == "sky"
    tab.bar.search.setText("tree")
    tab.browsed.choose_unit(4)
    tab.navigation.back()
    assert here(tab)[2] == 8
    assert not tab.bar.filter.narrows


# The menu and the command line -------------------------------------------------------------------


def units_tab(window: MainWindow) -> Units:
    found = window.stack.tabs["units"]
    assert isinstance(found, Units)
    return found


def test_the_menu_is_there_while_the_tab_shows(tab: UnitsView, units_window: MainWindow) -> None:
    menu = units_window.menus["Units"]
    assert menu.menuAction().isVisible()
    said = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert said[:4] == ["Search units", "Go to address…", "Back", "Forward"]
    assert "&Lists" in said
    units_window.stack.show_tab("painter")
    assert not menu.menuAction().isVisible()


def test_the_keys_copy_and_go(
    tab: UnitsView, units_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    tab.browsed.choose_unit(4)
    tab.grid.setFocus()
    QTest.keyClick(tab.grid, Qt.Key.Key_C, control)
    assert QGuiApplication.clipboard().text() == "tiny/layer3/4"
    tab.browsed.choose_unit(None)
    offered = []

    def answer(*arguments: object) -> tuple[str, bool]:
        offered.append(arguments[-1])
        return "layer4/6", True

    monkeypatch.setattr(QInputDialog, "getText", answer)
    QTest.keyClick(tab.grid, Qt.Key.Key_L, control)
    assert offered == ["tiny/layer3/4"]
    assert here(tab) == ("tiny", "layer4", 6)
    QTest.keyClick(tab.grid, Qt.Key.Key_F, control)
    assert tab.bar.search.hasFocus()


def test_the_command_line_says_which_unit_shows_first(
    open_window: Callable[..., MainWindow], model: Path, drawable: Path
) -> None:
    own = ("--model", str(model), "--dissection", str(drawable))
    tab = show_units(open_window(*own, "--unit", "tiny/layer4/9"))
    assert here(tab) == ("tiny", "layer4", 9)


def test_what_is_read_for_an_address_is_the_painters_once_that_has_it(
    open_window: Callable[..., MainWindow], model: Path, drawable: Path, qtbot: QtBot
) -> None:
    """The command line's unit is there before the painter has read anything."""
    own = ("--model", str(model), "--dissection", str(drawable), "--unit", "tiny/layer4/9")
    window = open_window(*own, settled=False)
    tab = show_units(window)
    qtbot.waitUntil(lambda: window.context.dissection is not None, timeout=30_000)
    assert tab.browsed.dissection is window.context.dissection
    assert len(tab.browsed.choices) == 1
    assert here(tab) == ("tiny", "layer4", 9)
    assert tab.browsed.drawable


def test_the_network_that_ships_is_known_by_its_name_alone(tab: UnitsView) -> None:
    """One of a person's own that is called like it tells its digest."""
    church = load_dissection(resource("dissections/storybook-church"))
    tab.browsed.open(church, resource("dissections/storybook-church"))
    assert str(tab.browsed.address_of("layer4", 3)) == CHURCH
    tab.browsed.open(make_dissection("storybook-church", DIGEST), Path("elsewhere"))
    assert str(tab.browsed.address_of("layer4", 3)) == f"storybook-church@{DIGEST[:8]}/layer4/3"
