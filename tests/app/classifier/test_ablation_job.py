"""From the menu to the tab: an ablation study is asked for, runs as a job, and is shown."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from ganpaint.classifier.tab import Classifier
from ganpaint.jobs.ablation_dialog import AblationDialog
from ganpaint.jobs.job import JobState
from ganpaint.window.main_window import MainWindow
from support.study import LAYER, UNITS

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none


def test_a_study_runs_behind_the_window_and_opens_in_the_tab(
    open_window: Callable[..., MainWindow],
    model: Path,
    dissection: Path,
    classifier: Path,
    pictures: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ganpaint.classifier.view.bundled_ablations", list)
    window = open_window(
        "--model", str(model), "--dissection", str(dissection), data=tmp_path / "data"
    )
    entries = [e for menu in window.findChildren(QMenu) for e in menu.actions()]
    next(entry for entry in entries if entry.text() == "&Ablation study…").trigger()
    dialog = window.dissecting.dialog
    assert isinstance(dialog, AblationDialog)
    form = dialog.form
    form.model.setCurrentText(str(classifier))
    form.train.path = form.held_out.path = str(pictures)
    qtbot.waitUntil(lambda: form.layers.chosen == (LAYER,), timeout=60_000)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=5_000)
    dialog.start.click()
    (job,) = window.jobs.processes
    qtbot.waitUntil(lambda: job.state in (JobState.DONE, JobState.FAILED), timeout=600_000)
    assert job.state == JobState.DONE, job.sentence
    notice = window.context.message
    assert notice.button.text() == "Show it"
    notice.button.click()
    tab = window.stack.tabs["classifier"]
    assert isinstance(tab, Classifier)
    assert window.stack.current == "classifier"
    qtbot.waitUntil(lambda: tab.view.session.loaded is not None, timeout=60_000)
    study = tab.view.session.study
    assert study is not None
    assert study.ablation.units == UNITS
    assert (study.model, study.pictures) == (str(classifier), str(pictures))
    # It is known next time, too.
    assert tab.view.sources.known(study.folder) == (str(classifier), str(pictures))
