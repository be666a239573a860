"""Passes of a generator from its layers to the picture: with gradients, or with layers changed.

A ``ProgressiveGenerator`` runs in its folded form, in the precision that is faster here, and from
the first layer that matters; any other network runs as it is, with hooks.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import torch
from torch import Tensor, nn

from dissection.models.generators.kept_batch import KeptBatch
from dissection.models.generators.precision import (
    chosen_precision,
    fold_for_speed,
    require_precision,
)
from dissection.models.generators.progressive import ProgressiveGenerator, as_latents
from dissection.models.hooks import Readings, edit, observe
from dissection.runtime.choices import ChosenPrecision, Precision
from dissection.runtime.workspace import Workspace

Change = Callable[[Tensor], Tensor]


class Passes(Protocol):
    """Ways through a generator.

    Attributes:
        precision: "float32" or "bfloat16"; segmenters beside it run in the same.
    """

    precision: ChosenPrecision

    def with_gradients(self, z: Tensor, layers: Sequence[str]) -> tuple[Tensor, dict[str, Tensor]]:
        """Images and the layers' outputs on the way, which gradients reach.

        Args:
            z: latents (N, d).
            layers: in the order of the network.
        """
        ...

    def features(self, z: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The layers' outputs, for ``changed``; layers in the order of the network."""
        ...

    def changed(
        self, z: Tensor, features: Mapping[str, Tensor], changes: Mapping[str, Change]
    ) -> Tensor:
        """Images with layers changed.

        Args:
            z: latents (N, d).
            features: the unedited output of the first changed layer for these latents.
            changes: layer to what is done to its output, in the order of the network; empty for
                unedited images.
        """
        ...


class PlainPasses:
    """Any network, from its input on, in float32; it gets a copy of what it is given.

    Args:
        network: on the device of its inputs.
        readings: how its layers' outputs are read.
    """

    precision: ChosenPrecision = "float32"

    def __init__(self, network: nn.Module, readings: Readings | None = None) -> None:
        self._network = network
        self._readings = readings

    def with_gradients(self, z: Tensor, layers: Sequence[str]) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Passes``."""
        observing = observe(self._network, layers, readings=self._readings)
        with torch.enable_grad(), observing as activations:
            images = self._network(z.detach().requires_grad_().clone())
        return images, activations

    @torch.no_grad()
    def features(self, z: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """See ``Passes``; every pass begins at the latents, so there is nothing to keep."""
        return {name: z.new_empty(len(z), 0) for name in layers}

    @torch.no_grad()
    def changed(
        self, z: Tensor, features: Mapping[str, Tensor], changes: Mapping[str, Change]
    ) -> Tensor:
        """See ``Passes``."""
        with edit(self._network, changes, readings=self._readings):
            images: Tensor = self._network(z.clone())
        return images


class FoldedPasses:
    """A Progressive GAN, folded.

    Args:
        generator: on ``device``.
        device: where to compute.
        precision: "auto", "float32" or "bfloat16".
    """

    def __init__(
        self, generator: ProgressiveGenerator, device: torch.device, precision: Precision = "auto"
    ) -> None:
        self._depth = generator.depth
        self._network = fold_for_speed(generator, device, precision)
        self.precision = chosen_precision(self._network)

    def with_gradients(self, z: Tensor, layers: Sequence[str]) -> tuple[Tensor, dict[str, Tensor]]:
        """See ``Passes``."""
        activations: dict[str, Tensor] = {}
        x, before = as_latents(z, self._depth), None
        for name in layers:
            with torch.set_grad_enabled(before is not None):
                x = self._network.run(x, after=before, until=name)
            if before is None:
                x = x.detach().requires_grad_()
            activations[name], before = x, name
        with torch.enable_grad():
            return self._network.run(x, after=before), activations

    @torch.no_grad()
    def features(self, z: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """See ``Passes``."""
        activations: dict[str, Tensor] = {}
        x, before = as_latents(z, self._depth), None
        for name in layers:
            x = self._network.run(x, after=before, until=name)
            activations[name], before = x, name
        return activations

    @torch.no_grad()
    def kept(self, features: Tensor, layer: str) -> KeptBatch:
        """Pictures whose every layer behind this one is kept, to change boxes of it.

        Args:
            features: (N, C, h, w), what ``features`` gave of the layer.
            layer: its name.
        """
        return KeptBatch(self._network, features, layer)

    @torch.no_grad()
    def changed(
        self, z: Tensor, features: Mapping[str, Tensor], changes: Mapping[str, Change]
    ) -> Tensor:
        """See ``Passes``."""
        x, before = as_latents(z, self._depth), None
        for name, change in changes.items():
            kept = before is None
            x = features[name] if kept else self._network.run(x, after=before, until=name)
            x, before = change(x), name
        return self._network.run(x, after=before)


def make_passes(
    network: nn.Module,
    device: torch.device,
    precision: Precision = "auto",
    readings: Readings | None = None,
) -> Passes:
    """The fastest passes that there are for this network on this device.

    Args:
        network: on ``device``.
        device: where to compute.
        precision: "auto", "float32" or "bfloat16".
        readings: how the layers' outputs are read, of other networks than Progressive GANs.
    """
    if isinstance(network, ProgressiveGenerator):
        return FoldedPasses(network, device, precision)
    return PlainPasses(network, readings)


def resumed_passes(
    network: nn.Module, device: torch.device, precision: str, work: Workspace
) -> Passes:
    """The passes of a job, which goes on in the precision that it began in.

    Args:
        network: on ``device``.
        device: where to compute.
        precision: of a job that begins: "auto", "float32" or "bfloat16".
        work: remembers what was chosen.

    Raises:
        BadInputError: another precision.
    """
    passes = make_passes(network, device, require_precision(work.recall("precision") or precision))
    work.remember("precision", passes.precision)
    return passes


def autocast(passes: Passes, device: torch.device) -> AbstractContextManager[object]:
    """Runs a segmenter in the precision of the passes."""
    return torch.autocast(device.type, torch.bfloat16, enabled=passes.precision == "bfloat16")
