"""What the grid shows, and that it is what the tables show."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.results.rows import unit_rows
from dissection.results.store import load_dissection, save_dissection
from dissection.vocabulary import Vocabulary
from ganpaint.units.foot import Foot
from ganpaint.units.grid_model import ROW_ROLE, STRIP_ROLE
from ganpaint.units.unit_table import UnitFilter, UnitTable, held_out_words
from ganpaint.units.unit_tile import doubt_marks
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow
from support.synthetic import DIGEST, VOCABULARY, make_dissection
from support.units_tab import close_opened, show_units

TREE, SKY, DOOR, PERSON, BOAT = VOCABULARY[1:]


def test_the_grid_says_what_the_tables_say(
    tab: UnitsView, dissection: Path, tmp_path: Path
) -> None:
    result = CliRunner().invoke(app, ["export", str(dissection), "--csv", str(tmp_path / "u.csv")])
    assert result.exit_code == 0, result.output
    with (tmp_path / "u.csv").open(encoding="utf-8") as stream:
        told = list(csv.DictReader(stream))
    shown = {}
    for layer in ("layer3", "layer4"):
        tab.browsed.choose_layer(layer)
        for place in range(tab.model.rowCount()):
            row = tab.model.index(place, 0).data(ROW_ROLE)
            shown[layer, row.unit] = (row.label.name, row.label.category, row.iou)
    assert len(shown) == len(told) == 64
    for line in told:
        name, category, iou = shown[line["layer"], int(line["unit"])]
        assert (name, category) == (line["label"], line["category"])
        assert iou == pytest.approx(float(line["iou"]), abs=1e-6)


def test_the_grid_says_what_the_command_for_units_says(
    tab: UnitsView, drawable: Path, model: Path, tmp_path: Path
) -> None:
    words = ["units", str(drawable), "--model", str(model), "--layers", "layer3", "--count", "2"]
    words += ["--concepts", "tree,sky,door", "--side", "16"]
    words += ["--out", str(tmp_path / "u.png"), "--json", str(tmp_path / "u.json")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    told = json.loads((tmp_path / "u.json").read_text())["units"]
    assert len(told) == 6
    tab.browsed.choose_layer("layer3")
    for concept in (TREE, SKY, DOOR):
        tab.bar.narrow(concept=concept, least=0.01)
        theirs = [row for row in told if row["concept"] == concept.name]
        assert tab.model.units[:2] == [row["unit"] for row in theirs]
        table = tab.browsed.table
        assert table is not None
        for row in theirs:
            assert float(table.iou_with(concept)[row["unit"]]) == pytest.approx(
                row["iou"], abs=1e-6
            )
            assert table.rows[row["unit"]].label.name == row["label"]


def test_units_are_in_order_of_their_iou_at_first(tab: UnitsView) -> None:
    assert tab.browsed.layer == "layer3"
    table = tab.browsed.table
    assert table is not None
    iou = [table.rows[unit].iou for unit in tab.model.units]
    assert iou == sorted(iou, reverse=True)
    assert tab.model.units[:4] == [4, 8, 12, 16]


def test_a_concept_filters_and_its_effect_orders(tab: UnitsView) -> None:
    tab.bar.narrow(concept=SKY)
    assert tab.model.units == [8, 9, 10, 11]
    tab.bar.sort_by("effect")
    assert tab.model.units == [11, 10, 9, 8]
    tab.bar.clear()
    assert len(tab.model.units) == 32


def test_units_of_a_concept_under_another_label_are_offered(
    tab: UnitsView, dissection: Path, tmp_path: Path
) -> None:
    """And then their tiles tell the IoU with it."""
    tab.bar.narrow(concept=SKY)
    assert not tab.foot.more.isVisible()
    known = load_dissection(dissection)
    part = known["layer3"]
    counts = part.counts
    overlap = counts.intersection.copy()
    sky = VOCABULARY.id(SKY)
    overlap[:, sky, 4] = overlap[:, sky, 9]  # labeled tree, and more of a tree
    tally = replace(counts, intersection=overlap)
    measured = {**known.measured, "layer3": replace(part, tally=tally)}
    tab.browsed.open(replace(known, measured=measured), tmp_path / "overlap")
    tab.bar.narrow(concept=SKY)
    assert tab.model.units == [8, 9, 10, 11]
    assert tab.foot.more.isVisible()
    assert tab.foot.more.text() == "1 more unit matches it, under another label"
    tab.foot.more.click()
    assert 4 in tab.model.units
    tile = tab.model.tile(tab.model.row_of(4))
    own = tab.model.tile(tab.model.row_of(8))
    assert tile is not None
    assert own is not None
    table = tab.browsed.table
    assert table is not None
    assert tile.other == ("sky", pytest.approx(float(table.layer.iou[sky, 4])))
    assert own.other is None
    assert not tab.foot.more.isVisible()


def test_a_concept_that_another_network_has_not_filters_no_longer(
    tab: UnitsView, tmp_path: Path
) -> None:
    tab.bar.narrow(concept=SKY, least=0.1)
    few = Vocabulary([TREE, DOOR])
    tab.browsed.open(make_dissection("other", "ab" * 32, vocabulary=few), tmp_path / "other")
    assert not tab.bar.filter.narrows
    assert len(tab.model.units) == 32
    assert tab.bar.concept.currentText() == "All concepts"


def test_dissections_of_one_network_are_told_apart(tab: UnitsView, tmp_path: Path) -> None:
    for name in ("one", "two"):
        tab.browsed.open(make_dissection("other", "ab" * 32), tmp_path / name)
    names = [tab.bar.which.itemText(place) for place in range(tab.bar.which.count())]
    assert names[1:3] == ["one", "two"]


def test_a_dissection_that_is_opened_again_is_listed_once(tab: UnitsView, tmp_path: Path) -> None:
    first, second = (make_dissection("other", "ab" * 32) for _ in range(2))
    tab.browsed.open(first, tmp_path / "one")
    count = tab.bar.which.count()
    tab.browsed.open(second, tmp_path / "one")
    assert tab.bar.which.count() == count
    assert tab.browsed.dissection is second


def test_category_iou_and_text_filter(tab: UnitsView) -> None:
    tab.bar.narrow(category="part")
    assert sorted(tab.model.units) == [12, 13, 14, 15]
    tab.bar.clear()
    tab.bar.narrow(least=0.3)
    # 8 of 10 pixels and of 20: 16 / (20 + 40 - 16) = 0.364; 7: 0.304; 6: 0.25.
    assert sorted(tab.model.units) == [4, 5, 8, 9, 12, 13, 16, 17]
    tab.bar.clear()
    tab.bar.search.setText("per object")
    assert sorted(tab.model.units) == [16, 17, 18, 19]
    tab.bar.search.setText("nothing like it")
    assert tab.model.units == []
    assert not tab.grid.isVisible()


def test_a_pasted_address_goes_there(tab: UnitsView) -> None:
    tab.bar.search.setText("tiny/layer4/9")
    assert (tab.browsed.layer, tab.browsed.unit) == ("layer4", 9)
    assert tab.bar.search.text() == ""
    tab.detail.copy_address()
    from PySide6.QtGui import QGuiApplication

    assert QGuiApplication.clipboard().text() == "tiny/layer4/9"


def test_an_address_that_is_nowhere_is_said(tab: UnitsView) -> None:
    tab.bar.search.setText("layer9/1")
    tab.bar.search.returnPressed.emit()
    assert "no unit layer9/1" in tab.message.text


def test_the_generator_makes_pictures_as_they_come_into_view(tab: UnitsView, qtbot: QtBot) -> None:
    def all_there() -> bool:
        rows = range(tab.model.rowCount())
        return all(tab.model.index(row, 0).data(STRIP_ROLE) is not None for row in rows)

    qtbot.waitUntil(all_there, timeout=20_000)


def test_a_layer_that_was_left_in_the_midst_gets_its_pictures_later(
    tab: UnitsView, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: tab.pictures.waiting)
    tab.browsed.choose_layer("layer4")
    qtbot.waitUntil(lambda: not tab.pictures.waiting, timeout=30_000)
    tab.browsed.choose_layer("layer3")

    def in_view_there() -> bool:
        return tab.model.index(0, 0).data(STRIP_ROLE) is not None and not tab.pictures.waiting

    qtbot.waitUntil(in_view_there, timeout=30_000)


def test_pictures_that_cannot_be_made_are_told(tab: UnitsView, tmp_path: Path) -> None:
    other = make_dissection("other", DIGEST)
    save_dissection(other, tmp_path / "other")
    tab.browsed.open(other, tmp_path / "other")
    assert tab.browsed.paintable is False
    assert "dissect again with --pictures" in tab.pictures.reason
    close_opened(tab)
    assert tab.pictures.reason == ""


def test_without_a_dissection_the_tab_says_what_to_do(
    open_window: Callable[..., MainWindow], model: Path
) -> None:
    tab = show_units(open_window("--model", str(model)))
    assert not tab.grid.isVisible()
    assert tab.empty.isVisible()
    assert "Dissect" in tab.empty.text.text()


def test_several_units_are_chosen_with_the_mouse(tab: UnitsView, qtbot: QtBot) -> None:
    tab.grid.setFocus()
    assert tab.grid.hasFocus()

    def click(row: int, key: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        at = tab.grid.visualRect(tab.model.index(row, 0)).center()
        qtbot.mouseClick(tab.grid.viewport(), Qt.MouseButton.LeftButton, key, at)

    click(0)
    click(2, Qt.KeyboardModifier.ControlModifier)
    assert tab.grid.chosen() == [4, 12]
    assert tab.browsed.unit == 12
    click(0, Qt.KeyboardModifier.ControlModifier)
    assert tab.grid.chosen() == [12]
    click(1)
    assert tab.grid.chosen() == [8]
    assert tab.browsed.unit == 8


def test_the_palette_filters_if_followed(tab: UnitsView, units_window: MainWindow) -> None:
    units_window.document.choose_concept(TREE)
    assert len(tab.model.units) == 32
    tab.bar.follow.setChecked(True)
    assert tab.model.units == [4, 5, 6, 7]
    units_window.document.choose_concept(SKY)
    assert tab.model.units == [8, 9, 10, 11]


def test_the_concept_of_the_grid_is_in_hand_on_the_canvas(
    tab: UnitsView, units_window: MainWindow
) -> None:
    boxed = [tab.bar.concept.itemData(place) for place in range(tab.bar.concept.count())]
    tab.bar.concept.setCurrentIndex(boxed.index(SKY))
    tab.bar.concept.activated.emit(tab.bar.concept.currentIndex())
    assert tab.model.units == [8, 9, 10, 11]
    assert units_window.document.choice.concept == SKY
    tab.bar.concept.setCurrentIndex(0)
    tab.bar.concept.activated.emit(0)
    assert len(tab.model.units) == 32
    assert units_window.document.choice.concept == SKY


def test_a_dissection_that_ships_opens_from_the_list(tab: UnitsView, qtbot: QtBot) -> None:
    """Though it is of a classifier, which nobody paints with."""
    names = [tab.bar.which.itemText(i) for i in range(tab.bar.which.count())]
    assert names[-2:] == ["storybook-scenes", "Open another…"]
    before = tab.browsed.loaded
    with qtbot.waitSignal(tab.opening.opened, timeout=10_000):
        tab.bar.which.activated.emit(len(names) - 2)
    assert tab.browsed.loaded is not before
    assert tab.browsed.dissection is not None
    assert tab.browsed.dissection.model == "storybook-scenes"
    assert tab.browsed.layer == "features.relu5_3"
    assert not tab.browsed.paintable
    assert tab.model.rowCount() == 128
    names = [tab.bar.which.itemText(i) for i in range(tab.bar.which.count())]
    assert names.count("storybook-scenes") == 1
    assert tab.bar.which.currentText() == "storybook-scenes"


def test_a_screenshot_waits_for_the_pictures_in_view(tab: UnitsView) -> None:
    """Tiles ask for their pictures when they are drawn, which may not have happened yet."""
    tab.grid.hide()
    tab.pictures.forget()
    tab.wait_for_pictures(20_000)
    first = tab.model.units[0]
    assert tab.pictures.strip(tab.browsed.layer, first) is not None


def test_a_sample_that_is_too_small_says_so(qtbot: QtBot) -> None:
    dissection = make_dissection()
    part = dissection["layer3"]
    assert part.tally is not None
    intersection = part.tally.intersection.copy()
    intersection[1] = 0  # on the second half no unit matches anything
    small = replace(part, tally=replace(part.tally, intersection=intersection))
    over = QWidget()
    qtbot.addWidget(over)
    said = []
    for measured in (part, small):
        table = UnitTable(replace(dissection, measured={"layer3": measured}), "layer3")
        foot = Foot(over)
        foot.show_units(table, range(len(table)), UnitFilter(), "", False)
        label = foot.findChild(QLabel)
        assert label is not None
        said.append(label.text())
    assert "too few" not in said[0]
    assert "0 do so held out, on the half of the sample" in said[1]
    assert "100 inputs are too few" in said[1]


@pytest.mark.parametrize(
    ("held_out", "agree", "said", "marks"),
    [
        (0.3, True, "held out 0.300", ""),
        (0.2, True, "held out 0.200, well below", "\N{BLACK DOWN-POINTING SMALL TRIANGLE}0.200"),
        (
            0.3,
            False,
            "held out 0.300: the halves of the sample choose different concepts",
            "\N{NOT EQUAL TO}",
        ),
        (
            0.2,
            False,
            "held out 0.200, well below: the halves of the sample choose different concepts",
            "\N{NOT EQUAL TO} \N{BLACK DOWN-POINTING SMALL TRIANGLE}0.200",
        ),
        (None, None, "", ""),
    ],
)
def test_what_speaks_against_a_label_is_said_and_marked(
    held_out: float | None, agree: bool | None, said: str, marks: str
) -> None:
    row = unit_rows(make_dissection(), "layer3")[4]
    assert row.iou == pytest.approx(0.364, abs=0.001)
    told = replace(row, held_out=held_out, agree=agree)
    assert held_out_words(told) == said
    assert doubt_marks(told) == marks
    assert doubt_marks(replace(told, matches=False)) == ""  # it is said of nothing faint


def test_tiles_do_not_say_the_same_figure_twice(tab: UnitsView) -> None:
    for place in range(tab.model.rowCount()):
        row = tab.model.index(place, 0).data(ROW_ROLE)
        assert f"{row.iou:.3f}" not in doubt_marks(row)
