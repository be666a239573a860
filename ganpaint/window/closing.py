"""What becomes of jobs that run when the window is closed."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from ganpaint.jobs.job import ACTIVE, JobState
from ganpaint.jobs.job_list import JobList
from ganpaint.toolkit.plain import in_sentence


def ask_about_jobs(jobs: JobList, window: QWidget) -> bool | None:
    """Ask, where a process runs, whether it is to go on without the window.

    Returns:
        True where processes go on, False where they are stopped to go on with the next window,
        None where the window stays open.
    """
    running = [job for job in jobs.processes if job.state in ACTIVE]
    if not running:
        return False
    waiting = sum(job.state == JobState.WAITING for job in jobs.processes)
    box = QMessageBox(window)
    box.setObjectName("closing")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("A job is running")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"{in_sentence(running[0].title)} is not finished.")
    later = f" {waiting} more wait, and begin when GANPaint is opened again." if waiting else ""
    box.setInformativeText(
        "It can go on in the background, or stop now and go on where it was when GANPaint is "
        f"opened again.{later}"
    )
    keep = box.addButton("Keep running", QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton("Stop, go on next time", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(keep)
    box.exec()
    if box.clickedButton() is keep:
        return True
    return False if box.clickedButton() is stop else None
