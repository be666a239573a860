"""What the tabs share: one selection, the model in use, dissections, ways to one another."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from dissection.vocabulary import Concept
from ganpaint.tabs.context import LoadedDissection, ModelInUse, WindowContext
from ganpaint.tabs.selection import Selection
from ganpaint.toolkit.notice import Notice
from ganpaint.toolkit.settings import Settings
from ganpaint.toolkit.theme import Theme
from ganpaint.window.main_window import MainWindow
from support.synthetic import make_dissection
from support.units_tab import show_units

TREE = Concept("tree", "object")


@pytest.fixture
def context(qtbot: QtBot) -> WindowContext:
    over = QWidget()
    qtbot.addWidget(over)
    message = Notice(over, Qt.AlignmentFlag.AlignTop)
    return WindowContext(Settings(), Theme(), argparse.Namespace(), message, None, over)


def loaded(network: str = "0" * 64) -> LoadedDissection:
    return LoadedDissection("tiny", make_dissection("tiny", network, {"layer4": (8, 4, 4)}))


def test_a_choice_is_told_once(qtbot: QtBot) -> None:
    selection, told = Selection(), []
    selection.concept_changed.connect(lambda: told.append(selection.concept))
    selection.unit_changed.connect(lambda: told.append((selection.layer, selection.unit)))
    selection.choose_concept(TREE)
    selection.choose_concept(TREE)
    selection.choose_unit("layer4", 7)
    selection.choose_unit("layer4", 7)
    selection.choose_layer("layer4")  # the unit stays
    selection.choose_layer("layer5")
    assert told == [TREE, ("layer4", 7), ("layer5", None)]


def test_the_dissection_of_the_model_in_use_comes_first(context: WindowContext) -> None:
    told: list[str] = []
    context.model_changed.connect(lambda: told.append("model"))
    context.dissections_changed.connect(lambda: told.append("dissections"))
    classifier, own = loaded("1" * 64), loaded()
    context.add_dissection(classifier)
    assert context.dissection is None
    context.use_model(ModelInUse("tiny", "0" * 64), own)
    assert context.dissection is own.dissection
    assert context.dissections == (own, classifier)
    context.use_model(ModelInUse("tiny", "0" * 64), own)  # nothing new
    context.remove_dissection(classifier)
    assert context.dissections == (own,)
    assert told == ["dissections", "model", "dissections", "dissections"]


def test_a_unit_that_the_new_model_has_not_is_chosen_no_longer(context: WindowContext) -> None:
    context.use_model(ModelInUse("tiny"), loaded())
    context.selection.choose_unit("layer4", 7)
    context.use_model(ModelInUse("twin"), loaded())
    assert context.selection.unit == 7
    context.use_model(ModelInUse("bare"), None)
    assert (context.selection.layer, context.selection.unit) == (None, None)


def test_a_unit_is_shown_in_the_tab_of_units(context: WindowContext, qtbot: QtBot) -> None:
    with qtbot.waitSignal(context.tab_asked) as asked:
        context.show_unit("layer4", 3)
    assert asked.args == ["units"]
    assert (context.selection.layer, context.selection.unit) == ("layer4", 3)


def test_a_unit_is_that_of_the_generator_unless_said(window: MainWindow) -> None:
    """Though another network is browsed that has such a unit too."""
    tab, context = show_units(window), window.context
    other = LoadedDissection("other", make_dissection("other", "ab" * 32))
    context.show_unit("layer4", 3, other)
    assert tab.browsed.loaded is other
    assert (tab.browsed.layer, tab.browsed.unit) == ("layer4", 3)
    context.show_unit("layer4", 3)
    assert tab.browsed.dissection is context.dissection
    assert (tab.browsed.layer, tab.browsed.unit) == ("layer4", 3)


def test_the_painter_tells_what_it_paints_with(window: MainWindow) -> None:
    context, document = window.context, window.document
    assert context.dissection is document.palette.dissection
    assert len(context.model.digest) == 64
    assert context.selection.concept == document.choice.concept
    other = document.palette.brushes[1].concept
    document.choose_concept(other)
    assert context.selection.concept == other
    context.selection.choose_concept(document.palette.brushes[0].concept)
    assert document.choice.concept == document.palette.brushes[0].concept


def test_units_of_another_tab_become_a_brush(window: MainWindow) -> None:
    document = window.document
    window.context.paint_with({"layer4": (7, 2), "layer3": (1,)})
    brush = document.in_hand.brush
    assert {layer: part.units for layer, part in brush.layers.items()} == {
        "layer4": (7, 2),
        "layer3": (1,),
    }
    assert brush.concept == Concept("layer4 7, layer4 2 and 1 more", "mine")
    own = len(window.inspector.own.brushes)
    window.context.paint_with({"layer4": (7, 2), "layer3": (1,)}, "the same units again")
    assert len(window.inspector.own.brushes) == own
    window.context.paint_with({"layer4": (5,)}, "five")
    assert document.choice.concept == Concept("five", "mine")
    window.context.paint_with({"layer4": (999,)})
    assert window.canvas.message.text == "layer4 has no unit 999; it has 0 to 31."


def test_a_model_without_a_dissection_has_no_units_to_paint_with(
    open_window: Callable[..., MainWindow], model: Path
) -> None:
    window = open_window("--model", str(model))
    assert window.context.dissection is None
    window.context.paint_with({"layer4": (5,)})
    assert "No dissection" in window.canvas.message.text
