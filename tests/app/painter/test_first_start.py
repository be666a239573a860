"""The first seconds: a bundled picture at once, and strokes that wait for torch."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from ganpaint.models.chooser import DEFAULT_MODEL
from ganpaint.models.known_models import bundled_generators
from ganpaint.painter.document.galleries import gallery_seeds, starting_seed
from ganpaint.painter.first_picture import first_picture, first_picture_file
from ganpaint.rendering.engine import Engine
from ganpaint.rendering.scene import Scene
from ganpaint.window.main_window import MainWindow
from ganpaint.window.painter_tab import HINT
from support.driving import Mouse, pixels

START = Scene(DEFAULT_MODEL, starting_seed(DEFAULT_MODEL, None))


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nothing is rendered until this is set, as if torch took that long to load."""
    opened = threading.Event()
    render = Engine.render

    def wait(engine: Engine, *arguments: object, **named: object) -> object:
        assert opened.wait(20), "the test never opened the gate"
        return render(engine, *arguments, **named)

    monkeypatch.setattr(Engine, "render", wait)
    yield opened
    opened.set()


@pytest.fixture
def early(open_window: Callable[..., MainWindow], gate: threading.Event) -> MainWindow:
    """A window that cannot render yet."""
    window = open_window(settled=False)
    QTest.qWait(0)
    return window


@pytest.mark.parametrize("model", bundled_generators())
def test_the_bundled_picture_is_that_of_the_generator(model: str) -> None:
    generator = load_generator(model)
    with Image.open(first_picture_file(model)) as image:
        made_from, seed = image.info["network"], int(image.info["seeds"])
        stored = np.asarray(image.convert("RGB")).astype(int)
    assert made_from == generator.digest, (
        "make resources/first anew: see ganpaint.painter.first_picture"
    )
    assert seed == gallery_seeds(model, None)[0]
    renderer = Renderer(generator, "cpu", "float32")
    renderer.set_latent(standard([seed], generator.depth)[0])
    away = np.abs(renderer.render(exact=True).astype(int) - stored)
    assert away.mean() < 0.1
    assert away.max() <= 2
    assert first_picture_file(model).stat().st_size < 300_000


def test_the_picture_is_there_at_once_and_nothing_jumps(
    early: MainWindow, gate: threading.Event, qtbot: QtBot
) -> None:
    assert first_picture(START) is not None
    first = pixels(early)
    assert first.std() > 10, "a plain picture"
    assert early.canvas.waiting.isHidden()
    assert early.canvas.hint.text == HINT
    assert "Starting" in early.status.text
    lies = early.canvas.viewportTransform()
    with qtbot.waitSignal(early.live.settled, timeout=30_000):
        gate.set()
    assert np.abs(pixels(early).astype(int) - first).max() <= 2
    assert early.canvas.viewportTransform() == lies
    assert early.canvas.hint.text == HINT
    assert "CPU" in early.status.text


def test_strokes_before_torch_is_ready_are_queued(
    early: MainWindow, gate: threading.Event, qtbot: QtBot
) -> None:
    mouse = Mouse(early, qtbot)
    early.document.choose_concept(early.document.palette.find("tree"))
    first = pixels(early)
    for x, y in ((30.0, 90.0), (100.0, 60.0)):
        mouse.press(x, y)
        mouse.move(x, y + 8)
        mouse.release()
    assert len(early.document.strokes) == 2
    assert early.canvas.hint.text == ""
    overlay = early.canvas.overlay.mask
    assert overlay.opacity() == 0.35
    shot = early.canvas.viewport().grab().toImage()
    for x, y in ((30, 94), (100, 64)):  # both masks can be seen, not only the last one
        at = early.canvas.mapFromScene(x, y)
        seen = shot.pixelColor(at)
        bare = early.canvas.shown.pixelColor(x, y)
        away = abs(seen.red() - bare.red()) + abs(seen.blue() - bare.blue())
        assert away > 20, (x, y)
    with qtbot.waitSignal(early.live.settled, timeout=30_000):
        gate.set()
    changed = np.abs(pixels(early).astype(int) - first).max(axis=2)
    assert changed[80:110, 15:45].max() > 30
    assert changed[50:85, 85:115].max() > 30
    qtbot.waitUntil(lambda: not overlay.isVisible(), timeout=5000)


def test_another_scene_before_torch_is_ready_says_that_it_loads(
    early: MainWindow, gate: threading.Event
) -> None:
    QTest.keyClick(early, Qt.Key.Key_Right)
    assert early.document.scene != START
    assert "Loading" in early.canvas.waiting.text
    assert early.canvas.shown.isNull()
    QTest.keyClick(early, Qt.Key.Key_Left)
    assert early.canvas.waiting.text == ""
    assert pixels(early).std() > 10
    gate.set()  # the window waits for its thread when it closes


def test_there_is_no_bundled_picture_of_other_scenes() -> None:
    assert first_picture(Scene(DEFAULT_MODEL, START.seed + 1)) is None
    assert first_picture(Scene("/nowhere/storybook-church", START.seed)) is None


def test_it_starts_with_the_best_scene_and_the_brush_that_paints_best(
    open_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = open_window()
    assert window.document.scene.seed == gallery_seeds(DEFAULT_MODEL, None)[0]
    assert window.scenes.strip.currentIndex().row() == 0
    brush = window.document.palette.best(window.document.choice.concept)
    assert brush is not None
    assert brush.drawn > 0.5
    third = window.document.palette.numbered()[2]
    window.document.choose_numbered(0)
    assert window.document.choice.concept != third
    QTest.keyClick(window, Qt.Key.Key_3)
    assert window.document.choice.concept == third
