"""Where the jobs are seen: a line beside the tabs, and a panel below them on request.

The line says what runs, and what has ended since somebody looked. Only what went wrong opens the
panel: a picture that is painted on keeps its room.
"""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolButton

from ganpaint.jobs.job import Job, JobState
from ganpaint.jobs.job_list import JobList
from ganpaint.jobs.panel import JobsPanel
from ganpaint.jobs.wording import percent
from ganpaint.toolkit.plain import in_menu, shortened

#: Letters of a job beside the tabs.
_LETTERS = 32


class JobsDock(QObject):
    """Docks the panel of jobs, and shows it when a job goes wrong.

    Args:
        jobs: what is shown.
        window: gets the dock.

    Attributes:
        dock: closed at first.
        panel: what is in it.
        line: a button that says what runs, or has ended, and shows the panel.
    """

    def __init__(self, jobs: JobList, window: QMainWindow) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._ended: Job | None = None  # well, and nobody has looked since
        self.panel = JobsPanel(jobs, window)
        self.dock = QDockWidget("Jobs", window)
        self.dock.setObjectName("jobs")
        self.dock.setWidget(self.panel)
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.dock)
        self.dock.hide()
        self.dock.visibilityChanged.connect(self._note_look)
        self.line = QToolButton(window)
        self.line.setToolTip("What takes time; a click shows the panel of jobs")
        self.line.clicked.connect(self._toggle)
        self.line.hide()
        jobs.added.connect(lambda _: self._show_line())
        jobs.changed.connect(lambda _: self._show_line())
        jobs.removed.connect(self._note_removal)
        jobs.ended.connect(self._note_end)

    def show(self) -> None:
        """Bring the panel up."""
        self.dock.show()
        self.dock.raise_()

    def _toggle(self) -> None:
        self.dock.setVisible(not self.dock.isVisible())

    def _note_end(self, job: Job) -> None:
        if job.state == JobState.FAILED:
            self.show()
        elif job.state == JobState.DONE and not self.dock.isVisible():
            self._ended = job
        self._show_line()

    def _note_look(self, shown: bool) -> None:
        if shown:
            self._ended = None
            self._show_line()

    def _note_removal(self, job: Job) -> None:
        if job is self._ended:
            self._ended = None
        self._show_line()

    def _show_line(self) -> None:
        active = self._jobs.active
        self.line.setVisible(bool(active) or self._ended is not None)
        if not active and self._ended is not None:
            self.line.setText(f"Done: {in_menu(shortened(self._ended.title, _LETTERS))}")
        elif active:
            job = active[0]
            done = percent(job)
            waiting = sum(j.state == JobState.WAITING for j in self._jobs.jobs)
            title = in_menu(shortened(job.title, _LETTERS))
            said = title if done is None else f"{title}: {done} %"
            self.line.setText(f"{said}, {waiting} more" if waiting else said)
