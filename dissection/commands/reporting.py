"""How commands tell where a long job stands, and how Ctrl+C ends it between two batches."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import Any

import typer
from tqdm import tqdm

from dissection.commands.echo import writing
from dissection.commands.interrupts import StopRequest, stopping
from dissection.errors import BadInputError, DissectionError
from dissection.runtime.progress import Failed, Finished, Progress, Stopped, write_line

#: How the sentence of a training that was stopped ends.
START_AGAIN = "start the same command again to go on"
FORMS = ("tqdm", "bar", "json", "none")
#: Lines of the same stage come no closer than this, in seconds; the first and the last do.
_APART = 0.05


class Reporter:
    """A ``Report`` in the form asked for.

    Args:
        form: one of ``FORMS``.
        stop: whether the job is to stop.

    Attributes:
        stop: the same.
        result: what the last line of JSON tells of a job that came to its end.
        unfinished: what it tells of a training that was stopped.
        paused: whether the job was stopped by ``pause_after``.
    """

    def __init__(self, form: str, stop: StopRequest) -> None:
        self.result: Mapping[str, Any] = {}
        self.unfinished = ""
        self.stop = stop
        self.paused = False
        self._form = form
        self._until = inf
        self._bar: Any = None
        self._bars: dict[str, Any] = {}
        self._told: dict[str, float] = {}

    @property
    def quiet(self) -> bool:
        """Whether the command prints nothing but lines of JSON."""
        return self._form == "json"

    def exit_unfinished(self, told: str) -> None:
        """See ``StopRequest.exit_unfinished``."""
        self.unfinished = told
        self.stop.exit_unfinished(told)

    def __call__(self, progress: Progress) -> bool:
        """Tell where the job stands; False stops it."""
        if self._form == "json":
            self._tell(progress)
        elif self._form != "none":
            self._show(progress)
        self.paused = time.monotonic() > self._until and not self.stop()
        return not self.paused and not self.stop()

    def counter(self, stage: str, unit: str = "") -> Callable[..., None]:
        """A function that is called with (done, total) and, if wanted, a note.

        For what runs beside other stages, such as painting scenes during a training: each has a
        bar of its own, and it is not stopped from here.
        """
        started, first = time.monotonic(), -1

        def count(done: int, total: int, note: str = "") -> None:
            nonlocal first
            if first < 0:
                first = min(done, total)
            seconds = time.monotonic() - started
            rate = (done - first) / seconds if seconds > 0 else 0.0
            left = (total - done) / rate if rate > 0 else None
            if self._form == "json":
                self._tell(Progress(stage, done, total, rate, left, note))
            elif self._form != "none":
                bar = self._bars.get(stage)
                if bar is None:
                    bar = self._bars[stage] = tqdm(desc=stage, unit=unit)
                bar.total = total
                bar.update(done - bar.n)
                if note:
                    bar.set_postfix_str(note)

        return count

    def be_silent(self) -> None:
        """Tell nothing from now on: another process tells of the same job."""
        self._form = "none"

    def line(self, text: str) -> None:
        """Print one line of the protocol."""
        with writing():
            sys.stdout.write(f"{text}\n")  # at once: several threads tell
            sys.stdout.flush()

    def pause_after(self, seconds: float) -> None:
        """Stop the job so many seconds from now, as if somebody had asked.

        Raises:
            BadInputError: that is no time.
        """
        if not 0 <= seconds < inf:
            raise BadInputError(f"--pause-after takes a number of seconds, not {seconds:g}.")
        self._until = time.monotonic() + seconds

    def say(self, text: str) -> None:
        """A line for a person, above the bar."""
        if self._form in ("tqdm", "bar"):
            tqdm.write(text)

    def close(self) -> None:
        """Leave the bar as it is."""
        for bar in (self._bar, *self._bars.values()):
            if bar is not None:
                bar.close()
        self._bar, self._bars = None, {}

    def _tell(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told.get(progress.stage, 0.0) >= _APART or progress.done >= progress.total:
            self._told[progress.stage] = now
            self.line(write_line(progress))

    def _show(self, progress: Progress) -> None:
        if self._bar is None or self._bar.desc != progress.stage:
            if self._bar is not None:
                self._bar.close()
            self._bar = tqdm(desc=progress.stage, total=progress.total, initial=progress.done)
        self._bar.total = progress.total
        self._bar.update(progress.done - self._bar.n)
        if progress.note:
            self._bar.set_postfix_str(progress.note)


@contextmanager
def reporting(form: str) -> Iterator[Reporter]:
    """A report in the form asked for; the first Ctrl+C ends the job between two batches.

    With ``json`` the last line is what came of the job, whatever that is.

    Raises:
        DissectionError: the job took more memory than there is, where nothing else says so.
    """
    if form not in FORMS:
        raise BadInputError(f"--progress is tqdm, json or none, not '{form}'.")
    with stopping() as stop:
        report = Reporter(form, stop)
        if int(os.environ.get("WORLD_SIZE", "1")) > 1 and os.environ.get("RANK", "0") != "0":
            report.be_silent()  # of several that torchrun started the first one tells
        end: Finished | Failed = Failed("The job ended without a word.", "fault")
        try:
            yield report
            end = Finished(report.result)
        except Stopped as error:
            end = Failed(str(error), "stopped")
            raise
        except DissectionError as error:
            end = Failed(str(error))
            raise
        except typer.Exit:
            end = Failed(report.unfinished or "Stopped on request.", "stopped")
            raise
        except KeyboardInterrupt:
            end = Failed("Stopped on request.", "stopped")
            raise
        except Exception as error:
            short = _of_memory(error)
            if short is not None:
                end = Failed(str(short))
                raise short from error
            end = Failed(f"Something went wrong inside: {type(error).__name__}, {error}", "fault")
            raise
        finally:
            report.close()
            if report.quiet:
                report.line(write_line(end))


def _of_memory(error: Exception) -> DissectionError | None:
    """The sentence for what takes more memory than there is; None for everything else."""
    if not isinstance(error, MemoryError | RuntimeError | OverflowError):
        return None
    from dissection.runtime.memory import is_out_of_memory, too_much  # loads torch

    return too_much(error) if is_out_of_memory(error) else None
