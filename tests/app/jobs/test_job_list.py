"""Jobs in child processes: queued, stopped, killed, resumed, and found again by the next window."""

import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from pytestqt.qtbot import QtBot

from ganpaint.jobs import job_list
from ganpaint.jobs.job import Job, JobState
from ganpaint.jobs.job_list import JobList
from ganpaint.jobs.log_dialog import LogDialog
from ganpaint.jobs.panel import JobsPanel
from ganpaint.jobs.process_job import ProcessJob

posix = pytest.mark.skipif(os.name != "posix", reason="signals of another kind")


@pytest.fixture(autouse=True)
def resumable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_list, "RESUMABLE", ("slow", "quick", "fail", "crash"))


def wait(qtbot: QtBot, job: Job, state: JobState) -> None:
    qtbot.waitUntil(lambda: job.state == state, timeout=60_000)


def started(qtbot: QtBot, job: Job, least: int = 2) -> None:
    qtbot.waitUntil(lambda: job.progress is not None and job.progress.done >= least, timeout=60_000)


def test_a_job_tells_where_it_stands_and_what_it_made(
    qtbot: QtBot, jobs: JobList, tmp_path: Path
) -> None:
    called: list[int] = []
    job = jobs.submit("Count", ["quick", str(tmp_path / "n")], lambda: called.append(1))
    wait(qtbot, job, JobState.DONE)
    assert job.progress is not None
    assert (job.progress.stage, job.progress.done) == ("counting", 100)
    assert job.result == {"file": str(tmp_path / "n")}
    assert called == [1]
    assert job.command in job.log()
    assert not job.can_stop
    assert not job.can_resume


@posix
def test_a_job_runs_at_low_priority(qtbot: QtBot, jobs: JobList, tmp_path: Path) -> None:
    job = jobs.submit("Count", ["slow", str(tmp_path / "n")])
    started(qtbot, job)
    assert psutil.Process(job.number).nice() > psutil.Process().nice()


def test_two_jobs_queue(qtbot: QtBot, jobs: JobList, tmp_path: Path) -> None:
    first = jobs.submit("One", ["slow", str(tmp_path / "a")])
    second = jobs.submit("Two", ["quick", str(tmp_path / "b")])
    third = jobs.submit("Three", ["quick", str(tmp_path / "c")])
    started(qtbot, first)
    assert second.state == third.state == JobState.WAITING
    third.stop()  # it has not begun
    assert third.state == JobState.STOPPED
    assert "not started" in third.sentence
    first.stop()
    wait(qtbot, first, JobState.STOPPED)
    wait(qtbot, second, JobState.DONE)
    assert not (tmp_path / "c").exists()


def test_a_stopped_job_goes_on_where_it_was(qtbot: QtBot, jobs: JobList, tmp_path: Path) -> None:
    where = tmp_path / "n"
    job = jobs.submit("Count", ["slow", str(where)])
    started(qtbot, job, 5)
    job.stop()
    wait(qtbot, job, JobState.STOPPED)
    assert "what is finished is kept" in job.sentence
    reached = int(where.read_text())
    jobs.resume(job)
    started(qtbot, job, reached + 1)
    wait(qtbot, job, JobState.DONE)


@posix
def test_a_killed_job_is_told_and_can_be_resumed(
    qtbot: QtBot, jobs: JobList, tmp_path: Path
) -> None:
    job = jobs.submit("Count", ["slow", str(tmp_path / "n")])
    started(qtbot, job)
    os.kill(job.number, signal.SIGKILL)
    wait(qtbot, job, JobState.FAILED)
    assert "memory ran out" in job.sentence
    assert "resume it to go on" in job.sentence
    assert job.can_resume
    jobs.resume(job)
    wait(qtbot, job, JobState.DONE)


