"""Training of an upscaler, on real pictures alone.

Each picture is shrunk, and the way back is learned, by the mean absolute difference of colors: that
straightens outlines, and leaves flat what cannot be known, such as single bricks. What a generator
shows is never as clean as what was shrunk, so shrunk pictures are bent, blurred, sharpened and made
noisy before.
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
from torch.nn import functional as F

from dissection.data import images
from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.training.bounds import require_counts, require_rate
from dissection.training.degrade import degrade_shrunk
from dissection.training.mixed import autocast
from dissection.training.run_folder import RunFolder
from dissection.training.stepping import take_steps
from dissection.training.tuned_layers import rate_share
from dissection.training.upscaler import FACTOR, Upscaler, shrunk

#: The smallest pictures that an upscaler learns from, in px.
SMALLEST = 64
_CROP = 128  # px of the pieces that are learned from
_RISE = 100  # steps while the rate rises
_STEADY = 0.99  # of the averaged weights, at each step
_YOUNG = 200  # steps in which the average follows faster
_EDGE = 4  # px at the rim of a piece that are not judged: what lies beside is not seen
_SAMPLES = 10


@dataclass(frozen=True)
class UpscalerSettings:
    """What decides the result of a training.

    Attributes:
        steps: batches in all.
        batch: pieces of pictures in each.
        rate: learning rate (Adam); it falls over the second half.
        size: width and height of the pictures, px.
        seed: of weights, pieces and what is done to them.
        data: what the pictures are.

    Raises:
        BadInputError: a count or the size is out of range, or the rate is no sensible number.
    """

    steps: int
    batch: int = 16
    rate: float = 1e-3
    size: int = 256
    seed: int = 0
    data: str = ""

    def __post_init__(self) -> None:
        if self.size < SMALLEST or self.size % 8:
            raise BadInputError(
                f"--size must be {SMALLEST} or more and divide by 8, not {self.size}."
            )
        require_counts(steps=self.steps, batch=self.batch)
        require_rate(self.rate)


class UpscalerTraining:
    """One training.

    Args:
        settings: what decides the result.
        pictures: real ones, uint8 (N, R, R, 3), of the settings' size.
        device: "cpu" or "cuda".

    Attributes:
        network: the upscaler as it learns.
        average: its weights over the last steps; what is kept.
        step_number: steps taken.

    Raises:
        BadInputError: the pictures have another size.
    """

    def __init__(
        self, settings: UpscalerSettings, pictures: NDArray[np.uint8], device: str = "cpu"
    ) -> None:
        if pictures.shape[1] != settings.size:
            raise BadInputError(
                f"The pictures have {pictures.shape[1]} px and not {settings.size}, as the "
                "settings say."
            )
        self.settings = settings
        self.pictures = pictures
        self.device = torch.device(device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = Upscaler()
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        own = list(self.network.parameters())
        self.optimizer = torch.optim.Adam(own, settings.rate, betas=(0.9, 0.99), fused=True)
        self.step_number = 0
        self.rows: list[dict[str, Any]] = []

    def step(self) -> dict[str, float]:
        """One step; returns ``apart``, the mean absolute difference of colors."""
        settings, number = self.settings, self.step_number
        rng = np.random.default_rng((settings.seed, number))
        chance = torch.Generator().manual_seed(int(rng.integers(2**62)))
        pieces = self._pieces(rng)
        low = degrade_shrunk(shrunk(pieces), chance)
        real, low = (x.to(self.device, memory_format=torch.channels_last) for x in (pieces, low))
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate * rate_share(number, settings.steps, _RISE)
        with autocast(self.device):
            made = self.network(low)
        loss = (made - real).abs()[..., _EDGE:-_EDGE, _EDGE:-_EDGE].mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        with torch.no_grad():
            averages = list(self.average.parameters())
            steady = _STEADY if number >= _YOUNG else 0.9
            torch._foreach_lerp_(averages, list(self.network.parameters()), 1 - steady)
        self.step_number += 1
        return {"apart": float(loss.detach())}

    def upscaler(self) -> Upscaler:
        """What was learned so far, on the CPU."""
        network: Upscaler = copy.deepcopy(self.average).cpu()
        return network.eval()

    def samples(self) -> NDArray[np.uint8]:
        """Some pictures that were made small, and what is made of them: (2 M, R, R, 3)."""
        spaced = np.unique(np.linspace(0, len(self.pictures) - 1, _SAMPLES).astype(int))
        low = shrunk(from_bytes(self.pictures[spaced])).to(self.device)
        with torch.no_grad(), autocast(self.device):
            made = self.average(low)
        plain = F.interpolate(low, scale_factor=FACTOR, mode="nearest")
        return images.to_bytes(torch.stack([plain, made], 1).flatten(0, 1))

    def state(self) -> dict[str, Any]:
        """Everything that ``restore`` needs to go on exactly here."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step_number,
            "rows": self.rows,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a run with the same settings."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step_number, self.rows = state["step"], list(state["rows"])

    def _pieces(self, rng: np.random.Generator) -> Tensor:
        """Pieces of pictures that begin at whole pixels of the shrunk ones; half are mirrored."""
        count, size = self.settings.batch, self.pictures.shape[1]
        side = min(_CROP, size)
        chosen = rng.integers(0, len(self.pictures), count)
        places = rng.integers(0, (size - side) // FACTOR + 1, (count, 2)) * FACTOR
        pieces = np.stack(
            [
                self.pictures[picture, top : top + side, left : left + side]
                for picture, (top, left) in zip(chosen, places, strict=True)
            ]
        )
        x = from_bytes(pieces)
        flipped = torch.from_numpy(rng.random(count) < 0.5)
        x[flipped] = x[flipped].flip(3)
        return x


def train_upscaler(
    settings: UpscalerSettings,
    pictures: NDArray[np.uint8],
    out: Path,
    *,
    device: str = "cpu",
    save_every: int = 250,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, float], None] = lambda *_: None,
) -> UpscalerTraining:
    """Run, or go on with, the training in folder ``out`` until its steps are done.

    The folder holds state.pt, settings.json, log.jsonl and samples.png (shrunk pictures beside
    what is made of them).

    Args:
        settings: what decides the result.
        pictures: real ones, as ``UpscalerTraining`` takes them.
        out: the run's folder.
        device: "cpu" or "cuda".
        save_every: steps between states and rows of the log.
        stop: asked after each step; True saves the state and returns.
        progress: called after each step with (steps done, difference of colors).
    """
    run = UpscalerTraining(settings, pictures, device)
    with RunFolder(out, asdict(settings)) as folder:
        folder.resume(run.restore)
        folder.restart_log(run.rows)
        take_steps(
            run, folder, settings.steps, save_every, 4, stop,
            lambda done, told: progress(done, told["apart"]),
        )  # fmt: skip
    return run
