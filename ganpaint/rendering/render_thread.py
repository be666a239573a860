"""One persistent thread that renders: the newest request wins, older ones of its kind are dropped.

It reaches torch only once it runs, which is after the window shows; the only other places of the
window that do are the threads of classifiers (``classifier.live.live_thread``,
``units.sample_thread``). Everything it says goes out as a signal; an exception becomes a sentence.
Between pictures it takes the steps of questions; with nothing asked for it sees to it that live
pictures become faster.
"""

import logging
from collections import deque

from PySide6.QtCore import QMutex, QMutexLocker, QObject, QThread, QWaitCondition, Signal

from dissection.errors import DissectionError
from dissection.runtime.choices import LivePrecision
from ganpaint.rendering.devices import AUTO
from ganpaint.rendering.engine import Engine
from ganpaint.rendering.queries import DONE, Answering, Asked, Question
from ganpaint.rendering.requests import NEWEST_ONLY, Purpose, Request

_log = logging.getLogger(__name__)
#: How long nothing has to be asked for before time goes into faster pictures.
IDLE_MILLISECONDS = 1500
#: What ``_next`` gives then.
_IDLE = object()
#: These go before any question, in this order.
_FIRST = (Purpose.LIVE, Purpose.SAVE, Purpose.REST, Purpose.BEFORE)


class RenderThread(QThread):
    """Takes requests from the GUI thread and answers with signals.

    Signals:
        rendered(Frame): a picture is ready.
        failed(Request, str): it cannot be made; the sentence says why and what to do.
        answered(Question, object): an answer, perhaps a partial one.
        question_failed(Question, str): there will be no answer, or no further one.
        question_done(Question): that was the last answer.
        noted(str): something that the person should know, a sentence.
        device_gone: the device that was asked for is not there, and ``auto`` is used.
    """

    rendered = Signal(object)
    failed = Signal(object, str)
    answered = Signal(object, object)
    question_failed = Signal(object, str)
    question_done = Signal(object)
    noted = Signal(str)
    device_gone = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        precision: LivePrecision = "auto",
        device: str = AUTO,
    ) -> None:
        super().__init__(parent)
        self._precision = precision
        self._device = device
        self.setObjectName("render")
        self._mutex = QMutex()
        self._wake = QWaitCondition()
        self._waiting: dict[Purpose, deque[Request]] = {
            p: deque(maxlen=1 if p in NEWEST_ONLY else None) for p in Purpose
        }
        self._asked = Asked()
        self._stopping = False

    def request(self, request: Request) -> None:
        """Ask for a picture; never waits for one."""
        with QMutexLocker(self._mutex):
            self._waiting[request.purpose].append(request)
            self._wake.wakeOne()

    def forget(self, *purposes: Purpose) -> None:
        """Drop the waiting requests of some purposes: the scene that they are about has gone."""
        with QMutexLocker(self._mutex):
            for purpose in purposes:
                self._waiting[purpose].clear()

    def ask(self, question: Question) -> None:
        """Ask something in the place of any question of the same class; never waits."""
        with QMutexLocker(self._mutex):
            self._asked.ask(question)
            self._wake.wakeOne()

    def withdraw(self, *kinds: type[Question]) -> None:
        """Drop the questions of some classes, waiting or running."""
        with QMutexLocker(self._mutex):
            self._asked.withdraw(*kinds)
            self._wake.wakeOne()  # to let go of what they hold

    def use_device(self, device: str) -> None:
        """Compute on another device, from the next picture or answer on; never waits."""
        with QMutexLocker(self._mutex):
            self._device = device
            self._wake.wakeOne()

    def stop(self) -> None:
        """Finish what is being rendered and what is to be saved, then end; waits until then.

        A question that runs ends behind the step it is at.
        """
        with QMutexLocker(self._mutex):
            self._stopping = True
            self._wake.wakeOne()
        self.wait()

    def run(self) -> None:
        """The thread's body; Qt calls it."""
        used = self._device
        engine = Engine(self.noted.emit, self._precision, used)
        answering = Answering(engine)
        idle = unfinished = False
        while (task := self._next(answering, idle, unfinished)) is not None:
            if self._device != used:
                used = self._device
                answering = Answering(engine)  # what runs begins anew, on the other device
                engine.use_device(used)
            idle, unfinished = task is _IDLE, True
            if task is _IDLE:
                unfinished = self._refine(engine)
            elif isinstance(task, Question):
                self._answer(engine, answering, task)
            elif isinstance(task, Request):
                self._render(engine, task)
            if engine.device != used:  # it is not there
                with QMutexLocker(self._mutex):
                    chosen, used = self._device, engine.device
                    if chosen != used:
                        self._device = used
                self.device_gone.emit()

    def _next(self, answering: Answering, idle: bool, unfinished: bool) -> object:
        """A Request, a Question, None to end, or ``_IDLE`` when there has been none for a while.

        Args:
            answering: the questions that run.
            idle: whether there was nothing to do the last time either.
            unfinished: whether there is anything to do while idle.
        """
        with QMutexLocker(self._mutex):
            while True:
                if self._stopping:
                    saving = self._waiting[Purpose.SAVE]
                    return saving.popleft() if saving else None
                answering.keep(self._asked)
                task = (
                    self._picture(*_FIRST)
                    or self._asked.next(patient=False)
                    or self._picture(Purpose.THUMBNAIL)
                    or self._asked.next(patient=True)
                )
                if task:
                    return task
                if not unfinished:
                    self._wake.wait(self._mutex)
                elif idle or not self._wake.wait(self._mutex, IDLE_MILLISECONDS):
                    return _IDLE

    def _picture(self, *purposes: Purpose) -> Request | None:
        waiting = (self._waiting[purpose] for purpose in purposes)
        return next((requests.popleft() for requests in waiting if requests), None)

    def _render(self, engine: Engine, request: Request) -> None:
        try:
            frame = engine.render(request)
        except Exception as error:
            self.failed.emit(request, _sentence(error, "Rendering failed"))
        else:
            self.rendered.emit(frame)

    def _refine(self, engine: Engine) -> bool:
        try:
            return engine.refine()
        except Exception:
            # Pictures are made as before; nobody asked for more.
            _log.exception("Live pictures can not be made faster")
            return False

    def _answer(self, engine: Engine, answering: Answering, question: Question) -> None:
        failure = None
        try:
            answer = answering.step(question)
        except Exception as error:
            answering.stop(question)
            if engine.fall_back(error):
                return  # it is still asked, and begins anew
            answer, failure = DONE, _sentence(error, "The question has no answer")
        with QMutexLocker(self._mutex):
            if not self._asked.holds(question):
                return  # it was replaced or withdrawn meanwhile
            if answer is DONE:
                self._asked.withdraw(type(question))
        if failure is not None:
            self.question_failed.emit(question, failure)
        elif answer is DONE:
            self.question_done.emit(question)
        elif answer is not None:
            self.answered.emit(question, answer)


def _sentence(error: Exception, what: str) -> str:
    """What the window says of an exception; one that is a bug is logged too."""
    if isinstance(error, DissectionError):
        return str(error)
    # A bug or an exhausted machine must not take the unsaved edit with it.
    _log.exception(what)
    return f"{what}: {type(error).__name__}, {error}."
