"""How many images/s training takes in, for each way of running steps; which way is best here.

    python benchmarks/train.py [--units 512,512,512,256,128,64,32] [--batch 32] [--ways plain]
    python benchmarks/train.py --best best.txt     # the name of the fastest way, for a script

Steps of both players on random pictures, the gradient penalty in its share, at the last resolution
and, where only launching counts, at 16 px. Every way runs in a process of its own with a limit on
its time: a way that fails or takes too long to prepare is reported so and the others still count.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

from dissection.models.generators.precision import choose_device
from dissection.runtime.files import write_text
from dissection.training import measure
from dissection.training.generator import GeneratorTraining
from dissection.training.growth import GrowthPlan
from dissection.training.settings import GeneratorSettings

WAYS = ("graphs", "compiled", "plain")
PICTURES = 256
COARSE = 2  # stage of 16 px


def main() -> None:
    """Measure each way in a process of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--units", default="512,512,512,256,128,64,32")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--limit", type=float, default=90, help="seconds for each way")
    parser.add_argument("--best", type=Path, help="write the name of the fastest way here")
    parser.add_argument("--child", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    units = tuple(map(int, given.units.split(",")))
    if given.child:
        print(json.dumps(measured(units, given.batch, given.device, given.child)))
        return
    print(f"torch {torch.__version__}, units {given.units}, batches of {given.batch}")
    speeds: dict[str, float] = {}
    for way in given.ways:
        arguments = [sys.executable, __file__, "--units", given.units, "--device", given.device]
        arguments += ["--batch", str(given.batch), "--child", way]
        start = time.monotonic()
        try:
            done = subprocess.run(
                arguments, capture_output=True, text=True, timeout=given.limit, check=True
            )
        except subprocess.TimeoutExpired:
            print(f"{way:>9}: not within {given.limit:.0f} s", flush=True)
            continue
        except subprocess.CalledProcessError as error:
            print(f"{way:>9}: failed: {error.stderr.strip().splitlines()[-1:]}", flush=True)
            continue
        told = json.loads(done.stdout.splitlines()[-1])
        speeds[way] = told["fine"]
        size, seconds = 4 << (len(units) - 1), time.monotonic() - start
        print(
            f"{way:>9}: {told['fine']:,.1f} images/s at {size} px, {told['coarse']:,.1f} at "
            f"{4 << COARSE} px; {told['gibibytes']:.1f} GiB; {seconds:.0f} s to prepare and measure"
            + "".join(f"\n{'':11}{sentence}" for sentence in told["said"]),
            flush=True,
        )
    if given.best and speeds:
        write_text(given.best, max(speeds, key=lambda way: speeds[way]))


def measured(units: tuple[int, ...], batch: int, device: str, way: str) -> dict[str, object]:
    """Images/s of one way, and the device's memory at its peak."""
    where = str(choose_device(device))
    size = 4 << (len(units) - 1)
    batches = (batch,) * len(units)
    settings = GeneratorSettings(units, units, GrowthPlan(batches, (0,) * len(units), batches))
    pictures = np.random.default_rng(0).integers(0, 256, (PICTURES, size, size, 3), np.uint8)
    said: list[str] = []
    run = GeneratorTraining(settings, pictures, where, way, said.append)
    coarse, fine = (measure.speed_at(run, stage) for stage in (COARSE, len(units) - 1))
    peak = torch.cuda.max_memory_reserved() if where.startswith("cuda") else 0
    return {"coarse": coarse, "fine": fine, "gibibytes": peak / 2**30, "said": said}


if __name__ == "__main__":
    main()
