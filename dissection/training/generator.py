"""Training of a Progressive GAN: logistic loss, lazy R1, averaged generator, growing resolutions.

Every step draws its pictures, latents and flips from its own random numbers (seed, step), so that
a run that was killed and resumed gives the same weights as one that was not. What is drawn goes to
the device first; all the rest of a step happens there and waits for nothing (see ``stepper``).
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.data import images, latents
from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.models.segmenters.storybook import load_segmenter
from dissection.training.balance import CoarseBalance
from dissection.training.discriminator import Discriminator
from dissection.training.features import FeatureCritic, softplus_mean
from dissection.training.feed import FIRST, Feed, known
from dissection.training.growing import Growing, never
from dissection.training.growth import GrowingGenerator, Phase, faded
from dissection.training.mixed import autocast
from dissection.training.settings import GeneratorSettings
from dissection.training.start import (
    CRITICS,
    Start,
    load_start,
    read_discriminator,
    read_start,
    start_weights,
)
from dissection.training.stepper import Speed, Stepper, forget_moments, restore_optimizer

_SAMPLES = 40  # pictures on a sample sheet, rows of the standard latents
_MEANS = ("loss_discriminator", "loss_generator", "score_real", "score_fake")
_REHEARSALS = 1 << 32  # step numbers that no run reaches


@dataclass(frozen=True)
class _Drawn:
    """What one step draws, on the device."""

    z: Tensor
    pictures: Tensor
    flipped: Tensor
    alpha: float | Tensor
    directions: Tensor | None
    filled: int


class GeneratorTraining:
    """A run that can be stepped, saved and resumed.

    Args:
        settings: what decides the result.
        pictures: uint8 (N, S, S, 3), S the size of the largest resolution; all there, or growing.
        device: "cpu" or "cuda".
        speed: how steps are run; see ``Stepper``.
        say: gets a sentence when a faster way did not work.

    Attributes:
        settings: as given; its plan may be replaced between two steps.
    """

    def __init__(
        self,
        settings: GeneratorSettings,
        pictures: NDArray[np.uint8] | Growing,
        device: str = "cpu",
        speed: Speed = "auto",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.settings = settings
        self.device = torch.device(device)
        self.feed = Feed(pictures, self.device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            generator = GrowingGenerator(settings.units, settings.depth)
            discriminator = Discriminator(settings.discriminator_units)
        self.generator = generator.to(self.device).to(memory_format=torch.channels_last)
        self.discriminator = discriminator.to(self.device).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.features: FeatureCritic | None = None
        if settings.features:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(settings.seed + 1)
                seeing = FeatureCritic(load_segmenter("storybook", str(self.device)))
            self.features = seeing.to(self.device).to(memory_format=torch.channels_last)
        self._alone: Start | None = None
        if settings.start:
            self._start_from(Path(settings.start))
        players = [self.generator, self.discriminator]
        players += [self.features] if self.features else []
        self.stepper = Stepper(self.device, speed, players, say)
        self.optimizers = [self.stepper.adam(p.parameters(), settings.rate) for p in players]
        self.balance: CoarseBalance | None = None
        if settings.balance:  # it learns the pictures when the first ones are there
            self.balance = CoarseBalance(self.feed.pictures.images, self.device, known=0)
        self.shown = 0
        self.step_number = 0
        self._sums = torch.zeros(len(_MEANS), device=self.device)
        self._summed = 0

    def _start_from(self, path: Path) -> None:
        start, settings = read_start(path), self.settings
        tensors, sources = dict(start.tensors), {}
        if settings.discriminator:
            critics = Path(settings.discriminator)
            tensors = {k: t for k, t in tensors.items() if not k.startswith(CRITICS)}
            tensors |= read_discriminator(critics)
            sources = dict.fromkeys(("discriminator", "features"), critics)
        elif start.alone and not settings.warm_up:
            raise BadInputError(
                f"{path} holds a generator alone: let a discriminator learn before it goes on, for "
                "example --warm-up 20000, or name the weights of one with --discriminator."
            )
        self._alone = start if start.alone else None
        for prefix, network in self._networks().items():
            averaged = prefix == "generator" and settings.from_average
            own = start_weights(tensors, "average" if averaged else prefix)
            judges = network in (self.features, self.discriminator)
            if not own and (network is self.features or start.alone) and judges:
                continue  # a run without them may go on with them
            load_start(network, own, sources.get(prefix, path), prefix, start.alone and not judges)

    def supply(self, stop: Callable[[], bool] = never) -> bool:
        """See to it that the pictures of the next step are there; False if stopped before."""
        count = len(self.feed)
        wanted = known(self.settings.plan, self.shown, count)
        if not self.feed.supply(wanted, stop):
            return False
        stand = count if wanted == count else min(FIRST, count)
        if self.balance and self.balance.known != stand:
            self.balance.learn(stand)
        return True

    def step(self) -> None:
        """One step of both players on one batch."""
        self.supply()
        phase = self._phase(self.shown)
        filled = self.balance.count(phase.batch) if self.balance else 0
        drawn = self._draw(phase, self.step_number, filled)
        left = self.settings.plan.total - self.shown
        self._play(phase, drawn, self.step_number % self.settings.penalty_every == 0, left)
        self.shown += phase.batch
        self.step_number += 1

    def _phase(self, shown: int) -> Phase:
        """What is done after so many images; what a generator's file shows is not faded in."""
        phase = self.settings.plan.at(shown)
        if self._alone is None or phase.stage > self._alone.stage:
            return phase
        if phase.stage < self._alone.stage:
            raise BadInputError(
                f"{self.settings.start} is a generator of {4 << self._alone.stage} px, and has no "
                f"colors at {phase.size} px; show it no images below its size (--plan, --shares)."
            )
        return replace(phase, alpha=1.0)

    def rehearse(self, stage: int, penalty: bool) -> int:
        """A step at some resolution, to see how long it takes; ``forget`` undoes it.

        Returns:
            The images in it.
        """
        self.supply()
        phase = Phase(stage, 1.0, self.settings.plan.batch[stage])
        filled = len(self.balance.recent) if self.balance else 0
        self._play(phase, self._draw(phase, _REHEARSALS, filled), penalty, _REHEARSALS)
        return phase.batch

    def forget(self, weights: dict[str, dict[str, Tensor]]) -> None:
        """Undo rehearsals of a run that has not begun, in place.

        Args:
            weights: ``copied_weights`` from before.
        """
        for name, network in self._networks().items():
            network.load_state_dict(weights[name])
        for optimizer in self.optimizers:
            forget_moments(optimizer)
        if self.balance:
            self.balance.restore({"recent": torch.zeros_like(self.balance.recent), "seen": 0})
        self.means()

    def copied_weights(self) -> dict[str, dict[str, Tensor]]:
        """A copy of the weights of all networks, on the device."""
        return {
            name: {k: t.detach().clone() for k, t in network.state_dict().items()}
            for name, network in self._networks().items()
        }

    def _networks(self) -> dict[str, nn.Module]:
        networks: dict[str, nn.Module] = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self.average,
        }
        return {**networks, "features": self.features} if self.features else networks

    def _draw(self, phase: Phase, number: int, filled: int) -> _Drawn:
        settings, put = self.settings, self.stepper.put
        rng = np.random.default_rng((settings.seed, number))
        z = rng.standard_normal((phase.batch, settings.depth), np.float32)
        there = known(settings.plan, self.shown, len(self.feed))
        chosen = np.sort(rng.integers(0, there, phase.batch))
        flipped = rng.random(phase.batch) < 0.5
        directions = self.balance.directions(rng) if self.balance else None
        return _Drawn(
            put("z", z),
            put("pictures", self.feed.drawn(chosen)),
            put("flipped", flipped),
            put("alpha", np.asarray(phase.alpha, np.float32)) if phase.alpha < 1 else 1.0,
            None if directions is None else put("directions", directions),
            filled,
        )

    def _play(self, phase: Phase, drawn: _Drawn, penalty: bool, left: int) -> None:
        settings = self.settings
        rate = settings.rate * (max(left / settings.decay, 0.05) if left < settings.decay else 1.0)
        for optimizer in self.optimizers:
            self.stepper.set_rate(optimizer, rate)
        judging = self.shown < settings.warm_up and left != _REHEARSALS
        key = (phase.stage, phase.batch, phase.alpha < 1, penalty, drawn.filled, judging)
        self.stepper.run(key, lambda: self._compute(phase, drawn, penalty, judging))
        self._summed += 1

    def _compute(self, phase: Phase, drawn: _Drawn, penalty: bool, judging: bool) -> None:
        """All of a step that happens on the device: fixed memory in, fixed memory out.

        With ``judging`` the generator stays as it is.
        """
        settings, critic, at = self.settings, self.discriminator, (phase.stage, drawn.alpha)
        for player in (critic, self.features) if self.features else (critic,):
            player.requires_grad_(True)  # a step that failed half-way may be run again
        reals = self._reals(phase, drawn)
        with autocast(self.device):
            fakes = self.generator(drawn.z, *at)
            fake, real = critic(fakes.detach(), *at).float(), critic(reals, *at).float()
            if settings.loss == "relativistic":
                loss = F.softplus(fake - real).mean()
            else:
                loss = F.softplus(fake).mean() + F.softplus(-real).mean()
        if penalty:
            loss = loss + self._penalty(reals, *at)
            if settings.loss == "relativistic":
                loss = loss + self._penalty(fakes, *at)
        self.update_player(1, loss)
        if judging:
            if self.features and phase.size >= settings.features_from:
                self._seen(self.features, fakes.detach(), reals)
            with torch.no_grad():
                loss_generator = F.softplus(-fake).mean()
                self._sums += torch.stack([loss, loss_generator, real.mean(), fake.mean()])
            return
        critic.requires_grad_(False)
        with autocast(self.device):
            # The same fakes before the new critic: a quarter of the time saved.
            wrong = -critic(fakes, *at).float()
            if settings.loss == "relativistic":
                with torch.no_grad():
                    anchor = critic(reals, *at).float()
                wrong = wrong + anchor
            loss_generator = F.softplus(wrong).mean()
        total = loss_generator
        if self.features and phase.size >= settings.features_from:
            total = total + settings.features * self._seen(self.features, fakes, reals)
        if self.balance and drawn.directions is not None:
            balanced = self.balance.loss(fakes, drawn.directions, drawn.filled)
            total = total + settings.balance * balanced
        self.update_player(0, total)
        critic.requires_grad_(True)
        keep = 0.5 ** (phase.batch / settings.half_life)
        with torch.no_grad():
            own: list[Tensor] = [*self.generator.parameters()]
            mean: list[Tensor] = [*self.average.parameters()]
            torch._foreach_lerp_(mean, own, 1 - keep)
            self._sums += torch.stack([loss, loss_generator, real.mean(), fake.mean()])

    def _seen(self, critic: FeatureCritic, fakes: Tensor, reals: Tensor) -> Tensor:
        """One step of the critic of features; the generator's loss before it afterwards."""
        with autocast(self.device):
            with torch.no_grad():
                of_reals = critic.features(reals)
            of_fakes = critic.features(fakes)
            loss = softplus_mean(critic([x.detach() for x in of_fakes]), 1)
            loss = loss + softplus_mean(critic(of_reals), -1)
        self.update_player(2, loss)
        critic.requires_grad_(False)
        with autocast(self.device):
            of_generator = softplus_mean(critic(of_fakes), -1)
        critic.requires_grad_(True)
        return of_generator

    def _reals(self, phase: Phase, drawn: _Drawn) -> Tensor:
        x = from_bytes(self.feed.batch(drawn.pictures))
        x = torch.where(drawn.flipped[:, None, None, None], x.flip(3), x)
        while x.shape[-1] > phase.size:
            x = F.avg_pool2d(x, 2)
        if phase.alpha < 1:
            coarse = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="nearest")
            x = faded(coarse, x, drawn.alpha)
        return x.contiguous(memory_format=torch.channels_last)

    def update_player(self, player: int, loss: Tensor) -> None:
        """One step of Adam down a loss: 0 the generator, 1 the critic, 2 the critic of features."""
        optimizer = self.optimizers[player]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def _penalty(self, pictures: Tensor, stage: int, alpha: float | Tensor) -> Tensor:
        """Half gamma times the critic's squared gradient: R1 at real pictures, R2 at others."""
        pictures = pictures.detach().clone().requires_grad_(True)
        with autocast(self.device):
            score = self.discriminator(pictures, stage, alpha, twice=True).float().sum()
        (gradient,) = torch.autograd.grad(score, pictures, create_graph=True)
        norms = gradient.float().square().sum((1, 2, 3)).mean()
        return norms * (self.settings.gamma / 2 * self.settings.penalty_every)

    def means(self) -> dict[str, float]:
        """Losses and scores, means over the steps since this was asked last; waits for them."""
        values = (self._sums / max(self._summed, 1)).tolist()
        self._sums.zero_()
        self._summed = 0
        return dict(zip(_MEANS, values, strict=True))

    def state(self) -> dict[str, Any]:
        """Everything that ``restore`` needs to go on exactly here."""
        return {
            **{name: network.state_dict() for name, network in self._networks().items()},
            "optimizers": [o.state_dict() for o in self.optimizers],
            "shown": self.shown,
            "step": self.step_number,
            "balance": self.balance.state() if self.balance else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a run with the same settings."""
        for name, network in self._networks().items():
            network.load_state_dict(state[name])
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            restore_optimizer(optimizer, stored)
        self.shown, self.step_number = state["shown"], state["step"]
        if self.balance and state["balance"]:
            self.balance.restore(state["balance"])

    def critics(self) -> dict[str, Tensor]:
        """What judges, in float16, for a later run (``GeneratorSettings.discriminator``)."""
        return {k: t for k, t in self.weights().items() if k.startswith(CRITICS)}

    def weights(self) -> dict[str, Tensor]:
        """All weights in float16, for a later run to start from (``GeneratorSettings.start``)."""
        return {
            f"{prefix}.{key}": tensor.detach().half().cpu().contiguous()
            for prefix, network in self._networks().items()
            for key, tensor in network.state_dict().items()
            # The last color layer is in the generator twice: as its own output and in the list.
            if not key.startswith("body.output_")
        }

    def samples(self, count: int = _SAMPLES) -> NDArray[np.uint8]:
        """Pictures of the averaged generator for the first standard latents: (N, R, R, 3)."""
        phase = self._phase(max(self.shown - 1, 0))
        z = torch.from_numpy(latents.standard(count, self.settings.depth)).to(self.device)
        with torch.no_grad(), autocast(self.device):
            pictures = [
                self.average(part, phase.stage, phase.alpha).float() for part in z.split(10)
            ]
        return images.to_bytes(torch.cat(pictures))
