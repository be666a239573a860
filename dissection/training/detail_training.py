"""Tuning of a generator's finest layers, so that details are spread as in real pictures.

What is in a scene, and where, is made in the coarse layers, which stay as they are: the same
latents show the same scenes. The layers of the largest resolutions are moved by the loss of
``training.details``, and by another that holds the picture at a quarter of its size. With an
upscaler a third one leads to what ``training.sharpening`` leads to: details alone grow halos along
outlines, and a mesh where bricks belong.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.training.bounds import require_counts, require_rate, require_weights
from dissection.training.details import SMALLEST, Details
from dissection.training.run_folder import RunFolder
from dissection.training.sharpness_goals import goals_by, require_share
from dissection.training.stepping import take_steps
from dissection.training.tuned_layers import (
    TunedLayers,
    clamped,
    rate_share,
    require_untouched,
)
from dissection.training.upscaler import Upscaler

_BLOCK = 20
_FIRST = 200  # real pictures that the kinds of places come from
_KEPT = 4  # px to a side of what is held where it was, as the mean of them
_STEADY = 0.95  # of the averaged weights, at each step
_RISE = 20  # steps while the rate rises
_OBSERVED = 64  # batches whose details are counted before the first step


@dataclass(frozen=True)
class DetailSettings:
    """What decides the result of a tuning.

    Attributes:
        model: SHA-256 of the generator's file, or its name.
        steps: batches in all.
        batch: pictures in each.
        rate: learning rate (Adam, betas 0.9 and 0.99); it falls over the second half.
        hold: weight of the squared distance to the pictures as they were, at a quarter of their
            size.
        grid: weight of the term against a mesh that keeps to the grid of pixels.
        upscaler: SHA-256 of the upscaler's file, if there is one.
        toward: weight of the mean absolute difference to what the upscaler makes.
        texture: share of the generator's own texture that this keeps (``sharpness_goals``).
        real: real pictures whose details are counted, at most.
        resolutions: how many are tuned, from the largest on.
        seed: of latents, directions and where patches are taken.
        data: what the real pictures are.

    Raises:
        BadInputError: a count is below 1, or the rate or weight is no sensible number.
    """

    model: str
    steps: int
    batch: int = 12
    rate: float = 2e-3
    hold: float = 20.0
    grid: float = 1.0
    real: int = 2000
    resolutions: int = 2
    seed: int = 0
    data: str = ""
    upscaler: str = ""
    toward: float = 10.0
    texture: float = 1.0

    def __post_init__(self) -> None:
        require_counts(
            steps=self.steps, batch=self.batch, real=self.real, resolutions=self.resolutions
        )
        require_rate(self.rate)
        require_weights(hold=self.hold, grid=self.grid, toward=self.toward)
        require_share("texture", self.texture)


class DetailTraining:
    """One tuning.

    Args:
        settings: what decides the result.
        generator: from 128 px on; it is not changed.
        pictures: real ones of its size, uint8 (N, R, R, 3); every second one is mirrored.
        device: "cpu" or "cuda".
        upscaler: the one of the settings, if they name one.

    Attributes:
        layers: the generator as it learns.
        step_number: steps taken.

    Raises:
        BadInputError: the generator is too small, the pictures have another size, so many
            resolutions are not there to be tuned, or the settings name an upscaler and none is
            given, or the other way around.
    """

    def __init__(
        self,
        settings: DetailSettings,
        generator: ProgressiveGenerator,
        pictures: NDArray[np.uint8],
        device: str = "cpu",
        upscaler: Upscaler | None = None,
    ) -> None:
        require_tunable(generator, settings.resolutions)
        if pictures.shape[1] != generator.size:
            raise BadInputError(
                f"The pictures have {pictures.shape[1]} px and the generator {generator.size}; "
                "give pictures of its size."
            )
        if bool(settings.upscaler) != (upscaler is not None):
            raise BadInputError("An upscaler is given together with its digest in the settings.")
        self.settings = settings
        self.pictures = pictures
        self.device = torch.device(device)
        self.layers = TunedLayers(
            generator, settings.resolutions, settings.rate, _STEADY, self.device
        )
        self.upscaler = upscaler and upscaler.to(self.device)
        self.details = Details(seed=settings.seed, device=self.device)
        self.step_number = 0
        self.rows: list[dict[str, Any]] = []

    def prepare(
        self,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> bool:
        """Count the details of real pictures, and of generated ones as they are now.

        Args:
            stop: asked between batches.
            progress: called with (batches done, batches).

        Returns:
            False if it was stopped: this has to be done before the first step.
        """
        count = min(self.settings.real, len(self.pictures))
        total = max(1, -(-(count - _FIRST) // _BLOCK) + 1) + _OBSERVED
        done = 0

        def told(batches: Iterator[Tensor]) -> Iterator[Tensor]:
            nonlocal done
            for batch in batches:
                if stop():
                    return
                yield batch
                done += 1
                progress(done, total)

        self.details.learn(told(self._reals(count)))
        for made in told(self._observed()):
            self.details.observe(made)
        return not stop()

    def step(self) -> dict[str, float]:
        """One step.

        Returns:
            ``details`` and ``grid``, the losses, ``moved``, the root mean square at a quarter of
            the size, and with an upscaler ``apart``, the difference to what that makes.
        """
        settings = self.settings
        maps = self._maps(self.step_number)
        made, were = self.layers.pictures(maps), self.layers.pictures_before(maps)
        seen = clamped(made)
        details, grid = self.details.loss(seen)
        moved = (F.avg_pool2d(made, _KEPT) - F.avg_pool2d(were, _KEPT)).square().mean()
        loss = details + settings.grid * grid + settings.hold * moved
        told = {"details": details, "grid": grid, "moved": moved.sqrt()}
        if self.upscaler is not None:
            goal = goals_by(self.upscaler, were.clamp(-1, 1), settings.texture)
            told["apart"] = (seen - goal).abs().mean()
            loss = loss + settings.toward * told["apart"]
        self.layers.update(loss, rate_share(self.step_number, settings.steps, _RISE))
        self.step_number += 1
        return {name: float(value.detach()) for name, value in told.items()}

    def generator(self) -> ProgressiveGenerator:
        """What was learned so far, on the CPU."""
        return self.layers.generator()

    def samples(self) -> NDArray[np.uint8]:
        """Pictures of the first standard latents, (N, R, R, 3)."""
        return self.layers.samples()

    def state(self) -> dict[str, Any]:
        """What ``restore`` needs; details are counted anew."""
        return {**self.layers.state(), "step": self.step_number, "rows": self.rows}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a run with the same settings."""
        self.layers.restore(state)
        self.step_number, self.rows = state["step"], list(state["rows"])

    def _maps(self, number: int) -> Tensor:
        """The last maps that stay as they are, of one batch of latents."""
        rng = np.random.default_rng((self.settings.seed, 1, number))
        depth = self.layers.before.depth
        return self.layers.maps(rng.standard_normal((self.settings.batch, depth), np.float32))

    def _reals(self, count: int) -> Iterator[Tensor]:
        """Real pictures, a large batch first; every second one is mirrored."""
        spaced = np.unique(np.linspace(0, len(self.pictures) - 1, count).astype(int))
        rng = np.random.default_rng((self.settings.seed, 3))
        chosen = rng.permutation(spaced)
        for places in np.split(chosen, range(_FIRST, len(chosen), _BLOCK)):
            x = from_bytes(self.pictures[np.sort(places)])
            yield torch.cat([x[::2], x[1::2].flip(3)])

    def _observed(self) -> Iterator[Tensor]:
        """Batches of generated pictures as they are now."""
        for number in range(_OBSERVED):
            # Other latents than those of the steps, whose numbers are below.
            maps = self._maps(self.settings.steps + number)
            with torch.no_grad():
                yield self.layers.pictures(maps).clamp(-1, 1)


