"""Tuning of a generator's finest layers towards what an upscaler makes of its pictures.

A generator that was shown few images at its full size shows there what is blurred and meshed; a
quarter of that size it has learned well. An upscaler knows from real pictures how that looks in
full. So the last layers learn to paint at once what the upscaler paints of what they painted
before, shrunk: outlines become straight, and plain places plain. What is in a scene, and where, is
made in the coarse layers, which stay as they are: the same latents show the same scenes.

How strong details are is compared beside the pixels (``local_energy``), or textures come out faint.

Pieces of pictures are learned from, which are cheaper than whole ones and more varied. What they
are made of is kept for some steps: the maps before the first tuned layer, and the goal.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.training.bounds import require_counts, require_rate, require_weights
from dissection.training.local_energy import energy_difference
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

#: The smallest generators that can be sharpened, in px.
SMALLEST = 64
_PIECE = 192  # px to a side
_KEPT_BYTES = 1 << 30  # of maps and goals, at most
# Kept scenes that are made at once, and steps after which so many are replaced: always by twos, so
# that a run that goes on sees to the bit what it would have seen.
_TOGETHER, _EVERY = 2, 6
_RISE = 50  # steps while the rate rises
_STEADY = 0.99  # of the averaged weights, at each step
_MOST_PROJECTIONS = 20  # little is left to bring back long before
_YOUNG = 100  # steps in which the average follows faster


@dataclass(frozen=True)
class SharpeningSettings:
    """What decides the result of a tuning.

    Attributes:
        model: SHA-256 of the generator's file, or its name.
        upscaler: SHA-256 of the upscaler's file.
        steps: batches in all.
        batch: pieces of pictures in each.
        rate: learning rate (Adam); it falls over the second half.
        resolutions: how many are tuned, from the largest on.
        texture: share of the generator's own texture that is kept (``sharpness_goals``).
        contrast: share by which outlines are made stronger.
        energy: weight of the difference in how strong details are (``local_energy``), where that
            of single pixels has 1.
        projections: times that goals are ``back_projected``.
        rim: px around a picture whose goals are those that lie farther inside.
        start: SHA-256 of a generator's file whose tuned layers are gone on from, or "".
        kept: scenes that are learned from at a time; two are replaced every six steps
            (an even number, and as many as fit into 1 GiB).
        seed: of latents and pieces.

    Raises:
        BadInputError: a count is below 1, or the rate or a share is no sensible number.
    """

    model: str
    upscaler: str
    steps: int
    batch: int = 6
    rate: float = 3e-3
    resolutions: int = 3
    texture: float = 1.5
    contrast: float = 0.5
    kept: int = 500
    seed: int = 0
    energy: float = 10.0
    projections: int = 2
    rim: int = 4
    start: str = ""

    def __post_init__(self) -> None:
        require_counts(
            steps=self.steps, batch=self.batch, resolutions=self.resolutions, kept=self.kept
        )
        require_rate(self.rate)
        require_weights(energy=self.energy)
        for name in ("texture", "contrast"):
            require_share(name, getattr(self, name))
        if not 0 <= self.projections <= _MOST_PROJECTIONS:
            raise BadInputError(
                f"--projections must be 0 to {_MOST_PROJECTIONS}, not {self.projections}."
            )
        if not 0 <= self.rim < SMALLEST // 4:
            raise BadInputError(f"--rim must be 0 to {SMALLEST // 4 - 1} px, not {self.rim}.")


class Sharpening:
    """One tuning.

    Args:
        settings: what decides the result.
        generator: from 64 px on; it is not changed.
        upscaler: makes the goals.
        device: "cpu" or "cuda".
        start: the one of the settings, if they name one.

    Attributes:
        layers: the generator as it learns.
        maps: of the kept scenes, before the first tuned layer: bfloat16 (h, w, C) each, on the CPU.
        goals: what they should look like: uint8 (R, R, 3) each.
        step_number: steps taken.

    Raises:
        BadInputError: the generator is too small, or has not that many resolutions to tune.
    """

    def __init__(
        self,
        settings: SharpeningSettings,
        generator: ProgressiveGenerator,
        upscaler: Upscaler,
        device: str = "cpu",
        start: ProgressiveGenerator | None = None,
    ) -> None:
        require_sharpenable(generator, settings.resolutions)
        self.settings = settings
        self.device = torch.device(device)
        self.layers = TunedLayers(
            generator, settings.resolutions, settings.rate, _STEADY, self.device, start
        )
        self.upscaler = upscaler.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.step_number = 0
        self.rows: list[dict[str, Any]] = []
        self.maps: list[Tensor] = []
        self.goals: list[Tensor] = []

    def prepare(
        self,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda *_: None,
    ) -> bool:
        """Make the scenes that the next step learns from.

        Args:
            stop: asked between batches.
            progress: called with (scenes made, scenes).

        Returns:
            False if it was stopped: this has to be done before the first step.
        """
        self.maps, self.goals = [], []
        places = self._kept()
        newest = places + self._renewed(self.step_number)
        # Scene n lies at place n % places: those of the last numbers, in the order of places.
        numbers = sorted(range(newest - places, newest), key=lambda n: n % places)
        for start in range(0, places, _TOGETHER):
            if stop():
                return False
            for maps, goal in self._scenes(numbers[start : start + _TOGETHER]):
                self.maps.append(maps)
                self.goals.append(goal)
            progress(len(self.maps), places)
        return not stop()

    def step(self) -> dict[str, float]:
        """One step.

        Returns:
            ``apart``, the mean absolute difference to the goals, and unless its weight is 0
            ``energy``, that of how strong details are.
        """
        settings, number = self.settings, self.step_number
        maps, goals, judged = self.pieces(np.random.default_rng((settings.seed, 2, number)))
        made = clamped(self.layers.pictures(maps))
        loss = ((made - goals).abs() * judged).sum() / (3 * judged.sum())
        told = {"apart": loss}
        if settings.energy:
            told["energy"] = energy_difference(made, goals, judged)
            loss = loss + settings.energy * told["energy"]
        self.layers.update(
            loss, rate_share(number, settings.steps, _RISE), None if number >= _YOUNG else 0.9
        )
        self.step_number += 1
        places = len(self.maps)
        first, last = (places + self._renewed(n) for n in (number, number + 1))
        renewed = list(range(first, last))
        for n, (own, goal) in zip(renewed, self._scenes(renewed), strict=True):
            self.maps[n % places], self.goals[n % places] = own, goal
        return {name: float(value.detach()) for name, value in told.items()}

    def samples(self) -> NDArray[np.uint8]:
        """Pictures of the first standard latents, (N, R, R, 3)."""
        return self.layers.samples()

    def state(self) -> dict[str, Any]:
        """What ``restore`` needs; scenes are made anew."""
        return {**self.layers.state(), "step": self.step_number, "rows": self.rows}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a run with the same settings."""
        self.layers.restore(state)
        self.step_number, self.rows = state["step"], list(state["rows"])

    def _kept(self) -> int:
        """Scenes that are kept: as many as the settings say, or as memory allows."""
        maps = self.layers.before.layer_shape(self.layers.after)
        size = 2 * int(np.prod(maps)) + 3 * self.layers.before.size**2
        kept: int = min(self.settings.kept, _KEPT_BYTES // size)
        return max(_TOGETHER, kept - kept % _TOGETHER)

    def _renewed(self, number: int) -> int:
        """Scenes that were replaced before the step of this number."""
        return _TOGETHER * (number // _EVERY)

    def _scenes(self, numbers: list[int]) -> list[tuple[Tensor, Tensor]]:
        """Maps (h, w, C), bfloat16, and goal (R, R, 3), uint8, of scenes, on the CPU."""
        if not numbers:
            return []
        depth, seed = self.layers.before.depth, self.settings.seed
        z = np.stack(
            [
                np.random.default_rng((seed, 1, n)).standard_normal(depth, np.float32)
                for n in numbers
            ]
        )
        maps = self.layers.maps(z)
        before = self.layers.pictures_before(maps).clamp(-1, 1)
        settings = self.settings
        made = goals_by(
            self.upscaler, before,
            settings.texture, settings.contrast, settings.projections, settings.rim,
        )  # fmt: skip
        # Rounded: ``images.to_bytes`` truncates, and would teach pictures half a level too dark.
        goals = made.permute(0, 2, 3, 1).add(1).mul(127.5).round().byte().cpu().contiguous()
        own = maps.permute(0, 2, 3, 1).bfloat16().cpu().contiguous()
        return [(m.clone(), g.clone()) for m, g in zip(own, goals, strict=True)]

    def pieces(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Pieces of kept scenes, drawn by chance.

        Returns:
            Maps (N, C, c, c); goals (N, 3, P, P), -1..1; and 1 where they are judged, else 0,
            (N, 1, P, P): the rim of a piece is not, where it is not the picture's own.
        """
        cells, size = self.maps[0].shape[0], self.goals[0].shape[0]
        factor = size // cells
        side = min(cells, max(1, _PIECE // factor))
        # What lies beside a piece is not seen, and the tuned convolutions reach so far.
        rim = 2 * (factor - 1)
        chosen = rng.integers(0, len(self.maps), self.settings.batch)
        corners = rng.integers(0, cells - side + 1, (self.settings.batch, 2))
        maps, goals, judged = [], [], []
        for scene, (top, left) in zip(chosen, corners, strict=True):
            maps.append(self.maps[scene][top : top + side, left : left + side])
            y, x, pixels = top * factor, left * factor, side * factor
            goals.append(self.goals[scene][y : y + pixels, x : x + pixels])
            inner = torch.zeros(1, pixels, pixels)
            rows, columns = (
                slice(rim if at else 0, pixels - rim if at + side < cells else pixels)
                for at in (top, left)
            )
            inner[:, rows, columns] = 1
            judged.append(inner)
        own, goal, where = (torch.stack(x).to(self.device) for x in (maps, goals, judged))
        return own.permute(0, 3, 1, 2), from_bytes(goal), where


def require_sharpenable(generator: ProgressiveGenerator, resolutions: int) -> None:
    """Refuse what cannot be sharpened.

    Raises:
        BadInputError: the generator is too small, or has no resolution besides those to tune.
    """
    if generator.size < SMALLEST:
        raise BadInputError(
            f"{generator.name or 'This generator'} makes {generator.size} px; generators are "
            f"sharpened from {SMALLEST} px on."
        )
    require_untouched(generator, resolutions)


def sharpen(
    settings: SharpeningSettings,
    generator: ProgressiveGenerator,
    upscaler: Upscaler,
    out: Path,
    *,
    device: str = "cpu",
    start: ProgressiveGenerator | None = None,
    save_every: int = 100,
    stop: Callable[[], bool] = lambda: False,
    prepared: Callable[[int, int], None] = lambda *_: None,
    progress: Callable[[int, float], None] = lambda *_: None,
) -> Sharpening:
    """Run, or go on with, the tuning in folder ``out`` until its steps are done.

    The folder holds state.pt, settings.json, log.jsonl and samples.png.

    Args:
        settings: what decides the result.
        generator: to tune; it is not changed.
        upscaler: makes the goals.
        out: the run's folder.
        device: "cpu" or "cuda".
        start: the one of the settings, if they name one.
        save_every: steps between states and rows of the log.
        stop: asked after each step; True saves the state and returns.
        prepared: called with (done, total) while the first scenes are made.
        progress: called after each step with (steps done, difference to the goals).
    """
    run = Sharpening(settings, generator, upscaler, device, start)
    # What runs of before these settings did.
    defaults = {
        "texture": 0.0, "contrast": 0.0, "energy": 0.0, "projections": 0, "rim": 0, "start": "",
    }  # fmt: skip
    with RunFolder(out, asdict(settings), defaults=defaults) as folder:
        folder.resume(run.restore)
        folder.restart_log(run.rows)
        if run.step_number >= settings.steps or not run.prepare(stop, prepared):
            return run
        take_steps(
            run, folder, settings.steps, save_every, 5, stop,
            lambda done, told: progress(done, told["apart"]),
        )  # fmt: skip
    return run
