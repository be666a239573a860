"""A job that a child process does: ``python -m dissection ... --progress json``."""

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject

from dissection.runtime.files import reason
from dissection.runtime.progress import Failed, Finished, Progress, read_line
from ganpaint.jobs.child_process import ChildProcess, told_end
from ganpaint.jobs.job import ACTIVE, Job, JobState
from ganpaint.jobs.record import JobFolder, JobRecord

#: The end of a log that is shown.
_SHOWN = 20_000


class ProcessJob(Job):
    """Starts the process, reads what it says from a file, and knows how it ended.

    Args:
        record: what is kept of it.
        root: folder of all jobs.
        command: how ``dissection`` is started.
        parent: owns it.
    """

    def __init__(
        self, record: JobRecord, root: Path, command: Sequence[str], parent: QObject | None = None
    ) -> None:
        super().__init__(record.title, parent)
        self.record = record
        self.files = JobFolder(root, record)
        self._command = tuple(command)
        self._process: ChildProcess | None = None
        self._read = record.offset
        self._rest = b""
        self._last: Finished | Failed | None = None
        self.state = JobState(record.state)
        self.sentence, self.result = record.sentence, record.result

    @property
    def can_resume(self) -> bool:
        """Whatever did not come to its end can be tried again."""
        return self.state in (JobState.STOPPED, JobState.FAILED)

    @property
    def command(self) -> str:
        """To copy into a shell."""
        return shlex.join(["dissection", *self.record.arguments])

    @property
    def number(self) -> int:
        """Of the process, where it runs."""
        return self._process.number if self._process else 0

    def log(self) -> str:
        """The end of what the process wrote, and how it ended."""
        with suppress(OSError):
            with self.files.log.open("rb") as stream:
                stream.seek(max(self.files.log.stat().st_size - _SHOWN, 0))
                text = stream.read(_SHOWN).decode("utf-8", "replace")
            return f"{text}\n{self.sentence}".strip()
        return self.sentence

    def start(self) -> None:
        """Start the process, or start it again where it was."""
        record, self._last, self._rest, self.progress = self.record, None, b"", None
        words = [*self._command, *record.arguments]
        if record.begun and record.resumable:
            words.append("--resume")
        if record.pause_after:
            words += ["--pause-after", f"{record.pause_after:g}"]
            words += ["--provisional", str(self.files.provisional)]
        words += ["--progress", "json"]
        record.go_on = False
        try:
            self.files.folder.mkdir(parents=True, exist_ok=True)
            with self.files.log.open("ab") as log:
                log.write(f"$ {self.command}\n".encode("utf-8", "backslashreplace"))
            lines = self.files.lines
            record.offset = self._read = lines.stat().st_size if lines.exists() else 0
            self._process = ChildProcess.start(words, lines, self.files.log)
        except (OSError, ValueError) as error:
            own = "its command line has characters that none can have; ask for it anew"
            said = reason(error) if isinstance(error, OSError) else own
            self._end(JobState.FAILED, f"It cannot be started: {said} ({self.files.folder}).")
            return
        record.begun = True
        record.number, record.born = self._process.number, self._process.born
        self.state, self.sentence, self.result = JobState.RUNNING, "", {}
        self._keep()
        self.changed.emit()

    def find(self) -> None:
        """Go on with the process of an earlier window, or find out how it ended."""
        if self.state in ACTIVE:
            self._process = ChildProcess.find(self.record.number, self.record.born)
            self.poll()

    def poll(self) -> None:
        """Read what the process has said meanwhile, and whether it has ended."""
        if self.state not in ACTIVE:
            return
        running = self._process is not None and self._process.running
        self._take_lines()  # after asking: nothing comes any more from one that has ended
        if not running:
            self._conclude()

    def stop(self) -> None:
        """The first time, after the batch at hand; the second time at once."""
        if self.state == JobState.WAITING:
            self._end(JobState.STOPPED, "It was not started.")
        elif self._process is not None and self.state == JobState.STOPPING:
            self._process.kill()
        elif self._process is not None:
            self.state = JobState.STOPPING
            self._process.ask_to_stop()
            self.changed.emit()

    def wait_for_end(self, seconds: float) -> None:
        """Wait for the process, which was asked to stop; kill it if it does not."""
        if self._process is not None and not self._process.wait(seconds):
            self._process.kill()
            self._process.wait(seconds)
        self.poll()

    def leave(self) -> None:
        """The window goes, the process goes on."""
        if self._process is not None:
            self._process.leave()

    def wait_again(self) -> None:
        """Stand in the queue again."""
        self.state, self.sentence = JobState.WAITING, ""
        self._keep()
        self.changed.emit()

    def _take_lines(self) -> None:
        try:
            with self.files.lines.open("rb") as stream:
                stream.seek(self._read)
                data = stream.read()
        except OSError:
            return
        self._read += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        told = False
        for line in whole:
            message = read_line(line.decode("utf-8", "replace"))
            if isinstance(message, Progress):
                self.progress, told = message, True
            elif message is not None:
                self._last = message
        if told:
            self.changed.emit()

    def _conclude(self) -> None:
        last, stopping = self._last, self.state == JobState.STOPPING
        status = self._process.status if self._process is not None else None
        self._process = None
        paused, self.record.pause_after = self.record.pause_after, 0.0
        if isinstance(last, Finished):
            self.result = last.result
            self._end(JobState.DONE, "")
        elif stopping or (last is not None and last.kind == "stopped"):
            self._end(JobState.STOPPED, self._told_stop(0.0 if stopping else paused))
        elif last is not None:
            self._end(JobState.FAILED, last.sentence)
        else:
            said = told_end(status, self.log())
            kept = " What is finished is kept: resume it to go on." if self.record.resumable else ""
            self._end(JobState.FAILED, said + kept)

    def _told_stop(self, paused: float) -> str:
        if paused and self.files.provisional.is_dir():
            self.result = {"provisional": str(self.files.provisional)}
            return (
                f"Paused after {paused:g} seconds; the units so far are provisional. "
                "Going on gives the same figures as without the pause."
            )
        if self.record.resumable:
            return "Stopped; what is finished is kept."
        return "Stopped."

    def _end(self, state: JobState, sentence: str) -> None:
        self.state, self.sentence = state, sentence
        self._keep()
        super()._end(state, sentence)

    def _keep(self) -> None:
        self.record.state, self.record.sentence = self.state.value, self.sentence
        self.record.result = dict(self.result)
        self.files.write()
