"""A job: something that takes time, that can be stopped, and that says where it stands."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Signal

from dissection.runtime.progress import Progress
from dissection.vocabulary import NAMELESS, readable_name


class JobState(StrEnum):
    """Where a job is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


#: A job in one of these states uses the machine.
ACTIVE = (JobState.RUNNING, JobState.STOPPING)
#: A job in one of these has come to an end, for now or for good.
ENDED = (JobState.STOPPED, JobState.DONE, JobState.FAILED)


class Job(QObject):
    """One row of the list of jobs.

    Attributes:
        title: what it does, a few words; as ``readable_name`` has it.
        state: where it is in its life.
        progress: what it told last; None before.
        sentence: how it ended, and what can be done; empty while it runs.
        result: what it made, by kind, such as ``{"dissection": folder}``.

    Signals:
        changed: any of these.
        ended: it stopped, failed or is done.
    """

    changed = Signal()
    ended = Signal()

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = readable_name(title) or NAMELESS  # it has names of files in it
        self.state = JobState.WAITING
        self.progress: Progress | None = None
        self.sentence = ""
        self.result: Mapping[str, Any] = {}

    @property
    def can_stop(self) -> bool:
        """Whether ``stop`` does something."""
        return self.state in (JobState.WAITING, *ACTIVE)

    @property
    def can_resume(self) -> bool:
        """Whether it would go on where it was, or begin again."""
        return False

    @property
    def command(self) -> str:
        """The command line that does the same; empty where there is none."""
        return ""

    def log(self) -> str:
        """Everything that was told on the way."""
        return self.sentence

    def stop(self) -> None:
        """Ask it to end; what is finished is kept where it can be resumed."""
        raise NotImplementedError

    def _end(self, state: JobState, sentence: str) -> None:
        self.state, self.sentence = state, sentence
        self.changed.emit()
        self.ended.emit()


class WindowJob(Job):
    """A job inside the program, such as a movie: whoever does it tells where it stands.

    Args:
        title: what it does.
        stop: called when it is to end.
        parent: owns it.
    """

    def __init__(self, title: str, stop: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(title, parent)
        self._stop = stop
        self.state = JobState.RUNNING

    def tell(self, stage: str, done: int, total: int) -> None:
        """Say where it stands."""
        self.progress = Progress(stage, done, total, 0.0, None)
        self.changed.emit()

    def finish(self, sentence: str = "") -> None:
        """It is done."""
        self._end(JobState.DONE, sentence)

    def fail(self, sentence: str) -> None:
        """It came to nothing."""
        self._end(JobState.FAILED, sentence)

    def give_up(self, sentence: str = "Stopped.") -> None:
        """It was stopped."""
        self._end(JobState.STOPPED, sentence)

    def stop(self) -> None:
        """See ``Job``."""
        self._stop()
