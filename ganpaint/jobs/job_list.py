"""All jobs of a person: one process at a time, the others wait; kept from window to window."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, QTimer, Signal

from ganpaint.jobs.child_process import COMMAND
from ganpaint.jobs.job import ACTIVE, ENDED, Job, JobState, WindowJob
from ganpaint.jobs.process_job import ProcessJob
from ganpaint.jobs.record import JobFolder, JobRecord, read_records

#: Commands that go on with ``--resume``.
RESUMABLE = ("dissect", "relate", "strengths", "ablate", "experiment")
#: Commands that compute on the window's device; whoever dissects has chosen one in a form.
COMPUTING = ("relate", "strengths", "ablate", "experiment", "check")
_AUTO = "auto"
_POLL_MS = 200
#: How long a process may take for the batch at hand when the window closes.
_PATIENCE_SECONDS = 20.0


class JobList(QObject):
    """Starts jobs one after the other, asks them how they are, and keeps them.

    Args:
        folder: where jobs are kept; None forgets them with the window.
        command: how ``dissection`` is started.
        parent: owns it.

    Attributes:
        command: how ``dissection`` is started, of jobs that are still to come.
        device: of jobs that are still to come and say none, as the command lines take it.

    Signals:
        added(object): a ``Job`` was added, at the end.
        removed(object): a ``Job`` was taken away.
        changed(object): a ``Job`` says something else than before.
        ended(object): a ``Job`` stopped, failed or is done.
    """

    added = Signal(object)
    removed = Signal(object)
    changed = Signal(object)
    ended = Signal(object)

    def __init__(
        self,
        folder: Path | None = None,
        command: Sequence[str] = COMMAND,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._temporary: TemporaryDirectory[str] | None = None
        if folder is None:
            self._temporary = TemporaryDirectory(
                prefix="ganpaint-jobs-", ignore_cleanup_errors=True
            )
            folder = Path(self._temporary.name)
        self._folder = folder
        self.command = tuple(command)
        self.device = _AUTO
        self._jobs: list[Job] = []
        self._finished: dict[Job, Callable[[], None]] = {}
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._start_next)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, in the order in which they were asked for."""
        return tuple(self._jobs)

    @property
    def processes(self) -> tuple[ProcessJob, ...]:
        """Those that child processes do."""
        return tuple(job for job in self._jobs if isinstance(job, ProcessJob))

    @property
    def active(self) -> tuple[Job, ...]:
        """Those that run."""
        return tuple(job for job in self._jobs if job.state in ACTIVE)

    def begin(self) -> None:
        """Take up the jobs of earlier windows: those that run, that wait, and that were left."""
        for record in read_records(self._folder):
            job = ProcessJob(record, self._folder, self.command, self)
            self._add(job)
            job.find()
            if record.go_on and job.can_resume:
                job.wait_again()
        self._start_next()

    def submit(
        self,
        title: str,
        arguments: Sequence[str],
        finished: Callable[[], None] | None = None,
        pause_after: float = 0.0,
    ) -> ProcessJob:
        """Run a command of ``dissection``, now or when those before it have ended.

        Args:
            title: what the list calls it.
            arguments: of the command line, without ``--progress`` and ``--resume``.
            finished: called when it has come to its end, if this window is there to see it.
            pause_after: seconds after which it pauses, once.
        """
        words = [str(word) for word in arguments]
        if self.device != _AUTO and words[0] in COMPUTING and "--device" not in words:
            words += ["--device", self.device]
        resumable = words[0] in RESUMABLE or "--work" in words
        record = JobRecord(title, words, resumable, pause_after=pause_after)
        job = ProcessJob(record, self._folder, self.command, self)
        self._add(job)
        if finished is not None:
            self._finished[job] = finished
        failure = JobFolder(self._folder, record).write()
        if failure:
            job.sentence = failure
        self._start_next()
        return job

    def track(self, title: str, stop: Callable[[], None], passing: bool = False) -> WindowJob:
        """Show a job that this program does itself.

        Args:
            title: what it does.
            stop: called when a person stops it.
            passing: it leaves the list when it ends.
        """
        job = WindowJob(title, stop, self)
        self._add(job)
        if passing:
            job.ended.connect(lambda: self.remove(job))
        return job

    def resume(self, job: Job) -> None:
        """Let a job go on where it was; it waits for those that run."""
        if isinstance(job, ProcessJob) and job.can_resume:
            job.wait_again()
            self._start_next()

    def remove(self, job: Job) -> None:
        """Take a job that has ended off the list; what it made stays."""
        if job.state not in ENDED:
            return
        self._jobs.remove(job)
        self._finished.pop(job, None)
        if isinstance(job, ProcessJob):
            job.files.remove()
        self.removed.emit(job)
        job.setParent(None)

    def close(self, keep_running: bool = False) -> None:
        """The window goes.

        Args:
            keep_running: processes go on without it; else they are stopped, and the next window
                lets them go on.
        """
        self._timer.stop()
        self._next.stop()
        for job in self.processes:
            if job.state in ACTIVE:
                if keep_running:
                    job.leave()
                else:
                    if job.state == JobState.RUNNING:
                        job.stop()
                        job.record.go_on = job.record.resumable
                    job.wait_for_end(_PATIENCE_SECONDS)
        if self._temporary is not None:
            self._temporary.cleanup()

    def _add(self, job: Job) -> None:
        self._jobs.append(job)
        job.changed.connect(lambda: self.changed.emit(job))
        job.ended.connect(lambda: self._take_end(job))
        self.added.emit(job)

    def _take_end(self, job: Job) -> None:
        finished = self._finished.pop(job, None) if job.state == JobState.DONE else None
        if finished is not None:
            finished()
        self.ended.emit(job)
        self._next.start()

    def _start_next(self) -> None:
        processes = self.processes
        if not any(job.state in ACTIVE for job in processes):
            waiting = next((job for job in processes if job.state == JobState.WAITING), None)
            if waiting is not None:
                waiting.start()
        if any(job.state in ACTIVE for job in processes):
            self._timer.start()

    def _poll(self) -> None:
        running = [job for job in self.processes if job.state in ACTIVE]
        for job in running:
            job.poll()
        if not running:
            self._timer.stop()
