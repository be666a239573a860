"""An experiment is asked for by a form, and runs as a job."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox
from pytestqt.qtbot import QtBot

from dissection.experiments.registry import find_experiment
from dissection.experiments.running import run_experiment
from dissection.experiments.store import load_result
from ganpaint.experiments.run_dialog import RunDialog
from ganpaint.experiments.view import ExperimentsView
from ganpaint.jobs.job import ENDED, JobState
from ganpaint.window.main_window import MainWindow
from support.experiments_tab import PAINTED, ended

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none


def test_a_form_offers_what_its_experiment_can_be_about(view: ExperimentsView) -> None:
    def offered(name: str, field: str) -> Sequence[str]:
        experiment = find_experiment(name)
        found = next(f for f in experiment.settings.described() if f.name == field)
        return view.offers.names(experiment, found)

    assert "features.relu5_3" in offered("counterfactual", "layer")
    assert "layer4" not in offered("counterfactual", "layer")
    assert {"storybook-church", "storybook-scenes"} < set(offered("rotation", "model"))
    assert "skyscraper" in offered("detector", "concept")
    assert "storybook-scenes" not in offered("erase", "model")


def test_a_form_follows_the_size_but_for_what_a_person_changed(
    view: ExperimentsView, qtbot: QtBot
) -> None:
    qtbot.mouseClick(view.cards.cards["painted"].run_button, Qt.MouseButton.LeftButton)
    dialog = view.dialog
    assert isinstance(dialog, RunDialog)
    units, share = dialog.form.widget_of("units"), dialog.form.widget_of("share")
    assert isinstance(units, QSpinBox)
    assert isinstance(share, QDoubleSpinBox)
    assert units.value() == 4
    share.setValue(0.25)
    dialog.size_box.setCurrentIndex(dialog.size_box.findData("paper"))
    assert units.value() == 30
    assert share.value() == 0.25
    words = dialog.command.text()
    assert words.startswith("dissection experiment painted --size paper --share 0.25 --out ")
    dialog.reject()


def test_settings_are_what_the_form_says(view: ExperimentsView) -> None:
    view.ask_run("painted")
    assert view.dialog is not None
    form = view.dialog.form
    form.fill({"names": ("x", "y z"), "loud": True, "units": 7})
    expected = find_experiment("painted").settings.of(names=("x", "y z"), loud=True, units=7)
    assert form.settings == expected
    view.dialog.reject()


def test_a_folder_with_other_files_is_refused_before_anything_runs(
    view: ExperimentsView, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    view.ask_run("painted")
    assert view.dialog is not None
    view.dialog.out.path = str(tmp_path)
    assert "holds other files" in view.dialog.problem.text()
    assert not view.dialog.command.text()
    assert not view.dialog.start.isEnabled()
    view.dialog.reject()


def test_a_result_is_run_from_the_window_and_shown_with_its_picture(
    view: ExperimentsView, qtbot: QtBot, window: MainWindow, dissection: Path, tmp_path: Path
) -> None:
    view.ask_run("layers")
    assert view.dialog is not None
    view.dialog.form.fill({"dissections": (str(dissection),)})
    view.dialog.out.path = str(tmp_path / "layers")
    view.dialog.accept()
    job = ended(window, qtbot)
    assert job.state == JobState.DONE, job.log()
    assert window.context.message.button.text() == "Show result"
    assert window.context.message.goes  # nobody has to put it away
    assert not window.jobs_dock.dock.isVisible()
    with qtbot.waitSignal(view.settled, timeout=10_000):
        window.context.message.button.click()
    assert view.page.first.opened is not None
    assert view.page.first.opened.folder == tmp_path / "layers"
    plain = run_experiment("layers", dissections=(str(dissection),))
    assert view.page.first.opened.result.table() == plain.table()
    assert not view.cards.cards["layers"].picture.pixmap().isNull()


def test_a_job_that_was_stopped_goes_on_and_comes_to_the_same(
    view: ExperimentsView,
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = tmp_path / "catalog"
    more.mkdir()
    (more / "painted.py").write_text(PAINTED)  # the child process is to know it, too
    (tmp_path / "sitecustomize.py").write_text(
        f"import dissection.experiments.catalog as c\nc.__path__.append({str(more)!r})\n"
    )
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), before))))
    view.ask_run("painted")
    assert view.dialog is not None
    view.dialog.form.fill({"units": 30, "loud": True})
    view.dialog.out.path = str(tmp_path / "out")
    view.dialog.accept()
    job = window.jobs.jobs[-1]
    begun = lambda: job.progress is not None and job.progress.done > 0  # noqa: E731
    qtbot.waitUntil(lambda: begun() or job.state in ENDED, timeout=600_000)
    assert job.state == JobState.RUNNING, job.log()
    job.stop()
    assert ended(window, qtbot).state == JobState.STOPPED, job.log()
    assert not (tmp_path / "out" / "result.json").exists()
    window.jobs.resume(job)
    qtbot.waitUntil(lambda: job.state in (JobState.DONE, JobState.FAILED), timeout=600_000)
    assert job.state == JobState.DONE, job.log()
    again = load_result(tmp_path / "out")
    assert again.summary == {"units": 30, "steps": 465}
    assert again.table() == run_experiment("painted", units=30).table()


def test_a_layer_that_is_not_there_ends_the_job_with_a_sentence(
    view: ExperimentsView, qtbot: QtBot, window: MainWindow, dissection: Path, tmp_path: Path
) -> None:
    view.ask_run("layers")
    assert view.dialog is not None
    view.dialog.form.fill({"dissections": (str(dissection),), "layers": ("layer9",)})
    view.dialog.out.path = str(tmp_path / "layers")
    view.dialog.accept()
    job = ended(window, qtbot)
    assert job.state == JobState.FAILED
    assert "layer9" in job.sentence
    assert "Traceback" not in job.log()
