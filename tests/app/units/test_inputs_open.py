"""Exemplars open elsewhere: scenes in Paint with the unit inspected, pictures in Classifier."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.results.store import load_dissection
from dissection.runtime.resources import resource, resources_folder
from ganpaint.classifier.tab import Classifier
from ganpaint.classifier.view import ClassifierView
from ganpaint.tabs.context import PictureAsked, UnitOnScene
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow
from support.synthetic import make_dissection

SCENES = resources_folder() / "dissections" / "storybook-scenes"


def top(tab: UnitsView, rank: int = 0) -> int:
    """The input of an exemplar of the unit that is looked at."""
    table, unit = tab.browsed.table, tab.browsed.unit
    assert table is not None
    assert unit is not None
    return int(table.layer.exemplars[unit, rank])


def test_a_click_paints_on_the_scene_with_the_unit_inspected(
    tab: UnitsView, units_window: MainWindow, qtbot: QtBot
) -> None:
    tab.browsed.choose_layer("layer4")
    tab.browsed.choose_unit(9)
    shown = tab.detail.exemplars
    qtbot.waitUntil(lambda: len(shown.views) == 5)
    row = top(tab, 1)
    across, down = shown.views[row].peak_place
    area, exemplar = shown.sheet.shown[1]
    assert exemplar.place == row
    assert "Click to paint on this scene" in exemplar.tip
    QTest.mouseMove(shown.sheet, area.center())
    qtbot.waitUntil(lambda: shown.sheet.cursor().shape() == Qt.CursorShape.PointingHandCursor)
    qtbot.mouseClick(shown.sheet, Qt.MouseButton.LeftButton, pos=area.center())
    assert units_window.stack.current == "painter"
    assert units_window.document.scene.seed == row
    inspector = units_window.inspector
    inspection, panel = inspector.inspection, inspector.panel
    qtbot.waitUntil(lambda: inspection.pinned)
    assert inspection.layer == "layer4"
    assert inspector.tool.on
    box = inspection.box
    assert box is not None
    assert (box.left, box.top) == (int(across * 8), int(down * 8))
    qtbot.waitUntil(lambda: panel.units.rowCount() > 0)
    listed = panel.units.ticked()
    if 9 in listed:
        qtbot.waitUntil(lambda: panel.rows.currentIndex().row() == listed.index(9))


def test_the_keys_reach_every_exemplar(
    tab: UnitsView, units_window: MainWindow, qtbot: QtBot
) -> None:
    tab.browsed.choose_unit(9)
    sheet = tab.detail.exemplars.sheet
    sheet.setFocus()
    assert sheet.hasFocus()
    for key, current in (("Right", 1), ("Right", 2), ("Left", 1), ("Down", 1)):
        qtbot.keyClick(sheet, getattr(Qt.Key, f"Key_{key}"))
        assert sheet.current == current, "there is one row, of five"
    row = top(tab, 1)
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert units_window.stack.current == "painter"
    assert units_window.document.scene.seed == row


def test_a_scene_is_not_inspected_by_whoever_went_elsewhere(
    units_window: MainWindow, qtbot: QtBot
) -> None:
    context, document = units_window.context, units_window.document
    context.show_scene("", 11, UnitOnScene("layer4", 9, (0.5, 0.5)))
    document.visit(replace(document.scene, seed=12))
    with qtbot.waitSignal(units_window.live.settled, timeout=30_000):
        pass
    assert not units_window.inspector.inspection.pinned


def test_inputs_that_nobody_can_open_say_so(tab: UnitsView, tmp_path: Path) -> None:
    tab.browsed.open(make_dissection("other", "ab" * 32), tmp_path / "other")
    assert tab.browsed.inputs == ""
    tab.browsed.choose_unit(4)
    _, exemplar = tab.detail.exemplars.sheet.shown[0]
    assert not exemplar.opens
    assert "nothing to open" in exemplar.tip
    tab.detail.exemplars.sheet.press(0)
    assert tab.isVisible()


@pytest.mark.parametrize(("seed", "named"), [(1, "storybook-church"), (7, None)])
def test_scenes_are_rows_of_the_standard_latents(
    tab: UnitsView, seed: int, named: str | None
) -> None:
    folder = resource("dissections/storybook-church")
    church = load_dissection(folder)
    sample = {**church.provenance["sample"], "seed": seed}
    other = replace(church, provenance={**church.provenance, "sample": sample})
    tab.browsed.open(other, folder)
    assert tab.browsed.scene_model == named


# Pictures of classifiers -------------------------------------------------------------------------


def classifier_of(window: MainWindow) -> ClassifierView:
    found = window.stack.tabs["classifier"]
    assert isinstance(found, Classifier)
    return found.view


def test_a_classifiers_picture_opens_in_the_classifier_tab(
    tab: UnitsView, units_window: MainWindow, qtbot: QtBot
) -> None:
    tab.browsed.open(load_dissection(SCENES), SCENES)
    tab.browsed.choose_unit(3)
    row = top(tab)
    area, exemplar = tab.detail.exemplars.sheet.shown[0]
    assert "Click to look at this picture in Classifier" in exemplar.tip
    qtbot.mouseClick(tab.detail.exemplars.sheet, Qt.MouseButton.LeftButton, pos=area.center())
    qtbot.waitUntil(lambda: units_window.stack.current == "classifier", timeout=60_000)
    view = classifier_of(units_window)
    qtbot.waitUntil(lambda: view.page == "picture", timeout=300_000)
    loaded = view.session.loaded
    assert loaded is not None
    place = view.picture_page.subject
    assert isinstance(place, int)
    first = load_dissection(SCENES).provenance["sample"]["layouts"][0]
    assert loaded.names[place] == str(first + row)
    assert int(loaded.targets[place]) == view.session.number
    qtbot.waitUntil(lambda: view.picture_page.looked is not None, timeout=60_000)


def test_without_an_ablation_a_sentence_says_what_to_do(
    units_window: MainWindow, qtbot: QtBot
) -> None:
    asked = PictureAsked("some-net", "ab" * 32, "3", None)
    units_window.context.show_picture(asked)
    message = units_window.context.message_of("classifier")
    qtbot.waitUntil(lambda: "No ablation of some-net is open here" in message.text, timeout=60_000)


def test_a_class_shows_its_units_in_units(
    open_window: Callable[..., MainWindow], model: Path, dissection: Path, qtbot: QtBot
) -> None:
    window = open_window("--model", str(model), "--dissection", str(dissection))
    window.stack.show_tab("classifier")
    view = classifier_of(window)
    qtbot.waitUntil(lambda: view.session.study is not None, timeout=60_000)
    view.classes.choose(2)
    name = view.session.class_name
    order = view.session.order
    view.class_page.show_units.click()
    assert window.stack.current == "units"
    found = window.stack.tabs["units"].view  # type: ignore[attr-defined]
    assert found.browsed.dissection.model == "storybook-scenes"
    assert found.browsed.layer == "features.relu5_3"
    assert f"Class {name}" in found.bar.only.text()
    assert set(found.model.units) <= set(order[:20])
    assert order[0] in found.model.units
