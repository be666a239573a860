"""Effect of a classifier's units on its classes: how much of a class's logit a unit makes, signed.

    effect(u, k) = mean over pictures of  sum over positions of
                   activation(u) * d logit(k) / d activation(u)

the ranking of ``dissection.measurement.effect`` with a class's logit in the place of a concept's
area: by how much the logit would fall, to first order, if the unit were set to zero. Behind the
layer most classifiers are nearly linear, so that it agrees well with what zeroing really does;
where it matters, measure that.

A batch takes one backward pass for each class, for all pictures at once, and only as far as the
first of the layers.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.measurement.effect import mean_of_batches, products
from dissection.measurement.gradient_batches import sum_of_parts
from dissection.measurement.job import Job
from dissection.models.hooks import observe


def measure_class_effect(
    job: Job, layers: Sequence[str], size: int
) -> dict[str, NDArray[np.float32]]:
    """Effects of all units of some layers on all classes.

    Args:
        job: what to run; its network gives logits (N, classes).
        layers: names.
        size: the mean is taken over this many first places of the sample, or all if it has fewer.

    Returns:
        For each layer float32 (classes, units), in logits.

    Raises:
        BadInputError: the network does not give logits.
    """

    def trace(_: range, inputs: Tensor) -> dict[str, NDArray[np.float64]]:
        return sum_of_parts(
            job,
            "class-effect-inputs",
            inputs,
            lambda part: _logits(job, layers, part),
            lambda traced: _trace(*traced),
        )

    return mean_of_batches(job, "class-effect", "tracing effects on classes", size, trace)


@torch.enable_grad()
def _logits(job: Job, layers: Sequence[str], inputs: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """The pass with gradients: logits (n, classes), and the layers' activations (n, C, h, w)."""
    with observe(job.network, layers, readings=job.readings) as activations:
        logits = job.outputs(inputs.detach().requires_grad_())
    if not isinstance(logits, Tensor) or logits.flatten(1).shape[1] != logits.shape[1]:
        gives = list(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise BadInputError(
            f"The effect on classes needs logits (N, classes), and this network gives {gives}; "
            "leave it out with --effect-size 0."
        )
    return logits.flatten(1), {name: activations[name] for name in layers}


def _trace(logits: Tensor, activations: dict[str, Tensor]) -> dict[str, NDArray[np.float64]]:
    """Sums over the pictures: for each layer float64 (classes, units)."""
    rows: dict[str, list[NDArray[np.float64]]] = {name: [] for name in activations}
    for number in range(logits.shape[1]):
        gradients = torch.autograd.grad(
            logits[:, number].sum(),
            list(activations.values()),
            retain_graph=number + 1 < logits.shape[1],
            allow_unused=True,  # a layer that no logit depends on makes nothing of it
            materialize_grads=True,
        )
        for (name, maps), gradient in zip(activations.items(), gradients, strict=True):
            rows[name].append(products(maps, gradient).sum(0))
    return {name: np.stack(part) for name, part in rows.items()}
