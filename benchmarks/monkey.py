"""Does thousands of random things to the window, of several seeds, and says what came of it.

    python benchmarks/monkey.py --seeds 11,12,13 --actions 3000

Each seed is a process of its own, which runs ``tests/app/test_monkey.py``: no exception, no
warning of Qt, no thread left, the right picture at the end, and memory that stays. Prints a line
for each seed; ends with 1 if any fails.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEST = Path(__file__).parents[1] / "tests/app/test_monkey.py"


def main() -> int:
    """Run the seeds one after the other; 1 if any fails."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", default="11,12,13")
    parser.add_argument("--actions", type=int, default=3000)
    options = parser.parse_args()
    seeds = options.seeds.split(",")
    failed = 0
    print("| seed | actions | kept more after half of them | bound | resident | seconds | held |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for seed in seeds:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="monkey-") as folder:
            file = Path(folder) / "figures.json"
            settings = {
                "MONKEY_SEEDS": seed,
                "MONKEY_ACTIONS": str(options.actions),
                "MONKEY_FIGURES": str(file),
                "PYTHONMALLOC": "malloc",  # so that the C library knows what Python keeps, too
            }
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TEST)],
                env={**os.environ, **settings},
                capture_output=True,
                text=True,
                check=False,
            )
            figures = json.loads(file.read_text()) if file.is_file() else {}
        if done.returncode:
            failed += 1
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        kept, bound, resident = (
            f"{figures[name] / 2**20:.0f} MiB" if name in figures else "?"
            for name in ("kept", "bound", "resident")
        )
        print(
            f"| {seed} | {figures.get('actions', 0):,} | {kept} | {bound} | {resident} "
            f"| {time.monotonic() - started:.0f} | {'NO' if done.returncode else 'yes'} |",
            flush=True,
        )
    print(f"\n{len(seeds) - failed} of {len(seeds)} seeds held")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
