"""How much faster the ablation of a classifier is than loops over its units, and how exact.

    python benchmarks/ablate.py
    python benchmarks/ablate.py --model path/to/classifier --layer features.relu5_3 --size 128
    python benchmarks/ablate.py --memory
    python benchmarks/ablate.py --live --model path/to/classifier --size 128

All units of a layer are taken out one at a time and decisions are made for all classes. Ours, up to
the layer once and exact from there, is timed against (a) the published loop, a full forward pass
for each unit and batch, and (b) a loop over units from the kept output of the layer. Both sides of
(b) begin at what is kept and have one batch size. The loops are timed on a few units and pictures,
and a unit's time is taken times their number. Multiply-adds are counted as torch runs them.

Without ``--model`` it is VGG-16 for 224 px and 365 classes under random weights.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from dissection.interventions.ablation.classes import ClassImages
from dissection.interventions.ablation.engine import CLOSE, Ablator, Decisions, LayerMaps
from dissection.interventions.ablation.live import LiveAblation
from dissection.interventions.ablation.replacement import Zero
from dissection.interventions.ablation.split import Split, split_network
from dissection.interventions.ablation.sweep import ablate
from dissection.measurement.layer_readings import FoundLayer
from dissection.models.classifiers.load import load_network
from dissection.models.classifiers.published import PlacesVGG16
from dissection.models.hooks import PLAIN_READING, edit
from dissection.runtime.allocator import keep_freed_memory

LAYER = "features.relu5_3"
#: Units and convolutions of the blocks of a VGG-16 as narrow as one that ships.
WIDTHS = ((32, 2), (64, 2), (128, 3), (256, 3), (256, 3))


def peak() -> float:
    """GB (2^30 bytes) of memory that the process had resident at most, so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**30 if sys.platform == "darwin" else 2**20)


def random_vgg(classes: int = 365) -> nn.Module:
    """VGG-16 of the published layer names under weights that keep activations in range."""
    torch.manual_seed(0)
    return ready(PlacesVGG16(classes))


def ready(network: nn.Module) -> nn.Module:
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network.eval().requires_grad_(False)


