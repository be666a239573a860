"""Tuning of a generator's first bias, so that kinds of scenes are as frequent as real ones.

One number for each unit of the first layer: nothing that a unit means changes, the same latents
show nearly the same scenes, and some of those that lay between day and night become nights. There
is no gradient in it and no adversary: scenes are made, what is missing among them is told
(``training.frequencies``), and the bias is moved by what the first layer makes of it.
"""

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.data import images, latents
from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.models.generators.progressive import Layer, ProgressiveGenerator, pixel_norm
from dissection.training.balance import coarse_colors
from dissection.training.bounds import require_counts
from dissection.training.frequencies import (
    ColorTraits,
    missing_shift,
    spread_difference,
)
from dissection.training.mixed import autocast
from dissection.training.run_folder import RunFolder
from dissection.training.stepping import take_steps

_SAMPLES = 20
_BLOCK = 100  # real pictures that are read at once
_FEWEST = 64  # scenes and real pictures
_MOST_GAIN = 3.0


@dataclass(frozen=True)
class FrequencySettings:
    """What decides the result of a tuning.

    Attributes:
        model: SHA-256 of the generator's file, or its name.
        scenes: that are made and measured in each round.
        rounds: times that the bias is moved; what came of the last is measured as well.
        components: directions of coarse colors that are compared.
        real: real pictures, at most.
        batch: scenes that are made at once.
        seed: of latents.
        data: what the real pictures are.

    Raises:
        BadInputError: a count is below 1, or too small to tell anything.
    """

    model: str
    scenes: int = 4000
    rounds: int = 2
    components: int = 1
    real: int = 8000
    batch: int = 25
    seed: int = 0
    data: str = ""

    def __post_init__(self) -> None:
        require_counts(
            rounds=self.rounds, components=self.components, batch=self.batch, real=self.real
        )
        if self.scenes < _FEWEST:
            raise BadInputError(f"--scenes must be at least {_FEWEST}, not {self.scenes}.")
        if self.components > _FEWEST // 2:
            raise BadInputError(
                f"--components must be at most {_FEWEST // 2}, not {self.components}."
            )

    @property
    def steps(self) -> int:
        """Batches of all rounds, and of the one that measures the last bias."""
        return (self.rounds + 1) * -(-self.scenes // self.batch)


class FrequencyTuning:
    """One tuning.

    Args:
        settings: what decides the result.
        generator: it is not changed.
        pictures: real ones, uint8 (N, R, R, 3), of any size.
        device: "cpu" or "cuda".

    Attributes:
        network: the generator with the bias that is measured now.
        measured: ``apart`` of each bias that was measured to the end, the first one's first.
        step_number: batches made, of all rounds.

    Raises:
        BadInputError: there are too few pictures.
    """

    def __init__(
        self,
        settings: FrequencySettings,
        generator: ProgressiveGenerator,
        pictures: NDArray[np.uint8],
        device: str = "cpu",
    ) -> None:
        if len(pictures) < _FEWEST:
            raise BadInputError(
                f"{len(pictures)} pictures tell nothing of how frequent scenes are; give at "
                f"least {_FEWEST}."
            )
        self.settings = settings
        self.pictures = pictures
        self.device = torch.device(device)
        network = copy.deepcopy(generator).float().requires_grad_(False).to(self.device)
        self.network = network.to(memory_format=torch.channels_last)
        self.measured: list[float] = []
        self._best = _first(self.network).wscale.b.detach().cpu().clone()
        self.step_number = 0
        self.rows: list[dict[str, Any]] = []
        self._traits: ColorTraits | None = None
        self._colors: list[Tensor] = []

    def prepare(
        self,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> bool:
        """Read the coarse colors of the real pictures and of their mirror images.

        Returns:
            False if it was stopped: this has to be done before the first step.
        """
        count = min(self.settings.real, len(self.pictures))
        spaced = np.unique(np.linspace(0, len(self.pictures) - 1, count).astype(int))
        reals = []
        for start in range(0, len(spaced), _BLOCK):
            if stop():
                return False
            x = from_bytes(self.pictures[spaced[start : start + _BLOCK]])
            reals += [coarse_colors(x), coarse_colors(x.flip(3))]
            progress(min(start + _BLOCK, len(spaced)), len(spaced))
        self._traits = ColorTraits(torch.cat(reals), self.settings.components)
        return not stop()

    def step(self) -> dict[str, float]:
        """One batch of scenes; after the last one of a round the bias is moved.

        Returns:
            ``apart``, how differently the scenes of this round are spread from real ones so far
            (``spread_difference``), and ``light``, their mean color, -1..1.
        """
        assert self._traits is not None
        batches = self.settings.steps // (self.settings.rounds + 1)
        round_, number = divmod(self.step_number, batches)
        with torch.no_grad(), autocast(self.device):
            made = self.network(torch.from_numpy(self._latents(number)).to(self.device))
        self._colors.append(coarse_colors(made.float().clamp(-1, 1)).cpu())
        colors = torch.cat(self._colors)
        traits = self._traits.of(colors)
        apart = spread_difference(self._traits.values, traits)
        self.step_number += 1
        if number == batches - 1:
            self._end_round(traits, apart, last=round_ == self.settings.rounds)
        return {"apart": apart, "light": float(colors.mean())}

    def generator(self) -> ProgressiveGenerator:
        """With the bias that was nearest of those measured to the end, on the CPU."""
        found = copy.deepcopy(self.network).cpu().eval()
        _first(found).wscale.b.data.copy_(self._best)
        return found

    def samples(self) -> NDArray[np.uint8]:
        """Pictures of the first standard latents, (N, R, R, 3)."""
        z = torch.from_numpy(latents.standard(_SAMPLES, self.network.depth)).to(self.device)
        with torch.no_grad(), autocast(self.device):
            return images.to_bytes(torch.cat([self.network(part).float() for part in z.split(10)]))

    def state(self) -> dict[str, Any]:
        """What ``restore`` needs; real pictures are read anew."""
        return {
            "bias": _first(self.network).wscale.b.detach().cpu(),
            "best": self._best,
            "measured": self.measured,
            "colors": torch.cat(self._colors) if self._colors else None,
            "step": self.step_number,
            "rows": self.rows,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a run with the same settings."""
        _first(self.network).wscale.b.data.copy_(state["bias"])
        self._best, self.measured = state["best"], list(state["measured"])
        colors = state["colors"]
        self._colors = [] if colors is None else [colors]
        self.step_number, self.rows = state["step"], list(state["rows"])

    def _latents(self, number: int) -> NDArray[np.float32]:
        """Of one batch; each round sees the same ones, so that rounds can be compared."""
        count = min(self.settings.batch, self.settings.scenes - number * self.settings.batch)
        rng = np.random.default_rng((self.settings.seed, number))
        return rng.standard_normal((count, self.network.depth), np.float32)

    def _end_round(self, traits: Tensor, apart: float, last: bool) -> None:
        """Keep the bias if it is the nearest one, and move it on."""
        first = _first(self.network)
        if not self.measured or apart < min(self.measured):
            self._best = first.wscale.b.detach().cpu().clone()
        self.measured.append(apart)
        self._colors = []
        if last:
            return
        assert self._traits is not None
        batches = self.settings.steps // (self.settings.rounds + 1)
        z = torch.from_numpy(np.concatenate([self._latents(n) for n in range(batches)]))
        z = pixel_norm(z[:, :, None, None])[..., 0, 0]
        shift = missing_shift(z, traits, self._traits.values)
        weight = (first.conv.weight * first.scale).cpu()
        first.wscale.b.data.add_(_even_answer(weight, shift).to(self.device))


def _even_answer(weight: Tensor, shift: Tensor) -> Tensor:
    """The bias that moves scenes about as far as a shift of latents does.

    Latents move each place of the first maps in its own way, and a bias moves all alike: by their
    mean, and so much farther as that is less than the whole.

    Args:
        weight: of the first convolution, (O, d, 4, 4).
        shift: of latents, (d,).

    Returns:
        (O,).

    Example:
        >>> _even_answer(torch.ones(2, 3, 4, 4), torch.tensor([0.5, 0.0, 0.0])).tolist()
        [0.5, 0.5]
    """
    answers = torch.einsum("oiyx,i->oyx", weight, shift)
    even = answers.mean((1, 2))
    share = even.square().sum() / answers.square().mean((1, 2)).sum().clamp_min(1e-12)
    return even * (1 / share.clamp_min(1e-12)).clamp(max=_MOST_GAIN)


def _first(generator: ProgressiveGenerator) -> Layer:
    layer = generator.layer1
    assert isinstance(layer, Layer)
    return layer


def tune_frequencies(
    settings: FrequencySettings,
    generator: ProgressiveGenerator,
    pictures: NDArray[np.uint8],
    out: Path,
    *,
    device: str = "cpu",
    save_every: int = 40,
    stop: Callable[[], bool] = lambda: False,
    prepared: Callable[[int, int], None] = lambda *_: None,
    progress: Callable[[int, float], None] = lambda *_: None,
) -> FrequencyTuning:
    """Run, or go on with, the tuning in folder ``out`` until its rounds are done.

    The folder holds state.pt, settings.json, log.jsonl and samples.png.

    Args:
        settings: what decides the result.
        generator: to tune; it is not changed.
        pictures: real ones, as ``FrequencyTuning`` takes them.
        out: the run's folder.
        device: "cpu" or "cuda".
        save_every: batches between states and rows of the log.
        stop: asked after each batch; True saves the state and returns.
        prepared: called with (done, total) while real pictures are read.
        progress: called after each batch with (batches done, ``apart``).
    """
    run = FrequencyTuning(settings, generator, pictures, device)
    with RunFolder(out, asdict(settings)) as folder:
        folder.resume(run.restore)
        folder.restart_log(run.rows)
        if run.step_number >= settings.steps or not run.prepare(stop, prepared):
            return run
        take_steps(
            run, folder, settings.steps, save_every, 5, stop,
            lambda done, told: progress(done, told["apart"]),
        )  # fmt: skip
    return run
