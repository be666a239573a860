"""From a stroke to pixels: the renderer against the plain way, in one run.

    python benchmarks/paint.py [--frames 24] [--model NAME_OR_PATH] [--layers layer4 layer6 layer8]
        [--precision bfloat16 int8] [--clock wall | processor]

A frame is what a mouse move costs: an edit is compiled and rendered to bytes, with five strokes
below the one being painted. Three ways take turns of some frames each, so that whatever else the
machine does slows all of them, and frames follow one another as they do under a moving hand: what
one needs is near the processor because the one before needed it too. ``--turn 1`` has them take
turns frame by frame, as if something else were computed between any two.

* local: the stroke, three cells wide, grows along a curve. Moves that touch no new cell cost
  nothing but the compilation and are left out.
* whole: the stroke covers the picture and changes everywhere, so nothing kept can be used but the
  layers in front of it.
* plain: the edit of the local frame compiled, and a float32 forward pass from the latent with a
  hook at the edited layer.

Where other programs keep the processors busy, ``--clock processor`` counts what one thread
computes instead of the time on the wall.
"""

import argparse
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.data.images import Picture, to_bytes
from dissection.data.latents import standard
from dissection.models import hooks
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.progressive import PUBLISHED_UNITS, ProgressiveGenerator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Brush, CellRule, Edit, LayerUnits, Stroke, mask_to_cells
from dissection.painting.masks import disc
from dissection.runtime.resources import bundled_models
from dissection.vocabulary import Concept

BELOW = 5
RADIUS_CELLS = 1.5
WARM_UP = 4
CLOCKS = {"wall": time.perf_counter, "processor": time.process_time}


@dataclass
class Timing:
    """Milliseconds of many frames, and how far the local pictures lie from the plain ones."""

    local: NDArray[np.float64]
    whole: NDArray[np.float64]
    plain: NDArray[np.float64]
    levels: NDArray[np.int64]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--model", default="storybook-church")
    parser.add_argument("--layers", nargs="+", default=["layer4", "layer6", "layer8"])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", nargs="+", default=["bfloat16", "int8"])
    parser.add_argument("--turn", type=int, default=6, help="frames of one way in a row")
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall")
    given = parser.parse_args()
    if given.clock == "processor":
        torch.set_num_threads(1)
    clock = CLOCKS[given.clock]
    torch.manual_seed(0)
    random = ProgressiveGenerator(PUBLISHED_UNITS[256]).eval().requires_grad_(False)
    cases = {"paper size, random, 256 px": random}
    if given.model in bundled_models() or given.model != "storybook-church":
        generator = load_generator(given.model)
        cases[f"{generator.name}, {generator.size} px"] = generator
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, {given.frames} frames, "
        f"{given.clock} clock"
    )
    print(
        f"{'p50 and p95 in milliseconds':36s} | {'local':^13s} | {'whole':^13s} | {'plain':^13s} |"
        " plain/local plain/whole | levels"
    )
    for name, generator in cases.items():
        renderers = {p: Renderer(generator, given.device, p) for p in given.precision}
        whole_ones = {p: Renderer(generator, given.device, p) for p in given.precision}
        for layer, precision in itertools.product(given.layers, given.precision):
            local, whole = renderers[precision], whole_ones[precision]
            t = measure(generator, layer, local, whole, given.frames, given.turn, clock)
            columns = [np.quantile(x, [0.5, 0.95]) for x in (t.local, t.whole, t.plain)]
            local50, whole50, plain50 = (column[0] for column in columns)
            print(
                f"{name:27s}, {layer:7s} | "
                + " | ".join(f"{p50:6.1f} {p95:6.1f}" for p50, p95 in columns)
                + f" | {plain50 / local50:11.1f} {plain50 / whole50:11.1f} | "
                f"{t.levels.mean():.2f} mean, {np.quantile(t.levels, 0.999):.0f} at 99.9 % "
                f"({local.device}, {local.precision})",
                flush=True,
            )


