"""Effect(u, c): how much of concept c a unit's activation makes, to first order, signed.

    effect(u, c) = mean over latents of  sum over positions of
                   activation(u) * d share(c) / d activation(u)

where share(c) is the concept's soft share of the picture: the mean over pixels of the segmenter's
probability. An effect of 0.01 says that, if all were linear, the unit's activations would make
one per cent of the average picture to c, and that setting them to zero would take it away. Only
pictures that show the concept are asked; in the others its share is next to nothing, and so is
the gradient.

One forward pass serves all layers and concepts. The backward pass, through segmenter and
generator, carries one concept for each picture at a time, a different one for each: pictures
cannot influence each other's gradients. So a batch takes as many backward passes as its richest
picture has concepts, and not as many as the vocabulary.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.passes import Passes, autocast
from dissection.progress import Meter
from dissection.sampling import Job
from dissection.segmenters.base import SoftSegmenter

#: A picture shows a concept that has at least this share of its pixels.
LEAST_SHARE = 1 / 1024


def measure_effect(
    job: Job,
    passes: Passes,
    layers: dict[str, int],
    labels: NDArray[np.integer],
) -> dict[str, NDArray[np.float32]]:
    """Effects of all units of some layers on all concepts.

    Args:
        job: what to run; its segmenter must be a ``SoftSegmenter``.
        passes: of its network.
        layers: name to number of units, in the order of the network.
        labels: integers (n, K, grid, grid): concept maps of the first n places of the sample,
            over which the mean is taken.

    Returns:
        For each layer float32 (concepts, units); 0 for concepts that no picture shows.

    Raises:
        BadInputError: the segmenter has no probabilities.
    """
    if not isinstance(job.segmenter, SoftSegmenter):
        raise BadInputError(
            "The effect needs a segmenter with probabilities; use another one, or --effect-size 0."
        )
    concepts = len(job.segmenter.vocabulary)
    shown = concepts_shown(labels, concepts)
    # Pictures with about as many concepts together: a batch waits for its richest.
    order = np.argsort(shown.sum(1), kind="stable")
    stage = "tracing effects"
    kept = job.work.load("effect")
    # How far the sums have come stands in one file with them: no batch can count twice.
    done = 0 if kept is None else int(kept.pop("done"))
    sums = kept or {name: np.zeros((concepts, units)) for name, units in layers.items()}
    meter = Meter(job.report, stage, len(order), done)
    batch = max(1, job.batch // 2)
    for first in range(done, len(order), batch):
        rows = order[first : first + batch]
        for name, part in _trace(job, job.segmenter, passes, list(layers), rows, shown).items():
            sums[name] = sums[name] + part
        job.work.save("effect", {**sums, "done": np.array(first + len(rows))})
        meter.step(len(rows))
    return {name: (part / len(order)).astype(np.float32) for name, part in sums.items()}


def concepts_shown(labels: NDArray[np.integer], concepts: int) -> NDArray[np.bool_]:
    """Which concepts each picture shows: (n, K, h, w) concept maps -> bool (n, concepts)."""
    shown = np.zeros((len(labels), concepts), bool)
    pixels = labels[0, 0].size
    for place, maps in enumerate(labels):
        counts = np.bincount(np.asarray(maps).ravel(), minlength=concepts)
        shown[place] = counts >= max(1.0, LEAST_SHARE * pixels)
    shown[:, 0] = False
    return shown


def _trace(
    job: Job,
    segmenter: SoftSegmenter,
    passes: Passes,
    layers: Sequence[str],
    rows: NDArray[np.int64],
    shown: NDArray[np.bool_],
) -> dict[str, NDArray[np.float64]]:
    """Sums over one batch: for each layer float64 (concepts, units)."""
    images, seen = passes.with_gradients(job.inputs(rows.tolist()), layers)
    with torch.enable_grad(), autocast(passes, job.device):
        probabilities = segmenter.probabilities(images)
        shares = probabilities.float().flatten(2).mean(2)  # (n, concepts)
    named = [np.flatnonzero(shown[row]) for row in rows]
    sums = {name: np.zeros((shown.shape[1], seen[name].shape[1])) for name in layers}
    richest = max(len(concepts) for concepts in named)
    for turn in range(richest):
        asked = [(n, int(c[turn])) for n, c in enumerate(named) if turn < len(c)]
        pictures = torch.tensor([n for n, _ in asked], device=job.device)
        concepts = torch.tensor([c for _, c in asked], device=job.device)
        target = shares[pictures, concepts].sum()
        gradients = torch.autograd.grad(
            target, [seen[name] for name in layers], retain_graph=turn + 1 < richest
        )
        for name, gradient in zip(layers, gradients, strict=True):
            effects = _products(seen[name], gradient)[pictures.cpu().numpy()]
            np.add.at(sums[name], concepts.cpu().numpy(), effects)
    return sums


def _products(features: Tensor, gradient: Tensor) -> NDArray[np.float64]:
    """Activation times gradient, summed over positions: float64 (n, C)."""
    products = (features.detach().float() * gradient.float()).sum((2, 3))
    return products.double().cpu().numpy()
