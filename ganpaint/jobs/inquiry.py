"""A short question to ``dissection``, answered by a process of its own: layers, a forecast."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, Signal

from dissection.runtime.progress import Failed, Finished, Progress, read_line
from ganpaint.jobs.child_process import COMMAND, told_end


class Inquiry(QObject):
    """Asks one thing at a time; a new question takes the place of the one before.

    Signals:
        told(object): a ``Progress``.
        answered(object): the result, a dictionary.
        failed(str): why there is none.
    """

    told = Signal(object)
    answered = Signal(object)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None, command: Sequence[str] = COMMAND) -> None:
        super().__init__(parent)
        self._command = tuple(command)
        self._process: QProcess | None = None
        self._last: Finished | Failed | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is to come."""
        return self._process is not None

    def ask(self, arguments: Sequence[str]) -> None:
        """Run a command; ``--progress json`` is added."""
        self.withdraw()
        # Not a child of this: a dialog may go while it runs, and what runs is not deleted.
        process = QProcess(QCoreApplication.instance())
        self.destroyed.connect(process.kill)
        process.finished.connect(process.deleteLater)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._fault)
        self._process, self._last = process, None
        program, *own = self._command
        words = [*own, *arguments, "--progress", "json"]
        process.start(program, list(words))

    def withdraw(self) -> None:
        """Ask no longer: the process ends, and nothing is told any more."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(2000)
            process.deleteLater()

    def _read(self) -> None:
        process = self._process
        while process is not None and process.canReadLine():
            line = bytes(process.readLine().data()).decode("utf-8", "replace")
            message = read_line(line)
            if isinstance(message, Progress):
                self.told.emit(message)
            elif message is not None:
                self._last = message

    def _fault(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            said = self._process.errorString()
            self._process.deleteLater()
            self._process = None
            self.failed.emit(f"{self._command[0]} cannot be started: {said}.")

    def _finish(self, status: int) -> None:
        self._read()
        process, self._process = self._process, None
        if process is None:
            return
        errors = bytes(process.readAllStandardError().data()).decode("utf-8", "replace")
        crashed = process.exitStatus() == QProcess.ExitStatus.CrashExit
        process.deleteLater()
        if isinstance(self._last, Finished):
            self.answered.emit(dict(self._last.result))
        elif self._last is not None:
            self.failed.emit(self._last.sentence)
        else:
            self.failed.emit(told_end(-status if crashed else status, errors))
