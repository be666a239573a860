"""Measures how far the layers of bundled generators reach, and which bear eight bits.

    python benchmarks/live_ranges.py [--write] [--latents 256] [--pictures 24] [NAME ...]

With ``--write`` the files in ``resources/ranges`` are made anew. They hold what the live pictures
of a bundled generator need; of any other it is measured while the program is idle.
"""

import argparse
from pathlib import Path

import torch

from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.live.calibration import calibrate
from dissection.models.generators.live.network import LiveNetwork
from dissection.models.generators.live.ranges import Ranges
from dissection.runtime.resources import bundled_models, resources_folder

GENERATORS = tuple(name for name in bundled_models() if name.startswith("storybook-"))


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=GENERATORS, metavar="NAME")
    parser.add_argument("--latents", type=int, default=256)
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    for name in given.names:
        ranges = measure(name, given.latents, given.pictures)
        print(
            f"{name}: {', '.join(ranges.close) or 'no layer'} in eight bits; pictures differ by "
            f"{ranges.mean:.2f} levels on average, {ranges.high:.0f} at 99.9 % of the worst"
        )
        if given.write:
            path = resources_folder() / "ranges" / f"{name}.json"
            path.parent.mkdir(exist_ok=True)
            Path(path).write_text(ranges.to_json() + "\n")


def measure(name: str, latents: int, pictures: int) -> Ranges:
    """What a file holds."""
    generator, cpu = load_generator(name), torch.device("cpu")
    network = LiveNetwork(generator, FoldedGenerator(generator, cpu, torch.bfloat16))
    exact = FoldedGenerator(generator, cpu, torch.float32)
    *_, found = calibrate(generator, network, exact, latents, pictures)
    assert found is not None  # the last step gives it
    return found


if __name__ == "__main__":
    main()
