"""What takes too long for every change: damaged files, random actions, published weights.

    python benchmarks/full.py

Runs the three one after the other (five minutes on two quiet cores, hours beside other work),
passes on what they say, and prints a table of their figures at the end; ends with 1 if any of them
does. ``.ci/run --full`` is ``.ci/run`` and then this.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PARTS = (
    ("damaged files", ["fuzz.py", "--examples", "50000"]),
    ("random actions", ["monkey.py", "--seeds", "11,12,13", "--actions", "3000"]),
    ("torchvision's weights", ["torchvision_weights.py"]),
)


def main() -> int:
    """Run all parts, whatever comes of the others; 1 if any fails."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    rows = []
    for name, command in PARTS:
        print(f"== {name}: {' '.join(command)}", flush=True)
        started, last = time.monotonic(), ""
        with subprocess.Popen(
            [sys.executable, str(HERE / command[0]), *command[1:]],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process:
            assert process.stdout is not None, "it was asked for"
            for line in process.stdout:
                print(line, end="", flush=True)
                last = line.strip() or last
        rows.append((name, last, time.monotonic() - started, process.returncode))
    print("\n| what | figures | minutes | held |")
    print("| --- | --- | ---: | --- |")
    for name, last, seconds, status in rows:
        print(f"| {name} | {last} | {seconds / 60:.0f} | {'NO' if status else 'yes'} |")
    return 1 if any(status for *_, status in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
