"""Generators and dissections that cannot be used: one sentence, and the window lives on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from dissection.results.store import save_dissection
from ganpaint.window.main_window import MainWindow
from support.driving import LAYERS, Mouse, pixels, settle
from support.synthetic import make_dissection

OpenWindow = Callable[..., MainWindow]


def test_a_file_that_is_no_generator_leaves_the_window_alive(
    open_window: OpenWindow, model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"this is no network at all")
    window = open_window("--model", str(bad), settled=False)
    qtbot.waitUntil(
        lambda: "cannot be used as a generator" in window.canvas.message.text, timeout=20_000
    )
    assert str(bad) in window.canvas.message.text
    Mouse(window, qtbot).press(4, 4)  # nothing to paint on, and no harm
    assert not window.document.strokes
    settle(window, qtbot, lambda: window.document.open_model(str(model)))
    assert window.canvas.message.text == ""
    assert pixels(window).std() > 0


def test_a_missing_model_file_is_named(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window = open_window("--model", str(tmp_path / "gone.pth"), settled=False)
    qtbot.waitUntil(lambda: "gone.pth" in window.canvas.message.text, timeout=20_000)


def test_going_from_a_good_model_to_a_bad_one_and_back_keeps_the_edit(
    window: MainWindow, mouse: Mouse, model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    mouse.drag((4, 4), (12, 12))
    painted = pixels(window)
    with qtbot.waitSignal(window.live.failed, timeout=10_000):
        window.document.open_model(str(tmp_path / "gone.pth"))
    assert window.live.image is None
    back = settle(window, qtbot, lambda: window.document.open_model(str(model)))
    np.testing.assert_array_equal(back, painted)


def test_a_bug_in_rendering_is_a_sentence_too(
    window: MainWindow,
    mouse: Mouse,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from dissection.models.generators.renderer import Renderer

    start = pixels(window)
    with monkeypatch.context() as patch:
        patch.setattr(Renderer, "render", lambda *_, **__: 1 // 0)
        with qtbot.waitSignal(window.live.failed, timeout=10_000):
            mouse.press(4, 4)
        with qtbot.waitSignal(window.live.failed, timeout=10_000):
            mouse.release()
    assert "ZeroDivisionError" in window.canvas.message.text
    assert "Rendering failed" in caplog.text
    # On a slow machine the first picture is still looked at meanwhile, and that fails alike.
    window.segmentation_view.failed.emit("The question has no answer: ZeroDivisionError.")
    assert window.canvas.message.button.text() == "Try again"
    assert len(window.document.strokes) == 1
    settle(window, qtbot, window.canvas.message.button.click)
    assert window.canvas.message.text == ""
    assert not np.array_equal(pixels(window), start)


def test_without_a_dissection_the_palette_says_what_to_do(
    open_window: OpenWindow, model: Path, dissection: Path, monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:  # fmt: skip
    window = open_window("--model", str(model))
    assert "No dissection for this generator yet" in window.concepts.shown_reason
    window.concepts.copy_command.click()
    command = QGuiApplication.clipboard().text()
    assert command == (
        f"dissection dissect --model {model} --layers layer4,layer5 --out tiny-dissection"
    )
    Mouse(window, qtbot).press(4, 4)
    assert "nothing to paint with" in window.canvas.message.text
    assert not window.document.strokes
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(dissection))
    window.commands["open_dissection"].trigger()
    assert window.concepts.shown_reason == ""
    assert window.document.in_hand is not None


def test_a_dissection_of_another_network_is_refused(
    open_window: OpenWindow, model: Path, tmp_path: Path
) -> None:
    save_dissection(make_dissection("other", "ab" * 32, LAYERS), tmp_path / "other")
    window = open_window("--model", str(model), "--dissection", str(tmp_path / "other"))
    assert "abababababab" in window.concepts.shown_reason
    assert window.document.in_hand is None


def test_a_refused_dissection_leaves_the_palette_as_it_was(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    window.commands["open_dissection"].trigger()
    assert "holds no dissection" in window.canvas.message.text
    assert window.document.in_hand is not None


@pytest.mark.parametrize("kind", ["nonsense", "missing"])
def test_a_broken_file_leaves_the_working_generator_in_place(
    window: MainWindow, mouse: Mouse, tmp_path: Path, qtbot: QtBot, kind: str
) -> None:
    mouse.drag((4, 4), (12, 12))
    painted, history, folder = (
        pixels(window),
        window.document.history,
        window.document.dissection_folder,
    )
    bad = tmp_path / "bad.safetensors"
    if kind == "nonsense":
        bad.write_bytes(b"this is no network at all")
    window.models.use(str(bad))
    qtbot.waitUntil(lambda: str(bad) in window.canvas.message.text, timeout=20_000)
    assert window.document.scene.model != str(bad)
    assert window.document.history == history
    assert window.document.dissection_folder == folder
    np.testing.assert_array_equal(pixels(window), painted)
    mouse.drag((2, 2))
    assert len(window.document.history) == 2


def test_another_generator_is_loaded_behind_the_picture(
    window: MainWindow, model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(model.read_bytes())
    before = pixels(window)
    window.models.use(str(copy), seed=5845)
    assert window.canvas.message.text == "Loading copy.safetensors …"
    np.testing.assert_array_equal(pixels(window), before)
    qtbot.waitUntil(lambda: window.document.scene.model == str(copy), timeout=20_000)
    assert window.document.scene.seed == 5845
    qtbot.waitUntil(lambda: window.live.resting, timeout=20_000)
    assert window.canvas.message.text == ""


def test_cells_wait_for_a_picture_after_an_unreadable_model(
    open_window: OpenWindow, model: Path, dissection: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"this is no network at all")
    window = open_window("--model", str(bad), settled=False)
    qtbot.waitUntil(lambda: "cannot be used" in window.canvas.message.text, timeout=20_000)
    window.commands["cells"].trigger()
    mouse = Mouse(window, qtbot)
    mouse.move(60, 60)
    mouse.press(60, 60)
    mouse.release()
    assert not window.document.strokes
    # Its picture has another size, so that the brush is fitted to it before it is shown.
    settle(window, qtbot, lambda: window.document.open_model(str(model), dissection))
    mouse.move(8, 8)
    assert window.canvas.cells.item.touched


def test_the_file_of_a_generator_that_is_dropped_is_opened(
    window: MainWindow, qtbot: QtBot, model: Path, tmp_path: Path
) -> None:
    other, damaged = tmp_path / "other.safetensors", tmp_path / "damaged.safetensors"
    shutil.copyfile(model, other)
    damaged.write_bytes(b"damaged")
    window.open_path(damaged)
    qtbot.waitUntil(
        lambda: "damaged.safetensors" in window.canvas.message.text and window.canvas.message.goes
    )
    assert window.document.scene.model == str(model)  # it stays in place
    window.open_path(other)
    qtbot.waitUntil(lambda: window.document.scene.model == str(other))
