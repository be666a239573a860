"""Time from the command to the window, and to the first picture in it.

    python benchmarks/startup.py [--model NAME|PATH] [--runs 3]

Each run is a fresh process; the median is what a person waits for. The first run after a start of
the machine also reads torch from the disk and is listed like the others.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

from ganpaint.models import DEFAULT_MODEL

LONGEST_SECONDS = 120


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--model", default=DEFAULT_MODEL)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--child", type=float, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.child is not None:
        child(chosen.child, chosen.model)
        return
    rows = [run(chosen.model) for _ in range(chosen.runs)]
    print(f"{'run':>6} {'window':>10} {'first picture':>15}")
    for number, (window, picture) in enumerate(rows, start=1):
        print(f"{number:>6} {window:>8.2f} s {picture:>13.2f} s")
    window, picture = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"{'median':>6} {window:>8.2f} s {picture:>13.2f} s")


def run(model: str) -> tuple[float, float]:
    """Seconds until the window has been painted, and until it shows a picture."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    command = [sys.executable, __file__, "--model", model, "--child", str(time.time())]
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
    window, picture = (float(figure) for figure in ran.stdout.split())
    return window, picture


def child(started: float, model: str) -> None:
    """One start of the program; prints both times and ends."""
    from ganpaint.__main__ import parser
    from ganpaint.application import make_application, make_window
    from ganpaint.settings import Settings

    application = make_application()
    window = make_window(parser().parse_args(["--model", model]), Settings())
    failures: list[str] = []

    def end(*_: object) -> None:
        window.live.changed.disconnect(end)  # the exact picture follows the live one
        print(time.time() - started)
        window.close()

    def fail(sentence: str) -> None:
        failures.append(sentence)
        window.close()

    window.live.failed.connect(fail)
    window.live.changed.connect(end)
    window.show()
    application.processEvents()  # paints it
    print(time.time() - started)
    application.exec()
    if failures:
        sys.exit(failures[0])


if __name__ == "__main__":
    main()
