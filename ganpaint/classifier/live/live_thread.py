"""The thread that keeps a classifier's pictures and answers the newest question of each kind.

Torch is reached from here only. What it says goes out as signals; an exception becomes a sentence.
"""

import logging
from collections.abc import Iterator

from PySide6.QtCore import QMutex, QMutexLocker, QObject, QThread, QWaitCondition, Signal

from dissection.errors import DissectionError
from dissection.runtime.progress import Progress, Stopped
from dissection.runtime.torch_loading import sleep_while_waiting
from ganpaint.classifier.live.kept_pictures import KeptPictures
from ganpaint.classifier.live.questions import Question, loaded
from ganpaint.classifier.studies.study import LiveRequest

_log = logging.getLogger(__name__)


class LiveThread(QThread):
    """Loads a network with held-out pictures, then answers questions about them.

    Signals:
        progressed(str, int, int): stage, done, total of the loading.
        ready(Loaded): the pictures are there.
        stopped: the loading was canceled.
        failed(str): they cannot be loaded, and why.
        answered(Question, object): an answer to the newest question of its class.
        question_failed(Question, str): there is none, and why.
    """

    progressed = Signal(str, int, int)
    ready = Signal(object)
    stopped = Signal()
    failed = Signal(str)
    answered = Signal(object, object)
    question_failed = Signal(object, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName("classifier")
        self._mutex = QMutex()
        self._wake = QWaitCondition()
        self._request: LiveRequest | None = None
        self._canceled = False
        self._closing = False
        self._asked: dict[type[Question], Question] = {}

    def load(self, request: LiveRequest) -> None:
        """Load this in the place of what is there."""
        with QMutexLocker(self._mutex):
            self._request, self._canceled = request, False
            self._asked.clear()
            self._wake.wakeOne()
        if not self.isRunning():
            self.start()

    def cancel(self) -> None:
        """Stop what is being loaded; ``stopped`` follows."""
        with QMutexLocker(self._mutex):
            self._canceled = True

    def ask(self, question: Question) -> None:
        """Ask in the place of any question of the same class."""
        with QMutexLocker(self._mutex):
            self._asked[type(question)] = question
            self._wake.wakeOne()

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
        kept: KeptPictures | None = None
        running: dict[Question, Iterator[object]] = {}
        while (task := self._next()) is not None:
            if isinstance(task, LiveRequest):
                running.clear()
                kept = None  # what was kept goes before other pictures come
                kept = self._load(task)
            elif kept is not None:
                running = {q: steps for q, steps in running.items() if self._holds(q)}
                self._step(task, running.setdefault(task, task.steps(kept)))
            else:
                self._done(task)

    def _next(self) -> LiveRequest | Question | None:
        with QMutexLocker(self._mutex):
            while True:
                if self._closing:
                    return None
                if self._request is not None:
                    request, self._request = self._request, None
                    return request
                if self._asked:
                    return min(self._asked.values(), key=lambda question: question.urgency)
                self._wake.wait(self._mutex)

    def _load(self, request: LiveRequest) -> KeptPictures | None:
        def report(progress: Progress) -> bool:
            self.progressed.emit(progress.stage, progress.done, progress.total)
            with QMutexLocker(self._mutex):
                return not (self._canceled or self._closing or self._request is not None)

        try:
            self.progressed.emit("loading the network", 0, 0)
            kept = KeptPictures(request, report)
        except Stopped:
            with QMutexLocker(self._mutex):
                replaced = self._closing or self._request is not None
            if not replaced:
                self.stopped.emit()
        except Exception as error:
            self.failed.emit(_sentence(error, "The classifier cannot be loaded"))
        else:
            self.ready.emit(loaded(kept))
            return kept
        return None

    def _step(self, question: Question, steps: Iterator[object]) -> None:
        try:
            answer = next(steps, None)
        except Exception as error:
            if self._holds(question):
                self.question_failed.emit(question, _sentence(error, "There is no answer"))
            self._done(question)
            return
        if answer is None:
            self._done(question)
        elif self._holds(question):
            self.answered.emit(question, answer)

    def _holds(self, question: Question) -> bool:
        with QMutexLocker(self._mutex):
            return self._asked.get(type(question)) is question

    def _done(self, question: Question) -> None:
        with QMutexLocker(self._mutex):
            if self._asked.get(type(question)) is question:
                del self._asked[type(question)]


def _sentence(error: Exception, what: str) -> str:
    if isinstance(error, DissectionError):
        return str(error)
    _log.exception(what)
    return f"{what}: {type(error).__name__}, {error}."
