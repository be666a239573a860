"""The tab of classifiers with the ablation of a tiny one, and the dissection of its layer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dissection.interventions.ablation.store import load_ablation
from dissection.results.sheets import Sheets
from dissection.results.store import save_dissection
from ganpaint.classifier.tab import Classifier
from ganpaint.classifier.view import ClassifierView
from ganpaint.window.main_window import MainWindow
from support.study import LAYER, UNITS
from support.synthetic import make_dissection


@pytest.fixture(scope="session")
def layer_dissection(tmp_path_factory: pytest.TempPathFactory, ablation: Path) -> Path:
    """The layer dissected, with a picture of its own for every unit."""
    network = str(load_ablation(ablation).provenance["network"])
    made = make_dissection("tiny-scenes", network, {LAYER: (UNITS, 2, 2)})
    pictures = np.zeros((UNITS, 5, 24, 24, 3), np.uint8)
    pictures[..., 0] = np.arange(UNITS)[:, None, None, None] * 15
    measured = {LAYER: replace(made[LAYER], pictures=Sheets.of(pictures, 100))}
    folder = tmp_path_factory.mktemp("classifier-dissection") / "tiny-scenes"
    save_dissection(replace(made, measured=measured, strengths=[]), folder)
    return folder


@pytest.fixture
def view(
    open_window: Callable[..., MainWindow],
    model: Path,
    dissection: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> tuple[MainWindow, ClassifierView]:
    # What ships would be read first, and thousands of scenes painted.
    monkeypatch.setattr("ganpaint.classifier.view.bundled_ablations", list)
    window = open_window(
        "--model", str(model), "--dissection", str(dissection), data=tmp_path / "data"
    )
    window.stack.show_tab("classifier")
    tab = window.stack.tabs["classifier"]
    assert isinstance(tab, Classifier)
    return window, tab.view


@pytest.fixture
def loaded(
    view: tuple[MainWindow, ClassifierView],
    ablation: Path,
    classifier: Path,
    pictures: Path,
    qtbot: QtBot,
) -> ClassifierView:
    shown = view[1]
    with qtbot.waitSignal(shown.thread_.ready, timeout=30_000):
        shown.read(ablation, str(classifier), str(pictures))
    return shown


@pytest.fixture
def dissected(
    view: tuple[MainWindow, ClassifierView],
    ablation: Path,
    classifier: Path,
    pictures: Path,
    layer_dissection: Path,
    qtbot: QtBot,
) -> tuple[MainWindow, ClassifierView]:
    """The study with the layer's dissection, and its held-out pictures loaded."""
    window, shown = view
    with qtbot.waitSignal(window.context.dissections_changed, timeout=10_000):
        window.dissecting.results.take(layer_dissection)
    with qtbot.waitSignal(shown.thread_.ready, timeout=30_000):
        shown.read(ablation, str(classifier), str(pictures))
    return window, shown
