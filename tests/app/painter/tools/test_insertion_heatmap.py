"""*Where can this go?*: the map is the right one, and never one of another scene, edit or brush."""

import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from dissection.data.latents import standard
from dissection.interventions.insertion_map import Insertion
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Edit
from dissection.vocabulary import Concept, Vocabulary
from ganpaint.painter.tools.insertion_heatmap import TryCells
from ganpaint.rendering.engine import Engine
from ganpaint.rendering.queries import Question
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, settle
from support.seeing import DOOR, TREE, FixedSegmenter


@pytest.fixture(autouse=True)
def segmenter(monkeypatch: pytest.MonkeyPatch) -> FixedSegmenter:
    fixed = FixedSegmenter()
    monkeypatch.setattr(Engine, "segmenter", lambda _engine: fixed)
    return fixed


@pytest.fixture
def asked(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[TryCells]:
    """All that is asked from here on."""
    questions: list[TryCells] = []
    ask = window.live.ask

    def note(question: Question) -> None:
        if isinstance(question, TryCells):
            questions.append(question)
        ask(question)

    monkeypatch.setattr(window.live, "ask", note)
    window.document.choose_concept(TREE)
    return questions


def finished(window: MainWindow, qtbot: QtBot) -> np.ndarray:
    where = window.analysis_tools.insertion_heatmap
    qtbot.waitUntil(lambda: where.found is not None and where.found.progress == 1, timeout=30_000)
    qtbot.waitUntil(lambda: window.status.fields.said("job") == "", timeout=10_000)
    assert where.found is not None
    return where.found.gains


def expected(window: MainWindow, segmenter: FixedSegmenter) -> np.ndarray:
    """The map by the library alone, in the precision of the window's live pictures."""
    document, found = window.document, window.document.in_hand
    assert found is not None
    renderer = Renderer(load_generator(document.scene.model))
    renderer.set_latent(standard([document.scene.seed], renderer.generator.depth)[0])
    edit = Edit(document.strokes)
    trial = Insertion(renderer.generator, edit, found.brush, document.choice.strength)
    trial.advance(renderer, segmenter, 64)
    return trial.gains


def test_the_map_is_shown_progressively_and_is_the_right_one(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    asked: list[TryCells],
    segmenter: FixedSegmenter,
) -> None:
    where, shown = window.analysis_tools.insertion_heatmap, []
    window.live.answered.connect(lambda _question, _answer: shown.append(where.found))
    jobs: list[str] = []
    where.progressed.connect(jobs.append)
    window.document.choose(strength=0.8)
    QTest.keyClick(window, Qt.Key.Key_W)
    gains = finished(window, qtbot)
    np.testing.assert_allclose(gains, expected(window, segmenter), atol=1)
    assert np.abs(gains).max() > 1
    steps = [found.progress for found in shown if found is not None]
    assert len(steps) > 2
    assert steps == sorted(steps)
    assert jobs[0] == "trying tree in every cell  0 %"
    assert jobs[-1] == ""
    assert where.item.isVisible()
    assert where.scale.title == "Where tree can go"
    assert where.scale.top >= gains.max()
    mouse.move(5.0, 9.0)
    assert where.scale.note == f"Here: {gains[4, 2]:+.0f} px of tree"
    assert where.gain_at(QPointF(5.0, 9.0)) == gains[4, 2]
    QTest.keyClick(window, Qt.Key.Key_W)
    assert not where.item.isVisible()
    assert where.scale.isHidden()
    QTest.keyClick(window, Qt.Key.Key_W)
    assert where.item.isVisible()
    assert len(asked) == 1  # it was remembered


def test_another_brush_edit_or_scene_asks_again_and_another_size_does_not(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    asked: list[TryCells],
    segmenter: FixedSegmenter,
) -> None:
    window.commands["where"].trigger()
    first = finished(window, qtbot)
    window.document.choose(radius=3.0)
    assert len(asked) == 1
    window.document.choose_concept(DOOR)
    assert window.analysis_tools.insertion_heatmap.found is None
    assert not window.analysis_tools.insertion_heatmap.item.isVisible()
    finished(window, qtbot)
    assert [question.brush.concept for question in asked] == [TREE, DOOR]
    window.document.choose_concept(TREE)
    mouse.press(4, 4)
    assert window.analysis_tools.insertion_heatmap.found is None  # the hand moves
    mouse.release()
    assert not window.analysis_tools.insertion_heatmap.item.isVisible()
    np.testing.assert_allclose(finished(window, qtbot), expected(window, segmenter), atol=1)
    assert asked[-1].edit.strokes == window.document.strokes
    settle(window, qtbot, lambda: window.document.go_to(8))
    np.testing.assert_allclose(finished(window, qtbot), expected(window, segmenter), atol=1)
    assert len(asked) == 4
    settle(window, qtbot, lambda: window.document.go_to(3))
    settle(window, qtbot, window.commands["undo"].trigger)
    np.testing.assert_array_equal(finished(window, qtbot), first)
    assert asked[-1] is not asked[0]


def test_it_can_be_stopped_and_the_window_closes_while_it_runs(
    window: MainWindow, qtbot: QtBot, asked: list[TryCells], monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = Insertion.advance

    def slow(trial: Insertion, *arguments: object) -> None:
        time.sleep(0.05)
        advance(trial, *arguments[:-1], 1)

    monkeypatch.setattr(Insertion, "advance", slow)
    where = window.analysis_tools.insertion_heatmap
    window.commands["where"].trigger()
    qtbot.waitUntil(lambda: where.found is not None, timeout=20_000)
    assert "trying tree in every cell" in window.status.text
    cancel = window.status.findChild(QToolButton, "cancel")
    QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert not where.on
    assert not window.commands["where"].isChecked()
    assert where.found is None
    assert "trying" not in window.status.text
    assert cancel.isHidden()
    window.commands["where"].trigger()
    qtbot.waitUntil(lambda: where.found is not None, timeout=20_000)
    window.close()  # the fixtures see to it that no thread is left


def test_live_pictures_go_first(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, asked: list[TryCells]
) -> None:
    window.commands["where"].trigger()
    mouse.drag((3, 3), (12, 12))  # waits for the exact picture
    assert finished(window, qtbot).shape == (8, 8)


def test_what_cannot_be_asked_is_said(
    window: MainWindow,
    qtbot: QtBot,
    asked: list[TryCells],
    segmenter: FixedSegmenter,
) -> None:
    segmenter.vocabulary = Vocabulary([DOOR, Concept("sky", "object")])
    window.commands["where"].trigger()
    message = window.canvas.message
    qtbot.waitUntil(lambda: "segmenter does not know tree" in message.text, timeout=20_000)
    assert window.status.fields.said("job") == ""
    assert window.analysis_tools.insertion_heatmap.found is None
    window.document.choose(concept=None)
    window.commands["where"].setChecked(False)
    window.commands["where"].trigger()
    assert message.text == "Pick a concept first."
    assert not window.commands["where"].isChecked()