def require_tunable(generator: ProgressiveGenerator, resolutions: int) -> None:
    """Refuse what cannot be tuned before pictures are painted.

    Raises:
        BadInputError: the generator is too small, or has no resolution besides those to tune.
    """
    if generator.size < SMALLEST:
        raise BadInputError(
            f"{generator.name or 'This generator'} makes {generator.size} px; details are "
            f"tuned from {SMALLEST} px on."
        )
    require_untouched(generator, resolutions)


def tune_details(
    settings: DetailSettings,
    generator: ProgressiveGenerator,
    pictures: NDArray[np.uint8],
    out: Path,
    *,
    device: str = "cpu",
    upscaler: Upscaler | None = None,
    save_every: int = 50,
    stop: Callable[[], bool] = lambda: False,
    prepared: Callable[[int, int], None] = lambda *_: None,
    progress: Callable[[int, float], None] = lambda *_: None,
) -> DetailTraining:
    """Run, or go on with, the tuning in folder ``out`` until its steps are done.

    The folder holds state.pt, settings.json, log.jsonl and samples.png. A run that was stopped
    goes on from its last save; what was counted of details is counted anew then.

    Args:
        settings: what decides the result.
        generator: to tune; it is not changed.
        pictures: real ones, as ``DetailTraining`` takes them.
        out: the run's folder.
        device: "cpu" or "cuda".
        upscaler: the one of the settings, if they name one.
        save_every: steps between states and rows of the log.
        stop: asked after each step; True saves the state and returns.
        prepared: called with (done, total) while details are counted.
        progress: called after each step with (steps done, loss).
    """
    run = DetailTraining(settings, generator, pictures, device, upscaler)
    # What a run of before these settings did; without an upscaler there is no texture to keep.
    texture = 0.0 if settings.upscaler else settings.texture
    defaults = {"upscaler": "", "toward": 10.0, "texture": texture}
    with RunFolder(out, asdict(settings), defaults=defaults) as folder:
        folder.resume(run.restore)
        folder.restart_log(run.rows)
        if run.step_number >= settings.steps or not run.prepare(stop, prepared):
            return run
        take_steps(
            run, folder, settings.steps, save_every, 5, stop,
            lambda done, told: progress(done, told["details"]),
        )  # fmt: skip
    return run
