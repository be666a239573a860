"""Time from the command to the window, to the first picture in it, and to painting live.

    python benchmarks/startup.py [--model NAME|PATH] [--runs 3]

The first picture is the bundled one where the model has one; live is the first picture that the
generator made. Each run is a fresh process; the median is what a person waits for. The first run
after a start of the machine also reads torch from the disk and is listed like the others.

Beside other work the clock on the wall tells little, so the processor's time is listed as well: of
the window's thread until the window is painted, and of the thread that renders, which begins then,
until its first picture. On a machine with nothing else to do a person waits for about the one, and
for the sum of both. Modules are compiled beforehand, as ``pip install`` does it.
"""

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from dissection.runtime.torch_loading import put_off_collecting

LONGEST_SECONDS = 120
COLUMNS = ("window", "first picture", "live", "window's thread", "rendering thread", "both")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", help="the one that the program starts with, unless said")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--child", type=float, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child is not None:
        child(chosen.child, chosen.model)
        return
    for package in ("dissection", "ganpaint"):
        compileall.compile_dir(Path(__file__).parents[1] / package, quiet=1)
    rows = [run(chosen.model) for _ in range(chosen.runs)]
    rows.append([statistics.median(column) for column in zip(*rows, strict=True)])
    print(f"{'run':>6} " + " ".join(f"{column:>16}" for column in COLUMNS))
    for number, row in enumerate(rows, start=1):
        name = number if number < len(rows) else "median"
        print(f"{name:>6} " + " ".join(f"{seconds:>14.2f} s" for seconds in row))


def run(model: str | None) -> list[float]:
    """Seconds of ``COLUMNS``: the first three on the wall, the others of the processor."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [sys.executable, __file__, *(["--model", model] if model else ())]
    command += ["--child", str(time.time())]
    ran = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    if ran.returncode:
        sys.exit(f"startup: {ran.stderr.strip()}")
    return [float(figure) for figure in ran.stdout.split()]


def child(started: float, model: str | None) -> None:
    """One start of the program; prints the times and ends."""
    put_off_collecting()  # the program does so first, too

    from PySide6.QtCore import QEventLoop, Qt

    from ganpaint.__main__ import parser
    from ganpaint.rendering.render_thread import RenderThread
    from ganpaint.toolkit.settings import Settings
    from ganpaint.window.application import make_application, make_window

    application = make_application()
    window = make_window(parser().parse_args(["--model", model] if model else []), Settings())
    painter: Any = window.stack.tabs["painter"]
    failures: list[str] = []
    passed: list[float] = []
    spent: list[float] = []

    def note() -> None:
        passed.append(time.time() - started)

    live = QEventLoop()
    painter.live.failed.connect(failures.append)
    painter.live.failed.connect(live.quit)
    painter.live.changed.connect(live.quit)
    painter.live.findChild(RenderThread).rendered.connect(
        lambda _: spent.append(time.thread_time()), Qt.ConnectionType.DirectConnection
    )
    window.show()
    application.processEvents()  # paints it
    note()
    in_window = time.thread_time()
    if painter.canvas.shown.isNull():
        live.exec()
        note()
        note()
    else:  # the bundled picture was painted with the window
        note()
        live.exec()
        note()
    window.close()
    if failures:
        sys.exit(failures[0])
    print(*passed, in_window, spent[0], in_window + spent[0])


if __name__ == "__main__":
    main()
