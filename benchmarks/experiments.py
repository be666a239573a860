"""Every experiment alone, shared by two processes, and killed and gone on with: the same figures?

    python benchmarks/experiments.py [--only erase,insert] [--run RUN] [--ways shared,killed]
    python benchmarks/experiments.py --default --ways none [--only erase,insert]

Each is run at its quick size or below, or at its default one (--default), on networks that ship;
`training` needs the folder of a training with snapshots (--run). Prints for each its time alone,
with the machine's load, and whether tables, arrays and pictures of a run by two processes
(torchrun), and of one that was killed (SIGKILL) twice and gone on with (--resume), are those of
the run alone, value by value.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from dissection.experiments.registry import experiments
from dissection.experiments.result import Result
from dissection.experiments.store import load_result

#: Settings that keep a run short, or that make it compute what quick only reads.
LESS = {
    "attack": ["--size", "quick", "--images", "6", "--iterations", "50", "--batch", "2"],
    "compare": ["--size", "quick", "--batch", "10"],
    "compose": ["--size", "quick"],
    "counterfactual": ["--size", "quick", "--scenes", "60", "--batch", "10"],
    "detector": ["--size", "quick"],
    "erase": ["--size", "quick"],
    "importance": ["--train-size", "102", "--val-size", "102", "--draws", "2", "--batch", "10"],
    "insert": ["--size", "quick", "--batch", "10"],
    "layers": [],
    "rotation": ["--size", "quick"],
    "texture": ["--size", "quick"],
    "training": ["--size", "quick"],
    "units": ["--size", "quick"],
}
ALONE = [sys.executable, "-m", "dissection"]
SHARED = [
    sys.executable,
    "-m",
    "torch.distributed.run",
    "--nproc-per-node",
    "2",
    "-m",
    "--",  # what follows is ours: torchrun takes --run for its own --run-path
    "dissection",
]


def differences(one: Result, other: Result) -> str:
    """What is not the same, in words; "same" where all is."""
    wrong = [f"table {name}" for name in one.tables if one.tables[name] != other.tables.get(name)]
    for kind, mine, theirs in (
        ("array", one.arrays, other.arrays), ("picture", one.pictures, other.pictures)
    ):  # fmt: skip
        for name, values in mine.items():
            there = theirs.get(name)
            if there is None or not np.array_equal(
                values, there, equal_nan=values.dtype.kind == "f"
            ):
                far = "" if there is None or there.shape != values.shape else _by(values, there)
                wrong.append(f"{kind} {name}{far}")
    return ", ".join(wrong) or "same"


def _by(one: np.ndarray, other: np.ndarray) -> str:
    apart = np.abs(one.astype(float) - other.astype(float))
    return f" (by {np.nanmax(apart):.2g} at most, in {np.mean(apart > 0):.1%})"


def run(words: list[str], kill_after: int = 0) -> int:
    """Run a command that tells progress as JSON, kill it after so many lines; how many it told.

    Raises:
        SystemExit: it failed.
    """
    process = subprocess.Popen(
        [*words, "--progress", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    lines = 0
    assert process.stdout is not None
    assert process.stderr is not None
    for _ in process.stdout:
        lines += 1
        if kill_after and lines >= kill_after:
            process.kill()
            break
    told = process.stderr.read()
    if process.wait() and not kill_after:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}:\n{told[-2000:]}")
    return lines


def seconds() -> float:
    """Processor seconds of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def try_one(name: str, more: list[str], folder: Path, ways: list[str]) -> dict[str, object]:
    """Run an experiment in all ways."""
    words = ["experiment", name, *more, "--threads", "1", "--device", "cpu"]
    begun, since = seconds(), time.monotonic()
    lines = run([*ALONE, *words, "--out", str(folder / "alone")])
    found: dict[str, object] = {
        "experiment": name,
        "processor seconds": round(seconds() - begun, 1),
        "seconds": round(time.monotonic() - since, 1),
        "load": round(os.getloadavg()[0], 1),
    }
    whole = load_result(folder / "alone")
    if "shared" in ways:
        run([*SHARED, *words, "--out", str(folder / "shared")])
        found["two processes"] = differences(whole, load_result(folder / "shared"))
    if "killed" in ways:
        for part in (1, 2):  # after a third, and again after the second
            resumed = ["--resume"] if part > 1 else []
            run([*ALONE, *words, *resumed, "--out", str(folder / "killed")], max(2, lines // 3))
        kept = sorted(path.name for path in (folder / "killed").glob("work*"))
        if kept:
            run([*ALONE, *words, "--resume", "--out", str(folder / "killed")])
        found["killed twice"] = differences(whole, load_result(folder / "killed"))
        found["left by kills"] = len(kept)
    return found


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="experiments, with commas")
    parser.add_argument("--run", default="", help="folder of a training with snapshots")
    parser.add_argument("--ways", default="shared,killed")
    parser.add_argument("--default", action="store_true", help="at the default sizes")
    given = parser.parse_args()
    for name in given.only.split(",") if given.only else experiments():
        more = [] if given.default else list(LESS[name])
        more += ["--run", given.run] if name == "training" else []
        if name == "training" and not given.run:
            print(json.dumps({"experiment": name, "left out": "name a training with --run"}))
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = try_one(name, more, Path(folder), given.ways.split(","))
            print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
