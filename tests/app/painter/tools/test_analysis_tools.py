"""Eyedropper, tints, and what a stroke did: what the segmenter sees in the picture on screen."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.errors import DissectionError
from dissection.models.segmenters.segment_picture import see
from dissection.models.segmenters.segmentation import Segmentation, changes
from dissection.painting.edits import Brush, LayerUnits, Mode, Stroke
from dissection.vocabulary import Concept
from ganpaint.painter.analysis.stroke_outcome import StrokeOutcome
from ganpaint.painter.canvas.segmentation_tint import tinted
from ganpaint.rendering.engine import Engine
from ganpaint.rendering.queries import Question
from ganpaint.toolkit.concept_colors import color_of
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle
from support.seeing import BOAT, DOOR, LEAF, PERSON, SKY, TREE, FixedSegmenter


@pytest.fixture(autouse=True)
def segmenter(monkeypatch: pytest.MonkeyPatch) -> FixedSegmenter:
    fixed = FixedSegmenter()
    monkeypatch.setattr(Engine, "segmenter", lambda _engine: fixed)
    return fixed


def wait_until_seen(window: MainWindow, qtbot: QtBot) -> Segmentation:
    window.segmentation_view.look()
    qtbot.waitUntil(lambda: window.segmentation_view.current, timeout=10_000)
    assert window.segmentation_view.segmentation is not None
    return window.segmentation_view.segmentation


# The eyedropper ---------------------------------------------------------------------------------


def test_a_click_with_the_eyedropper_takes_the_concept_as_brush(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    QTest.keyClick(window, Qt.Key.Key_P)
    dropper = window.analysis_tools.eyedropper
    assert dropper.on
    seen = wait_until_seen(window, qtbot)
    whole = next(c for c in seen.at(14, 1) if c.category == "object")
    mouse.move(1.5, 14.5)
    assert dropper.tag.text == whole.name  # the thing before its part, both before leaves
    mouse.press(1.5, 14.5, modifiers=Qt.KeyboardModifier.ShiftModifier)
    mouse.release()
    assert window.document.choice.concept == whole
    mouse.move(2.0, 14.0)
    assert dropper.tag.text == "door"  # again for the part
    assert dropper.mask.isVisible()
    mouse.press(2.0, 14.0)
    mouse.release()
    assert window.document.choice.concept == DOOR
    assert "Brush: door" in window.status.text
    assert not window.document.history
    assert window.canvas.pointer is None
    assert not window.commands["pick"].isChecked()
    assert dropper.tag.text == ""
    assert not dropper.mask.isVisible()
    row, column = np.argwhere(seen.flat("object") == seen.vocabulary.id(SKY))[0]
    QTest.keyClick(window, Qt.Key.Key_P)
    mouse.press(column + 0.5, row + 0.5, modifiers=Qt.KeyboardModifier.ShiftModifier)
    mouse.release()
    assert window.document.choice.concept == SKY
    assert dropper.on  # with Shift it stays
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not dropper.on
    mouse.drag((8, 8))
    assert len(window.document.history) == 1  # the mouse paints again


def test_the_eyedropper_says_what_cannot_be_painted_with(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    wait_until_seen(window, qtbot)
    chosen = window.document.choice.concept
    window.commands["pick"].trigger()
    mouse.move(14.5, 14.5)
    assert window.analysis_tools.eyedropper.tag.text == "boat · no brush"
    mouse.press(14.5, 14.5)
    mouse.release()
    assert window.document.choice.concept == chosen
    assert "There is no brush for boat." in window.status.text
    assert window.analysis_tools.eyedropper.on
    mouse.move(14.5, 1.5)
    assert window.analysis_tools.eyedropper.tag.text == "person · weak brush"
    mouse.press(14.5, 1.5)
    mouse.release()
    assert window.document.choice.concept == PERSON
    assert "Brush: person (weak)" in window.status.text
    assert "erased only 5% of person" in window.canvas.message.text


def test_p_goes_into_a_text_field(window: MainWindow) -> None:
    window.concepts.search.setFocus()
    QTest.keyClicks(window.concepts.search, "ptw")
    assert window.concepts.search.text() == "ptw"
    assert window.canvas.pointer is None
    assert not window.analysis_tools.tint.on
    assert not window.analysis_tools.insertion_heatmap.on


# Tints ------------------------------------------------------------------------------------------


def test_the_tint_follows_the_picture_and_the_legend_tells_shares(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    tint = window.analysis_tools.tint
    assert not tint.item.isVisible()
    plain = window.canvas.grab().toImage()
    QTest.keyClick(window, Qt.Key.Key_T)
    seen = wait_until_seen(window, qtbot)
    assert tint.item.isVisible()
    assert window.canvas.grab().toImage() != plain
    shares = {entry.concept: entry.share for entry in tint.legend.entries}
    present = {c for c in (TREE, SKY, DOOR, PERSON, BOAT) if seen.area_share(c)}
    assert set(shares) == present  # leaves lie under trees and are not drawn
    assert shares[DOOR] == 1 / 16
    assert shares.get(TREE, 0) + shares.get(SKY, 0) == 14 / 16
    assert [e.outlined for e in tint.legend.entries] == sorted(
        e.outlined for e in tint.legend.entries
    )
    window.document.choose_concept(TREE)
    window.document.choose(radius=8.0)
    mouse.drag((4, 4), (12, 12))
    after = wait_until_seen(window, qtbot)
    assert changes(seen, after)
    assert {e.concept: e.share for e in tint.legend.entries} == {
        c: after.area_share(c) for c in (TREE, SKY, DOOR, PERSON, BOAT) if after.area_share(c)
    }
    window.canvas.comparison.hold(True)
    assert not tint.item.isVisible()  # it is not of the picture before
    window.canvas.comparison.hold(False)
    assert tint.item.isVisible()
    settle(window, qtbot, lambda: window.document.go_to(7))
    other = wait_until_seen(window, qtbot)
    assert {e.concept for e in tint.legend.entries} <= set(other.pixels)
    QTest.keyClick(window, Qt.Key.Key_T)
    assert not tint.item.isVisible()
    assert tint.legend.isHidden()


def test_objects_are_filled_parts_are_outlined_and_nothing_is_clear() -> None:
    objects = np.zeros((6, 6), np.int16)
    objects[:, :4] = 1
    parts = np.zeros_like(objects)
    parts[1:4, 1:4] = 3
    vocabulary = FixedSegmenter().vocabulary
    image = tinted(Segmentation(vocabulary, np.stack([objects, parts])))
    inside, outline, clear = (image.pixelColor(x, y) for x, y in ((2, 2), (1, 2), (5, 5)))
    assert clear.alpha() == 0
    assert inside.getRgb()[:3] == color_of(TREE)
    assert outline.getRgb()[:3] == color_of(DOOR)
    assert 0 < inside.alpha() < outline.alpha()


def test_colors_are_stable_and_tell_concepts_apart() -> None:
    assert color_of(LEAF) == color_of(LEAF)
    assert len({color_of(c) for c in (TREE, SKY, DOOR, PERSON, BOAT, LEAF)}) == 6


# What a stroke did ------------------------------------------------------------------------------


def test_the_status_bar_says_what_a_stroke_did_and_what_undo_takes_back(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, segmenter: FixedSegmenter
) -> None:
    before = see(segmenter, pixels(window))
    window.document.choose_concept(TREE)
    window.document.choose(radius=8.0)
    assert window.status.fields.said("report") == ""
    mouse.drag((4, 4), (12, 12))
    after = see(segmenter, pixels(window))
    told = StrokeOutcome(before, after, window.document.strokes[-1]).told(3)
    assert told[0][0] == TREE
    expected = ", ".join(f"{concept} {count:+d} px" for concept, count in told)
    qtbot.waitUntil(lambda: window.status.fields.said("report") == expected, timeout=10_000)
    settle(window, qtbot, window.commands["undo"].trigger)
    back = ", ".join(f"{concept} {-count:+d} px" for concept, count in told)
    qtbot.waitUntil(lambda: window.status.fields.said("report") == back, timeout=10_000)
    settle(window, qtbot, lambda: window.document.go_to(4))
    assert window.status.fields.said("report") == ""


def test_two_strokes_without_a_rest_tell_what_the_last_one_did(
    window: MainWindow, qtbot: QtBot, mouse: Mouse, segmenter: FixedSegmenter
) -> None:
    window.document.choose_concept(TREE)
    window.document.choose(radius=5.0)
    mouse.drag((3, 3))
    first = see(segmenter, pixels(window))
    settle(window, qtbot, window.commands["undo"].trigger)
    mouse.press(3, 3)
    mouse.release()
    mouse.drag((12, 12))
    last = window.document.strokes[-1]
    told = StrokeOutcome(first, see(segmenter, pixels(window)), last).told(3)
    expected = ", ".join(f"{concept} {count:+d} px" for concept, count in told)
    wanted = expected or "no concept changed"
    qtbot.waitUntil(lambda: window.status.fields.said("report") == wanted, timeout=10_000)


def seen(**counts: int) -> Segmentation:
    """A picture of 20 x 20 with so many pixels of each, one after the other."""
    concepts = {"tree": TREE, "sky": SKY, "door": DOOR, "person": PERSON, "leaf": LEAF}
    vocabulary = FixedSegmenter().vocabulary
    flat = [vocabulary.id(concepts[n]) for n, count in counts.items() for _ in range(count)]
    filled = np.array(flat + [0] * (400 - len(flat)), np.int16)
    return Segmentation(vocabulary, filled.reshape(1, 20, 20))


def stroke(concept: Concept, mode: Mode = Mode.DRAW, rows: int = 5) -> Stroke:
    """Over the uppermost rows: 20 pixels each."""
    mask = np.zeros((20, 20), np.float32)
    mask[:rows] = 1
    return Stroke(mask, Brush(concept, {"layer4": LayerUnits((0,), (1.0,))}), mode)


def test_only_few_and_large_changes_are_told_and_things_before_materials() -> None:
    before = seen(tree=100, sky=50, leaf=40)
    after = seen(tree=3, sky=90, door=30, person=21, leaf=100)
    assert StrokeOutcome(before, after).told(3) == [(TREE, -97), (SKY, 40), (DOOR, 30)]
    trees = seen(tree=100), seen(tree=40, door=5)
    assert StrokeOutcome(*trees).told(3) == [(TREE, -60)]
    leaves = seen(tree=9, leaf=5), seen(tree=9, leaf=1)
    assert StrokeOutcome(*leaves).told(3) == [(LEAF, -4)]
    assert StrokeOutcome(before, before).told(3) == []


def test_the_brushs_own_concept_is_told_first_and_others_of_its_kind() -> None:
    before = seen(tree=100, sky=50, leaf=40)
    after = seen(tree=3, sky=90, door=2, leaf=100)
    assert StrokeOutcome(before, after, stroke(DOOR)).told(3)[0] == (DOOR, 2)
    assert StrokeOutcome(before, after, stroke(LEAF)).told(3) == [(LEAF, 60)]
    assert StrokeOutcome(before, after, stroke(PERSON)).told(2) == [(PERSON, 0), (TREE, -97)]
    unknown = stroke(Concept("mine alone", "mine"))
    assert StrokeOutcome(before, after, unknown).told(1) == [(TREE, -97)]


def test_a_stroke_that_achieved_almost_nothing_is_told() -> None:
    bare, some, much = seen(), seen(door=4), seen(door=6)
    drawn, erased = stroke(DOOR), stroke(DOOR, Mode.ERASE)
    assert StrokeOutcome(bare, some, drawn, True).failure.startswith("Almost no door came of")
    assert StrokeOutcome(bare, much, drawn, True).failure == ""
    assert StrokeOutcome(bare, some, drawn, False).failure == ""  # it was undone, or changed
    assert StrokeOutcome(seen(door=60), seen(door=60), drawn, True).failure == ""  # there already
    assert StrokeOutcome(bare, bare, erased, True).failure == "There is no door here to erase."
    stayed = StrokeOutcome(seen(door=60), seen(door=58), erased, True).failure
    assert stayed == "The door stayed: this stroke erased next to nothing."
    assert StrokeOutcome(seen(door=60), seen(door=20), erased, True).failure == ""


def test_what_came_beside_a_stroke_counts_and_is_told_as_that() -> None:
    def below(before: int, after: int, mode: Mode) -> StrokeOutcome:
        """Trees below the stroke, which is over the five uppermost rows."""
        maps = np.zeros((2, 1, 20, 20), np.int16)
        for n, count in enumerate((before, after)):
            maps[n].reshape(-1)[200 : 200 + count] = vocabulary.id(TREE)
        seen = (Segmentation(vocabulary, labels) for labels in maps)
        return StrokeOutcome(*seen, stroke(TREE, mode), True)

    vocabulary = FixedSegmenter().vocabulary
    drawn = below(0, 80, Mode.DRAW)
    assert drawn.told(1) == [(TREE, 80)]
    assert drawn.beside
    assert drawn.failure == "The tree came beside this stroke, and almost none of it here."
    little = below(0, 4, Mode.DRAW)
    assert not little.beside
    assert little.failure.startswith("Almost no tree came of this stroke")
    assert below(80, 10, Mode.DRAW).failure.startswith("Almost no tree came of this stroke")
    gone = below(80, 10, Mode.ERASE)
    assert gone.told(1) == [(TREE, -70)]
    assert gone.failure == "There was no tree here to erase; what went was beside this stroke."
    assert below(80, 79, Mode.ERASE).failure == "There is no tree here to erase."
    here = StrokeOutcome(seen(), seen(tree=60), stroke(TREE), True)
    assert (here.beside, here.failure) == (False, "")
    assert not StrokeOutcome(drawn.before, drawn.after, stroke(TREE)).beside  # it was undone


def test_what_stayed_under_a_stroke_that_erased_beside_itself() -> None:
    outcome = StrokeOutcome(seen(door=300), seen(door=100), stroke(DOOR, Mode.ERASE), True)
    assert outcome.beside
    assert outcome.failure == "The door here stayed; what went was beside this stroke."


def test_the_status_bar_and_the_message_say_alike_where_it_came(
    window: MainWindow, qtbot: QtBot
) -> None:
    bare = seen()
    labels = bare.labels.copy()
    labels[0, 10:12] = bare.vocabulary.id(TREE)
    outcome = StrokeOutcome(bare, Segmentation(bare.vocabulary, labels), stroke(TREE), True)
    window.segmentation_view.compared.emit(outcome)
    assert window.status.fields.said("report") == "tree +40 px beside the stroke"
    message = window.canvas.message
    assert message.text.startswith("The tree came beside this stroke")
    assert message.button.text() == "Where can this go?"


def test_where_it_can_go_is_offered_after_a_stroke_in_vain(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    window.document.choose_concept(DOOR)  # it stands fixed, and nothing makes more of it
    mouse.drag((8, 8))
    message = window.canvas.message
    qtbot.waitUntil(lambda: "Almost no door came of this stroke" in message.text, timeout=10_000)
    assert message.button.text() == "Where can this go?"
    QTest.mouseClick(message.button, Qt.MouseButton.LeftButton)
    assert window.commands["where"].isChecked()
    assert window.analysis_tools.insertion_heatmap.on
    assert message.text == ""
    window.commands["where"].setChecked(False)


def test_the_status_bar_names_what_is_under_the_cursor(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.move(1.2, 14.9)
    qtbot.waitUntil(lambda: "door 1.00" in window.status.text, timeout=10_000)
    assert "pixel (1, 14) · layer3 cell (0, 7) · door 1.00" in window.status.text


def test_moving_the_mouse_does_not_begin_the_look_anew(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Question] = []
    ask = window.live.ask
    monkeypatch.setattr(
        window.live, "ask", lambda question: (looks.append(question), ask(question))
    )
    settle(window, qtbot, lambda: window.document.go_to(5))
    for x in range(10):
        mouse.move(x, 4)
    qtbot.waitUntil(lambda: window.segmentation_view.current, timeout=10_000)
    mouse.move(4, 4)
    assert len(looks) == 1


def test_a_picture_that_cannot_be_looked_at_costs_one_sentence(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_engine: Engine) -> FixedSegmenter:
        raise DissectionError("The bundled segmenter is missing; install it again.")

    wait_until_seen(window, qtbot)
    monkeypatch.setattr(Engine, "segmenter", missing)
    mouse.drag((4, 4))
    message = window.canvas.message
    qtbot.waitUntil(lambda: "segmenter is missing" in message.text, timeout=10_000)
    message.button.click()
    mouse.drag((9, 9))
    mouse.move(3, 3)
    qtbot.wait(100)
    assert message.text == ""  # it is not said after every stroke
    assert len(window.document.history) == 2
