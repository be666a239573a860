"""The forward pass of a network that is sampled: its layers' maps, and what comes out of it.

A ``ProgressiveGenerator`` runs in its folded form, which computes the same to rounding (about 1e-5
of the range, in every precision the same one for all of a sample) in little more than half the
time. Any other network runs as it is, with hooks.
"""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from dissection.measurement.job import Job
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.progressive import ProgressiveGenerator, as_latents
from dissection.models.hooks import observe

#: Inputs on the device to the network's output and the maps (N, C, h, w) of the layers.
Forward = Callable[[Tensor], tuple[Tensor, dict[str, Tensor]]]
#: The same, as far as the last of the layers.
ForwardToLayers = Callable[[Tensor], dict[str, Tensor]]


def forward_pass(job: Job, layers: Iterable[str]) -> Forward:
    """The whole pass over a batch of inputs, without gradients.

    Args:
        job: what to run; its dtype is what the layers compute in.
        layers: whose maps are given, in the order of the network.
    """
    names = list(layers)
    folded = _folded(job, names)
    if folded is None:

        def hooked(inputs: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
            observing = observe(job.network, names, detach=True, readings=job.readings)
            with observing as activations, job.autocast():
                outputs: Tensor = job.outputs(inputs)
            return outputs, activations

        return hooked
    network, depth = folded

    def direct(inputs: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        activations = _run(network, depth, inputs, names)
        last = names[-1] if names else None
        x = activations[last] if last else as_latents(inputs, depth)
        return network.run(x, after=last), activations

    return direct


def forward_to_layers(job: Job, layers: Iterable[str]) -> ForwardToLayers:
    """The pass over a batch of inputs as far as the last of some layers, without gradients.

    Args:
        job: what to run; its dtype is what the layers compute in.
        layers: whose maps are given, in the order of the network; at least one.
    """
    names = list(layers)
    folded = _folded(job, names)
    if folded is None:

        def hooked(inputs: Tensor) -> dict[str, Tensor]:
            observing = observe(job.network, names, detach=True, stop=True, readings=job.readings)
            with observing as activations, job.autocast():
                job.outputs(inputs)
            return activations

        return hooked
    network, depth = folded
    return lambda inputs: _run(network, depth, inputs, names)


def _folded(job: Job, layers: list[str]) -> tuple[FoldedGenerator, int] | None:
    """The folded network and the depth of its latents, if it gives all that is asked for."""
    network = job.network
    if not isinstance(network, ProgressiveGenerator) or not set(layers) <= {*network.layer_names}:
        return None
    return FoldedGenerator(network, job.device, job.dtype), network.depth


def _run(
    network: FoldedGenerator, depth: int, inputs: Tensor, layers: list[str]
) -> dict[str, Tensor]:
    activations: dict[str, Tensor] = {}
    x, before = as_latents(inputs, depth), None
    with torch.no_grad():
        for name in layers:
            x = network.run(x, after=before, until=name)
            activations[name], before = x, name
    return activations
