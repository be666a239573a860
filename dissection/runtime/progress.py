"""What long jobs tell about themselves, and how they are stopped. Free of torch."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dissection.errors import DissectionError


@dataclass(frozen=True)
class Progress:
    """Where a job stands.

    Attributes:
        stage: what is being done, a few words.
        done: how much of the stage is done.
        total: how much the stage has; an estimate in stages that find out on their way.
        rate: done a second, of what this process did of the stage; 0 before the first.
        seconds_left: of the stage, or None before anything is done.
    """

    stage: str
    done: int
    total: int
    rate: float
    seconds_left: float | None


#: Called at every step; a job that gets False back stops with ``Stopped`` as soon as it can.
Report = Callable[[Progress], bool | None]


class Stopped(DissectionError):  # noqa: N818 - not an error but an answer
    """The job was stopped by its report; what was finished can be resumed where it has a folder."""


class Meter:
    """Counts the steps of one stage and reports them.

    Args:
        report: whom to tell; None tells nobody.
        stage: what is being done.
        total: how much there is to do.
        done: how much was done before, by a process that this one resumes.

    Raises:
        Stopped: the report gave False; at the start, or at any step.
    """

    def __init__(self, report: Report | None, stage: str, total: int, done: int = 0) -> None:
        self._report = report
        self._stage = stage
        self._total = total
        self._done = self._before = done
        self._started = time.monotonic()
        self.step(0)

    def step(self, count: int = 1) -> None:
        """Tell that ``count`` more are done."""
        self._done += count
        if self._report is None:
            return
        total = max(self._total, self._done)
        seconds = time.monotonic() - self._started
        here = self._done - self._before
        rate = here / seconds if here and seconds > 0 else 0.0
        left = (total - self._done) / rate if rate else None
        if self._report(Progress(self._stage, self._done, total, rate, left)) is False:
            raise Stopped(f"Stopped on request while {self._stage}, {self._done} of {total} done.")


@contextmanager
def timed(clock: dict[str, float], stage: str) -> Iterator[None]:
    """Adds the seconds that the block takes to those of a stage."""
    started = time.perf_counter()
    try:
        yield
    finally:
        clock[stage] = clock.get(stage, 0.0) + time.perf_counter() - started
