"""Makes a live network faster while nothing else is to be done, as far as pictures stay close."""

import time
from collections.abc import Callable, Iterator

import torch

from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.live.calibration import Trial, calibrate
from dissection.models.generators.live.layer import LiveLayer
from dissection.models.generators.live.network import LiveNetwork
from dissection.models.generators.live.operators import has_eight_bit
from dissection.models.generators.live.ranges import Ranges, keep_ranges, stored_ranges
from dissection.models.generators.progressive import ProgressiveGenerator

#: (latents, pictures): the first for an answer soon, the second for a better one.
_EFFORTS = ((32, 6), (256, 12))
_PICTURES = 2
_ROUNDS = 3
#: Eight bits have to be this much faster to be worth their rounding.
_WORTH = 0.9


def refine(
    generator: ProgressiveGenerator,
    network: LiveNetwork,
    exact: Callable[[], FoldedGenerator],
    measured: bool = True,
) -> Iterator[None]:
    """Have the layers of a network compute in eight bits that may and that gain by it.

    In steps of a picture or two: pictures may be made between them. What is known of the
    generator is used first; else it is found out, of few latents and then of more.

    Args:
        generator: what the network computes.
        network: its layers change.
        exact: gives the same in float32.
        measured: leave out layers that are not faster on this machine.
    """
    if not has_eight_bit():
        return
    known = stored_ranges(generator.name, generator.digest)
    if known is not None:
        yield from _adopt(network, known, exact(), measured)
    for latents, pictures in _EFFORTS:
        if known is not None and known.latents >= latents:
            continue
        trial = LiveNetwork(generator, network.folded)
        for found in calibrate(generator, trial, exact(), latents, pictures):
            yield
            known = found or known
        assert known is not None  # calibrate ends with it
        keep_ranges(known)
        yield from _adopt(network, known, exact(), measured)


def _adopt(
    network: LiveNetwork, ranges: Ranges, exact: FoldedGenerator, measured: bool
) -> Iterator[None]:
    """Take over what was found, unless pictures are too far off on this machine."""
    chosen: dict[str, LiveLayer] = {}
    for name in ranges.close:
        if name in network.layers:
            layer = network.made(name, ranges.scales[name])
            if not measured or seconds(layer) < _WORTH * seconds(network.made(name)):
                chosen[name] = layer
            yield
    trial = Trial(network, exact)
    for row in range(_PICTURES):
        trial.add(row)
        yield
    network.use({}, ())
    network.put(chosen)
    for _ in trial.compare():
        yield
    if not trial.found.within():
        network.use({}, ())


@torch.inference_mode()
def seconds(layer: LiveLayer) -> float:
    """Seconds of one thread's processor time for a strip of a layer's products, at best."""
    strip = layer.strips(layer.whole())[0]
    x = layer.new_input().window(strip, layer.kernel)

    def once() -> float:
        start = time.thread_time()
        layer.convolve(x)
        return time.thread_time() - start

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        once()  # prepares the kernel
        return min(once() for _ in range(_ROUNDS))
    finally:
        torch.set_num_threads(threads)
