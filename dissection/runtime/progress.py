"""What long jobs tell about themselves, and how they are stopped. Free of torch.

Every command that takes time says the same with ``--progress json``: a line of JSON for where it
stands, as often as that changes, and one last line with what came of it.

``{"version": 1, "stage": "sampling", "done": 50, "total": 1000, "rate": 12.5,
"seconds_left": 76.0, "note": ""}``
``{"version": 1, "result": {"dissection": "out"}}``
``{"version": 1, "error": "There is no layer 'layer9'; ...", "kind": "error"}``

A process that ends without a last line has crashed or was killed.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from dissection.errors import DissectionError
from dissection.runtime.choices import chosen


@dataclass(frozen=True)
class Progress:
    """Where a job stands.

    Attributes:
        stage: what is being done, a few words.
        done: how much of the stage is done.
        total: how much the stage has; an estimate in stages that find out on their way.
        rate: done a second, of what this process did of the stage; 0 before the first.
        seconds_left: of the stage, or None before anything is done.
        note: what else there is to say, such as the loss of a training.
    """

    stage: str
    done: int
    total: int
    rate: float
    seconds_left: float | None
    note: str = ""


#: Of the lines below; readers refuse no other, and take from it what they know.
VERSION = 1
#: How a job ended that has no result: stopped on request, told in a sentence, or by a fault.
FailureKind = Literal["stopped", "error", "fault"]


@dataclass(frozen=True)
class Finished:
    """The last line of a job that came to its end.

    Attributes:
        result: what it made, such as the folder of a dissection; plain JSON values.
    """

    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """The last line of a job that did not.

    Attributes:
        sentence: why.
        kind: how it ended.
    """

    sentence: str
    kind: FailureKind = "error"


def write_line(message: Progress | Finished | Failed) -> str:
    """A message as one line of JSON, without the end of the line."""
    told: dict[str, Any] = {"version": VERSION}
    if isinstance(message, Finished):
        told["result"] = dict(message.result)
    elif isinstance(message, Failed):
        told |= {"error": message.sentence, "kind": message.kind}
    else:
        told |= {
            "stage": message.stage,
            "done": message.done,
            "total": message.total,
            "rate": round(message.rate, 3),
            "seconds_left": message.seconds_left and round(message.seconds_left, 1),
            "note": message.note,
        }
    return json.dumps(told)


def read_line(line: str) -> Progress | Finished | Failed | None:
    """What a line says; None if it is no line of a job, such as what a library printed.

    Example:
        >>> read_line('{"version": 1, "result": {"dissection": "out"}}')
        Finished(result={'dissection': 'out'})
    """
    try:
        told = json.loads(line)
        if not isinstance(told, dict) or "version" not in told:
            return None
        if "error" in told:
            kind = chosen(told.get("kind"), get_args(FailureKind))
            return Failed(str(told["error"]), kind or "error")
        if "result" in told:
            return Finished(dict(told["result"]))
        left = told.get("seconds_left")
        return Progress(
            str(told["stage"]),
            int(told["done"]),
            int(told["total"]),
            float(told.get("rate", 0)),
            None if left is None else float(left),
            str(told.get("note", "")),
        )
    except (ValueError, KeyError, TypeError):
        return None


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

    def step(self, count: int = 1, note: str = "") -> None:
        """Tell that ``count`` more are done."""
        self.reach(self._done + count, self._total, note)

    def reach(self, done: int, total: int, note: str = "") -> None:
        """Tell that ``done`` of ``total`` are done now."""
        self._done, self._total = done, total
        if self._report is None:
            return
        total = max(self._total, self._done)
        seconds = time.monotonic() - self._started
        here = self._done - self._before
        rate = here / seconds if here and seconds > 0 else 0.0
        left = (total - self._done) / rate if rate else None
        if self._report(Progress(self._stage, self._done, total, rate, left, note)) is False:
            raise Stopped(f"Stopped on request while {self._stage}, {self._done} of {total} done.")


@contextmanager
def timed(clock: dict[str, float], stage: str) -> Iterator[None]:
    """Adds the seconds that the block takes to those of a stage."""
    started = time.perf_counter()
    try:
        yield
    finally:
        clock[stage] = clock.get(stage, 0.0) + time.perf_counter() - started
