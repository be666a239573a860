"""From a stroke to pixels: the renderer against the plain way, in one run.

    python benchmarks/paint.py [--frames 40] [--model NAME_OR_PATH] [--device auto]

A frame is what a mouse move costs: an edit whose last stroke has moved to other cells is compiled
and rendered to bytes, on top of five strokes that stay. The plain way compiles the same edit and
makes a float32 forward pass from the latent with a hook at the edited layer. Both take turns, so
that whatever else the machine does slows both.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection import hooks
from dissection.bundled import bundled_models
from dissection.edits import Brush, Edit, LayerUnits, Stroke
from dissection.generators.checkpoints import load_generator
from dissection.generators.progressive import PUBLISHED_UNITS, ProgressiveGenerator
from dissection.generators.renderer import Renderer
from dissection.images import Picture, to_bytes
from dissection.latents import standard
from dissection.masks import disc
from dissection.vocabulary import Concept

LAYER = "layer4"
BELOW = 5
WARM_UP = 3


@dataclass
class Timing:
    """Milliseconds of many frames, and how far the live pictures lie from the plain ones."""

    live: NDArray[np.float64]
    plain: NDArray[np.float64]
    levels: NDArray[np.int64]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--model", default="storybook-church")
    parser.add_argument("--device", default="auto")
    given = parser.parse_args()
    torch.manual_seed(0)
    random = ProgressiveGenerator(PUBLISHED_UNITS[256]).eval().requires_grad_(False)
    cases = {"paper size, random, 256 px": random}
    if given.model in bundled_models() or given.model != "storybook-church":
        generator = load_generator(given.model)
        cases[f"{generator.name}, {generator.size} px"] = generator
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, {given.frames} frames")
    print(
        "milliseconds               |    live p50   p95 |   plain p50   p95 | plain/live | levels"
    )
    for name, generator in cases.items():
        renderer = Renderer(generator, given.device)
        t = measure(generator, renderer, given.frames)
        (live50, live95), (plain50, plain95) = (
            np.quantile(x, [0.5, 0.95]) for x in (t.live, t.plain)
        )
        print(
            f"{name:26s} | {live50:11.1f} {live95:5.1f} | {plain50:11.1f} {plain95:5.1f} | "
            f"{plain50 / live50:10.1f} | {t.levels.mean():.2f} mean, "
            f"{np.quantile(t.levels, 0.999):.0f} at 99.9 % ({renderer.device}, "
            f"{renderer.precision})"
        )


def measure(generator: ProgressiveGenerator, renderer: Renderer, frames: int) -> Timing:
    """Frames of one drag, live and plain in turns."""
    z = standard(1, generator.depth)
    renderer.set_latent(z)
    network = generator.to(renderer.device)
    latent = torch.from_numpy(z).to(renderer.device)
    edits = drag(generator, frames + WARM_UP)
    live, plain, levels = [], [], []
    for edit in edits:
        taken, picture = timed(lambda edit=edit: renderer.render(edit))
        live.append(taken)
        taken, expected = timed(lambda edit=edit: plain_way(network, latent, edit))
        plain.append(taken)
        levels.append(np.abs(picture.astype(int) - expected.astype(int)))
    return Timing(np.array(live[WARM_UP:]), np.array(plain[WARM_UP:]), np.stack(levels))


def drag(generator: ProgressiveGenerator, frames: int) -> list[Edit]:
    """Edits that differ in their last stroke, each covering other cells than the one before."""
    size, rng = generator.size, np.random.default_rng(0)
    units, *_ = generator.layer_shape(LAYER)

    def stroke(x: float, y: float) -> Stroke:
        chosen = tuple(int(u) for u in rng.choice(units, 20, replace=False))
        brush = Brush(Concept("tree", "object"), {LAYER: LayerUnits(chosen, (3.0,) * 20)})
        return Stroke(disc((size, size), x * size, y * size, size / 12), brush)

    below = Edit(tuple(stroke(*rng.random(2)) for _ in range(BELOW)))
    cells = [((i * 3) % 8 + 0.5, (i * 5 // 8) % 8 + 0.5) for i in range(frames)]
    return [below.then(stroke(x / 8, y / 8)) for x, y in cells]


@torch.inference_mode()
def plain_way(generator: ProgressiveGenerator, latent: Tensor, edit: Edit) -> Picture:
    """A hooked float32 forward pass from the latent."""
    maps = edit.compile(LAYER, *generator.layer_shape(LAYER))
    alpha = torch.from_numpy(maps.alpha).to(latent.device)
    value = torch.from_numpy(maps.value).to(latent.device)
    with hooks.edit(generator, {LAYER: lambda x: x * (1 - alpha) + value * alpha}):
        return to_bytes(generator(latent))[0]


def timed(call: Callable[[], Picture]) -> tuple[float, Picture]:
    """Milliseconds and the result."""
    start = time.perf_counter()
    result = call()
    return (time.perf_counter() - start) * 1e3, result


if __name__ == "__main__":
    main()
