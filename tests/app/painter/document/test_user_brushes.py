"""Brushes of one's own: made in the inspector, painted with, kept, renamed, deleted, borrowed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Edit, Mode
from dissection.painting.history import UnitChoice
from dissection.runtime.files import file_digest
from dissection.vocabulary import Concept
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle

PORCH = Concept("porch", "mine")


@pytest.fixture
def opened(
    open_window: Callable[..., MainWindow], model: Path, dissection: Path, tmp_path: Path
) -> Callable[..., MainWindow]:
    """Opens the window of one person, again and again."""

    def open_again(folder: str = "data") -> MainWindow:
        options = ("--model", str(model), "--dissection", str(dissection), "--seed", "3")
        return open_window(*options, data=tmp_path / folder)

    return open_again


def make(window: MainWindow, qtbot: QtBot, name: str, leave_out: int = 2) -> list[int]:
    """Make a brush of the region of rows and columns 2 and 3; the units that it has."""
    mouse = Mouse(window, qtbot)
    window.inspector.wanted.emit()
    window.commands["inspect"].setChecked(True)
    qtbot.waitUntil(lambda: window.inspector.inspection.features is not None, timeout=5000)
    mouse.press(4.5, 4.5)
    mouse.move(7.5, 7.5)
    mouse.release()
    panel = window.inspector.panel
    panel.count.slider.setValue(7)
    for row in range(leave_out):
        panel.units.toggle(row)
    units = panel.units.ticked()
    assert len(units) == 7 - leave_out
    window.activateWindow()
    panel.name.setFocus()
    qtbot.waitUntil(panel.name.hasFocus, timeout=2000)
    QTest.keyClicks(panel.name, name)
    QTest.keyClick(panel.name, Qt.Key.Key_Return)
    return units


def cards(window: MainWindow) -> list[str]:
    model = window.concepts.cards.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_a_brush_is_made_of_the_ticked_units(
    opened: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = opened()
    units = make(window, qtbot, "porch")
    document, dissection = window.document, window.document.palette.dissection
    assert dissection is not None
    assert document.choice.concept == PORCH
    found = document.in_hand
    assert found is not None
    assert found.brush.layers["layer3"].units == tuple(units)
    levels = dissection["layer3"].activation_threshold[units]
    np.testing.assert_array_equal(found.brush.layers["layer3"].levels, levels)
    assert window.canvas.pointer is None  # one can paint at once
    assert "Made the brush porch of 5 units of layer3" in window.canvas.message.text
    assert cards(window)[-2:] == ["porch", "person"]  # behind what paints, before what is weak
    assert document.palette.numbered()[-1] == PORCH
    assert "chosen by you" in window.concepts.cards.currentIndex().data(Qt.ItemDataRole.ToolTipRole)
    picture = document.palette.best(PORCH)
    assert picture is not None
    assert picture.picture().shape == (4, 4, 3) or picture.picture().shape == (96, 96, 3)


def test_it_paints_with_mode_strength_units_level_and_boost(
    opened: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = opened()
    units = make(window, qtbot, "porch")
    mouse, document = Mouse(window, qtbot), window.document
    document.choose(radius=2.0, strength=0.5, units=3, boost=2.0)
    mouse.drag((9, 9))
    mouse.drag((9, 9), button=Qt.MouseButton.RightButton)
    drawn, erased = document.strokes
    assert (drawn.mode, erased.mode) == (Mode.DRAW, Mode.ERASE)
    assert drawn.strength == 0.5
    assert drawn.brush is not None
    part = drawn.brush.layers["layer3"]
    assert part.units == tuple(units[:3])
    assert part.levels == tuple(2.0 * (unit + 1) for unit in units[:3])
    assert document.history[0].choice == UnitChoice("mine", 3, "", 2.0)
    renderer = Renderer(load_generator(document.scene.model), "cpu", "float32")
    renderer.set_latent(standard([3], 24)[0])
    wanted = renderer.render(Edit((drawn, erased)), exact=True)
    np.testing.assert_array_equal(pixels(window), wanted)
    assert window.history.strokes.index(1, 0).data() == "porch, draw"
    assert document.palette.most_units(document.choice) == 5
    document.choose(level="0.995", boost=1.0, units=None)
    found = document.in_hand
    assert found is not None
    assert found.brush.layers["layer3"].levels == tuple(unit + 1.5 for unit in units)


def test_the_history_changes_its_strokes(opened: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = opened()
    units = make(window, qtbot, "porch")
    Mouse(window, qtbot).drag((9, 9))
    window.history.rows.setCurrentIndex(window.history.strokes.index(0, 0))
    panel = window.history.panel
    assert panel.concept.currentText() == "porch"
    assert panel.units.slider.maximum() == 5
    assert not panel.order.isEnabled()
    panel.units.slider.setValue(2)
    brush = window.document.strokes[0].brush
    assert brush is not None
    assert brush.layers["layer3"].units == tuple(units[:2])
    panel.concept.setCurrentIndex(panel.concept.findText("tree"))
    panel.concept.activated.emit(panel.concept.currentIndex())
    panel.concept.setCurrentIndex(panel.concept.findText("porch"))
    panel.concept.activated.emit(panel.concept.currentIndex())
    brush = window.document.strokes[0].brush
    assert brush is not None
    assert brush.layers["layer3"].units == tuple(units)


def test_it_outlives_the_session_for_its_network_alone(
    opened: Callable[..., MainWindow], qtbot: QtBot, model: Path, tmp_path: Path
) -> None:
    window = opened()
    units = make(window, qtbot, "porch")
    path = tmp_path / "data" / "brushes" / f"{file_digest(model)}.brushes"
    assert path.is_file()
    window.close()
    again = opened()
    qtbot.waitUntil(lambda: "porch" in cards(again), timeout=5000)
    assert again.document.choice.concept != PORCH
    again.document.choose_concept(PORCH)
    found = again.document.in_hand
    assert found is not None
    assert found.brush.layers["layer3"].units == tuple(units)
    again.document.open_model("storybook-church")
    qtbot.waitUntil(lambda: "porch" not in cards(again), timeout=20_000)


def test_names_are_suggested_and_used_once(opened: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = opened()
    make(window, qtbot, "")
    first = window.document.choice.concept
    assert first is not None
    assert first.name.startswith("my ")
    make(window, qtbot, "")
    second = window.document.choice.concept
    assert second == Concept(f"{first.name} 2", "mine")
    make(window, qtbot, first.name)
    assert f"You have a brush called '{first.name}' already" in window.canvas.message.text
    assert window.inspector.panel.name.text() == first.name  # nothing has to be typed again


def test_rename_delete_and_bring_back(opened: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = opened()
    make(window, qtbot, "porch")
    Mouse(window, qtbot).drag((9, 9))
    drawn = pixels(window)
    list_view = window.concepts.cards
    list_view.setFocus()
    QTest.keyClick(list_view, Qt.Key.Key_F2)
    line = window.inspector.cards.line
    assert line is not None
    QTest.keyClicks(line, "carport")
    QTest.keyClick(line, Qt.Key.Key_Escape)  # and it is as it was
    assert window.inspector.cards.line is None
    assert "porch" in cards(window)
    QTest.keyClick(list_view, Qt.Key.Key_F2)
    line = window.inspector.cards.line
    assert line is not None
    assert line.selectedText() == "porch"
    QTest.keyClicks(line, "veranda")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert window.inspector.cards.line is None
    assert window.document.choice.concept == Concept("veranda", "mine")
    assert "porch" not in cards(window)
    assert window.history.strokes.index(0, 0).data() == "porch, draw"  # as it was painted
    list_view.setFocus()
    QTest.keyClick(list_view, Qt.Key.Key_Delete)
    assert "veranda" not in cards(window)
    assert window.document.choice.concept != Concept("veranda", "mine")
    np.testing.assert_array_equal(settle(window, qtbot, window.live.refresh), drawn)
    window.canvas.message.button.click()
    assert window.document.choice.concept == Concept("veranda", "mine")
    again = opened()
    qtbot.waitUntil(lambda: "veranda" in cards(again), timeout=5000)
    menu = again.inspector.cards.menu(Concept("veranda", "mine"))
    entries = [action.text().partition("\t")[0] for action in menu.actions()]
    assert entries == ["Show its units", "Rename…", "Delete"]


def test_keys_leave_measured_concepts_alone(
    opened: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = opened()
    before = cards(window)
    window.concepts.cards.setFocus()
    QTest.keyClick(window.concepts.cards, Qt.Key.Key_Delete)
    QTest.keyClick(window.concepts.cards, Qt.Key.Key_F2)
    assert cards(window) == before
    assert window.inspector.cards.line is None


def test_two_windows_keep_each_others_brushes(
    opened: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    one, other = opened(), opened()
    make(one, qtbot, "porch")
    make(other, qtbot, "gable")
    assert {"porch", "gable"} <= set(cards(other))
    one.inspector.own.delete(PORCH)
    third = opened()
    qtbot.waitUntil(lambda: "gable" in cards(third), timeout=5000)


def test_a_damaged_file_is_told_and_set_aside(
    opened: Callable[..., MainWindow], qtbot: QtBot, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data" / "brushes"
    folder.mkdir(parents=True)
    path = folder / f"{file_digest(model)}.brushes"
    path.write_bytes(b"GANPaint brushes\nsomething else\n")
    window = opened()
    qtbot.waitUntil(lambda: "were damaged" in window.canvas.message.text, timeout=5000)
    assert [p.read_bytes() for p in folder.iterdir()] == [b"GANPaint brushes\nsomething else\n"]
    make(window, qtbot, "porch")
    assert path.is_file()
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_told_and_the_brush_lasts_for_the_session(
    opened: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "brushes").write_text("in the way")
    window = opened()
    said: list[str] = []
    window.inspector.own.trouble.connect(said.append)
    make(window, qtbot, "porch")
    assert "for this session only" in said[0]
    assert window.document.choice.concept == PORCH
    make(window, qtbot, "gable")
    assert {"porch", "gable"} <= set(cards(window))


def test_a_project_renders_and_is_painted_on_where_nobody_knows_its_brushes(
    opened: Callable[..., MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = opened()
    units = make(window, qtbot, "porch")
    Mouse(window, qtbot).drag((9, 9))
    drawn, path, out = pixels(window), tmp_path / "p.ganpaint", tmp_path / "out.png"
    window.projects.save_to(path)
    given = ["paint", "--project", str(path), "--out", str(out), "--device", "cpu"]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    other = opened("elsewhere")
    reopened = settle(other, qtbot, lambda: other.projects.open_path(path))
    np.testing.assert_array_equal(reopened, drawn)
    assert other.history.strokes.index(0, 0).data() == "porch, draw"
    assert "porch" in cards(other)
    other.document.choose_concept(PORCH)
    found = other.document.in_hand
    assert found is not None
    assert found.brush.layers["layer3"].units == tuple(units)
    assert not (tmp_path / "elsewhere" / "brushes").exists()  # not kept unless asked to
    menu = other.inspector.cards.menu(PORCH)
    menu.actions()[0].trigger()
    assert other.inspector.own.is_kept(PORCH)
    third = opened("elsewhere")
    qtbot.waitUntil(lambda: "porch" in cards(third), timeout=5000)
