"""Damages real files of every format that the product reads, opens them, and counts what came.

    python benchmarks/fuzz.py --examples 50000

Prints for each format how many damaged files were opened (in part or whole), how many were told
in a sentence, and every example of which anything else came; exits with 1 if there is one. Also
the largest memory that the process had above what it has after its imports.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.fuzz_formats import FORMATS
from support.fuzzing import try_one


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--examples", type=int, default=50_000, help="damaged files in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="formats whose names hold this")
    options = parser.parse_args()
    formats = [kind for kind in FORMATS if options.only in kind.name]
    rng, started, wrong = random.Random(options.seed), time.monotonic(), 0
    before, tried = _peak(), 0
    print("| format | opened | told | else |")
    print("| --- | ---: | ---: | ---: |")
    for kind in formats:
        opened = told = other = 0
        with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
            folder = Path(name)
            (folder / "whole").mkdir()
            kind.make(folder / "whole")
            for _ in range(-(-options.examples // len(formats))):
                try:
                    said = try_one(
                        kind,
                        folder / "whole",
                        folder / "copy",
                        rng.randint(1, 4),
                        rng.getrandbits(32),
                    )
                except AssertionError as error:
                    other += 1
                    print(error, file=sys.stderr)
                else:
                    told += bool(said)
                    opened += not said
        wrong += other
        tried += opened + told + other
        print(f"| {kind.name} | {opened:,} | {told:,} | {other:,} |", flush=True)
    print(
        f"\n{tried:,} damaged files, {wrong} not answered; {time.monotonic() - started:,.0f} s; "
        f"peak {_peak() - before:,.0f} MB above the imports"
    )
    sys.exit(wrong > 0)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
