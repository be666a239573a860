"""How a classifier's units and classes answer when one thing is left out of a scene."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.data.images import from_bytes
from dissection.data.storybook import Storybook
from dissection.data.storybook.pairs import Pair, count_concepts, paint_pairs, things_of
from dissection.experiments.execution import Execution
from dissection.models.classifiers.load import Network
from dissection.models.hooks import LayerReading, observe
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.merge import share_of
from dissection.runtime.progress import Meter


@dataclass(frozen=True, eq=False)
class Answers:
    """What was seen of P pairs of scenes, in the order of layouts and things.

    Attributes:
        layouts: int64 (P,): seeds of the scenes.
        things: what was left out, by pair.
        changed: float32 (P,): share of the picture's pixels that are another color without it.
        before: int32 (P, concepts): pixels of each concept of the scene's vocabulary.
        after: int32 (P, concepts): without the thing.
        peaks: float32 (P, 2, C): each unit's peak, with the thing and without.
        scores: float32 (P, 2, K): each class's probability, with the thing and without.
    """

    layouts: NDArray[np.int64]
    things: tuple[str, ...]
    changed: NDArray[np.float32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    peaks: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.things)

    @property
    def answers(self) -> NDArray[np.float64]:
        """How much each unit's peak falls without the thing, float64 (P, C).

        In standard deviations of the unit's peak over the whole scenes; 0 of a unit that is the
        same on all of them.
        """
        fallen = (self.peaks[:, 0] - self.peaks[:, 1]).astype(np.float64)
        _, first = np.unique(self.layouts, return_index=True)
        deviation = self.peaks[first, 0].astype(np.float64).std(0)
        answers = np.zeros_like(fallen)
        np.divide(fallen, deviation, out=answers, where=deviation > 0)
        return answers


def measure_answers(
    network: Network,
    layer: str,
    reading: LayerReading,
    layouts: Sequence[int],
    execution: Execution,
) -> Answers:
    """Show a network scenes with and without each of their things.

    Args:
        network: on the device.
        layer: whose units are looked at.
        reading: of the layer.
        layouts: seeds of scenes.
        execution: of the experiment; processes share the layouts in whole batches.
    """
    step = execution.batch
    own = share_of(-(-len(layouts) // step), execution.merge.rank, execution.merge.ranks)
    mine = list(layouts)[own.start * step : own.stop * step]
    named = [(layout, thing) for layout in layouts for thing in things_of(layout)]
    count = sum(len(things_of(layout)) for layout in mine)
    concepts = len(Storybook("scenes").vocabulary)
    units, classes = _widths(network, layer, reading, execution.device)
    counted = Accumulator(
        execution.work,
        "pairs",
        {
            "changed": np.zeros(count, np.float32),
            "before": np.zeros((count, concepts), np.int32),
            "after": np.zeros((count, concepts), np.int32),
            "peaks": np.zeros((count, 2, units), np.float32),
            "scores": np.zeros((count, 2, classes), np.float32),
        },
        2,
    )
    done, first = counted.place
    meter = Meter(execution.report, "painting scenes with and without things", len(mine), done)
    for start in range(done, len(mine), step):
        chosen = mine[start : start + step]
        for layout in chosen:
            pairs = list(paint_pairs(layout, network.size))
            here = slice(first, first + len(pairs))
            if pairs:
                peaks, scores = _seen(network, layer, reading, pairs, execution)
                counted["peaks"][here], counted["scores"][here] = peaks, scores
                counted["changed"][here] = [pair.changed.mean() for pair in pairs]
                counted["before"][here] = count_concepts(pairs[0].whole, concepts)
                counted["after"][here] = [count_concepts(p.without, concepts) for p in pairs]
            first = here.stop
            meter.step()
        done += len(chosen)
        counted.keep(done, first)
    found: dict[str, NDArray[Any]] = {
        name: execution.merge.join(array) for name, array in counted.arrays.items()
    }
    return Answers(
        np.array([layout for layout, _ in named], np.int64),
        tuple(thing for _, thing in named),
        **found,
    )


def as_inputs(pictures: Sequence[NDArray[np.uint8]], device: torch.device) -> Tensor:
    """Pictures, uint8 (S, S, 3), as classifiers take them: float32 (n, 3, S, S), -1..1."""
    return from_bytes(np.stack(pictures)).contiguous().to(device)


@torch.no_grad()
def look(
    network: Network, layer: str, reading: LayerReading, images: Tensor, batch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """A layer's maps (n, C, h, w) and the classes' probabilities (n, K), batch by batch."""
    for part in images.split(batch):
        with observe(
            network.module, [layer], detach=True, readings={layer: reading}
        ) as activations:
            logits = network.module(part.clone())
        yield activations[layer].float(), logits.float().softmax(1)


def _widths(
    network: Network, layer: str, reading: LayerReading, device: torch.device
) -> tuple[int, int]:
    gray = torch.zeros(1, 3, network.size, network.size, device=device)
    maps, scores = next(look(network, layer, reading, gray, 1))
    return maps.shape[1], scores.shape[1]


def _seen(
    network: Network,
    layer: str,
    reading: LayerReading,
    pairs: Sequence[Pair],
    execution: Execution,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Peaks (pairs, 2, C) and probabilities (pairs, 2, K); the whole scene is looked at once."""
    images = as_inputs(
        [pairs[0].whole.image, *(pair.without.image for pair in pairs)], execution.device
    )
    parts = [
        (maps.amax((2, 3)), scores)
        for maps, scores in look(network, layer, reading, images, execution.batch)
    ]
    peaks, scores = (torch.cat([part[n] for part in parts]).cpu().numpy() for n in range(2))

    def beside(values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The whole scene's, and those without one thing."""
        return np.stack([np.repeat(values[:1], len(pairs), 0), values[1:]], 1)

    return beside(peaks), beside(scores)
