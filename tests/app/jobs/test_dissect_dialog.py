"""The dialog that asks what to dissect, and the panel of jobs."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from dissection.measurement.settings import DissectionSettings
from dissection.runtime.progress import Progress
from ganpaint.jobs.dissect_dialog import DissectDialog
from ganpaint.jobs.dissect_form import LABELS
from ganpaint.jobs.inquiry import Inquiry
from ganpaint.jobs.job import JobState, WindowJob
from ganpaint.jobs.job_list import JobList
from ganpaint.jobs.panel import JobsPanel
from ganpaint.jobs.wording import percent, told_bytes, told_progress, told_time
from ganpaint.toolkit.dialog_size import open_at
from ganpaint.toolkit.theme import Theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
LAYERS = [["layer1", 8, 4, 4], ["layer2", 8, 8, 8], ["layer3", 6, 8, 8]]


class Answers(Inquiry):
    """Answers at once, in place of a process."""

    def __init__(self, parent: object = None) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def ask(self, arguments: Sequence[str]) -> None:
        self.asked.append(list(arguments))
        if arguments[0] == "layers":
            classifier = "net" in arguments[2]
            takes = "pictures" if classifier else "latents"
            self.answered.emit({"name": "x", "takes": takes, "layers": LAYERS})
        else:
            stages = {"sampling": 100.0, "effect": 20.0}
            self.answered.emit(
                {"seconds": 120.0, "stages": stages, "memory": 2e9, "disk": 3e8, "free": 1e8}
            )


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DissectDialog:
    monkeypatch.setattr("ganpaint.jobs.command_dialog.Inquiry", Answers)
    settings = DissectionSettings(layers=("layer3",), model="tiny.pth", size=12, seed=5)
    made = DissectDialog(
        settings, ["storybook-church"], lambda s: tmp_path / "-".join(s.layers), Theme(),
        lambda _: ["layer2"],
    )  # fmt: skip
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_begins_with_the_last_choice(dialog: DissectDialog, tmp_path: Path) -> None:
    form = dialog.form
    assert form.layers.names == ("layer1", "layer2", "layer3")
    assert "8 units, 8 × 8 cells, measured already" in form.layers.item(1).text()
    assert form.settings == DissectionSettings(
        layers=("layer3",), model="tiny.pth", size=12, seed=5
    )
    assert dialog.out.path == str(tmp_path / "layer3")
    assert dialog.start.isEnabled()


def test_the_command_line_does_the_same(dialog: DissectDialog, tmp_path: Path) -> None:
    dialog.form.layers.item(0).setCheckState(Qt.CheckState.Checked)
    dialog.form.segmenter.setCurrentText("colors")
    dialog.form.quantile.setValue(0.995)
    words = shlex.split(dialog.command.text())
    assert words[words.index("--layers") + 1] == "layer1,layer3"
    assert words[words.index("--quantile") + 1] == "0.995"
    assert words[words.index("--out") + 1] == str(tmp_path / "layer1-layer3")
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == dialog.command.text()


def test_what_cannot_be_is_said_and_cannot_be_started(dialog: DissectDialog) -> None:
    dialog.form.layers.choose(())
    assert dialog.problem.text() == "Tick at least one layer."
    assert not dialog.start.isEnabled()
    assert not dialog.try_it.isEnabled()
    dialog.form.layers.choose(["layer1"])
    assert not dialog.problem.isVisible()
    assert dialog.start.isEnabled()


def test_classifiers_take_pictures(qtbot: QtBot, dialog: DissectDialog, tmp_path: Path) -> None:
    dialog.form.model.setCurrentText("net.pth")
    qtbot.waitUntil(lambda: dialog.form.takes == "pictures")
    assert dialog.form.images.isVisible()
    dialog.form.images.path = str(tmp_path)
    assert dialog.form.settings.images == str(tmp_path)
    dialog.form.kind.setCurrentIndex(dialog.form.kind.findData(LABELS))
    dialog.form.labels.path = "maps:"
    assert "needs a folder" in dialog.problem.text()
    dialog.form.labels.path = f"maps:{tmp_path}"
    settings = dialog.form.settings
    assert (settings.labels, settings.images, settings.segmenter) == (
        f"maps:{tmp_path}",
        None,
        None,
    )
    assert not dialog.form.segmenter.isVisible()


def test_a_forecast_is_told(dialog: DissectDialog) -> None:
    dialog.foretell.click()
    said = dialog.forecast.text()
    assert "About 2 min" in said
    assert "2.0 GB of memory" in said
    assert "only 100 MB are free" in said
    told = dialog.forecast.text()
    dialog.out.path = str(Path(dialog.out.path).parent / "elsewhere")  # that changes nothing of it
    assert dialog.forecast.text() == told
    assert "elsewhere" in dialog.command.text()
    dialog.form.sample_size.setValue(13)  # it was of another choice
    assert dialog.forecast.text() == ""


@pytest.mark.parametrize("button", ["start", "try_it"])
def test_it_hands_over_what_was_chosen(
    qtbot: QtBot, dialog: DissectDialog, tmp_path: Path, button: str
) -> None:
    with qtbot.waitSignal(dialog.started) as given:
        getattr(dialog, button).click()
    settings, out, pause = given.args
    assert settings.layers == ("layer3",)
    assert out == str(tmp_path / "layer3")
    assert pause == (30.0 if button == "try_it" else 0.0)
    assert not dialog.isVisible()


def test_an_inquiry_asks_a_process(qtbot: QtBot) -> None:
    inquiry = Inquiry(command=(sys.executable, "-c", "import sys; sys.exit('No such thing')"))
    with qtbot.waitSignal(inquiry.failed, timeout=10_000) as given:
        inquiry.ask(["layers"])
    assert given.args == ["It ended: No such thing (exit status 1)."]
    nobody = Inquiry(command=("/nowhere/python",))
    with qtbot.waitSignal(nobody.failed, timeout=10_000) as given:
        nobody.ask(["layers"])
    assert "/nowhere/python cannot be started" in given.args[0]


def test_the_panel_offers_what_can_be_done(qtbot: QtBot, jobs: JobList, tmp_path: Path) -> None:
    panel = JobsPanel(jobs)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.empty.isVisible()
    job = jobs.submit("Count", ["slow", str(tmp_path / "n")])
    after = jobs.submit("After", ["quick", str(tmp_path / "m")])
    row = panel.row(job)

    def offered(row: object = row) -> set[str]:
        names = ("open", "resume", "stop", "remove")
        return {name for name in names if getattr(row, name).isVisible()}

    qtbot.waitUntil(lambda: job.progress is not None and job.progress.done > 2, timeout=60_000)
    assert "Counting, " in row.line.text()
    assert "of 100" in row.line.text()
    assert offered() == {"stop"}
    assert panel.row(after).line.text() == "Waits for the job before it."
    row.stop.click()
    assert row.stop.text() == "End now"
    qtbot.waitUntil(lambda: job.state == JobState.STOPPED, timeout=60_000)
    assert offered() == {"resume", "remove"}
    row.show_log.click()
    assert panel.log is not None
    assert job.command in panel.log.text.toPlainText()
    panel.log.close()
    qtbot.waitUntil(lambda: after.state == JobState.DONE, timeout=60_000)
    row.resume.click()
    qtbot.waitUntil(lambda: job.state == JobState.DONE, timeout=60_000)
    assert offered() == {"open", "remove"}
    row.remove.click()
    panel.row(after).remove.click()
    assert panel.empty.isVisible()


def test_words() -> None:
    assert told_time(0.2) == "1 s"
    assert told_time(100) == "2 min"
    assert told_time(7800) == "2 h 10 min"
    assert told_bytes(3.4e8) == "340 MB"
    assert told_bytes(2.14e9) == "2.1 GB"
    said = told_progress(Progress("sampling", 340, 1000, 12.34, 65.0, "loss 1"))
    assert said == "Sampling, 340 of 1,000, 12.3 a second, 65 s left in this stage, loss 1"
    ended = Progress("counting", 50, 50, 0.0, 0.0)
    assert told_progress(ended) == "Counting, 50 of 50, more follows"


def test_a_stage_that_is_done_is_not_the_whole_job() -> None:
    job = WindowJob("Two stages", lambda: None)
    job.progress = Progress("counting", 49, 50, 0.0, 1.0)
    assert percent(job) == 98
    job.progress = Progress("counting", 50, 50, 0.0, 0.0)
    assert percent(job) is None  # something is going on still: the bar says so, not 100 %


def test_it_fits_the_lowest_screens(dialog: DissectDialog) -> None:
    screen = dialog.screen().availableGeometry()
    assert dialog.height() < screen.height()
    dialog.form.kind.setCurrentIndex(1)
    dialog.resize(680, 480)
    assert dialog.height() == 480, "what has no room is scrolled to"
    inside = dialog.rect()
    for button in (dialog.start, dialog.try_it):
        at = button.mapTo(dialog, button.rect().bottomRight())
        assert inside.contains(at)
    open_at(dialog, 9999, 9999)
    assert dialog.width() <= screen.width()
    assert dialog.height() < screen.height()


def test_what_a_kind_of_sample_has_no_use_for_is_not_said(
    qtbot: QtBot, dialog: DissectDialog, tmp_path: Path
) -> None:
    """The command refuses what would change nothing."""
    form = dialog.form
    form.workers.setValue(2)
    form.strengths.setValue(4)
    assert not form.workers.isEnabled()
    assert (form.settings.workers, form.settings.strength_size) == (0, 4)
    form.model.setCurrentText("net.pth")
    qtbot.waitUntil(lambda: form.takes == "pictures")
    form.images.path = str(tmp_path)
    assert form.workers.isEnabled()
    assert (form.settings.workers, form.settings.strength_size) == (2, 32)
