"""Going from scene to scene."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from dissection.data.galleries import Exhibit, Gallery, save_gallery
from dissection.runtime.files import file_digest
from ganpaint.painter.document.document import LAST_SEED
from ganpaint.painter.panels.scene_model import PAINTED_ROLE
from ganpaint.rendering.scene import Scene
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle


def test_each_scene_keeps_its_edit_and_its_undo_steps(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    start = pixels(window)
    mouse.drag((4, 4), (12, 12))
    painted = pixels(window)
    other = settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Right))
    assert window.document.scene.seed == 4
    assert not window.document.strokes
    assert not window.commands["undo"].isEnabled()
    assert not np.array_equal(other, painted)
    mouse.drag((8, 8), (8, 9))
    back = settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Left))
    np.testing.assert_array_equal(back, painted)
    assert len(window.document.strokes) == 1
    undone = settle(window, qtbot, window.commands["undo"].trigger)
    np.testing.assert_array_equal(undone, start)
    assert len(window.document.edit_of(Scene(window.document.scene.model, 4)).strokes) == 1


def test_the_newest_scene_wins(window: MainWindow, qtbot: QtBot) -> None:
    wanted = settle(window, qtbot, lambda: window.document.go_to(9))
    settle(window, qtbot, lambda: window.document.go_to(3))

    def leap() -> None:
        for seed in (5, 6, 7, 8, 9):
            window.document.go_to(seed)

    np.testing.assert_array_equal(settle(window, qtbot, leap), wanted)
    assert window.live.before is not None


def test_a_drag_does_not_follow_to_another_scene(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.press(4, 4)
    settle(window, qtbot, lambda: QTest.keyClick(window, Qt.Key.Key_Right))
    mouse.move(9, 9)
    mouse.release()
    assert not window.document.strokes
    window.document.go_to(3)
    assert not window.document.strokes


def test_the_seed_box_goes_there_and_letters_do_not_fire_in_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    box = window.scenes.seed
    box.setFocus()
    box.selectAll()
    QTest.keyClick(box, Qt.Key.Key_E)
    assert window.document.choice.mode == "draw"
    QTest.keyClicks(box, "512")
    assert window.document.scene.seed == 3
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert window.document.scene.seed == 512
    assert not box.hasFocus()
    QTest.keyClick(window, Qt.Key.Key_E)
    assert window.document.choice.mode == "erase"
    row = window.scenes.strip.currentIndex()
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "Scene 512"


def test_seeds_stay_within_the_standard_latents(window: MainWindow) -> None:
    window.document.go_to(0)
    QTest.keyClick(window, Qt.Key.Key_Left)
    assert window.document.scene.seed == 0
    window.document.go_to(10**9)
    assert window.document.scene.seed == LAST_SEED
    for _ in range(20):
        QTest.keyClick(window, Qt.Key.Key_N)
        assert 0 <= window.document.scene.seed <= LAST_SEED


def test_scenes_in_sight_get_a_thumbnail_and_no_others(window: MainWindow, qtbot: QtBot) -> None:
    strip = window.scenes.strip
    assert strip.scenes.rowCount() == LAST_SEED + 1
    qtbot.waitUntil(lambda: not strip.missing(), timeout=20_000)
    first = [row for row in range(200) if strip.scenes.has_thumbnail(row)]
    assert first == list(range(len(first)))
    assert 8 <= len(first) < 40
    pictures = {strip.scenes.thumbnail(strip.scenes.scene_at(row)).cacheKey() for row in first}
    assert len(pictures) == len(first)
    bar = strip.horizontalScrollBar()
    bar.setValue(bar.maximum() // 2)
    assert strip.missing()[0].seed > 4000
    qtbot.waitUntil(lambda: not strip.missing(), timeout=20_000)
    row = strip.indexAt(strip.viewport().rect().center()).row()
    assert strip.scenes.has_thumbnail(row)
    assert not strip.scenes.has_thumbnail(row + 200)


def forget_thumbnails(window: MainWindow) -> None:
    """As if strokes had come and gone on every scene that is not on screen."""
    scenes = window.scenes.strip.scenes
    for row in range(200):
        if scenes.has_thumbnail(row) and scenes.scene_at(row) != window.document.scene:
            window.document.elsewhere_changed.emit(scenes.scene_at(row))


def test_thumbnails_leave_the_picture_on_screen_where_it_is(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dissection.models.generators.renderer import Renderer

    moves: list[object] = []
    set_latent = Renderer.set_latent

    def note(renderer: Renderer, z: object) -> None:
        moves.append(z)
        set_latent(renderer, z)

    monkeypatch.setattr(Renderer, "set_latent", note)
    forget_thumbnails(window)
    mouse.drag((4, 4), (9, 9))
    qtbot.waitUntil(lambda: not window.scenes.strip.missing(), timeout=20_000)
    mouse.drag((4, 9), (9, 4))
    assert moves == []


def test_no_thumbnail_is_asked_for_while_the_hand_is_down(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: not window.scenes.strip.missing(), timeout=20_000)
    asked: list[Scene] = []
    ask = window.live.ask_thumbnail
    monkeypatch.setattr(window.live, "ask_thumbnail", lambda s: (asked.append(s), ask(s)))
    mouse.press(4, 4)
    forget_thumbnails(window)
    window.scenes.strip.horizontalScrollBar().setValue(3000)
    mouse.move(9, 9)
    qtbot.wait(200)
    assert asked == []
    mouse.release()
    qtbot.waitUntil(lambda: not window.scenes.strip.missing(), timeout=20_000)
    assert asked


def test_a_click_in_the_strip_goes_there(window: MainWindow, qtbot: QtBot) -> None:
    strip = window.scenes.strip
    place = strip.visualRect(strip.scenes.index(5, 0)).center()
    QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.document.scene.seed == 5
    assert window.scenes.seed.value() == 5
    assert "seed 5" in window.windowTitle()


def test_a_gallery_comes_first_and_arrows_follow_the_strip(
    open_window: Callable[..., MainWindow], model: Path, dissection: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "dissection"
    shutil.copytree(dissection, folder)
    chosen = tuple(Exhibit(seed, 0.9) for seed in (104, 7, 230))
    save_gallery(folder / "gallery.json", Gallery("tiny", file_digest(model), chosen))
    window = open_window("--model", str(model), "--dissection", str(folder), "--seed", "7")
    strip = window.scenes.strip
    assert [strip.scenes.scene_at(row).seed for row in range(6)] == [104, 7, 230, 0, 1, 2]
    assert strip.scenes.rowCount() == LAST_SEED + 1
    for key, seed in (("Right", 230), ("Right", 0), ("Left", 230), ("Left", 7), ("Left", 104)):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{key}"))
        assert window.document.scene.seed == seed
    QTest.keyClick(window, Qt.Key.Key_Left)
    assert window.document.scene.seed == 104
    window.document.go_to(8)
    QTest.keyClick(window, Qt.Key.Key_Left)
    assert window.document.scene.seed == 6  # 7 stands in the gallery


def test_scenes_with_much_of_a_concept_come_first_until_one_has_enough(
    open_window: Callable[..., MainWindow],
    model: Path,
    dissection: Path,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    folder = tmp_path / "dissection"
    shutil.copytree(dissection, folder)
    richest = {"tree": (31, 104, 8), "dome": (5,)}
    first = (Exhibit(104, 0.9), Exhibit(7, 0.9))
    save_gallery(
        folder / "gallery.json", Gallery("tiny", file_digest(model), first, richest=richest)
    )
    window = open_window("--model", str(model), "--dissection", str(folder))
    bar, find = window.scenes, window.document.palette.find

    def seeds() -> list[int]:
        return [bar.strip.scenes.scene_at(row).seed for row in range(6)]

    assert seeds() == [104, 7, 0, 1, 2, 3]
    assert not bar.sought.isVisible()
    menu = window.card_menu.menu_of(find("tree"))
    next(a for a in menu.actions() if a.text() == "Scenes with much tree").trigger()
    assert seeds() == [31, 104, 8, 7, 0, 1]
    assert bar.strip.scenes.rowCount() == LAST_SEED + 1
    assert window.document.scene.seed == 31
    qtbot.waitUntil(bar.sought.isVisible)  # the bar is laid out anew first
    assert bar.sought.text() == "Much tree"
    QTest.keyClick(window, Qt.Key.Key_Right)
    assert window.document.scene.seed == 104
    bar.sought.click()
    assert seeds() == [104, 7, 0, 1, 2, 3]
    assert window.document.scene.seed == 104
    qtbot.waitUntil(lambda: not bar.sought.isVisible())
    menu = window.card_menu.menu_of(find("sky"))
    said = next(a for a in menu.actions() if a.text() == "No scenes known with much sky")
    assert not said.isEnabled()


def test_a_gallery_of_another_generator_is_left_alone(
    open_window: Callable[..., MainWindow], model: Path, dissection: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "dissection"
    shutil.copytree(dissection, folder)
    save_gallery(folder / "gallery.json", Gallery("tiny", "ab" * 32, (Exhibit(104, 0.9),)))
    window = open_window("--model", str(model), "--dissection", str(folder), settled=False)
    assert window.scenes.strip.scenes.scene_at(0).seed == 0


def test_control_and_arrows_go_to_painted_scenes(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    mouse.drag((4, 4))
    for seed in (8, 5000):
        settle(window, qtbot, lambda seed=seed: window.document.go_to(seed))
        mouse.drag((4, 4))
    control = Qt.KeyboardModifier.ControlModifier
    for key, seed in (("Left", 8), ("Left", 3), ("Left", 3), ("Right", 8), ("Right", 5000)):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{key}"), control)
        assert window.document.scene.seed == seed
    model = window.scenes.strip.scenes
    marked = [row for row in range(100) if model.index(row, 0).data(PAINTED_ROLE)]
    assert marked == [3, 8]


def test_two_models_keep_their_own_edits(
    open_window: Callable[..., MainWindow], model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(model.read_bytes())
    window = open_window("--model", str(model))
    QTest.keyClick(window, Qt.Key.Key_R)
    Mouse(window, qtbot).drag((4, 4), (9, 9))
    settle(window, qtbot, lambda: window.document.open_model(str(copy)))
    assert not window.document.strokes
    settle(window, qtbot, lambda: window.document.open_model(str(model)))
    assert len(window.document.strokes) == 1


def center(window: MainWindow, row: int) -> QPoint:
    strip = window.scenes.strip
    return strip.visualRect(strip.scenes.index(row, 0)).center()


@pytest.mark.parametrize("painted", [False, True])
def test_nothing_moves_between_press_and_release(
    window: MainWindow, mouse: Mouse, qtbot: QtBot, painted: bool
) -> None:
    strip, left = window.scenes.strip, Qt.MouseButton.LeftButton
    if painted:
        mouse.drag((4, 4))
    window.resize(960, 640)
    QTest.qWait(50)
    for row in (6, 2, 7, 1):
        place = center(window, row)
        tiles = [strip.visualRect(strip.scenes.index(r, 0)) for r in range(9)]
        size = strip.size()
        QTest.mousePress(strip.viewport(), left, pos=place)
        QTest.qWait(300)  # a slow hand
        assert [strip.visualRect(strip.scenes.index(r, 0)) for r in range(9)] == tiles
        assert strip.size() == size
        QTest.mouseRelease(strip.viewport(), left, pos=place)
        assert window.document.scene.seed == row
        assert strip.chosen == []
        assert strip.size() == size


def test_a_tile_that_is_cut_off_is_opened_by_one_click(window: MainWindow) -> None:
    strip = window.scenes.strip
    window.resize(960, 640)
    QTest.qWait(50)
    edge = strip.viewport().rect().right() - 3
    row = strip.indexAt(QPoint(edge, 20)).row()
    assert not strip.viewport().rect().contains(strip.visualRect(strip.scenes.index(row, 0)))
    QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(edge, 20))
    assert window.document.scene.seed == row


def test_a_double_click_opens_one_scene(window: MainWindow) -> None:
    strip = window.scenes.strip
    edge = QPoint(strip.viewport().rect().right() - 3, 20)
    row = strip.indexAt(edge).row()
    viewport, left = strip.viewport(), Qt.MouseButton.LeftButton
    QTest.mouseClick(viewport, left, pos=edge)
    QTest.mouseDClick(viewport, left, pos=edge)
    assert window.document.scene.seed == row


def test_apply_keeps_its_place_and_shows_where_there_are_strokes(
    window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    button = next(
        b for b in window.scenes.findChildren(QToolButton) if b.text().startswith("Apply")
    )
    width = window.scenes.strip.width()
    assert not button.isVisible()
    mouse.drag((4, 4))
    assert button.isVisible()
    assert not button.isEnabled()
    QTest.mouseClick(
        window.scenes.strip.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ControlModifier,
        center(window, 5),
    )
    assert button.text() == "Apply to 1"
    assert button.isEnabled()
    assert window.scenes.strip.width() == width
