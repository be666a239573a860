"""Random actions: whatever comes, no exception, no Qt warning, no thread left, memory flat."""

import json
import os
import random
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from dissection.data.latents import latent_of
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from ganpaint.models.chooser import DEFAULT_MODEL
from ganpaint.painter.canvas.comparison import View
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from support import job_command
from support.driving import Mouse, pixels, settle
from support.monkey import ACTIONS, WORDS, Monkey
from support.monkey_painter import paint
from support.monkey_program import save_or_open
from support.monkey_tabs import play_with_units
from support.process_memory import Memory

#: Longer runs: python benchmarks/monkey.py
COUNT = int(os.environ.get("MONKEY_ACTIONS", "1000"))
SEEDS = [int(seed) for seed in os.environ.get("MONKEY_SEEDS", "7").split(",")]
#: What strokes, undo steps and thumbnails of the second half may come to: so much for a thousand.
MOST_GROWTH = 48 * 2**20 * max(COUNT / 2 / 1000, 1)
#: Longer runs come upon all that is loaded once in either half: they see it before they measure.
WARM_FROM = 1000


@pytest.mark.qt_log_ignore("This plugin does not support")  # says the screen that is none
@pytest.mark.parametrize("seed", SEEDS)
def test_random_actions(
    open_window: Callable[..., MainWindow],
    model: Path,
    drawable: Path,
    ablation: Path,
    classifier: Path,
    pictures: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    threads = set(threading.enumerate())
    folder = tmp_path / "files"
    folder.mkdir()
    shutil.copytree(drawable, tmp_path / "dissection")
    other = folder / "other.safetensors"
    shutil.copy(model, other)
    store = QSettings(str(tmp_path / "ganpaint.ini"), QSettings.Format.IniFormat)
    settings = Settings(store)
    settings.note("ablations", {str(ablation): [str(classifier), str(pictures)]})
    monkeypatch.setattr("ganpaint.classifier.view.bundled_ablations", lambda: [ablation])
    monkeypatch.setattr(Background, "patience", 0.0)  # all comes late
    window = open_window(
        *("--model", str(model), "--dissection", str(tmp_path / "dissection"), "--seed", "3"),
        settings=settings,
        data=tmp_path / "data",
    )
    window.jobs.command = (sys.executable, str(job_command.__file__))
    monkey = Monkey(
        window, Mouse(window, qtbot), qtbot, random.Random(seed), folder, (model, other)
    )

    def answer(*_: Any) -> tuple[str, str]:
        name = monkey.one_of("", "a.ganpaint", "a.png", "a.gif", "no/folder.png", "bad.pth")
        return (str(folder / name) if name else "", "")

    for dialog in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, dialog, answer)
    monkeypatch.setattr(
        QFileDialog,
        "getExistingDirectory",
        lambda *_: str(monkey.one_of(tmp_path / "dissection", folder, "")),
    )

    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (monkey.one_of(*WORDS), True))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda *_: monkey.one_of(True, False))

    done: Counter[str] = Counter()
    last: list[str] = []
    half = Memory(0, None)
    with capture_exceptions() as exceptions:
        for number in range(COUNT):
            last = [*last[-12:], monkey.act()]
            done[last[-1]] += 1
            assert not exceptions, (number, last, exceptions)
            if number == COUNT // 2:
                quieten(window, monkey, model)
                if COUNT > WARM_FROM:
                    see_all(window, monkey, model)
                half = Memory.now()
        for action in ACTIONS:  # what the dice left out, as they may a rare one
            if action.__name__ not in done:
                action(monkey)
                assert not exceptions, (action.__name__, last, exceptions)
    assert {paint, save_or_open, play_with_units} <= set(ACTIONS)  # and with them the others
    quieten(window, monkey, model)
    end = Memory.now()
    # What is resident holds what the C library keeps between blocks of several threads as well.
    told = {"actions": COUNT, "resident": end.resident - half.resident, "bound": 2 * MOST_GROWTH}
    if end.kept is not None and half.kept is not None:
        told |= {"kept": end.kept - half.kept, "bound": MOST_GROWTH}
    if figures := os.environ.get("MONKEY_FIGURES"):
        Path(figures).write_text(json.dumps(told))
    assert told.get("kept", told["resident"]) < told["bound"], told

    shown = settle(window, qtbot, window.live.refresh)
    scene, edit = window.document.scene, window.document.edit
    renderer = Renderer(load_generator(model), "cpu", "float32")
    given = window.document.given_latent(scene)
    renderer.set_latent(latent_of(scene.seed, 24, scene.blend) if given is None else given)
    np.testing.assert_array_equal(shown, renderer.render(edit, exact=True))
    window.commands["clear"].trigger()
    cleared = settle(window, qtbot, window.live.refresh)
    assert not window.document.edit
    window.canvas.comparison.hold(True)
    np.testing.assert_array_equal(pixels(window), cleared)
    window.close()
    left = [thread for thread in threading.enumerate() if thread not in threads]
    # Python makes stand-ins for Qt's own threads, which the fixtures watch.
    assert [thread for thread in left if not thread.name.startswith("Dummy-")] == []


def quieten(window: MainWindow, monkey: Monkey, model: Path) -> None:
    """Let go of everything that is held, and see the picture as it is."""
    while (dialog := QApplication.activeModalWidget()) is not None:
        dialog.close()
    window.stack.show_tab("painter")
    for job in window.jobs.active:
        job.stop()
    monkey.qtbot.waitUntil(lambda: not window.jobs.active, timeout=20_000)
    monkey.mouse.release()
    window.document.abort_stroke()
    for dialog in (window.movies.dialog, window.help, window.models.details):
        if dialog is not None:
            dialog.close()
    for tool in ("pick", "tint", "where", "inspect", "stamp", "cells"):
        window.commands[tool].setChecked(False)
    window.movies.stop()
    monkey.qtbot.waitUntil(lambda: not window.movies.busy, timeout=20_000)
    monkey.qtbot.waitUntil(lambda: not (window.projects.reading or window.models.reading))
    if window.document.scene.model != str(model):
        window.document.open_model(str(model))
    settle(window, monkey.qtbot, window.live.refresh)
    window.canvas.comparison.hold(False)
    if window.canvas.comparison.view != View.EDITED:
        window.canvas.comparison.choose(View.EDITED)


def see_all(window: MainWindow, monkey: Monkey, model: Path) -> None:
    """See the generator that ships and every tab: what is loaded once, and not for each action."""
    for name in (DEFAULT_MODEL, str(model)):
        window.document.open_model(name)
        settle(window, monkey.qtbot, window.live.refresh)
        for tab in (*window.stack.names, "painter"):
            window.stack.show_tab(tab)
            monkey.qtbot.wait(300)
        monkey.qtbot.waitUntil(lambda: not (window.projects.reading or window.models.reading))
    quieten(window, monkey, model)