def measure(
    generator: ProgressiveGenerator,
    layer: str,
    local: Renderer,
    whole: Renderer,
    frames: int,
    turn: int,
    clock: Callable[[], float],
) -> Timing:
    """Frames of one drag, in three ways in turns."""
    z = standard(1, generator.depth)
    local.set_latent(z)
    whole.set_latent(z)
    network = generator.to(local.device)
    latent = torch.from_numpy(z).to(local.device)
    taken: list[tuple[float, float, float]] = []
    levels = []
    drags = zip(growing(generator, layer), everywhere(generator, layer), strict=False)
    while len(taken) < frames + WARM_UP:
        edits = list(itertools.islice(drags, turn))
        near = [timed(clock, lambda edit=edit: local.render(edit)) for edit, _ in edits]
        far = [timed(clock, lambda edit=edit: whole.render(edit)) for _, edit in edits]
        plain = [
            timed(clock, lambda edit=edit: plain_way(network, layer, latent, edit))
            for edit, _ in edits
        ]
        for (ms_local, picture), (ms_whole, _), (ms_plain, expected) in zip(
            near, far, plain, strict=True
        ):
            taken.append((ms_local, ms_whole, ms_plain))
            levels.append(np.abs(picture.astype(int) - expected.astype(int)))
    return Timing(*np.array(taken[WARM_UP:]).T, np.stack(levels))


def growing(generator: ProgressiveGenerator, layer: str) -> Iterator[Edit]:
    """Edits whose last stroke grows as a hand moves, by at least one cell each time."""
    units, *cells = generator.layer_shape(layer)
    size, rng = generator.size, np.random.default_rng(0)
    radius = RADIUS_CELLS * size / cells[0]
    brushes = [some_brush(rng, layer, units) for _ in range(BELOW + 1)]
    below = Edit(
        tuple(Stroke(disc((size, size), *rng.random(2) * size, radius), b) for b in brushes[1:])
    )
    mask, seen = np.zeros((size, size), np.float32), None
    for step in range(1_000_000):
        # A Lissajous curve, a 64th of the picture or less with every event of the mouse.
        angle = step / 64
        x, y = 0.5 + 0.5 * np.sin(angle), 0.5 + 0.5 * np.sin(1.618 * angle + 1)
        mask = np.maximum(mask, disc((size, size), x * size, y * size, radius))
        touched = mask_to_cells(mask, cells[0], cells[1], CellRule.TOUCH)
        if touched.all():  # the picture is full: on with the next stroke
            mask[:] = 0
        elif seen is None or not np.array_equal(touched, seen):
            seen = touched
            yield below.then(Stroke(mask, brushes[0]))


def everywhere(generator: ProgressiveGenerator, layer: str) -> Iterator[Edit]:
    """Edits that change the whole layer with every frame."""
    units, *_ = generator.layer_shape(layer)
    rng = np.random.default_rng(1)
    mask = np.ones((generator.size, generator.size), np.float32)
    while True:
        yield Edit((Stroke(mask, some_brush(rng, layer, units), strength=0.5),))


def some_brush(rng: np.random.Generator, layer: str, units: int) -> Brush:
    """A brush of twenty units."""
    chosen = tuple(int(u) for u in rng.choice(units, 20, replace=False))
    return Brush(Concept("tree", "object"), {layer: LayerUnits(chosen, (3.0,) * 20)})


@torch.inference_mode()
def plain_way(generator: ProgressiveGenerator, layer: str, latent: Tensor, edit: Edit) -> Picture:
    """A hooked float32 forward pass from the latent."""
    maps = edit.compile(layer, *generator.layer_shape(layer))
    alpha = torch.from_numpy(maps.alpha).to(latent.device)
    value = torch.from_numpy(maps.value).to(latent.device)
    with hooks.edit(generator, {layer: lambda x: x * (1 - alpha) + value * alpha}):
        return to_bytes(generator(latent))[0]


def timed(clock: Callable[[], float], call: Callable[[], Picture]) -> tuple[float, Picture]:
    """Milliseconds and the result."""
    start = clock()
    result = call()
    return (clock() - start) * 1e3, result


if __name__ == "__main__":
    main()
