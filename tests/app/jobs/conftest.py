"""A command that speaks the protocol of jobs and does as it is told, in place of ``dissection``."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ganpaint.jobs.job_list import JobList

_SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from dissection.runtime.progress import Failed, Finished, Progress, write_line

def say(message):
    print(write_line(message), flush=True)

asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
kind, where, *more = sys.argv[1:]
where = Path(where)
done = int(where.read_text()) if "--resume" in more and where.exists() else 0
print("Loading", flush=True)
while done < 100:
    done += 1
    beside = where.with_name(where.name + ".new")
    beside.write_text(str(done))
    os.replace(beside, where)  # whole at every moment: it is killed at any
    say(Progress("counting", done, 100, 1.0, 100.0 - done))
    if kind == "fail" and done == 3:
        say(Failed("There is no layer9."))
        sys.exit(2)
    if kind == "crash" and done == 3:
        print("Traceback: something", file=sys.stderr)
        sys.exit(1)
    if "--pause-after" in more and done == 5:
        folder = Path(more[more.index("--provisional") + 1])
        folder.mkdir(parents=True)
        say(Failed("Stopped on request.", "stopped"))
        sys.exit(2)
    if asked:
        say(Failed("Stopped on request.", "stopped"))
        sys.exit(2)
    if kind == "slow" and done < 60:
        time.sleep(0.05)
say(Finished({"file": str(where)}))
"""


@pytest.fixture
def command(tmp_path: Path) -> tuple[str, ...]:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT)
    return sys.executable, str(script)


@pytest.fixture
def jobs(qtbot: QtBot, tmp_path: Path, command: tuple[str, ...]) -> Iterator[JobList]:
    made = JobList(tmp_path / "jobs", command)
    made.begin()
    yield made
    made.close()
