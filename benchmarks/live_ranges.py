"""Measures how far the layers of bundled generators reach, and which bear eight bits.

    python benchmarks/live_ranges.py [--write] [--each] [--latents 256] [--pictures 24] [NAME ...]

``--each`` tells of every layer how far pictures are off if it alone computes in eight bits.
With ``--write`` the files in ``resources/ranges`` are made anew. They hold what the live pictures
of a bundled generator need; of any other it is measured while the program is idle.
"""

import argparse
from pathlib import Path

import torch

from dissection.models.bundled import bundled_generators
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.live.calibration import Trial, calibrate
from dissection.models.generators.live.network import LiveNetwork
from dissection.models.generators.live.ranges import Ranges
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.runtime.resources import resources_folder

GENERATORS = tuple(bundled_generators())


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=GENERATORS, metavar="NAME")
    parser.add_argument("--latents", type=int, default=256)
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--each", action="store_true")
    given = parser.parse_args()
    for name in given.names:
        ranges = measure(name, given.latents, given.pictures)
        print(
            f"{name}: {', '.join(ranges.close) or 'no layer'} in eight bits; pictures differ by "
            f"{ranges.mean:.2f} levels on average, {ranges.high:.0f} at 99.9 % of the worst"
        )
        if given.each:
            tell_each(name, ranges, given.pictures)
        if given.write:
            path = resources_folder() / "ranges" / f"{name}.json"
            path.parent.mkdir(exist_ok=True)
            Path(path).write_text(ranges.to_json() + "\n")


def networks(name: str) -> tuple[ProgressiveGenerator, LiveNetwork, FoldedGenerator]:
    """A generator, its live network, and the same in float32."""
    generator, cpu = load_generator(name), torch.device("cpu")
    network = LiveNetwork(generator, FoldedGenerator(generator, cpu, torch.bfloat16))
    return generator, network, FoldedGenerator(generator, cpu, torch.float32)


def tell_each(name: str, ranges: Ranges, pictures: int) -> None:
    """Print how far pictures are off with one layer in eight bits."""
    _, network, exact = networks(name)
    trial = Trial(network, exact)
    for row in range(pictures):
        trial.add(row)
    for layer in ranges.spans:
        network.use(ranges.scales, [layer])
        for _ in trial.compare():
            pass
        found = trial.found
        print(f"  {layer}: {found.mean:.2f} on average, {found.high:.0f} at 99.9 % of the worst")


def measure(name: str, latents: int, pictures: int) -> Ranges:
    """What a file holds."""
    *_, found = calibrate(*networks(name), latents, pictures)
    assert found is not None  # the last step gives it
    return found


if __name__ == "__main__":
    main()
