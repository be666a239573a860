"""How fast dissecting is: the whole pipeline against the plain way, and where the time goes.

    python benchmarks/dissect.py pipeline --size 200
    python benchmarks/dissect.py unified --size 12
    python benchmarks/dissect.py statistics --size 200 --concepts 1825
    python benchmarks/dissect.py memory --size 10000 --units 512

``pipeline`` runs both ways whole on the same networks, in this process, with the same number of
threads; they must agree. ``unified`` does the same with the published unified-parsing segmenter
under random weights: all 1,825 concepts at its true cost. ``statistics`` gives both ways the same
kept maps and concept maps. ``memory`` dissects a synthetic network and reports the peak of the
memory that the process took. Times are processor seconds, so that other work on the machine does
not decide; the plain way is described in ``plain.py``.
"""

import argparse
import importlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from plain import PlainLayer, dissect_plainly
from torch import Tensor, nn

from dissection.data.sources import Latents
from dissection.measurement import counting, sampling
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.hooks import observe
from dissection.models.segmenters.base import Segmenter
from dissection.models.segmenters.deepstem import color_encoder, unified_encoder
from dissection.models.segmenters.load import load_segmenter
from dissection.models.segmenters.pyramid import ColorDecoder, UnifiedDecoder
from dissection.models.segmenters.unified import UnifiedSegmenter
from dissection.models.segmenters.unified_vocabulary import unified_vocabulary
from dissection.pipeline import dissect
from dissection.runtime.allocator import keep_freed_memory
from dissection.statistics.concept_sets import ConceptSets
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.layer import LayerMaps, measure_layer

BATCH = 25
GRID = 64


class Clock:
    """Processor seconds of the process, by what they went into; the outermost call counts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inside = False

    def timed(self, key: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, counted."""

        def call(*arguments: Any, **named: Any) -> Any:
            if self._inside:
                return function(*arguments, **named)
            self._inside, started = True, time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                spent = time.process_time() - started
                self._inside = False
                self.seconds[key] = self.seconds.get(key, 0.0) + spent

        return call

    def shares(self, total: float) -> str:
        """Each part's seconds and share, and the rest."""
        parts = {**self.seconds, "the rest": total - sum(self.seconds.values())}
        return ", ".join(
            f"{key} {value:.1f} s ({value / total:.0%})" for key, value in parts.items()
        )


def pipeline(
    generator: ProgressiveGenerator, segmenter: Segmenter, layers: list[str], size: int
) -> None:
    """Both ways whole, in turn."""
    source = Latents.of_seed(size, generator.depth)
    segment, forward, measure = segmenter.segment, generator.forward, counting.measure_layer
    with torch.no_grad():  # the first call prepares kernels
        segment(generator(source.inputs([0])), GRID)
    ours, plain = Clock(), Clock()
    # Set up anew for each sample: the time of the folding counts.
    fold = sampling.forward_pass

    def counted(*arguments: Any) -> Any:
        return ours.timed("generator", ours.timed("generator", fold)(*arguments))

    vars(sampling)["forward_pass"] = counted
    segmenter.segment = ours.timed("segmenter", segment)  # type: ignore[method-assign]
    counting.measure_layer = ours.timed("statistics", measure)
    look, number = counting.ConceptMaps.areas, counting.ConceptSets.of
    counting.ConceptMaps.areas = ours.timed("statistics", look)  # type: ignore[method-assign]
    counting.ConceptSets.of = ours.timed("statistics", number)  # type: ignore[method-assign]
    module = importlib.import_module("dissection.pipeline")
    pictures = module.concept_pictures
    module.concept_pictures = ours.timed("pictures", pictures)  # type: ignore[attr-defined]
    started = time.process_time()
    measured = dissect(generator, layers, source, segmenter, grid=GRID, batch=BATCH)
    fast = time.process_time() - started
    counting.ConceptMaps.areas = look  # type: ignore[method-assign]
    counting.ConceptSets.of = number  # type: ignore[method-assign]
    # One for each concept, however large the sample is; the plain way takes none.
    besides = ours.seconds.pop("pictures")
    fast -= besides

    generator.forward = plain.timed("generator", forward)  # type: ignore[method-assign]

    def batches() -> Iterator[tuple[Tensor, dict[str, Tensor]]]:
        for first in range(0, size, BATCH):
            with observe(generator, layers, detach=True) as activations:
                images = generator(source.inputs(range(first, min(first + BATCH, size))))
            yield images, activations

    shown: list[int] = []

    def named(images: Tensor) -> Tensor:
        labels: Tensor = plain.timed("segmenter", segment)(images, GRID)
        shown.extend(len(picture.unique()) - 1 for picture in labels)
        return labels

    statistics = ours.seconds["statistics"]
    print(f"{len(layers)} layers, {size} latents, {len(segmenter.vocabulary)} concepts")
    print(
        f"  ours {fast:7.1f} s: {ours.shares(fast)}; besides, pictures of the concepts "
        f"{besides:.1f} s"
    )
    for way, sketched in (("exact levels", False), ("sketched levels, as published", True)):
        plain.seconds.clear()
        started = time.process_time()
        with torch.no_grad():
            concepts = len(segmenter.vocabulary)
            found = dissect_plainly(batches, size, GRID, named, concepts, sketched=sketched)
        slow = time.process_time() - started
        for name in layers:
            agree(found[name], measured[name].activation_threshold, measured[name].iou, sketched)
        networks = sum(plain.seconds.values())
        print(
            f"  plain, {way} ({np.mean(shown):.0f} concepts in a picture), {slow:.1f} s: "
            f"{plain.shares(slow)}\n"
            f"    ours is {slow / fast:.1f} times as fast, its statistics "
            f"{(slow - networks) / statistics:.1f} times; a layer at a time, as published, the "
            f"plain way would take {(slow + (len(layers) - 1) * networks) / fast:.1f} times as long"
        )
    generator.forward, segmenter.segment = forward, segment  # type: ignore[method-assign]
    vars(sampling)["forward_pass"] = fold
    counting.measure_layer, module.concept_pictures = measure, pictures  # type: ignore[attr-defined]


