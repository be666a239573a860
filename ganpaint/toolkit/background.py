"""Work beside the GUI thread, above all reading files; what came of it is handed over in it.

A file may be of gigabytes, on a disk that sleeps, or on another machine: whoever waits for it in
the GUI thread makes the window hang. What is there within a moment is handed over at once all the
same, so that small files, which are most, open without a flicker.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from PySide6.QtCore import QObject, Signal

from dissection.errors import DissectionError

T = TypeVar("T")


@dataclass(eq=False)
class _Task:
    """Something that is being done, and who wants to know of it."""

    then: Callable[[Any], object]
    failed: Callable[[str], object] | None
    future: Future[Any]


class Background(QObject):
    """Does things one after the other in a thread of its own.

    Args:
        parent: owns it; whoever made it calls ``close``.

    Attributes:
        patience: seconds for which the window may wait for what is asked.
    """

    patience: ClassVar[float] = 0.05
    _ended = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="background")
        self._tasks: list[_Task] = []
        self._ended.connect(self._hand_over)

    @property
    def busy(self) -> bool:
        """Whether something is still to be handed over."""
        return bool(self._tasks)

    def do(
        self,
        work: Callable[[], T],
        then: Callable[[T], object],
        failed: Callable[[str], object] | None = None,
        slow: Callable[[], object] | None = None,
    ) -> None:
        """Do something, behind all that was asked before.

        Args:
            work: runs in the other thread; touches no widget.
            then: called in the GUI thread with what ``work`` returned: before this method returns
                where that took no longer than ``patience``, else later.
            failed: called with the sentence of a ``DissectionError`` that ``work`` raised; other
                errors are bugs, and raised again in the GUI thread.
            slow: called, before this method returns, where it takes longer than that.
        """
        first = not self._tasks
        task = _Task(then, failed, self._thread.submit(work))
        self._tasks.append(task)
        if first:
            wait([task.future], timeout=self.patience)
        if first and task.future.done():
            self._hand_over(task)
            return
        if slow is not None:
            slow()
        task.future.add_done_callback(lambda _: self._ended.emit(task))

    def forget(self) -> None:
        """Nobody wants to know what comes of all that was asked so far."""
        forgotten, self._tasks = self._tasks, []
        for task in forgotten:
            task.future.cancel()

    def close(self) -> None:
        """Wait for what is being done; nothing of it is handed over any more."""
        self.forget()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _hand_over(self, task: _Task) -> None:
        if task not in self._tasks:  # it was forgotten
            return
        self._tasks.remove(task)
        try:
            found = task.future.result()
        except DissectionError as error:
            if task.failed is not None:
                task.failed(str(error))
        else:
            task.then(found)
