"""Training of a Progressive GAN: logistic loss, lazy R1, averaged generator, growing resolutions.

Every step draws its pictures, latents and flips from its own random numbers (seed, step), so that
a run that was killed and resumed gives the same weights as one that was not.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F

from dissection import images, latents
from dissection.errors import ModelFileError
from dissection.training.balance import CoarseBalance
from dissection.training.discriminator import Discriminator
from dissection.training.growth import GrowingGenerator, GrowthPlan, Phase
from dissection.training.mixed import autocast
from dissection.training.run_folder import RunFolder

_SAMPLES = 40  # pictures on a sample sheet, rows of the standard latents


@dataclass(frozen=True)
class GeneratorSettings:
    """Everything that decides a run's result, beside the pictures.

    Attributes:
        units: units at 4, 8, ... px of the generator.
        discriminator_units: the same of the discriminator.
        plan: images at each resolution.
        depth: size of the latent.
        seed: of weights, batches and latents.
        rate: learning rate of both players (Adam, beta 0 and 0.99).
        decay: images before the end over which the learning rate falls to a twentieth.
        gamma: weight of the R1 penalty.
        penalty_every: R1 is computed every so many steps, and weighted up accordingly.
        balance: weight of the term that keeps scenes as frequent as the real ones; 0 leaves it
            out, as Karras et al. do.
        half_life: images after which the averaged generator has forgotten half.
        start: weights to go on from (a file of ``training_weights``), or None.
        from_average: the generator goes on from the averaged weights of ``start``: calmer than
            its own where the run before was swinging.
        data: what the pictures are.
    """

    units: tuple[int, ...]
    discriminator_units: tuple[int, ...]
    plan: GrowthPlan
    depth: int = 512
    seed: int = 0
    rate: float = 1.5e-3
    decay: int = 0
    gamma: float = 1.0
    penalty_every: int = 16
    balance: float = 0.0
    half_life: float = 4000.0
    start: str | None = None
    from_average: bool = False
    data: str = ""


@dataclass(frozen=True)
class Report:
    """What a run says of itself now and then; losses are means since the last report."""

    shown: int
    total: int
    size: int
    alpha: float
    loss_discriminator: float
    loss_generator: float
    score_real: float
    score_fake: float
    images_per_second: float


class GeneratorTraining:
    """A run that can be stepped, saved and resumed.

    Args:
        settings: what decides the result.
        pictures: uint8 (N, S, S, 3), S the size of the largest resolution.
        device: "cpu" or "cuda".
    """

    def __init__(
        self, settings: GeneratorSettings, pictures: NDArray[np.uint8], device: str = "cpu"
    ) -> None:
        self.settings = settings
        self.pictures = pictures
        self.device = torch.device(device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            generator = GrowingGenerator(settings.units, settings.depth)
            discriminator = Discriminator(settings.discriminator_units)
        self.generator = generator.to(self.device).to(memory_format=torch.channels_last)
        self.discriminator = discriminator.to(self.device).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        if settings.start:
            self._start_from(Path(settings.start))
        self.optimizers = [
            torch.optim.Adam(network.parameters(), settings.rate, (0.0, 0.99))
            for network in (self.generator, self.discriminator)
        ]
        self.balance = CoarseBalance(pictures, self.device) if settings.balance else None
        self.shown = 0
        self.step_number = 0

    def _start_from(self, path: Path) -> None:
        tensors = {key: tensor.float() for key, tensor in load_file(path).items()}
        last = f"outputs.{len(self.settings.units) - 1}."
        for prefix in ("generator", "discriminator", "average"):
            averaged = prefix == "generator" and self.settings.from_average
            stored = "average." if averaged else f"{prefix}."
            own = {
                key.removeprefix(stored): tensor
                for key, tensor in tensors.items()
                if key.startswith(stored)
            }
            if prefix != "discriminator":
                name = f"body.output_{self.generator.body.size}x{self.generator.body.size}."
                own |= {key.replace(last, name): own[key] for key in [*own] if key.startswith(last)}
            try:
                getattr(self, prefix).load_state_dict(own)
            except RuntimeError as error:
                first = str(error).split("\n")[1].strip()
                raise ModelFileError(
                    f"The weights {path} do not fit the {prefix} of this run: {first}"
                ) from error

    def _reals(self, phase: Phase, rng: np.random.Generator) -> Tensor:
        chosen = np.sort(rng.integers(0, len(self.pictures), phase.batch))
        batch = torch.from_numpy(self.pictures[chosen]).to(self.device)
        flipped = torch.from_numpy(rng.random(phase.batch) < 0.5).to(self.device)
        x = batch.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        x = torch.where(flipped[:, None, None, None], x.flip(3), x)
        if x.shape[-1] > phase.size:
            x = F.avg_pool2d(x, x.shape[-1] // phase.size)
        if phase.alpha < 1:
            coarse = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="nearest")
            x = torch.lerp(coarse, x, phase.alpha)
        return x.contiguous(memory_format=torch.channels_last)

    def _rate(self) -> float:
        settings = self.settings
        left = settings.plan.total - self.shown
        return settings.rate * (max(left / settings.decay, 0.05) if left < settings.decay else 1.0)

    def step(self) -> dict[str, Tensor]:
        """One step of both players on one batch; returns losses and scores (0-d tensors)."""
        settings, phase = self.settings, self.settings.plan.at(self.shown)
        rng = np.random.default_rng((settings.seed, self.step_number))
        z = torch.from_numpy(rng.standard_normal((phase.batch, settings.depth), np.float32))
        reals, z = self._reals(phase, rng), z.to(self.device)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self._rate()
        critic, at = self.discriminator, (phase.stage, phase.alpha)
        with autocast(self.device):
            fakes = self.generator(z, *at)
            fake, real = critic(fakes.detach(), *at).float(), critic(reals, *at).float()
            loss = F.softplus(fake).mean() + F.softplus(-real).mean()
        if self.step_number % settings.penalty_every == 0:
            loss = loss + self._penalty(reals, phase)
        self._update(1, loss)
        critic.requires_grad_(False)
        with autocast(
            self.device
        ):  # the same fakes before the new critic: a quarter of the time saved
            loss_generator = F.softplus(-critic(fakes, *at).float()).mean()
        total = loss_generator
        if self.balance:
            total = total + settings.balance * self.balance.loss(fakes, rng)
        self._update(0, total)
        critic.requires_grad_(True)
        keep = 0.5 ** (phase.batch / settings.half_life)
        with torch.no_grad():
            own: list[Tensor] = [*self.generator.parameters()]
            mean: list[Tensor] = [*self.average.parameters()]
            torch._foreach_lerp_(mean, own, 1 - keep)
        self.shown += phase.batch
        self.step_number += 1
        return {
            "loss_discriminator": loss.detach(),
            "loss_generator": loss_generator.detach(),
            "score_real": real.detach().mean(),
            "score_fake": fake.detach().mean(),
        }

    def _update(self, player: int, loss: Tensor) -> None:
        optimizer = self.optimizers[player]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    def _penalty(self, reals: Tensor, phase: Phase) -> Tensor:
        """R1: half gamma times the squared gradient of the critic at real pictures."""
        reals = reals.clone().requires_grad_(True)
        with autocast(self.device):
            score = self.discriminator(reals, phase.stage, phase.alpha).float().sum()
        (gradient,) = torch.autograd.grad(score, reals, create_graph=True)
        norms = gradient.float().square().sum((1, 2, 3)).mean()
        return norms * (self.settings.gamma / 2 * self.settings.penalty_every)

    def state(self) -> dict[str, Any]:
        """Everything that ``restore`` needs to go on exactly here."""
        return {
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "shown": self.shown,
            "step": self.step_number,
            "balance": self.balance.state() if self.balance else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a run with the same settings."""
        for name in ("generator", "discriminator", "average"):
            getattr(self, name).load_state_dict(state[name])
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(stored)
        self.shown, self.step_number = state["shown"], state["step"]
        if self.balance and state["balance"]:
            self.balance.restore(state["balance"])

    def weights(self) -> dict[str, Tensor]:
        """All weights in float16, for a later run to start from (``GeneratorSettings.start``)."""
        return {
            f"{prefix}.{key}": tensor.detach().half().cpu().contiguous()
            for prefix in ("generator", "discriminator", "average")
            for key, tensor in getattr(self, prefix).state_dict().items()
            # The last colour layer is in the generator twice: as its own output and in the list.
            if not key.startswith("body.output_")
        }

    def samples(self, count: int = _SAMPLES) -> NDArray[np.uint8]:
        """Pictures of the averaged generator for the first standard latents: (N, R, R, 3)."""
        phase = self.settings.plan.at(max(self.shown - 1, 0))
        z = torch.from_numpy(latents.standard(count, self.settings.depth)).to(self.device)
        with torch.no_grad(), autocast(self.device):
            pictures = [
                self.average(part, phase.stage, phase.alpha).float() for part in z.split(10)
            ]
        return images.to_bytes(torch.cat(pictures))


