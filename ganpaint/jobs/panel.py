"""The panel of everything that takes time."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from ganpaint.jobs.job import Job
from ganpaint.jobs.job_list import JobList
from ganpaint.jobs.log_dialog import LogDialog
from ganpaint.jobs.row import JobRow
from ganpaint.toolkit.theme import GRID

_EMPTY = "Nothing runs. What takes time, such as the menu Dissect and movies, is shown here."


class JobsPanel(QScrollArea):
    """The list of jobs, the newest first.

    Args:
        jobs: what is shown.
        parent: the dock.

    Signals:
        opened(object): the result of a job is to be shown.
    """

    opened = Signal(object)

    def __init__(self, jobs: JobList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._rows: dict[Job, JobRow] = {}
        self.log: LogDialog | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget(self)
        inner.setObjectName("jobs")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(GRID, GRID, GRID, GRID)
        self._column.setSpacing(GRID)
        self.empty = QLabel(_EMPTY, inner)
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self._column.addWidget(self.empty)
        self._column.addStretch(1)
        self.setWidget(inner)
        jobs.added.connect(self._add)
        jobs.removed.connect(self._remove)
        for job in jobs.jobs:
            self._add(job)

    def row(self, job: Job) -> JobRow:
        """The row of a job."""
        return self._rows[job]

    def show_log(self, job: Job) -> None:
        """What a job wrote, and the command that does the same."""
        if self.log is not None:
            self.log.deleteLater()  # or the window would keep every one
        self.log = LogDialog(job, self.window())
        self.log.show()

    def _add(self, job: Job) -> None:
        row = JobRow(job, self.widget())
        row.opened.connect(self.opened)
        row.resumed.connect(self._jobs.resume)
        row.removed.connect(self._jobs.remove)
        row.log_asked.connect(self.show_log)
        self._rows[job] = row
        self._column.insertWidget(0, row)
        self.empty.hide()

    def _remove(self, job: Job) -> None:
        row = self._rows.pop(job)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.empty.setVisible(not self._rows)
