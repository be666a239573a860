"""Random actions: whatever comes, no exception, no Qt warning, no thread left, memory flat."""

import ctypes
import gc
import json
import os
import random
import resource
import shutil
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
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

#: Longer runs: python benchmarks/monkey.py
COUNT = int(os.environ.get("MONKEY_ACTIONS", "1000"))
SEEDS = [int(seed) for seed in os.environ.get("MONKEY_SEEDS", "7").split(",")]
#: What strokes, undo steps and thumbnails of the second half may come to: so much for a thousand.
MOST_GROWTH = 48 * 2**20 * max(COUNT / 2 / 1000, 1)


def memory() -> int:
    """What this process has in memory, bytes; where that is not told, the most that it had."""
    gc.collect()  # what is in circles goes when Python gets to it
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)  # what was freed goes when the C library gets to it
    status = Path("/proc/self/statm")
    if status.is_file():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


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
    half = 0
    with capture_exceptions() as exceptions:
        for number in range(COUNT):
            last = [*last[-12:], monkey.act()]
            done[last[-1]] += 1
            assert not exceptions, (number, last, exceptions)
            if number == COUNT // 2:
                quieten(window, monkey, model)
                half = memory()
    assert set(done) == {action.__name__ for action in ACTIONS}
    assert {paint, save_or_open, play_with_units} <= set(ACTIONS)  # and with them the others
    quieten(window, monkey, model)
    grown = memory() - half
    if figures := os.environ.get("MONKEY_FIGURES"):
        told = {"actions": COUNT, "grown": grown, "bound": MOST_GROWTH}
        Path(figures).write_text(json.dumps(told))
    assert grown < MOST_GROWTH

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
