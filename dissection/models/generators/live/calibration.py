"""Measures how far a generator's layers reach and which of them bear eight bits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.data.images import Picture, to_bytes
from dissection.data.latents import standard
from dissection.models.generators.folded import FoldedGenerator, Reach
from dissection.models.generators.live.frame import LiveFrame
from dissection.models.generators.live.network import LiveNetwork
from dissection.models.generators.live.operators import Scale
from dissection.models.generators.live.ranges import Ranges
from dissection.models.generators.norm import normed
from dissection.models.generators.progressive import ProgressiveGenerator, as_latents
from dissection.painting.edits import LayerEdit

#: Levels of 255 by which live pictures may differ from exact ones: on average, and at the 99.9th
#: percentile of each.
MEAN_LEVELS, HIGH_LEVELS = 2.0, 12.0
#: Other pictures than those measured have to keep to them, too.
_MARGIN = 0.85
#: The latents that are looked at stand behind those that people paint on.
_SEED = 2
_TAIL = 1e-5
_BINS, _LOWEST, _HIGHEST = 4096, -8.0, 24.0
#: Width of the largest maps whose units have factors.
_EQUALIZED = 32
_PAINTED_UNITS, _PAINTED_SHARE = 20, 3 / 8


class SpanCounter:
    """Counts the values of every live layer's input over latents.

    Args:
        network: the live network; its folded generator computes.
        depth: of latents.
    """

    def __init__(self, network: LiveNetwork, depth: int) -> None:
        self._network, self._depth = network, depth
        self._counts = {name: torch.zeros(_BINS) for name in network.layers}
        self._extremes: dict[str, tuple[Tensor, Tensor]] = {}
        self.latents = 0

    @torch.inference_mode()
    def add(self, z: Tensor) -> None:
        """Take one latent, float32 (1, d), into account."""
        folded = self._network.folded
        x = as_latents(z, self._depth)
        for name, step in folded.steps.items():
            if name in self._counts:
                values = normed(x, torch.float32)
                self._counts[name] += torch.histc(values, _BINS, _LOWEST, _HIGHEST)
                if values.shape[-1] <= _EQUALIZED:
                    low, high = values.amin((0, 2, 3)), values.amax((0, 2, 3))
                    before = self._extremes.get(name, (low, high))
                    self._extremes[name] = (
                        torch.minimum(low, before[0]),
                        torch.maximum(high, before[1]),
                    )
            x = step(x)
        self.latents += 1

    def spans(self) -> dict[str, tuple[float, float]]:
        """Layer to the lowest and the highest value over its unit's factor.

        Without the tails where units have no factors.
        """
        factors, found = self.factors(), {}
        for name, counts in self._counts.items():
            if name in factors:
                low, high = (each / torch.tensor(factors[name]) for each in self._extremes[name])
                found[name] = (float(low.min()), float(high.max()))
            else:
                found[name] = _span(counts)
        return found

    def factors(self) -> dict[str, tuple[float, ...]]:
        """Layer to one factor for each unit of its input, for layers with small inputs.

        The rounding of maps and that of weights share the difference between large and small
        units: a factor is the root of the largest value over the largest weight (SmoothQuant,
        Xiao et al. 2023, equation 4 with a half). Of large maps another multiplication of every
        value would take longer than it is worth.
        """
        factors = {}
        for name, (low, high) in self._extremes.items():
            step = self._network.folded.steps[name]
            units = 0 if step.reach is Reach.DOUBLED else 1
            others = [axis for axis in range(4) if axis != units]
            weights = step.kernel.float().abs().amax(others)
            values = torch.maximum(high, -low)
            factor = (values.clamp_min(1e-3) / weights.clamp_min(1e-6)).sqrt()
            factors[name] = tuple(round(float(f), 4) or 1e-4 for f in factor / factor.mean())
        return factors


def calibrate(
    generator: ProgressiveGenerator,
    network: LiveNetwork,
    exact: FoldedGenerator,
    latents: int = 32,
    pictures: int = 6,
) -> Iterator[Ranges | None]:
    """Find ranges in steps of a picture or two, with nothing to tell until the last one.

    Args:
        generator: what is measured.
        network: a live network of it, of which nothing else is shown meanwhile: its layers change.
        exact: the same in float32.
        latents: how many the spans are of.
        pictures: how many are compared, every other one painted on.
    """
    z = torch.from_numpy(standard(latents, generator.depth, seed=_SEED))
    counter = SpanCounter(network, generator.depth)
    for row in range(latents):
        counter.add(z[row : row + 1])
        yield None
    spans = counter.spans()
    factors = counter.factors()
    scales = {name: Scale.covering(*span, factors.get(name, ())) for name, span in spans.items()}
    trial = Trial(network, exact)
    for row in range(pictures):
        trial.add(row)
        yield None
    errors: dict[str, float] = {}
    for name in spans:
        network.use(scales, [name])
        for _ in trial.compare():
            yield None
        errors[name] = trial.found.square
    close = list(spans)
    while True:
        network.use(scales, close)
        for _ in trial.compare():
            yield None
        found = trial.found
        if not close or found.within(_MARGIN):
            break
        close.remove(max(close, key=errors.__getitem__))
    yield Ranges(generator.digest, latents, spans, factors, tuple(close), found.mean, found.high)


@dataclass(frozen=True)
class Difference:
    """Of pictures from exact ones, in levels of 255.

    Attributes:
        mean: over all pictures.
        high: the 99.9th percentile of the worst picture.
        square: mean square over all pictures.
    """

    mean: float
    high: float
    square: float

    @classmethod
    def of(cls, pictures: Sequence[Picture], exact: Sequence[Picture]) -> "Difference":
        """Of the same pictures made in two ways, uint8 (R, R, 3) each."""
        levels = np.abs(np.stack(pictures).astype(np.int16) - np.stack(exact))
        high = max(float(np.quantile(each, 0.999)) for each in levels)
        return cls(float(levels.mean()), high, float(np.square(levels, dtype=np.float32).mean()))

    def within(self, share: float = 1.0) -> bool:
        """Whether it is at most a share of what live pictures may be off."""
        return self.mean <= share * MEAN_LEVELS and self.high <= share * HIGH_LEVELS


class Trial:
    """Pictures, some painted on, whose exact form is known.

    Args:
        network: what is tried.
        exact: the same in float32.

    Attributes:
        found: how far the network's pictures were off when they were last compared.
    """

    def __init__(self, network: LiveNetwork, exact: FoldedGenerator) -> None:
        self._network, self._exact = network, exact
        self._frame = LiveFrame(network)
        self._cases: list[tuple[Tensor, dict[str, LayerEdit], Picture]] = []
        self.found = Difference(0.0, 0.0, 0.0)

    @torch.inference_mode()
    def add(self, row: int) -> None:
        """Take a latent and its exact picture; every other one is painted on."""
        depth = self._exact.depth
        z = as_latents(torch.from_numpy(standard([row], depth, seed=_SEED + 1)), depth)
        layer = self._network.exact[-1]
        x = self._exact.run(z, until=layer)
        edits: dict[str, LayerEdit] = {}
        if row % 2:
            edit = _painted(x[0].numpy(), row)
            edits[layer] = edit
            x = torch.lerp(x, torch.from_numpy(edit.value), torch.from_numpy(edit.alpha))
        self._cases.append((z, edits, to_bytes(self._exact.run(x, after=layer))[0]))

    def compare(self) -> Iterator[None]:
        """Find out how far the network's pictures are off, in steps of one: ``found``."""
        pictures = []
        for z, edits, _ in self._cases:
            with torch.inference_mode():
                self._frame.set_latent(z)
                pictures.append(self._frame.picture(edits).copy())
            yield
        self.found = Difference.of(pictures, [exact for *_, exact in self._cases])


def _painted(x: NDArray[np.float32], seed: int) -> LayerEdit:
    """A stroke of a brush of twenty units at their highest, across a part of the map."""
    units, height, width = x.shape
    rng = np.random.default_rng(seed)
    chosen = rng.choice(units, min(units, _PAINTED_UNITS), replace=False)
    side = max(1, round(height * _PAINTED_SHARE))
    top, left = rng.integers(0, [height - side + 1, width - side + 1])
    alpha, value = np.zeros_like(x), np.zeros_like(x)
    alpha[chosen, top : top + side, left : left + side] = 1
    value[chosen] = x[chosen].max((1, 2))[:, None, None]
    return LayerEdit(alpha, value)


def _span(counts: Tensor) -> tuple[float, float]:
    shares = counts.double().cumsum(0) / counts.sum().clamp_min(1)
    low = int((shares > _TAIL).float().argmax())
    high = int((shares >= 1 - _TAIL).float().argmax()) + 1
    width = (_HIGHEST - _LOWEST) / _BINS
    return _LOWEST + low * width, _LOWEST + high * width