@pytest.mark.parametrize(
    ("kind", "said"), [("fail", "There is no layer9."), ("crash", "Traceback: something")]
)
def test_how_it_failed_is_told(
    qtbot: QtBot, jobs: JobList, tmp_path: Path, kind: str, said: str
) -> None:
    job = jobs.submit("Count", [kind, str(tmp_path / "n")])
    after = jobs.submit("After", ["quick", str(tmp_path / "m")])
    wait(qtbot, job, JobState.FAILED)
    assert said in job.sentence
    wait(qtbot, after, JobState.DONE)  # one that fails does not hold up the others


def test_a_command_that_cannot_be_started_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    jobs = JobList(tmp_path / "jobs", (str(tmp_path / "nothing"),))
    job = jobs.submit("Count", ["quick", "x"])
    assert job.state == JobState.FAILED
    assert "cannot be started" in job.sentence
    jobs.close()


def test_a_pause_keeps_the_units_so_far(qtbot: QtBot, jobs: JobList, tmp_path: Path) -> None:
    job = jobs.submit("Try", ["quick", str(tmp_path / "n")], pause_after=30)
    wait(qtbot, job, JobState.STOPPED)
    assert "provisional" in job.sentence
    assert Path(job.result["provisional"]).is_dir()
    jobs.resume(job)
    wait(qtbot, job, JobState.DONE)
    jobs.remove(job)
    assert job not in jobs.jobs
    assert not job.files.folder.exists()


def test_the_next_window_finds_a_job_that_runs(
    qtbot: QtBot, tmp_path: Path, command: tuple[str, ...]
) -> None:
    first = JobList(tmp_path / "jobs", command)
    job = first.submit("Count", ["slow", str(tmp_path / "n")])
    waiting = first.submit("After", ["quick", str(tmp_path / "m")])
    started(qtbot, job)
    number = job.number
    first.close(keep_running=True)
    assert psutil.pid_exists(number)
    second = JobList(tmp_path / "jobs", command)
    second.begin()
    found, after = second.jobs
    assert isinstance(found, ProcessJob)
    assert (found.title, found.state, found.number) == ("Count", JobState.RUNNING, number)
    assert after.title == waiting.title
    wait(qtbot, found, JobState.DONE)
    wait(qtbot, after, JobState.DONE)
    second.close()


def test_what_ended_while_no_window_was_open_is_told(
    qtbot: QtBot, tmp_path: Path, command: tuple[str, ...]
) -> None:
    first = JobList(tmp_path / "jobs", command)
    job = first.submit("Count", ["quick", str(tmp_path / "n")])
    lost = first.submit("Lost", ["slow", str(tmp_path / "m")])
    first.close(keep_running=True)
    psutil.Process(job.number).wait(20)
    lost.record.state, lost.record.number = "running", 2**22 + 5  # as after a power cut
    lost.files.write()
    second = JobList(tmp_path / "jobs", command)
    told: list[str] = []
    second.ended.connect(lambda job: told.append(job.title))
    second.begin()
    assert second.jobs[0].state == JobState.DONE
    assert second.jobs[0].result == {"file": str(tmp_path / "n")}
    assert second.jobs[1].state == JobState.FAILED
    assert "resume it" in second.jobs[1].sentence
    assert told == ["Count", "Lost"]
    second.close()


def test_stopped_with_the_window_it_goes_on_with_the_next(
    qtbot: QtBot, tmp_path: Path, command: tuple[str, ...]
) -> None:
    first = JobList(tmp_path / "jobs", command)
    job = first.submit("Count", ["slow", str(tmp_path / "n")])
    started(qtbot, job)
    number = job.number
    first.close(keep_running=False)
    assert not psutil.pid_exists(number)
    second = JobList(tmp_path / "jobs", command)
    second.begin()
    wait(qtbot, second.jobs[0], JobState.DONE)
    second.close()
    third = JobList(tmp_path / "jobs", command)
    third.begin()
    assert [job.state for job in third.jobs] == [JobState.DONE]
    third.close()


