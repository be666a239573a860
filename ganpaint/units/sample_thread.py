"""The pictures that a classifier was dissected with, looked at again in a thread of their own.

A generator's sample is made by the render thread; a classifier and its pictures are opened here,
so that painting goes on meanwhile. Torch is reached from the thread only. The newest question of
each class is answered, a step at a time.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QMutex, QMutexLocker, QObject, QThread, QWaitCondition, Signal

from dissection.errors import DissectionError
from dissection.results.dissection import Dissection
from dissection.runtime.progress import Progress, Stopped
from dissection.runtime.torch_loading import sleep_while_waiting

if TYPE_CHECKING:
    from dissection.measurement.sample_again import SampleAgain

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class SampleQuestion:
    """One thing about a dissection of a classifier; known by its identity.

    Attributes:
        dissection: which.
        folder: where its pictures are now; None looks where they were.
        urgent: whether its steps go before those of others that are not.
    """

    dissection: Dissection
    folder: Path | None
    urgent: ClassVar[bool] = False

    def steps(self, sample: "SampleAgain") -> Iterator[object]:
        """Answers, partial ones first; a newer question of the class may end it at every one.

        Raises:
            DissectionError: its sentence is shown.
        """
        raise NotImplementedError


class SampleThread(QThread):
    """Opens the sample that a question is about, keeps it for the next one, and answers.

    Signals:
        answered(SampleQuestion, object): an answer to the newest question of its class.
        failed(SampleQuestion, str): there is no further answer, and why.
        told(str): what takes its time, a sentence; empty when it is over.
    """

    answered = Signal(object, object)
    failed = Signal(object, str)
    told = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName("sample")
        self._mutex = QMutex()
        self._wake = QWaitCondition()
        self._closing = False
        self._asked: dict[type[SampleQuestion], SampleQuestion] = {}

    def ask(self, question: SampleQuestion) -> None:
        """Ask in the place of any question of the same class."""
        with QMutexLocker(self._mutex):
            self._asked.pop(type(question), None)
            self._asked[type(question)] = question
            self._wake.wakeOne()
        if not self.isRunning():
            self.start()

    def withdraw(self, *kinds: type[SampleQuestion]) -> None:
        """Nobody wants to know the answer to some classes of questions any more."""
        with QMutexLocker(self._mutex):
            for kind in kinds:
                self._asked.pop(kind, None)

    def close(self) -> None:
        """End the thread, behind the step that it is at."""
        with QMutexLocker(self._mutex):
            self._closing = True
            self._asked.clear()
            self._wake.wakeOne()
        self.wait()

    def run(self) -> None:
        """The thread's body; Qt calls it."""
        sleep_while_waiting()
        sample: SampleAgain | None = None
        about: tuple[Dissection, Path | None] | None = None
        running: dict[SampleQuestion, Iterator[object]] = {}
        while (question := self._next()) is not None:
            running = {asked: steps for asked, steps in running.items() if self._holds(asked)}
            if sample is None or about != (question.dissection, question.folder):
                running.clear()
                sample = None  # what was kept goes before another network comes
                sample = self._open(question)
                about = (question.dissection, question.folder)
            if question not in running:
                running[question] = question.steps(sample)
            self._step(question, running[question])

    def _open(self, question: SampleQuestion) -> "SampleAgain":
        """Nothing is read before a step wants it."""
        self.told.emit(f"Opening {question.dissection.model}…")
        from dissection.measurement.sample_again import SampleAgain

        def report(progress: Progress) -> bool:
            self.told.emit(f"{progress.stage}: {progress.done:,} of {progress.total:,}")
            with QMutexLocker(self._mutex):
                return any(asked.dissection is question.dissection for asked in self._still())

        return SampleAgain(question.dissection, question.folder, report)

    def _still(self) -> list[SampleQuestion]:
        return [] if self._closing else list(self._asked.values())

    def _step(self, question: SampleQuestion, steps: Iterator[object]) -> None:
        try:
            answer = next(steps, None)
        except Stopped:
            self._done(question)
            return
        except Exception as error:
            if self._holds(question):
                self.failed.emit(question, _sentence(error))
            self._done(question)
            return
        finally:
            self.told.emit("")
        if answer is None:
            self._done(question)
        elif self._holds(question):
            self.answered.emit(question, answer)

    def _next(self) -> SampleQuestion | None:
        with QMutexLocker(self._mutex):
            while not self._closing:
                if self._asked:
                    # All of one urgency take turns: whoever is first goes behind the others.
                    urgent = (kind for kind in self._asked if kind.urgent)
                    kind = next(urgent, next(iter(self._asked)))
                    question = self._asked[kind] = self._asked.pop(kind)
                    return question
                self._wake.wait(self._mutex)
            return None

    def _holds(self, question: SampleQuestion) -> bool:
        with QMutexLocker(self._mutex):
            return self._asked.get(type(question)) is question

    def _done(self, question: SampleQuestion) -> None:
        with QMutexLocker(self._mutex):
            if self._asked.get(type(question)) is question:
                del self._asked[type(question)]


def _sentence(error: Exception) -> str:
    if isinstance(error, DissectionError):
        return str(error)
    _log.exception("a question about a classifier's sample")
    return f"The pictures cannot be looked at: {type(error).__name__}, {error}."
