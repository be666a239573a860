"""How commands tell where a long job stands, and how Ctrl+C ends it between two batches."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from dissection.commands.interrupts import stopping
from dissection.errors import BadInputError
from dissection.runtime.progress import Progress, Report


@contextmanager
def reporting(form: str) -> Iterator[Report]:
    """A report in the form asked for; the first Ctrl+C ends the job between two batches."""
    if form not in ("tqdm", "bar", "json", "none"):
        raise BadInputError(f"--progress is tqdm, json or none, not '{form}'.")
    bars: list[Any] = []

    def report(progress: Progress) -> bool:
        if form == "json":
            line = {
                "stage": progress.stage,
                "done": progress.done,
                "total": progress.total,
                "rate": round(progress.rate, 3),
                "seconds_left": progress.seconds_left and round(progress.seconds_left, 1),
            }
            print(json.dumps(line), flush=True)  # noqa: T201 - the protocol of a child process
        elif form != "none":
            if not bars or bars[-1].desc != progress.stage:
                for bar in bars[-1:]:
                    bar.close()
                bars.append(tqdm(desc=progress.stage, total=progress.total, initial=progress.done))
            bars[-1].total = progress.total
            bars[-1].update(progress.done - bars[-1].n)
        return not asked()

    with stopping() as asked:
        try:
            yield report
        finally:
            for bar in bars[-1:]:
                bar.close()