def train_generator(
    settings: GeneratorSettings,
    pictures: NDArray[np.uint8],
    out: Path,
    *,
    device: str = "cpu",
    save_every: float = 120.0,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda _: None,
    report: Callable[[Report], None] = lambda _: None,
) -> GeneratorTraining:
    """Run, or go on with, the training in folder ``out`` until its plan is done.

    Args:
        settings: what decides the result.
        pictures: uint8 (N, S, S, 3).
        out: the run's folder: state, log, sample sheets.
        device: "cpu" or "cuda".
        save_every: seconds between states and sample sheets.
        stop: asked after each step; True saves the state and returns.
        progress: called after each step with the images shown so far.
        report: called at each save and at the end.

    Returns:
        The training as it stands; ``average.at_stage`` gives the published form.
    """
    folder = RunFolder(out, asdict(settings))
    run = GeneratorTraining(settings, pictures, device)
    state = folder.load()
    if state:
        run.restore(state)
    since, shown_before = time.monotonic(), run.shown
    rows: list[dict[str, Tensor]] = []

    def save() -> None:
        nonlocal since, shown_before, rows
        seconds = time.monotonic() - since
        phase = settings.plan.at(max(run.shown - 1, 0))
        means = {k: float(torch.stack([r[k] for r in rows]).mean()) for k in rows[0]}
        said = Report(
            run.shown,
            settings.plan.total,
            phase.size,
            phase.alpha,
            **means,
            images_per_second=(run.shown - shown_before) / max(seconds, 1e-9),
        )
        folder.save(run.state())
        folder.log(asdict(said))
        sheet = images.contact_sheet(list(run.samples()), columns=10)
        images.write_picture(out / "samples.png", sheet)
        report(said)
        since, shown_before, rows = time.monotonic(), run.shown, []

    while run.shown < settings.plan.total and not stop():
        rows.append(run.step())
        progress(run.shown)
        if time.monotonic() - since > save_every:
            save()
    if rows:
        save()
    return run
