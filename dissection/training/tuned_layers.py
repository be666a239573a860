"""The finest layers of a trained generator, as they are tuned while all others stay."""

import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.data import images, latents
from dissection.errors import BadInputError
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.training.mixed import autocast

_SAMPLES = 20


class TunedLayers:
    """The layers of the largest resolutions, their average over the last steps, and Adam.

    Args:
        generator: not changed.
        resolutions: how many are tuned, from the largest on; ``require_untouched`` has let it pass.
        rate: learning rate; betas are 0.9 and 0.99.
        steady: share of the average that a step keeps.
        device: where it is done.
        start: a generator that was tuned from this one; its tuned layers are gone on from.

    Raises:
        BadInputError: that one has other sizes.

    Attributes:
        before: the generator as it was, float32, without gradients.
        network: the generator as it is tuned; only the tuned layers have gradients.
        average: with the averaged weights; what is kept.
        after: the last layer that stays as it is.
    """

    def __init__(
        self,
        generator: ProgressiveGenerator,
        resolutions: int,
        rate: float,
        steady: float,
        device: torch.device,
        start: ProgressiveGenerator | None = None,
    ) -> None:
        self.device = device
        self.before = self._copy(generator).requires_grad_(False)
        self.network = self._copy(generator).requires_grad_(False)
        self.after = f"layer{2 * (len(generator.units) - resolutions)}"
        names = [name for name, _ in self.network.named_children()]
        tuned = names[names.index(self.after) + 1 :]
        self._tuned = [p for name in tuned for p in self.network.get_submodule(name).parameters()]
        if start is not None:
            _require_alike(start, generator)
            for name in tuned:
                weights = start.get_submodule(name).state_dict()
                self.network.get_submodule(name).load_state_dict(weights)
        for parameter in self._tuned:
            parameter.requires_grad_(True)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self._average = [p for n in tuned for p in self.average.get_submodule(n).parameters()]
        self._rate, self._steady = rate, steady
        self._optimizer = torch.optim.Adam(self._tuned, rate, betas=(0.9, 0.99), fused=True)

    def maps(self, z: NDArray[np.float32]) -> Tensor:
        """The last maps that stay as they are, of latents (N, d): (N, C, h, w)."""
        given = torch.from_numpy(z[:, :, None, None]).to(self.device)
        with torch.no_grad(), autocast(self.device):
            return self.before.run(given, until=self.after)

    def pictures_before(self, maps: Tensor) -> Tensor:
        """What the generator made of such maps: (N, 3, R, R), unclamped, without gradients."""
        with torch.no_grad(), autocast(self.device):
            return self.before.run(maps, after=self.after).float()

    def pictures(self, maps: Tensor) -> Tensor:
        """What it makes of them now: (N, 3, R, R), unclamped."""
        with autocast(self.device):
            return self.network.run(maps, after=self.after).float()

    def update(self, loss: Tensor, share: float, steady: float | None = None) -> None:
        """One step of the tuned layers and their average.

        Args:
            loss: 0-d, of ``pictures``.
            share: of the learning rate.
            steady: in place of the one that was given.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * share
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        kept = self._steady if steady is None else steady
        with torch.no_grad():
            torch._foreach_lerp_(list(self._average), list(self._tuned), 1 - kept)

    def generator(self) -> ProgressiveGenerator:
        """The average, on the CPU."""
        return copy.deepcopy(self.average).cpu().eval()

    def samples(self) -> NDArray[np.uint8]:
        """Pictures of the first standard latents, (N, R, R, 3)."""
        z = torch.from_numpy(latents.standard(_SAMPLES, self.average.depth)).to(self.device)
        with torch.no_grad(), autocast(self.device):
            made = [self.average(part).float() for part in z.split(10)]
        return images.to_bytes(torch.cat(made))

    def state(self) -> dict[str, Any]:
        """What ``restore`` needs; all other layers are the generator's."""
        return {
            "tuned": [p.detach() for p in self._tuned],
            "average": [p.detach() for p in self._average],
            "optimizer": self._optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of the same generator."""
        with torch.no_grad():
            for name, own in (("tuned", self._tuned), ("average", self._average)):
                for parameter, stored in zip(own, state[name], strict=True):
                    parameter.copy_(stored)
        self._optimizer.load_state_dict(state["optimizer"])

    def _copy(self, generator: ProgressiveGenerator) -> ProgressiveGenerator:
        network = copy.deepcopy(generator).float().to(self.device)
        return network.to(memory_format=torch.channels_last)


def _require_alike(start: ProgressiveGenerator, generator: ProgressiveGenerator) -> None:
    sizes = [(g.depth, list(g.units)) for g in (start, generator)]
    if sizes[0] != sizes[1]:
        told = (f"{depth} numbers of latents and units {units}" for depth, units in sizes)
        raise BadInputError(
            f"--start has {' and the generator '.join(told)}; give one that was tuned from it."
        )


def clamped(images: Tensor) -> Tensor:
    """-1..1; gradients pass as if it were not, so that there is a way back from beyond."""
    return images + (images.clamp(-1, 1) - images).detach()


def rate_share(number: int, steps: int, rise: int) -> float:
    """Of the learning rate, at a step: up over the first ``rise``, down over the second half."""
    return min(1.0, (number + 1) / rise, max(0.03, 2 * (1 - number / steps)))


def require_untouched(generator: ProgressiveGenerator, resolutions: int) -> None:
    """Refuse to tune all of a generator.

    Raises:
        BadInputError: there is no resolution besides those to tune.
    """
    if resolutions >= len(generator.units):
        raise BadInputError(
            f"--resolutions {resolutions} leaves nothing as it is; this generator has "
            f"{len(generator.units)} resolutions, of which at most {len(generator.units) - 1} "
            "are tuned."
        )
