"""The menu Dissect, on real child processes: what goes well, and what goes wrong."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from ganpaint.jobs.dissect_dialog import DissectDialog
from ganpaint.jobs.job import Job, JobState
from ganpaint.jobs.process_job import ProcessJob
from ganpaint.painter.canvas.picture_item import to_array
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
posix = pytest.mark.skipif(os.name != "posix", reason="signals of another kind")
OpenWindow = Callable[..., MainWindow]
LONG = 120_000


def dissect_words(model: Path, out: Path, size: int = 6) -> list[str]:
    words = ["dissect", "--model", str(model), "--layers", "layer3", "--out", str(out)]
    words += ["--segmenter", "colors", "--size", str(size), "--batch", "3", "--grid", "16"]
    return [*words, "--effect-size", "0", "--strength-size", "0"]


def wait(qtbot: QtBot, job: Job, state: JobState) -> None:
    qtbot.waitUntil(lambda: job.state == state or bool(job.sentence), timeout=LONG)
    assert job.state == state, job.sentence


def sampled(qtbot: QtBot, job: Job) -> None:
    """Wait until some batches are finished."""
    qtbot.waitUntil(
        lambda: job.progress is not None and 0 < job.progress.done < job.progress.total,
        timeout=LONG,
    )


def the_job(window: MainWindow) -> ProcessJob:
    return window.jobs.processes[-1]


def test_a_precompute_from_the_menu_is_stopped_resumed_and_painted_with(
    qtbot: QtBot, open_window: OpenWindow, model: Path, tmp_path: Path
) -> None:
    settings = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    window = open_window(
        "--model", str(model), "--seed", "3", settings=settings, data=tmp_path / "data"
    )
    painter = window.stack.tabs["painter"]
    assert painter.document.palette.brushes == ()
    window.dissecting.dissect()
    dialog = window.dissecting.dialog
    assert isinstance(dialog, DissectDialog)
    form = dialog.form
    assert form.model.currentText() == str(model)
    qtbot.waitUntil(lambda: form.layers.count() > 0, timeout=LONG)
    form.layers.choose(["layer3"])
    form.segmenter.setCurrentText("colors")
    form.sample_size.setValue(600)
    form.batch.setValue(4)
    form.effects.setValue(0)
    form.strengths.setValue(0)
    dialog.start.click()
    job = the_job(window)
    sampled(qtbot, job)
    assert not window.jobs_dock.dock.isVisible()  # the line tells enough
    window.jobs_dock.line.click()
    assert window.jobs_dock.dock.isVisible()
    window.jobs_dock.panel.row(job).stop.click()
    wait(qtbot, job, JobState.STOPPED)
    assert painter.document.palette.brushes == ()
    window.jobs_dock.panel.row(job).resume.click()
    wait(qtbot, job, JobState.DONE)
    brushes = painter.document.palette.brushes
    assert brushes
    painter.document.choose_concept(brushes[0].concept)
    assert painter.document.in_hand is not None
    assert set(painter.document.in_hand.brush.layers) == {"layer3"}
    assert [each.dissection.layers for each in window.context.dissections] == [("layer3",)]
    before = to_array(painter.canvas.shown)
    viewport = painter.canvas.viewport()
    with qtbot.waitSignal(painter.live.settled, timeout=LONG):
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    assert len(painter.document.edit_of(painter.document.scene).strokes) == 1
    assert (to_array(painter.canvas.shown) != before).any()
    # The next time the dialog begins with the same choice.
    window.dissecting.dissect()
    again = window.dissecting.dialog
    assert isinstance(again, DissectDialog)
    assert again.form.sample_size.value() == 600
    again.reject()


@posix
def test_a_child_killed_by_the_system_leaves_the_window_and_can_be_resumed(
    qtbot: QtBot, open_window: OpenWindow, model: Path, tmp_path: Path
) -> None:
    window = open_window("--model", str(model), data=tmp_path / "data")
    job = window.jobs.submit("Dissect", dissect_words(model, tmp_path / "d", 900))
    sampled(qtbot, job)
    os.kill(job.number, signal.SIGKILL)
    wait(qtbot, job, JobState.FAILED)
    assert "memory ran out" in window.context.message.text
    assert window.jobs_dock.dock.isVisible()
    window.context.message.button.click()
    assert job.state == JobState.RUNNING
    wait(qtbot, job, JobState.DONE)
    assert (tmp_path / "d" / "dissection.json").exists()


@posix
def test_a_full_disk_is_told_and_resumed_when_there_is_room(
    qtbot: QtBot, open_window: OpenWindow, model: Path, tmp_path: Path
) -> None:
    import resource

    window = open_window("--model", str(model), data=tmp_path / "data")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may be larger than 64 kB: as on a full disk, the space for maps cannot be had.
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, before[1]))
    try:
        job = window.jobs.submit("Dissect", dissect_words(model, tmp_path / "d", 60))
        qtbot.waitUntil(lambda: job.state != JobState.WAITING, timeout=LONG)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    wait(qtbot, job, JobState.FAILED)
    assert "Cannot keep" in job.sentence
    assert "free some space" in window.context.message.text
    window.context.message.button.click()
    wait(qtbot, job, JobState.DONE)
    assert window.stack.tabs["painter"].document.palette.brushes


def test_a_folder_without_pictures_is_told(
    qtbot: QtBot, open_window: OpenWindow, model: Path, tmp_path: Path
) -> None:
    import torch
    from torchvision.models import resnet18

    torch.save(resnet18(num_classes=3).state_dict(), tmp_path / "resnet.pth")
    (tmp_path / "empty").mkdir()
    window = open_window("--model", str(model), data=tmp_path / "data")
    window.dissecting.dissect_classifier("torchvision:resnet18", str(tmp_path / "resnet.pth"))
    dialog = window.dissecting.dialog
    assert isinstance(dialog, DissectDialog)
    qtbot.waitUntil(lambda: dialog.form.layers.count() > 0, timeout=LONG)
    dialog.form.layers.choose(["layer1"])
    dialog.form.images.path = str(tmp_path / "empty")
    dialog.start.click()
    job = the_job(window)
    wait(qtbot, job, JobState.FAILED)
    assert str(tmp_path / "empty") in window.context.message.text
    assert "Traceback" not in job.log()
    assert window.isVisible()


def test_two_jobs_of_the_window_queue(
    qtbot: QtBot, open_window: OpenWindow, model: Path, tmp_path: Path
) -> None:
    window = open_window("--model", str(model), data=tmp_path / "data")
    first = window.jobs.submit("First", dissect_words(model, tmp_path / "one", 30))
    second = window.jobs.submit("Second", dissect_words(model, tmp_path / "two"))
    qtbot.waitUntil(lambda: first.state == JobState.RUNNING, timeout=LONG)
    assert second.state == JobState.WAITING
    window.jobs_dock.show()
    panel = window.jobs_dock.panel
    assert panel.row(first).isVisible()
    assert panel.row(second).isVisible()
    wait(qtbot, first, JobState.DONE)
    wait(qtbot, second, JobState.DONE)
    assert all((tmp_path / name / "dissection.json").exists() for name in ("one", "two"))


def test_the_panel_of_jobs_opens_on_failure_and_on_request(
    qtbot: QtBot, window: MainWindow
) -> None:
    dock, line = window.jobs_dock.dock, window.jobs_dock.line
    good = window.jobs.track("Movie of a town", lambda: None)
    good.tell("rendering", 40, 100)
    assert line.text() == "Movie of a town: 40 %"
    assert line.isVisible()
    good.finish("It is in town.mp4.")
    assert not dock.isVisible()
    assert line.text() == "Done: Movie of a town"  # until somebody has looked
    line.click()
    assert dock.isVisible()
    assert not line.isVisible()
    dock.close()
    window.jobs.track("Another", lambda: None).fail("The disk is full.")
    assert dock.isVisible()
    assert not line.isVisible()
    dock.close()
    removed = window.jobs.track("A third", lambda: None)
    removed.finish("")
    assert not line.isVisible()  # what is said there goes before
    window.context.message.put_away()
    assert line.isVisible()
    window.jobs.remove(removed)
    assert not line.isVisible()


def test_a_damaged_dissection_is_told(
    qtbot: QtBot, open_window: OpenWindow, model: Path, dissection: Path, tmp_path: Path
) -> None:
    window = open_window("--model", str(model), data=tmp_path / "data")
    folder = tmp_path / "damaged"
    folder.mkdir()
    for path in dissection.iterdir():
        data = path.read_bytes()
        (folder / path.name).write_bytes(data[: len(data) // 2])
    window.dissecting.results.take(folder)
    assert str(folder) in window.context.message.text
    assert window.stack.tabs["painter"].document.palette.brushes == ()
    window.dissecting.results.take(dissection)
    assert window.stack.tabs["painter"].document.palette.brushes


def test_a_dissection_of_another_network_goes_to_the_units(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    from dissection.results.store import save_dissection
    from support.synthetic import make_dissection

    save_dissection(make_dissection("other", "ab" * 32), tmp_path / "other")
    brushes = window.stack.tabs["painter"].document.palette.brushes
    window.dissecting.results.take(tmp_path / "other")
    assert window.stack.tabs["painter"].document.palette.brushes == brushes
    assert [each.name for each in window.context.dissections][1:] == ["other"]
    window.dissecting.results.take(tmp_path / "other")  # again
    assert len(window.context.dissections) == 2
    window.context.message.button.click()
    assert window.stack.current == "units"
    units = window.stack.tabs["units"]
    assert units.view.browsed.loaded is window.context.dissections[1]


def test_few_inputs_do_not_take_the_place_of_many(
    qtbot: QtBot, window: MainWindow, model: Path, tmp_path: Path
) -> None:
    from dissection.results.store import save_dissection
    from dissection.runtime.files import file_digest
    from support.synthetic import make_dissection

    painter = window.stack.tabs["painter"]
    digest, before = file_digest(model), painter.document.palette.dissection
    shape = (32, 8, 8)
    few = make_dissection("tiny", digest, {"layer3": shape}, sample=7)
    save_dissection(few, tmp_path / "few")
    window.dissecting.results.take(tmp_path / "few")
    assert painter.document.palette.dissection is before
    assert [each.dissection.layers for each in window.context.dissections][1:] == [("layer3",)]
    more = make_dissection("tiny", digest, {"layer4": shape}, sample=200)
    save_dissection(more, tmp_path / "more")
    window.dissecting.results.take(tmp_path / "more")
    assert painter.document.palette.dissection is not before
    assert painter.document.dissection_folder == tmp_path / "more"  # this window keeps nothing


def test_a_layer_that_was_dissected_joins_what_is_there(
    qtbot: QtBot, open_window: OpenWindow, model: Path, dissection: Path, tmp_path: Path
) -> None:
    from dissection.results.store import load_dissection, save_dissection
    from dissection.runtime.files import file_digest
    from support.synthetic import make_dissection

    words = ("--model", str(model), "--dissection", str(dissection))
    window = open_window(*words, data=tmp_path / "data")
    painter = window.stack.tabs["painter"]
    new = make_dissection("tiny", file_digest(model), {"layer5": (16, 16, 16)})
    save_dissection(new, tmp_path / "new")
    window.dissecting.results.take(tmp_path / "new")
    assert painter.document.palette.layers == ("layer3", "layer4", "layer5")
    kept = tmp_path / "data" / "dissections" / "tiny"
    assert load_dissection(kept).layers == ("layer3", "layer4", "layer5")
    assert painter.document.dissection_folder == kept


def press(button: str) -> None:
    """Press a button of the question that is asked when the window closes."""
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        next(b for b in box.buttons() if b.text().replace("&", "") == button).click()
    else:
        QTimer.singleShot(50, lambda: press(button))


@pytest.mark.parametrize("answer", ["Keep running", "Stop, go on next time"])
def test_the_window_is_closed_and_opened_again_while_a_job_runs(
    qtbot: QtBot, open_window: OpenWindow, model: Path, tmp_path: Path, answer: str
) -> None:
    data = tmp_path / "data"
    first = open_window("--model", str(model), data=data)
    job = first.jobs.submit("Dissect", dissect_words(model, tmp_path / "d", 2000))
    sampled(qtbot, job)
    number = job.number
    QTimer.singleShot(0, lambda: press("Cancel"))
    assert not first.close()
    assert first.isVisible()
    QTimer.singleShot(0, lambda: press(answer))
    assert first.close()
    assert psutil.pid_exists(number) == (answer == "Keep running")
    second = open_window("--model", str(model), data=data)
    found = the_job(second)
    assert found.title == "Dissect"
    assert second.jobs_dock.line.isVisible()
    assert not second.jobs_dock.dock.isVisible()
    wait(qtbot, found, JobState.DONE)
    assert json.loads((tmp_path / "d" / "dissection.json").read_text())["model"] == "tiny"
    painter = second.stack.tabs["painter"]
    qtbot.waitUntil(lambda: bool(painter.document.palette.brushes), timeout=LONG)
    assert np.any([brush.iou > 0 for brush in painter.document.palette.brushes])