def narrow_vgg(size: int, classes: int) -> nn.Module:
    """VGG-16's layers, as narrow as a classifier that ships."""
    torch.manual_seed(0)
    network = nn.Sequential()
    features, inputs = nn.Sequential(), 3
    for block, (units, count) in enumerate(WIDTHS, 1):
        for layer in range(1, count + 1):
            features.add_module(f"conv{block}_{layer}", nn.Conv2d(inputs, units, 3, padding=1))
            features.add_module(f"relu{block}_{layer}", nn.ReLU(inplace=True))
            inputs = units
        features.add_module(f"pool{block}", nn.MaxPool2d(2, 2))
    network.add_module("features", features)
    network.add_module("flatten", nn.Flatten())
    dense = (inputs * (size // 32) ** 2, 512, 512, classes)
    for number, (before, behind) in enumerate(pairwise(dense), 6):
        network.add_module(f"fc{number}", nn.Linear(before, behind))
        if behind != classes:
            network.add_module(f"relu{number}", nn.ReLU(inplace=True))
    return ready(network)


def seconds(run: Callable[[], Any], device: torch.device) -> float:
    """Wall-clock seconds of one call."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    started = time.perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


def multiply_adds(run: Callable[[], Any]) -> float:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() / 2


def zeroing(unit: int) -> Callable[[Tensor], None]:
    def zero(maps: Tensor) -> None:
        maps[:, unit] = 0

    return zero


@torch.no_grad()
def speed(
    network: nn.Module, layer: str, size: int, batch: int, units: int, rounds: int, memory: int
) -> None:
    """Both loops and ours in turn, several times; medians."""
    device = next(network.parameters()).device
    generator = torch.Generator().manual_seed(1)
    images = (torch.rand(batch, 3, size, size, generator=generator) * 2 - 1).to(device)
    split = split_network(network, layer, images[:1])
    ablator = Ablator(split, memory)
    kept = ablator.keep(images, Zero())
    count, classes = kept.maps.shape[1], kept.logits.shape[1]
    few = torch.linspace(0, count - 1, units).long().tolist()

    def full(unit: int) -> Tensor:
        with edit(network, {layer: zeroing(unit)}):
            logits: Tensor = network(images)
        return logits.argmax(1)

    def behind(unit: int) -> Tensor:
        maps = kept.maps.clone()
        maps[:, unit] = 0
        return split.after(maps, *[part.clone() for part in kept.beside]).argmax(1)

    times: dict[str, list[float]] = {"full": [], "behind": [], "keep": [], "ours": []}
    for turn in range(rounds + 1):
        now = {
            "full": seconds(lambda: full(few[0]), device),
            "behind": seconds(lambda: [behind(unit) for unit in few], device) / len(few),
            "keep": seconds(lambda: ablator.keep(images, Zero()), device),
            "ours": seconds(lambda: ablator.singles(kept), device),
        }
        for name, value in now.items() if turn else ():  # the first one prepares kernels
            times[name].append(value / batch)
    each = {name: median(values) for name, values in times.items()}
    counts = {
        "full": multiply_adds(lambda: network(images)) / batch,
        "behind": multiply_adds(lambda: behind(0)) / batch,
        "keep": multiply_adds(lambda: ablator.keep(images, Zero())) / batch,
        "ours": multiply_adds(lambda: ablator.singles(kept)) / batch,
    }
    whole, ours = (1 + count) * each["full"], each["keep"] + each["ours"]
    print(
        f"{layer}, {count} units, {classes} classes, {size} px, way: {split.way}; batches of "
        f"{batch}, {torch.get_num_threads()} threads, {device}, seconds for a picture:"
    )
    print(
        f"  ours                  {ours:9.3f} ({each['keep']:.3f} up to the layer), "
        f"{(counts['keep'] + counts['ours']) / 1e9:9.1f} GMAC"
    )
    print(
        f"  (a) a pass for each   {whole:9.3f}, {(1 + count) * counts['full'] / 1e9:9.1f} GMAC: "
        f"ours is {whole / ours:.0f} times as fast"
    )
    loop = count * each["behind"]
    print(
        f"  (b) from kept output  {loop:9.3f}, {count * counts['behind'] / 1e9:9.1f} GMAC; ours "
        f"from there {each['ours']:.3f}, {counts['ours'] / 1e9:.1f} GMAC: "
        f"{loop / each['ours']:.1f} times as fast"
    )
    exact(ablator, split, kept, network, images, layer, few)
    print(f"  at most {peak():.2f} GB")


def exact(
    ablator: Ablator, split: Split, kept: LayerMaps, network: nn.Module, images: Tensor, layer: str,
    few: list[int],
) -> None:  # fmt: skip
    """The largest difference of logits from those of (a), and decisions that differ."""
    worst, differ, near = 0.0, 0, 0
    decisions = ablator.singles(kept)
    masks = torch.zeros(len(few), kept.maps.shape[1], dtype=torch.bool, device=images.device)
    masks[torch.arange(len(few)), few] = True
    ours = ablator.set_logits(kept, masks)
    for place, unit in enumerate(few):
        with edit(network, {layer: zeroing(unit)}):
            theirs = network(images)
        worst = max(worst, float((ours[:, place] - theirs).abs().max() / theirs.abs().max()))
        other = decisions.predicted[:, unit] != theirs.argmax(1)
        differ += int((other & ~decisions.close[:, unit]).sum())
        near += int(decisions.close[:, unit].sum())
    print(
        f"  {len(few)} units on {len(images)} pictures: logits differ by at most {worst:.1e} of "
        f"the largest; {differ} decisions differ, and {near} lie within {CLOSE:g} of the largest"
    )
    if differ or worst > CLOSE:
        raise SystemExit("Ours does not give what the loop gives.")


class RandomAblator:
    """Decides at random: what is kept and counted takes its memory all the same."""

    way = "random"

    def __init__(self, units: int, classes: int) -> None:
        self._units, self._classes = units, classes
        self._random = torch.Generator().manual_seed(0)

    def keep(self, inputs: Tensor, *_: object) -> LayerMaps:
        """As ``Ablator.keep``."""
        n, maps = len(inputs), torch.rand(len(inputs), self._units, 1, 1)
        logits = torch.randn(n, self._classes, generator=self._random)
        return LayerMaps(maps, maps * 0, (), torch.ones(n, self._units) > 0, logits, None)

    def singles(self, kept: LayerMaps) -> Decisions:
        """As ``Ablator.singles``."""
        return self._decide(kept, self._units)

    def sets(self, kept: LayerMaps, removed: Tensor) -> Decisions:
        """As ``Ablator.sets``."""
        return self._decide(kept, len(removed))

    def _decide(self, kept: LayerMaps, settings: int) -> Decisions:
        # Of a hundred decisions one is another one, as single units do it.
        predicted = kept.logits.argmax(1)[:, None].repeat(1, settings)
        turned = torch.rand(predicted.shape, generator=self._random) < 0.01
        predicted[turned] = 7
        return Decisions(predicted, turned, turned & False)


def memory(images: int, units: int, classes: int) -> None:
    """The peak of a whole study of so many training and held-out pictures."""
    from dissection.interventions.ablation import sweep

    network = random_vgg(classes)
    first = torch.rand(25, 3, 224, 224) * 2 - 1
    with torch.no_grad():
        ablator = Ablator(split_network(network, LAYER, first[:1]))
        ablator.singles(ablator.keep(first, Zero()))
    engine = peak()
    targets = np.random.default_rng(0).integers(0, classes, images)
    source = ClassImages(np.zeros((1, 3, 1, 1), np.float32), [0], [str(k) for k in range(classes)])
    source.targets = targets
    source.values = source.values.expand(images, 3, 1, 1)  # type: ignore[assignment]
    stub = RandomAblator(units, classes)
    vars(sweep)["Ablator"] = lambda *_: stub
    vars(sweep)["split_network"] = lambda *_: None
    vars(sweep)["read_layer"] = lambda *_: FoundLayer(PLAIN_READING)
    started = time.perf_counter()
    found = ablate(network, LAYER, source, source, effect_size=0)
    print(
        f"{images} training and {images} held-out pictures, {units} units, {classes} classes, "
        f"{len(found.sets)} sets: at most {peak():.2f} GB, of which the engine with VGG-16 in "
        f"batches of 25 {engine:.2f} GB; {len(found.flips)} decisions turned; everything but the "
        f"network took {time.perf_counter() - started:.0f} s"
    )


def live(network: nn.Module, layer: str, size: int, pictures: int, classes: int) -> None:
    """Milliseconds of a step of the slider, from what is kept of held-out pictures."""
    rng = np.random.default_rng(0)
    count = pictures * classes
    images = rng.uniform(-1, 1, (count, 3, size, size)).astype(np.float32)
    names = [str(k) for k in range(classes)]
    source = ClassImages(images, np.arange(count) % classes, names)
    started = time.perf_counter()
    kept = LiveAblation(network, layer, source)
    made = time.perf_counter() - started
    order = rng.permutation(kept.units).tolist()
    walk = [order[:n] for n in range(kept.units)]
    jumps = [order[: int(n)] for n in rng.integers(0, kept.units, 60)]
    ticks = [rng.permutation(kept.units)[:n].tolist() for n in rng.integers(0, kept.units, 60)]
    print(
        f"{count} pictures ({pictures} of each of {classes} classes), {kept.units} units of "
        f"{layer}, {size} px, {torch.get_num_threads()} threads; kept in {made:.0f} s; a step, "
        "milliseconds (median and most):"
    )
    kept.accuracies(order[:3])
    for name, steps in (("one more unit", walk), ("slider anywhere", jumps), ("ticks", ticks)):
        device = next(network.parameters()).device
        took = [1000 * seconds(lambda s=step: kept.accuracies(s), device) for step in steps]  # type: ignore[misc]
        print(f"  {name:16}{median(took):7.1f}{max(took):7.1f}")


def main() -> None:
    """Run one measurement."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", default="", help="a classifier; VGG-16, random weights")
    parser.add_argument("--layer", default=LAYER)
    parser.add_argument("--size", type=int, default=0, help="px along a side of the pictures")
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--units", type=int, default=8, help="that the loops are timed on")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--chunk", type=float, default=1.0, help="GB that rows of a chunk may take")
    parser.add_argument("--memory", action="store_true", help="the peak of a whole study instead")
    parser.add_argument("--live", action="store_true", help="a step of the slider instead")
    parser.add_argument("--images", type=int, default=36500, help="of --memory")
    parser.add_argument("--pictures", type=int, default=25, help="of each class, of --live")
    options = parser.parse_args()
    keep_freed_memory()
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.memory:
        memory(options.images, 512, 365)
        return
    if options.model:
        found = load_network(options.model)
        network, size = found.module, options.size or found.size
    elif options.live:
        size = options.size or 128
        network = narrow_vgg(size, 40)
    else:
        network, size = random_vgg(), options.size or 224
    network.to(options.device)
    if options.live:
        classes = network(torch.zeros(1, 3, size, size, device=options.device)).shape[1]
        live(network, options.layer, size, options.pictures, classes)
        return
    speed(
        network,
        options.layer,
        size,
        options.batch,
        options.units,
        options.rounds,
        int(options.chunk * 2**30),
    )


if __name__ == "__main__":
    main()
