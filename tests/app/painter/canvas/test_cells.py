"""The cells overlay: what the brush touches, what the last stroke changed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.painting.edits import CellRule
from dissection.results.store import save_dissection
from dissection.runtime.files import file_digest
from ganpaint.painter.canvas.cells_item import Cells
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, settle
from support.synthetic import make_dissection


@pytest.fixture
def cells(window: MainWindow, mouse: Mouse) -> MainWindow:
    """The overlay is on; the brush is one cell of layer3 wide and tree is in hand."""
    window.document.choose_concept(window.document.palette.find("tree"))
    window.document.choose(radius=1.0)
    QTest.keyClick(window, Qt.Key.Key_G)
    return window


def meant(blocks: tuple[Cells, ...]) -> set[tuple[int, int]]:
    (block,) = blocks
    return {(int(row), int(column)) for row, column in np.argwhere(block.cells > 0)}


def test_cells_under_the_brush_follow_it(cells: MainWindow, mouse: Mouse) -> None:
    item = cells.canvas.cells.item
    mouse.move(5.0, 5.0)  # pixels 4 and 5 of 16 both ways: one cell of 8
    assert meant(item.touched) == {(2, 2)}
    mouse.move(6.0, 5.0)
    assert meant(item.touched) == {(2, 2), (2, 3)}
    assert not item.changed
    assert cells.canvas.cells.captions[0][0] == "Under the brush  layer3: 8 × 8"
    QTest.keyClick(cells, Qt.Key.Key_G)
    assert not item.isVisible()
    assert not cells.canvas.cells.captions


def test_what_a_press_would_paint_is_what_it_paints(cells: MainWindow, mouse: Mouse) -> None:
    item = cells.canvas.cells.item
    mouse.move(9.3, 4.2)
    promised = item.touched[0].cells
    mouse.drag((9.3, 4.2))
    np.testing.assert_array_equal(item.changed[0].cells, promised)
    (stroke,) = cells.document.strokes
    np.testing.assert_array_equal(stroke.cells(8, 8), promised)


def test_the_cells_of_the_last_stroke_that_is_on(
    cells: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    item = cells.canvas.cells.item
    mouse.drag((5.0, 5.0))
    mouse.drag((11.0, 11.0), modifiers=Qt.KeyboardModifier.ControlModifier)
    assert meant(item.changed) == {(5, 5)}
    assert item.changed[0].color == cells.theme.colors.mode("erase")
    settle(cells, qtbot, lambda: cells.document.toggle_stroke(cells.document.history[-1]))
    assert meant(item.changed) == {(2, 2)}
    settle(cells, qtbot, cells.commands["clear"].trigger)
    assert not item.changed


def test_a_drag_shows_all_its_cells_until_it_ends(cells: MainWindow, mouse: Mouse) -> None:
    item = cells.canvas.cells.item
    mouse.press(3.0, 3.0)
    mouse.move(7.0, 3.0)
    assert meant(item.touched) == {(1, 1), (1, 2), (1, 3)}
    QTest.keyClick(cells.canvas, Qt.Key.Key_Escape)
    assert meant(item.touched) == {(1, 3)}
    mouse.release()
    assert not cells.document.strokes


def test_coverage_shows_as_opacity_and_in_per_cent(cells: MainWindow, mouse: Mouse) -> None:
    item = cells.canvas.cells.item
    cells.document.choose(radius=2.0)
    mouse.move(5.0, 5.0)
    assert set(item.touched[0].cells[item.touched[0].cells > 0]) == {1.0}
    cells.document.choose(rule=CellRule.COVERAGE)
    mouse.move(5.0, 5.01)
    shares = item.touched[0].cells
    assert shares[2, 2] == pytest.approx(1.0, abs=0.01)
    assert 0.1 < shares[2, 1] < 0.9
    assert cells.canvas.cells.captions[0][0].endswith("per cent covered")
    blank = shot_at(cells, 13.0, 13.0)
    whole, part = shot_at(cells, 5.4, 4.3), shot_at(cells, 5.4, 2.3)
    teal = cells.theme.colors.mode("draw")
    assert nearer(whole, part, teal, cells, (5, 4), (5, 2))
    assert blank == cells.canvas.shown.pixelColor(13, 13)


def test_restoring_reaches_the_layers_that_are_edited(cells: MainWindow, mouse: Mouse) -> None:
    item = cells.canvas.cells.item
    QTest.keyClick(cells, Qt.Key.Key_R)
    mouse.move(5.0, 5.0)
    assert not item.touched  # nothing to restore yet
    QTest.keyClick(cells, Qt.Key.Key_D)
    mouse.drag((5.0, 5.0))
    QTest.keyClick(cells, Qt.Key.Key_R)
    mouse.move(5.0, 6.0)
    assert meant(item.touched) == {(2, 2), (3, 2)}
    assert item.touched[0].layers == ("layer3",)
    assert item.touched[0].color == cells.theme.colors.mode("restore")


def test_a_brush_of_two_grids_shows_both(
    open_window: Callable[..., MainWindow], model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    shapes = {"layer4": (32, 8, 8), "layer5": (16, 16, 16)}
    save_dissection(joined(file_digest(model), shapes), tmp_path / "d")
    window = open_window("--model", str(model), "--dissection", str(tmp_path / "d"), "--seed", "3")
    window.document.choose_concept(window.document.palette.find("tree"))
    window.document.choose(radius=1.0)
    found = window.document.in_hand
    assert found is not None
    assert tuple(found.brush.layers) == ("layer4", "layer5")
    mouse = Mouse(window, qtbot)
    QTest.keyClick(window, Qt.Key.Key_G)
    mouse.move(5.0, 5.0)
    said = [caption for caption, _, _ in window.canvas.cells.captions]
    assert said == ["Under the brush  layer4: 8 × 8", "Under the brush  layer5: 16 × 16"]
    assert [int((c.cells > 0).sum()) for c in window.canvas.cells.item.touched] == [1, 4]
    mouse.drag((5.0, 5.0))
    assert len(window.canvas.cells.item.changed) == 2
    assert "layer4 cell (2, 2)" in window.status.text
    assert "layer5 cell (5, 5)" in window.status.text
    assert "layer4+layer5" in window.tools.open_brush.text()


def joined(digest: str, shapes: dict[str, tuple[int, int, int]]) -> object:
    """A dissection whose best tree brush has units of two layers."""
    from dataclasses import replace

    made = make_dissection("tiny", digest, shapes)
    first = next(s for s in made.strengths if s.concept.name == "tree")
    both = replace(first, layers=tuple(shapes), gain=0.99, elsewhere=0.0, erased=0.99)
    return replace(made, strengths=[*made.strengths, both])


def shot_at(window: MainWindow, x: float, y: float) -> QColor:
    at = window.canvas.mapFromScene(x, y)
    window.canvas.zoom(1.0)  # shows the pixels, not an enlargement
    return window.canvas.viewport().grab().toImage().pixelColor(at)


def nearer(
    one: QColor,
    other: QColor,
    color: QColor,
    window: MainWindow,
    pixel: tuple[int, int],
    pixel_of_other: tuple[int, int],
) -> bool:
    """Whether the first was mixed with more of a color than the second."""

    def mixed(seen: QColor, at: tuple[int, int]) -> float:
        bare = window.canvas.shown.pixelColor(*at)
        ways = [
            (seen.redF() - bare.redF(), color.redF() - bare.redF()),
            (seen.greenF() - bare.greenF(), color.greenF() - bare.greenF()),
            (seen.blueF() - bare.blueF(), color.blueF() - bare.blueF()),
        ]
        return sum(a * b for a, b in ways) / sum(b * b for _, b in ways)

    return mixed(one, pixel) > mixed(other, pixel_of_other) + 0.05