def test_damaged_records_are_left_alone(
    qtbot: QtBot, tmp_path: Path, command: tuple[str, ...]
) -> None:
    folder = tmp_path / "jobs"
    for name, text in (("a", "{"), ("b", '{"title": 3, "arguments": []}'), ("c", "[]")):
        (folder / name).mkdir(parents=True)
        (folder / name / "job.json").write_text(text)
    jobs = JobList(folder, command)
    jobs.begin()
    assert jobs.jobs == ()
    assert (folder / "a" / "job.json").read_text() == "{"
    jobs.close()


def test_the_command_line_of_a_record_that_cannot_be_started_is_told(
    qtbot: QtBot, tmp_path: Path, command: tuple[str, ...]
) -> None:
    odd = {
        "null": ["dissect", "a\0b"],
        "half": ["dissect", "\ud800"],
        "number": [1, 2],
        "none": [],
        "state": ["dissect"],
    }
    for name, words in odd.items():
        folder = tmp_path / "jobs" / name
        folder.mkdir(parents=True)
        told = {"title": name, "arguments": words, "state": "no" if name == "state" else "waiting"}
        (folder / "job.json").write_text(json.dumps(told))
    jobs = JobList(tmp_path / "jobs", command)
    jobs.begin()
    assert sorted(job.title for job in jobs.jobs) == ["half", "null"]
    qtbot.waitUntil(lambda: all(job.state == JobState.FAILED for job in jobs.jobs), timeout=60_000)
    assert all(job.sentence.startswith("It cannot be started") for job in jobs.jobs)
    jobs.close()


@pytest.mark.parametrize("name", ["W" * 300, "<b>a</b> " * 60, "a\nb\t" * 50, "\ud800 \u202e", ""])
def test_a_name_of_a_job_pushes_no_button_out_of_view(qtbot: QtBot, name: str) -> None:
    jobs = JobList()
    panel = JobsPanel(jobs)
    qtbot.addWidget(panel)
    panel.resize(600, 300)
    panel.show()
    job = jobs.track(name, lambda: None)
    job.fail(f"There is no {name}.")
    row = panel.row(job)
    qtbot.waitUntil(lambda: row.remove.isVisible() and row.width() > 100, timeout=60_000)
    seen = QRect(row.remove.mapTo(panel, QPoint(0, 0)), row.remove.size())
    assert panel.rect().contains(seen)
    assert row.title.text().isprintable()
    assert row.title.text()
    assert row.line.textFormat() == Qt.TextFormat.PlainText
    assert row.line.text().replace("\u200b", "").isprintable()
    jobs.close()


@pytest.mark.qt_log_ignore("propagateSizeHints")  # of the platform that has no screen
def test_a_log_shows_no_control_characters_and_stays_where_it_is_read(
    qtbot: QtBot, jobs: JobList, tmp_path: Path
) -> None:
    job = jobs.submit("Count", ["quick", str(tmp_path / "n")])
    wait(qtbot, job, JobState.DONE)
    job.files.log.write_text(
        "1 %\r2 %\r\n\x1b[31m\u202e\xa0\tend\n" + "more\n" * 200, "utf-8", newline=""
    )
    dialog = LogDialog(job)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.text.toPlainText().startswith("1 %\n2 %\n\\x1b[31m\\u202e\\xa0\tend\nmore\n")
    dialog.text.verticalScrollBar().setValue(3)
    job.changed.emit()
    assert dialog.text.verticalScrollBar().value() == 3


def test_a_job_of_the_window_itself(qtbot: QtBot, jobs: JobList) -> None:
    asked: list[int] = []
    job = jobs.track("Movie", lambda: asked.append(1))
    job.tell("rendering", 3, 10)
    assert job in jobs.active
    job.stop()
    job.give_up()
    assert asked == [1]
    assert job.state == JobState.STOPPED


def test_the_interpreter_is_the_one_that_runs() -> None:
    assert (sys.executable, "-m", "dissection") == job_list.COMMAND
