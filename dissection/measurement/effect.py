"""Effect(u, c): how much of concept c a unit's activation makes, to first order, signed.

    effect(u, c) = mean over latents of  sum over positions of
                   activation(u) * d share(c) / d activation(u)

where share(c) is the concept's soft share of the picture: the mean over pixels of the segmenter's
probability. An effect of 0.01 says that, if all were linear, the unit's activations would make
one per cent of the average picture to c, and that setting them to zero would take it away.

A picture with next to nothing of a concept has next to no gradient for it either and is not asked.

One forward pass serves all layers and concepts. The backward pass, through segmenter and
generator, carries one concept for each picture at a time, a different one for each: pictures
cannot influence each other's gradients. So a batch takes as many backward passes as its richest
picture has concepts, and not as many as the vocabulary. Where the segmenter is large a batch is
gone through in parts (``dissection.measurement.gradient_batches``).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.measurement.gradient_batches import sum_of_parts
from dissection.measurement.job import Job
from dissection.models.passes import Passes, autocast
from dissection.models.segmenters.base import Segmenter, SoftSegmenter
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter

#: A picture is asked about concepts with at least this soft share. On the bundled generator 18 to
#: 20 of the 20 best units are those of all pictures; asking only above 1 % leaves 4 of rare ones.
LEAST_SHARE = 1 / 1024
#: Effects are added in steps of so many to a picture or logit: 1.5e-11, which rounding hides.
STEPS = 2.0**36
#: The sum of a batch stays below this, so that thousands of batches fit in 63 bits.
LARGEST = 2.0**15


class Traced(NamedTuple):
    """A pass with gradients.

    Attributes:
        shares: float32 (n, concepts): of each picture.
        activations: layer to its activations (n, C, h, w), which gradients reach.
    """

    shares: Tensor
    activations: dict[str, Tensor]


def measure_effect(
    job: Job,
    passes: Passes,
    layers: dict[str, int],
    size: int,
    occurring: NDArray[np.bool_],
) -> dict[str, NDArray[np.float32]]:
    """Effects of all units of some layers on all concepts.

    Args:
        job: what to run; its segmenter must be a ``SoftSegmenter``.
        passes: of its network.
        layers: name to number of units, in the order of the network.
        size: the mean is taken over this many first places of the sample, or all if it has fewer.
        occurring: bool (concepts,): which are asked about; not those that the sample never shows.

    Returns:
        For each layer float32 (concepts, units); 0 for concepts that do not occur.

    Raises:
        BadInputError: the segmenter has no probabilities.
    """
    segmenter, concepts = require_soft(job.segmenter), len(occurring)

    def forward(inputs: Tensor) -> Traced:
        return _shares(job, segmenter, passes, list(layers), inputs)

    def trace(_: range, inputs: Tensor) -> dict[str, NDArray[np.float64]]:
        return sum_of_parts(
            job, "effect-inputs", inputs, forward, lambda traced: _trace(job, traced, occurring)
        )

    effects = mean_of_batches(job, "effect", "tracing effects", size, trace)
    nothing = {name: np.zeros((concepts, units), np.float32) for name, units in layers.items()}
    return nothing | effects


def require_soft(segmenter: Segmenter) -> SoftSegmenter:
    """The segmenter, if it has probabilities.

    Raises:
        BadInputError: it has none.
    """
    if not isinstance(segmenter, SoftSegmenter):
        raise BadInputError(
            "The effect needs a segmenter with probabilities; use another one, or --effect-size 0."
        )
    return segmenter


def mean_of_batches(
    job: Job,
    key: str,
    stage: str,
    size: int,
    trace: Callable[[range, Tensor], dict[str, NDArray[np.float64]]],
) -> dict[str, NDArray[np.float32]]:
    """Means over the first places of the sample, which go on after a kill where they were.

    Batches are added as integers, so that the order does not matter, nor which process has which.

    Args:
        job: what to run.
        key: of the working file.
        stage: what is done, for messages.
        size: of how many places; of all if the sample has fewer.
        trace: sums over a batch, from its places and inputs; half of the job's batch at a time,
            as gradients take the room of two.

    Returns:
        What ``trace`` gives, summed and divided, float32.

    Raises:
        BadInputError: sums that are not finite, or beyond what can be added.
    """
    size = min(size, len(job.source))
    share = job.own_rows(size, split=2)
    counted = Accumulator(job.work, key, {}, key="done")
    done = counted.place[0] if counted.arrays else share.start
    meter = Meter(job.report, stage, len(share), done - share.start)
    for rows, parts in job.each_batch(stage, range(done, share.stop), trace, split=2):
        steps = {f"sums-{name}": _steps(part, stage) for name, part in parts.items()}
        counted.add(steps, rows.stop)
        meter.step(len(rows))
    sums = {name.removeprefix("sums-"): array for name, array in counted.arrays.items()}
    if not share:  # more processes than batches: what this one adds has the same shape
        parts = trace(range(1), job.inputs([0]))
        sums = {name: np.zeros(part.shape, np.int64) for name, part in parts.items()}
    # In an order that all processes share; what was loaded from a file comes in any.
    ordered = {name: torch.from_numpy(sums[name].copy()) for name in sorted(sums)}
    total = {name: job.merge.sum(part).numpy() for name, part in ordered.items()}
    return {name: (part / (STEPS * size)).astype(np.float32) for name, part in total.items()}


def _steps(part: NDArray[np.float64], stage: str) -> NDArray[np.int64]:
    """Sums of a batch in steps so small that rounding to them means nothing."""
    if not (np.abs(part) < LARGEST).all():
        raise BadInputError(
            f"While {stage} there were numbers that are not finite, or beyond {LARGEST:,.0f}; the "
            "network or its input is broken."
        )
    return np.rint(part * STEPS).astype(np.int64)


def _shares(
    job: Job, segmenter: SoftSegmenter, passes: Passes, layers: Sequence[str], inputs: Tensor
) -> Traced:
    """The pass with gradients."""
    images, activations = passes.with_gradients(inputs, layers)
    with torch.enable_grad(), autocast(passes, job.device):
        probabilities = segmenter.probabilities(images)
        return Traced(probabilities.float().flatten(2).mean(2), {n: activations[n] for n in layers})


def _trace(
    job: Job, traced: Traced, occurring: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]]:
    """Sums over the pictures: for each layer float64 (concepts, units)."""
    shares, activations = traced
    asked_about = (shares.detach() >= LEAST_SHARE).cpu().numpy() & occurring
    named = [np.flatnonzero(picture) for picture in asked_about]
    sums = {name: np.zeros((len(occurring), x.shape[1])) for name, x in activations.items()}
    richest = max(len(concepts) for concepts in named)
    for turn in range(richest):
        asked = [(n, int(c[turn])) for n, c in enumerate(named) if turn < len(c)]
        pictures = torch.tensor([n for n, _ in asked], device=job.device)
        concepts = torch.tensor([c for _, c in asked], device=job.device)
        target = shares[pictures, concepts].sum()
        gradients = torch.autograd.grad(
            target, list(activations.values()), retain_graph=turn + 1 < richest
        )
        for name, gradient in zip(activations, gradients, strict=True):
            effects = products(activations[name], gradient)[pictures.cpu().numpy()]
            np.add.at(sums[name], concepts.cpu().numpy(), effects)
    return sums


def products(features: Tensor, gradient: Tensor) -> NDArray[np.float64]:
    """Activation times gradient, each (n, C, h, w) or (n, C), summed over positions.

    Returns:
        Float64 (n, C).
    """
    products = features.detach().float() * gradient.float()
    if products.ndim > 2:
        products = products.sum(tuple(range(2, products.ndim)))
    return products.double().cpu().numpy()
