"""Damages real files of every format that the product reads, opens them, and counts what came.

    python benchmarks/fuzz.py --examples 50000 --state fuzz.json

What was counted is kept in the state every hundred examples, so that the same command goes on after
a stop; the same seed damages the same files, whatever was stopped in between. Prints for each
format how many damaged files were opened (in part or whole), how many were told in a sentence, and
every example of which anything else came; exits with 1 if there is one. Also the largest memory
that a process of the run had above what it has after its imports.
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.fuzz_formats import FORMATS
from support.fuzzing import Format, try_one

#: Examples between two savings of the state.
EVERY = 100


class State:
    """What was counted so far, by format; kept in a file if one is named."""

    def __init__(self, path: Path | None, settings: dict[str, int | str]) -> None:
        self.path, self.settings = path, settings
        self.counts: dict[str, dict[str, int]] = {}
        self.seconds, self.peak = 0.0, 0.0
        self._began, self._before = time.monotonic(), _memory()
        if path and path.is_file():
            kept = json.loads(path.read_text())
            if kept["settings"] != settings:
                sys.exit(f"{path} is of another run: {kept['settings']}. Give another file.")
            self.counts, self.seconds, self.peak = kept["counts"], kept["seconds"], kept["peak"]

    def of(self, name: str) -> dict[str, int]:
        """The counts of a format: opened, told, else."""
        return self.counts.setdefault(name, {"opened": 0, "told": 0, "else": 0})

    def save(self) -> None:
        """Put down the counts, the seconds and the peak of all processes of the run."""
        now = time.monotonic()
        self.seconds += now - self._began
        self._began = now
        self.peak = max(self.peak, _memory() - self._before)
        if self.path:
            kept = {"settings": self.settings, "counts": self.counts}
            text = json.dumps({**kept, "seconds": self.seconds, "peak": self.peak})
            beside = self.path.with_suffix(".new")
            beside.write_text(text)
            beside.replace(self.path)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--examples", type=int, default=50_000, help="damaged files in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="formats whose names hold this")
    parser.add_argument("--state", type=Path, help="file of what was counted; goes on from it")
    options = parser.parse_args()
    formats = [kind for kind in FORMATS if options.only in kind.name]
    examples = -(-options.examples // len(formats))
    settings = {"examples": examples, "seed": options.seed, "only": options.only}
    state = State(options.state, settings)
    print("| format | opened | told | else |")
    print("| --- | ---: | ---: | ---: |")
    for kind in formats:
        _try_format(kind, examples, options.seed, state)
        counts = state.of(kind.name)
        print(
            f"| {kind.name} | {counts['opened']:,} | {counts['told']:,} | {counts['else']:,} |",
            flush=True,
        )
    tried = sum(sum(counts.values()) for counts in state.counts.values())
    wrong = sum(counts["else"] for counts in state.counts.values())
    print(
        f"\n{tried:,} damaged files, {wrong} not answered; {state.seconds:,.0f} s; "
        f"peak {state.peak:,.0f} MB above the imports"
    )
    sys.exit(wrong > 0)


def _try_format(kind: Format, examples: int, seed: int, state: State) -> None:
    """Try what is left of a format's examples."""
    counts = state.of(kind.name)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        (folder / "whole").mkdir()
        kind.make(folder / "whole")
        for number in range(sum(counts.values()), examples):
            rng = random.Random(f"{seed} {kind.name} {number}")
            times, damage = rng.randint(1, 4), rng.getrandbits(32)
            try:
                said = try_one(kind, folder / "whole", folder / "copy", times, damage)
            except AssertionError as error:
                counts["else"] += 1
                print(error, file=sys.stderr, flush=True)
            else:
                counts["told" if said else "opened"] += 1
            if (number + 1) % EVERY == 0:
                state.save()
    state.save()


def _memory() -> float:
    """The largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
