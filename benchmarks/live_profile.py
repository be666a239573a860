"""Where the time of a live picture goes, and what products cost in eight bits and in bfloat16.

    python benchmarks/live_profile.py frame [--model NAME] [--layer layer4]
    python benchmarks/live_profile.py products

``frame`` profiles frames as ``paint.py`` makes them, whole and local, in two ways: with a frame
that keeps maps as they are, in bfloat16, and with the network for live pictures. ``products`` times
the convolutions of a generator of the published size (256 px, random weights) alone, for whole maps
and for a box of three eighths of a side. One thread; the profiler's clock is the wall's.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, pairwise

import torch
from paint import everywhere, growing
from torch.profiler import ProfilerActivity, profile

from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.folded import FoldedGenerator, scaled_weight
from dissection.models.generators.frame import Frame
from dissection.models.generators.live import operators
from dissection.models.generators.live.frame import LiveFrame
from dissection.models.generators.live.layer import corner_kernel
from dissection.models.generators.live.network import LiveNetwork
from dissection.models.generators.live.operators import Scale
from dissection.models.generators.live.ranges import stored_ranges
from dissection.models.generators.progressive import (
    PUBLISHED_UNITS,
    Layer,
    ProgressiveGenerator,
    as_latents,
)
from dissection.painting.edits import Edit, LayerEdit

CPU = torch.device("cpu")
FRAMES, WARM_UP, ROUNDS = 18, 8, 9
#: Operators by what they are for; anything else, and Python itself, is the rest.
PURPOSES = {
    "products": (
        *("aten::_convolution", "aten::mkldnn_convolution", "aten::_slow_conv2d_forward"),
        *("onednn::qconv2d_pointwise", "mkldnn::_convolution_pointwise", "aten::mm"),
    ),
    "arranging weights": ("onednn::qconv_prepack",),
    "leaky ReLU": ("aten::leaky_relu_",),
    "norm, rounding, copies": (
        *("aten::pow", "aten::sum", "aten::mul", "aten::mul_", "aten::copy_", "aten::clamp_"),
        *("aten::add", "aten::add_", "aten::rsqrt", "aten::rsqrt_", "aten::linalg_vector_norm"),
        *("aten::pow_", "aten::div_", "aten::div", "aten::clamp"),
    ),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("frame", "products"))
    parser.add_argument("--model", default="storybook-church-256")
    parser.add_argument("--layer", default="layer4")
    given = parser.parse_args()
    torch.set_num_threads(1)
    with torch.inference_mode():
        if given.what == "frame":
            frames(load_generator(given.model), given.layer)
        else:
            products()


def frames(generator: ProgressiveGenerator, layer: str) -> None:
    """Print milliseconds of a frame by purpose."""
    folded = FoldedGenerator(generator, CPU, torch.bfloat16)
    live = LiveNetwork(generator, folded)
    known = stored_ranges(generator.name, generator.digest)
    if known is not None:
        live.use(known.scales, known.close)
    ways = {"maps as they are": Frame(folded, patch=True), "live": LiveFrame(live)}
    for kind, edits in (("whole", everywhere), ("local", growing)):
        for way, frame in ways.items():
            spent = profiled(frame, generator, list(compiled(generator, layer, edits)))
            parts = ", ".join(f"{purpose} {ms:.1f}" for purpose, ms in spent.items())
            print(f"{kind}, {way}: {sum(spent.values()):.1f} ms: {parts}")


def compiled(
    generator: ProgressiveGenerator,
    layer: str,
    edits: Callable[[ProgressiveGenerator, str], Iterator[Edit]],
) -> Iterator[dict[str, LayerEdit]]:
    """The edits of a drag, as frames take them."""
    for edit in islice(edits(generator, layer), WARM_UP + FRAMES):
        yield {layer: edit.compile(layer, *generator.layer_shape(layer))}


def profiled(
    frame: Frame, generator: ProgressiveGenerator, edits: list[dict[str, LayerEdit]]
) -> dict[str, float]:
    """Milliseconds of a frame, by purpose."""
    frame.set_latent(as_latents(torch.from_numpy(standard(1, generator.depth)), generator.depth))
    for edit in edits[:WARM_UP]:
        frame.picture(edit)
    with profile(activities=[ProfilerActivity.CPU]):  # its own beginning takes time
        frame.picture(edits[0])
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        started = time.perf_counter()
        for edit in edits[WARM_UP:]:
            frame.picture(edit)
        total = (time.perf_counter() - started) * 1e3
    of_operator: Counter[str] = Counter()
    for event in seen.key_averages():
        of_operator[event.key] += event.self_cpu_time_total / 1e3
    spent = {
        purpose: sum(of_operator[name] for name in names) / FRAMES
        for purpose, names in PURPOSES.items()
    }
    return {**spent, "all else": total / FRAMES - sum(spent.values())}


def products() -> None:
    """Print milliseconds of each layer's products."""
    torch.manual_seed(0)
    generator = ProgressiveGenerator(PUBLISHED_UNITS[256]).eval().requires_grad_(False)
    scale = Scale.covering(-2, 6)
    names = generator.layer_names
    for before, name in pairwise(names[3:]):
        units, cells, _ = generator.layer_shape(before)
        layer = generator.get_submodule(name)
        assert isinstance(layer, Layer)
        weight, doubled = scaled_weight(layer), layer.upsample
        kernel = corner_kernel(weight) if doubled else weight
        bias = layer.wscale.b.repeat(4 if doubled else 1)
        ways = {
            "bfloat16": operators.real(kernel, bias, torch.bfloat16),
            "int8": operators.eight_bit(kernel, bias, scale),
        }
        told = []
        for size in (cells, max(4, cells * 3 // 8)):
            x = torch.rand(1, units, size + 2, size + 2) * 255
            for way, convolve in ways.items():
                if convolve is not None:
                    dtype = torch.uint8 if way == "int8" else torch.bfloat16
                    maps = x.to(dtype).contiguous(memory_format=torch.channels_last)
                    told.append(f"{size:3d} px {way} {best(convolve, maps):.2f}")
        kind = "doubled" if doubled else "       "
        print(f"{units:4d} to {len(weight):4d} {kind} {cells:3d} px: {', '.join(told)} ms")


def best(convolve: operators.Convolution, x: torch.Tensor) -> float:
    """Milliseconds, at best."""
    taken = []
    for _ in range(ROUNDS):
        started = time.thread_time()
        convolve(x)
        taken.append((time.thread_time() - started) * 1e3)
    return min(taken)


if __name__ == "__main__":
    main()