def agree(plain: PlainLayer, levels: np.ndarray, iou: np.ndarray, sketched: bool = False) -> None:
    """Both ways give the same, but for the rounding that moves a pixel or two.

    A sketch may take a level for another of about its rank.
    """
    assert sketched or np.allclose(levels, plain.levels.numpy(), rtol=1e-5)
    assert np.abs(iou[1:] - plain.iou.numpy()[1:]).max() < (0.03 if sketched else 5e-3)


def random_unified() -> UnifiedSegmenter:
    """The published architecture with its 1,825 concepts under random weights."""
    torch.manual_seed(0)
    network = nn.Sequential(unified_encoder(), UnifiedDecoder()).eval().requires_grad_(False)
    color = nn.Sequential(color_encoder(), ColorDecoder()).eval().requires_grad_(False)
    return UnifiedSegmenter(network, color, "random weights")


def statistics(
    generator: ProgressiveGenerator, layers: list[str], size: int, many: int, repeat: int
) -> None:
    """Both ways on the same kept maps, with as many concepts as asked for in blocks of 8x8."""
    rng = np.random.default_rng(0)
    source = Latents.of_seed(size, generator.depth)
    kept: dict[str, list[Tensor]] = {name: [] for name in layers}
    for first in range(0, size, BATCH):
        rows = range(first, min(first + BATCH, size))
        with torch.no_grad(), observe(generator, layers, detach=True, stop=True) as activations:
            generator(source.inputs(rows))
        for name in layers:
            kept[name].append(activations[name])
    # A picture shows some fifty of the concepts, as one of the published segmenter's does.
    some = np.stack([rng.choice(np.arange(1, many), min(50, many - 1), False) for _ in range(size)])
    chosen = rng.integers(0, some.shape[1], (size, 6 * 8 * 8))
    labels = np.take_along_axis(some, chosen, 1).reshape(size, 6, 8, 8).astype(np.uint16)
    labels = labels.repeat(GRID // 8, 2).repeat(GRID // 8, 3)
    concepts = ConceptMaps(labels, np.array([-1] + [0] * (many - 1)))
    areas, sets = concepts.areas(), ConceptSets.of(concepts)
    for name in layers:
        x = torch.cat(kept[name])
        measure_layer(LayerMaps(x[:8].numpy()), ConceptMaps(labels[:8], concepts.categories))
        seconds: dict[str, list[float]] = {"ours": [], "exact": [], "sketched": []}
        for _ in range(repeat):  # in turns, so that other work meets all alike
            started = time.process_time()
            ours = measure_layer(LayerMaps(x.numpy()), concepts, areas=areas, sets=sets)
            seconds["ours"].append(time.process_time() - started)
            for way in ("exact", "sketched"):
                started = time.process_time()
                plain = plain_statistics(name, x, labels, many, way == "sketched")
                seconds[way].append(time.process_time() - started)
                agree(plain, ours.threshold_table[0], ours.tally.iou(), way == "sketched")
        fast, slow, published = (float(np.median(spent)) for spent in seconds.values())
        print(
            f"{name:8} {tuple(x.shape)!s:22} {many:5} concepts: plain, exact levels {slow:7.2f} s, "
            f"sketched {published:7.2f} s; ours {fast:6.3f} s, {slow / fast:5.1f} and "
            f"{published / fast:5.1f} times as fast"
        )


def plain_statistics(
    name: str, x: Tensor, labels: np.ndarray, concepts: int, sketched: bool
) -> PlainLayer:
    """The plain way on kept maps: no network runs."""
    places = iter(range(0, len(x), BATCH))

    def batches() -> Iterator[tuple[Tensor, dict[str, Tensor]]]:
        for first in range(0, len(x), BATCH):
            part = x[first : first + BATCH]
            yield part, {name: part}

    def segment(images: Tensor) -> Tensor:
        first = next(places)
        return torch.from_numpy(labels[first : first + len(images)].astype(np.int64))

    return dissect_plainly(batches, len(x), GRID, segment, concepts, sketched=sketched)[name]


class Stripes(nn.Module):
    """A generator that costs nothing: latents (N, 16) are mixed into maps (N, units, 8, 8)."""

    def __init__(self, units: int) -> None:
        super().__init__()
        chance = torch.Generator().manual_seed(0)
        self.mix = nn.Parameter(torch.randn(16, units * 64, generator=chance), requires_grad=False)
        self.units = nn.Identity()

    def forward(self, z: Tensor) -> Tensor:
        """Pictures (N, 3, 8, 8)."""
        images: Tensor = self.units((z @ self.mix).view(len(z), -1, 8, 8))[:, :3]
        return images


class Tiles:
    """Names 1,825 concepts in six channels of 8x8 tiles, by the brightness of a picture's cells."""

    digest = "tiles"

    def __init__(self) -> None:
        self.vocabulary = unified_vocabulary()

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, 6, 64, 64)."""
        cells = (images.double() * 1e3).long().repeat(1, 2, 1, 1)
        channel = torch.arange(6)[:, None, None] * 101
        return ((cells + channel) % 1824 + 1).repeat_interleave(8, 2).repeat_interleave(8, 3)


def memory(size: int, units: int) -> None:
    """Dissects a synthetic network with 1,825 concepts, and watches the memory."""
    peak = {"all": 0.0, "own": 0.0}
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            read = dict(
                line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines()
            )
            own = int(read["RssAnon"].split()[0]) / 2**20
            mapped = int(read["VmRSS"].split()[0]) / 2**20
            peak["own"], peak["all"] = max(peak["own"], own), max(peak["all"], mapped)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    try:
        source = Latents.of_seed(size, 16)
        dissect(Stripes(units), ["units"], source, Tiles(), grid=GRID, batch=BATCH)
    finally:
        stop.set()
        watcher.join()
    print(
        f"{size} pictures, {units} units, 1825 concepts: at most {peak['own']:.2f} GB of memory of "
        f"its own, {peak['all']:.2f} GB with mapped files (which the system takes back when it "
        f"needs them), in {time.perf_counter() - started:.0f} s"
    )


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=("pipeline", "unified", "statistics", "memory"))
    parser.add_argument("--model", default="storybook-church")
    parser.add_argument("--segmenter", default="storybook")
    parser.add_argument("--layers", default="layer4,layer5,layer6")
    parser.add_argument("--size", type=int, default=200, help="pictures")
    parser.add_argument("--concepts", type=int, default=1825, help="of statistics")
    parser.add_argument("--repeat", type=int, default=3, help="medians of so many, of statistics")
    parser.add_argument("--units", type=int, default=512, help="of memory")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    keep_freed_memory()
    if options.threads:
        torch.set_num_threads(options.threads)
    layers = options.layers.split(",")
    if options.what == "memory":
        memory(options.size, options.units)
        return
    generator = load_generator(options.model)
    if options.what == "pipeline":
        pipeline(generator, load_segmenter(options.segmenter), layers, options.size)
    elif options.what == "unified":
        pipeline(generator, random_unified(), layers, options.size)
    else:
        statistics(generator, layers, options.size, options.concepts, options.repeat)


if __name__ == "__main__":
    main()
