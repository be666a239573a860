"""Time from the command to the window, to the first picture in it, and to painting live.

    python benchmarks/startup.py [--model NAME|PATH] [--runs 3]

The first picture is the bundled one where the model has one; live is the first picture that the
generator made. Each run is a fresh process; the median is what a person waits for. The first run
after a start of the machine also reads torch from the disk and is listed like the others.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from dissection.runtime.torch_loading import put_off_collecting

LONGEST_SECONDS = 120


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", help="the one that the program starts with, unless said")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--child", type=float, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child is not None:
        child(chosen.child, chosen.model)
        return
    rows = [run(chosen.model) for _ in range(chosen.runs)]
    rows.append([statistics.median(column) for column in zip(*rows, strict=True)])
    print(f"{'run':>6} {'window':>10} {'first picture':>15} {'live':>10}")
    for number, (window, picture, live) in enumerate(rows, start=1):
        name = number if number < len(rows) else "median"
        print(f"{name:>6} {window:>8.2f} s {picture:>13.2f} s {live:>8.2f} s")


def run(model: str | None) -> list[float]:
    """Seconds until the window has been painted, until it shows a picture, until it is live."""
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

    from PySide6.QtCore import QEventLoop

    from ganpaint.__main__ import parser
    from ganpaint.toolkit.settings import Settings
    from ganpaint.window.application import make_application, make_window

    application = make_application()
    window = make_window(parser().parse_args(["--model", model] if model else []), Settings())
    painter: Any = window.stack.tabs["painter"]
    failures: list[str] = []
    passed: list[float] = []

    def note() -> None:
        passed.append(time.time() - started)

    live = QEventLoop()
    painter.live.failed.connect(failures.append)
    painter.live.failed.connect(live.quit)
    painter.live.changed.connect(live.quit)
    window.show()
    application.processEvents()  # paints it
    note()
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
    print(*passed)


if __name__ == "__main__":
    main()
