"""One job in the panel: what it does, where it stands, and what can be done with it."""

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import plain_text
from ganpaint.jobs.job import ACTIVE, ENDED, Job, JobState
from ganpaint.jobs.wording import percent, told
from ganpaint.toolkit.name_label import NameLabel
from ganpaint.toolkit.plain import breakable, plain
from ganpaint.toolkit.theme import GRID


class JobRow(QFrame):
    """Shows a job; only buttons that do something now are there.

    Signals:
        opened(object): the result of the job is to be shown.
        resumed(object): the job is to go on.
        removed(object): the job is to leave the list.
        log_asked(object): its log is to be shown.
    """

    opened = Signal(object)
    resumed = Signal(object)
    removed = Signal(object)
    log_asked = Signal(object)

    def __init__(self, job: Job, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("job")
        self.job = job
        self.title = NameLabel(self)
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.title.setText(job.title)
        self.line = plain(QLabel(self, wordWrap=True))
        self.line.setProperty("role", "muted")
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.open = self._button("Open", "Show what it made", self.opened)
        self.resume = self._button("Resume", "Go on where it was", self.resumed)
        self.stop = QPushButton("Stop", self)
        self.stop.clicked.connect(job.stop)
        self.show_log = self._button("Log", "What it wrote on the way", self.log_asked)
        self.remove = self._button(
            "Remove", "Take it off the list; what it made stays", self.removed
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID // 2)
        for button in (self.open, self.resume, self.stop, self.show_log, self.remove):
            buttons.addWidget(button)
        texts = QVBoxLayout()
        texts.setSpacing(GRID // 2)
        texts.addWidget(self.title)
        texts.addWidget(self.line)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addLayout(texts, 1)
        row.addLayout(buttons)
        row.setAlignment(buttons, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, GRID, GRID, GRID)
        column.setSpacing(GRID // 2)
        column.addLayout(row)
        column.addWidget(self.bar)
        job.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Take over what the job says."""
        job, done = self.job, percent(self.job)
        self.line.setText(breakable(plain_text(told(job))))
        self.bar.setVisible(job.state in ACTIVE)
        self.bar.setRange(0, 100 if done is not None else 0)
        self.bar.setValue(done or 0)
        self.open.setVisible(bool(job.result))
        provisional = "provisional" in job.result
        self.open.setText("Show units so far" if provisional else "Open")
        self.resume.setVisible(job.can_resume)
        self.resume.setText("Go on" if provisional else "Resume")
        self.stop.setVisible(job.can_stop)
        stopping = job.state == JobState.STOPPING
        self.stop.setText("End now" if stopping else "Stop")
        self.stop.setToolTip(
            "End it at once; what is finished is kept"
            if stopping
            else "End it after the batch at hand; what is finished is kept"
        )
        self.remove.setVisible(job.state in ENDED)
        self.show_log.setVisible(bool(job.command) and job.state != JobState.WAITING)

    def _button(self, text: str, tip: str, signal: SignalInstance) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.clicked.connect(lambda: signal.emit(self.job))
        return button
