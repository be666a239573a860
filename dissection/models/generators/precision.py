"""Which device and which precision a generator renders fastest with, here and now."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Final, Protocol, get_args

import torch
from torch import Tensor

from dissection.errors import BadInputError
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.runtime.choices import ChosenPrecision, Device, LivePrecision, Precision, chosen

#: What the live pictures of a CPU may be computed in, beside what whole passes may be.
EIGHT_BIT: Final = "int8"
PRECISIONS: dict[Precision, torch.dtype | None] = {
    "auto": None,
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
}
LIVE_PRECISIONS: tuple[LivePrecision, ...] = get_args(LivePrecision)
_BUDGET_SECONDS = 0.5
_ROUNDS = 3
_CLEAR = 1.5
#: Of wide maps a part is measured.
_CELLS = 2**14
#: A single round tells one network from another that takes so many times as long.
_PLAIN = 2.0
#: bfloat16 has to be this much faster to be worth its rounding.
_WORTH = 0.9


def choose_device(device: Device = "auto") -> torch.device:
    """The device to compute on: the one asked for, or the best of this machine.

    Args:
        device: ``auto``, ``cuda``, ``mps`` or ``cpu``; ``cuda:1`` names one of several.

    Raises:
        BadInputError: there is no such device on this machine.
    """
    kind = device.partition(":")[0]
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if device == "auto":
        return torch.device(next(kind for kind, here in present.items() if here))
    try:
        found = torch.device(device)
        if present.get(kind, False) and not (kind == "cpu" and found.index):
            torch.empty(0, device=found)
            return found
    except RuntimeError:
        pass  # a device that torch can not name, or a number that the machine does not have
    here = ", ".join(kind for kind, there in present.items() if there)
    raise BadInputError(f"There is no device '{device}' here; choose auto or one of {here}.")


def require_precision(precision: str) -> Precision:
    """The one of ``PRECISIONS`` that somebody said.

    Raises:
        BadInputError: it is none of them.
    """
    found = chosen(precision, PRECISIONS)
    if found is None:
        raise _unknown_precision(precision, PRECISIONS)
    return found


def require_live_precision(precision: str) -> LivePrecision:
    """The one of ``PRECISIONS`` and ``EIGHT_BIT`` that somebody said.

    Raises:
        BadInputError: it is none of them.
    """
    found = chosen(precision, LIVE_PRECISIONS)
    if found is None:
        raise _unknown_precision(precision, LIVE_PRECISIONS)
    return found


def _unknown_precision(precision: str, known: Iterable[str]) -> BadInputError:
    return BadInputError(f"There is no precision '{precision}'; choose one of {', '.join(known)}.")


def fold_for_speed(
    generator: ProgressiveGenerator, device: torch.device, precision: Precision = "auto"
) -> FoldedGenerator:
    """The generator in the precision asked for, or in the one that is faster on this device.

    On a CPU the choice is measured with this very generator, within about half a second: bfloat16
    is three times as fast where the hardware multiplies it, and several times as slow where it
    does not. A CUDA device renders in bfloat16 if it can, an Apple one in float32.

    Args:
        generator: what is to be rendered; it is not changed while the result is in use.
        device: from ``choose_device``.
        precision: ``auto``, ``float32`` or ``bfloat16``.

    Raises:
        BadInputError: another precision.
    """
    dtype = PRECISIONS[require_precision(precision)]
    if dtype is not None:
        return FoldedGenerator(generator, device, dtype, later=True)
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return FoldedGenerator(generator, device, torch.bfloat16, later=True)
    exact = FoldedGenerator(generator, device, torch.float32, later=True)
    if device.type != "cpu":
        return exact
    rounded = FoldedGenerator(generator, device, torch.bfloat16, later=True)
    slow, fast = measure(generator, [exact, rounded])
    return rounded if fast < _WORTH * slow else exact


class Steps(Protocol):
    """What ``measure`` takes of a network; see ``FoldedGenerator``."""

    @property
    def device(self) -> torch.device: ...  # noqa: D102 - told above
    @property
    def dtype(self) -> torch.dtype: ...  # noqa: D102 - told above
    @property
    def steps(self) -> Mapping[str, Callable[[Tensor], Tensor]]: ...  # noqa: D102 - told above


@contextmanager
def full_float32(device: torch.device) -> Iterator[None]:
    """Float32 means float32: on CUDA, convolutions would otherwise round their inputs to TF32.

    TF32 keeps 10 bits of 23; a picture that is called exact, and levels that are, must not.
    """
    if device.type != "cuda":
        yield
        return
    cudnn = torch.backends.cudnn
    with cudnn.flags(
        enabled=cudnn.enabled,
        benchmark=cudnn.benchmark,
        benchmark_limit=cudnn.benchmark_limit,
        deterministic=cudnn.deterministic,
        allow_tf32=False,
    ):
        yield


def chosen_precision(network: FoldedGenerator) -> ChosenPrecision:
    """What a network of ``fold_for_speed`` computes in."""
    return "bfloat16" if network.dtype == torch.bfloat16 else "float32"


@torch.inference_mode()
def measure(
    generator: ProgressiveGenerator,
    networks: Sequence[Steps],
    budget: float = _BUDGET_SECONDS,
    clear: float = _CLEAR,
) -> list[float]:
    """Seconds of processor time that the same layers take in each network, on the CPU.

    Layer by layer, the widest maps first, until it is clear which is faster or the budget is
    spent: most of the time is theirs, and a generator of any size gives an answer. Of a few
    interleaved rounds the best counts. One thread and its processor time are measured, so that
    other programs at work do not decide: threads that wait for each other under load tell more
    about the load than about the kernels.

    Args:
        generator: says which layers there are.
        networks: foldings of it.
        budget: seconds of wall time; the first layer is measured in any case.
        clear: how many times as long as one network another has to take to make it clear.
    """
    until = time.perf_counter() + budget
    seconds = [0.0] * len(networks)
    with _one_thread():
        for name, shape in _costly_first(generator):
            calls = [_call(network, name, shape) for network in networks]
            for call in calls:
                call()  # the first call of a shape prepares the kernel
            best = [float("inf")] * len(calls)
            for _ in range(_ROUNDS):
                best = [min(b, _time(call)) for b, call in zip(best, calls, strict=True)]
                if max(best) > _PLAIN * min(best):
                    break
            seconds = [s + b for s, b in zip(seconds, best, strict=True)]
            if time.perf_counter() > until or max(seconds) > clear * min(seconds):
                break
    return seconds


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _costly_first(generator: ProgressiveGenerator) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """(layer, shape of its input) from the last layer to the second."""
    names = generator.layer_names
    for before, name in reversed(list(pairwise(names))):
        yield name, generator.layer_shape(before)


def _call(network: Steps, name: str, shape: tuple[int, int, int]) -> Callable[[], Tensor]:
    units, height, width = shape
    shape = units, min(height, max(1, _CELLS // width)), width
    x = torch.ones(1, *shape, device=network.device, dtype=network.dtype)
    x = x.contiguous(memory_format=torch.channels_last)
    return lambda: network.steps[name](x)


def _time(call: Callable[[], Tensor]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start
