"""How much memory tracing effects takes with the published segmenter's 1,825 concepts.

    python benchmarks/effect_memory.py --model paper
    python benchmarks/effect_memory.py --model storybook-church

The segmenter is the published unified-parsing network with its colors, under random weights; so is
the generator ``paper``, of the published size for 256 px. A batch is as large as a dissection's. A
batch takes one backward pass for each concept of its richest picture, and all of them take the same
memory, so a few concepts show the peak. It is that of the whole process from its start, with
Python, torch and both networks: one run, one figure.
"""

import argparse
import resource
import sys
import time

import numpy as np
import torch
from dissect import BATCH, GRID, random_unified

from dissection.data.sources import Latents
from dissection.measurement.effect import measure_effect
from dissection.measurement.job import Job
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.progressive import PUBLISHED_UNITS, ProgressiveGenerator
from dissection.models.passes import make_passes
from dissection.runtime.allocator import keep_freed_memory
from dissection.runtime.workspace import Workspace


def peak() -> float:
    """GB (2^30 bytes) of memory that the process had resident at most, so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**30 if sys.platform == "darwin" else 2**20)


def measure(
    model: str, layers: list[str], size: int, batch: int, concepts: int, precision: str
) -> None:
    """Traces the effects of all units of some layers on a few concepts, and prints the peak."""
    torch.manual_seed(0)
    if model == "paper":
        generator = ProgressiveGenerator(PUBLISHED_UNITS[256]).eval().requires_grad_(False)
    else:
        generator = load_generator(model)
    segmenter = random_unified()
    passes = make_passes(generator, torch.device("cpu"), precision)
    source = Latents.of_seed(size, generator.depth)
    work = Workspace(None, {}, resume=False)
    job = Job(generator, source, segmenter, GRID, batch, torch.device("cpu"), work, None)
    names = layers or list(generator.layer_names)
    units = {name: generator.layer_shape(name)[0] for name in names}
    # Under random weights all objects stand everywhere: the first ones are as good as any.
    occurring = np.arange(len(segmenter.vocabulary)) <= concepts
    occurring[0] = False
    before, started = peak(), time.process_time()
    effects = measure_effect(job, passes, units, size, occurring)
    spent, parts = time.process_time() - started, work.recall("effect-inputs")
    found = sum(int((effect != 0).any(1).sum()) for effect in effects.values())
    work.close(remove=True)
    print(
        f"{model}, {generator.size} px, {sum(units.values())} units in {len(units)} layers, "
        f"{passes.precision}, {len(segmenter.vocabulary)} concepts of which {concepts} are asked "
        f"about, {size} latents in batches of {batch // 2} in parts of {parts}: at most "
        f"{peak():.2f} GB ({before:.2f} GB before the first batch), {spent:.0f} processor seconds"
    )
    if not found:
        raise SystemExit("No concept was asked about: nothing was measured.")


def main() -> None:
    """Run one measurement."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", default="paper", help="paper, or a generator's name or file")
    parser.add_argument("--layers", default="", help="with commas; all of the generator")
    parser.add_argument("--size", type=int, default=BATCH // 2, help="latents")
    parser.add_argument("--batch", type=int, default=BATCH, help="of the dissection")
    parser.add_argument("--concepts", type=int, default=3, help="to ask about")
    parser.add_argument("--precision", default="auto", help="auto, float32 or bfloat16")
    options = parser.parse_args()
    keep_freed_memory()
    layers = [name for name in options.layers.split(",") if name]
    measure(
        options.model,
        layers,
        options.size,
        options.batch,
        options.concepts,
        options.precision,
    )


if __name__ == "__main__":
    main()
