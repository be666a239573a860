"""How fast dissecting is: the statistics against the plain way, and where the time goes.

    python benchmarks/dissect.py --model storybook-church --layers layer4,layer5,layer6 --size 200

The plain way is the published structure: one pass over the upsampled maps for the levels (here a
full selection, in chunks of units), one for the exemplars, and one for the IoU with a loop over
images and the concepts that each shows. Both ways get the same kept maps and concept maps, run in
this process with the same number of threads, and must agree. Their times are processor seconds,
so that other work on the machine does not decide.
"""

import argparse
import time

import numpy as np
import torch

from dissection.allocator import keep_freed_memory
from dissection.dissect import dissect
from dissection.generators.checkpoints import load_generator
from dissection.hooks import observe
from dissection.latents import standard
from dissection.segmenters.storybook import load_segmenter
from dissection.sources import Latents
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.layer import Kept, measure_layer
from dissection.statistics.upsample import upsample

BATCH = 25


def plain_layer(
    maps: torch.Tensor, labels: np.ndarray, concepts: int, quantile: float = 0.99
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels (units,), exemplars (units, 5) and IoU (concepts, units) in three passes."""
    size, units = maps.shape[:2]
    grid = labels.shape[-1]
    rank = int(np.ceil(round((1 - quantile) * size * grid * grid, 6)))
    levels = torch.empty(units)
    for first in range(0, units, 8):  # a sort of everything at once would not fit
        full = upsample(maps[:, first : first + 8], grid).transpose(0, 1).flatten(1)
        levels[first : first + 8] = full.topk(rank, dim=1).values[:, -1]
    peaks = torch.cat([maps[i : i + BATCH].amax((2, 3)) for i in range(0, size, BATCH)])
    exemplars = peaks.topk(min(5, size), dim=0).indices.T
    above = torch.zeros(units, dtype=torch.float64)
    area = torch.zeros(concepts, dtype=torch.float64)
    both = torch.zeros(concepts, units, dtype=torch.float64)
    for image in range(size):
        named = torch.from_numpy(labels[image].astype(np.int64))
        hit = (upsample(maps[image : image + 1], grid)[0] > levels[:, None, None]).float()
        above += hit.sum((1, 2))
        for concept in named.unique().tolist():
            if concept:
                mask = (named == concept).any(0)
                area[concept] += mask.sum()
                both[concept] += (hit * mask).sum((1, 2))
    union = above + area[:, None] - both
    return levels.numpy(), exemplars.numpy(), (both / union.clamp(min=1)).numpy()


def compare(maps: dict[str, torch.Tensor], labels: np.ndarray, concepts: int) -> None:
    categories = np.array([-1] + [0] * (concepts - 1))
    for name, x in maps.items():
        named = ConceptMaps(labels, categories)
        few = ConceptMaps(labels[:8], categories)
        measure_layer(Kept(x[:8].numpy()), few)  # the first call prepares kernels
        started = time.process_time()
        ours = measure_layer(Kept(x.numpy()), named)
        fast = time.process_time() - started
        started = time.process_time()
        levels, _, iou = plain_layer(x, labels, concepts)
        slow = time.process_time() - started
        assert np.allclose(ours.level_table[0], levels, rtol=1e-5)
        assert np.abs(ours.tally.iou() - iou).max() < 5e-3  # rounding moves a pixel or two
        print(
            f"{name:8} {tuple(x.shape)!s:22} {concepts:5} concepts: plain {slow:7.2f} s, "
            f"ours {fast:6.2f} s, {slow / fast:5.1f} times as fast"
        )


def shares(generator: str, segmenter: str, layers: list[str], size: int) -> None:
    network, concepts = load_generator(generator), load_segmenter(segmenter)
    seconds = {"generator": 0.0, "segmenter": 0.0}
    forward, segment = network.forward, concepts.segment

    def timed(key: str, function):  # type: ignore[no-untyped-def]
        def call(*arguments, **named):  # type: ignore[no-untyped-def]
            started = time.perf_counter()
            result = function(*arguments, **named)
            seconds[key] += time.perf_counter() - started
            return result

        return call

    network.forward = timed("generator", forward)
    concepts.segment = timed("segmenter", segment)
    timings: dict[str, float] = {}
    started = time.perf_counter()
    source = Latents.of_seed(size, network.depth)
    dissect(network, layers, source, concepts, batch=BATCH, timings=timings)
    total = time.perf_counter() - started
    seconds["statistics"] = timings["statistics"]
    rest = total - sum(seconds.values())
    told = ", ".join(f"{key} {value / total:.0%}" for key, value in seconds.items())
    print(
        f"{len(layers)} layers, {size} latents in {total:.1f} s ({size / total:.1f}/s): {told}, "
        f"keeping and the rest {rest / total:.0%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", default="storybook-church")
    parser.add_argument("--segmenter", default="storybook")
    parser.add_argument("--layers", default="layer4,layer5,layer6")
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--many", type=int, default=1825, help="a vocabulary as large as this, too")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    keep_freed_memory()
    if options.threads:
        torch.set_num_threads(options.threads)
    layers = options.layers.split(",")
    network = load_generator(options.model)
    segmenter = load_segmenter(options.segmenter)
    maps: dict[str, list[torch.Tensor]] = {name: [] for name in layers}
    labels = []
    with torch.no_grad():
        for first in range(0, options.size, BATCH):
            rows = range(first, min(first + BATCH, options.size))
            with observe(network, layers, detach=True) as seen:
                images = network(torch.from_numpy(standard(list(rows), network.depth)))
            labels.append(segmenter.segment(images, 64).numpy().astype(np.uint16))
            for name in layers:
                maps[name].append(seen[name])
    kept = {name: torch.cat(parts) for name, parts in maps.items()}
    named = np.concatenate(labels)
    compare(kept, named, len(segmenter.vocabulary))
    # The same pictures, their concepts split into many: what a large vocabulary costs.
    rng = np.random.default_rng(0)
    patches = rng.integers(1, options.many, (len(named), 6, 16, 16)).astype(np.uint16)
    compare(kept, patches.repeat(4, 2).repeat(4, 3), options.many)
    shares(options.model, options.segmenter, layers, options.size)


if __name__ == "__main__":
    main()
