"""Is the effect true? Every unit set to zero alone, its loss counted, and the ranks compared.

The effect (``dissection.effect``) is a first-order estimate from gradients. Here it is checked
against what it estimates: for each unit the share of the picture that a concept loses when this
unit alone is zero everywhere, counted in decided pixels on other latents. Both are compared by
Spearman's rank correlation over the units of a layer, and so is the IoU, for comparison.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.job import Job
from dissection.measured import Dissection
from dissection.passes import Change, Passes
from dissection.pool import segment
from dissection.progress import Meter
from dissection.vocabulary import Concept

#: Concepts with at least this share of the pictures are compared: rarer ones lose too few pixels.
LEAST_AREA = 0.005
#: How many of the first units are compared as a set.
FIRST = 20


@dataclass(frozen=True)
class Agreement:
    """How well two rankings of a layer's units for one concept agree with the measured one.

    Attributes:
        layer: name.
        concept: what is lost.
        area: its share of the unedited pictures.
        effect: Spearman's rank correlation, -1..1, of the units' effects with the measured
            losses; None where the effect was not measured or one of both is constant.
        iou: the same of the units' IoU.
        units: how many units were compared.
        first_by_effect: share of what the best 20 single units take away (summed, each alone)
            that the first 20 by effect take away; 1 where they are as good.
        first_by_iou: the same of the first 20 by IoU.
    """

    layer: str
    concept: Concept
    area: float
    effect: float | None
    iou: float | None
    units: int
    first_by_effect: float | None
    first_by_iou: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@torch.no_grad()
def measure_units(
    job: Job, passes: Passes, units: Mapping[str, Sequence[int]], concepts: int
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """What each concept loses when single units are zero everywhere.

    What is counted is kept in the job's working folder, and a job that resumes goes on from there.

    Args:
        job: what to run; the mean is taken over its source.
        passes: of its network.
        units: of each layer, which to set to zero, one at a time; layers in their order.
        concepts: length of the vocabulary.

    Returns:
        Each concept's share of the unedited pictures, float64 (concepts,); and for each layer
        what it loses, as a share of the picture, float64 (concepts, units): negative where it
        grows.
    """
    size, pixels = len(job.source), job.grid**2
    kept = job.work.load("single-units")
    done = 0 if kept is None else int(kept["done"][0])
    before = np.zeros(concepts, np.int64) if kept is None else kept["before"].copy()
    after = {
        name: np.zeros((len(chosen), concepts), np.int64) if kept is None else kept[name].copy()
        for name, chosen in units.items()
    }
    together = sum(len(chosen) for chosen in units.values())
    meter = Meter(job.report, "zeroing single units", size * together, done * together)
    start: dict[str, Change] = {name: (lambda x: x) for name in list(units)[:1]}

    def count(rows: range, z: Tensor) -> tuple[Tensor, dict[str, NDArray[np.int64]]]:
        features = passes.features(z, list(units))

        def areas(changes: dict[str, Change]) -> Tensor:
            labels = segment(job, passes, passes.changed(z, features, changes))
            return _areas(labels, concepts).cpu()

        unedited, parts = areas(start), {}
        for name, chosen in units.items():
            rest = []
            for unit in chosen:
                rest.append(areas({name: _off(unit)}))
                meter.step(len(rows))
            parts[name] = torch.stack(rest).numpy()
        return unedited, parts

    for rows, (unedited, parts) in job.each_batch("zeroing single units", range(done, size), count):
        before += unedited.numpy()
        for name, part in parts.items():
            after[name] += part
        arrays = {"done": np.array([rows.stop]), "before": before, **after}
        job.work.save("single-units", arrays)
    shares = before / (size * pixels)
    return shares, {name: shares[:, None] - a.T / (size * pixels) for name, a in after.items()}


def _areas(labels: Tensor, concepts: int) -> Tensor:
    """Pixels of each concept, int64 (concepts,); a pixel that names one twice has it once."""
    areas = torch.zeros(concepts, dtype=torch.int64, device=labels.device)
    for channel in range(labels.shape[1]):
        named, before = labels[:, channel], labels[:, :channel]
        again = (before == named[:, None]).any(1)
        areas += torch.bincount(named[~again], minlength=concepts)
    return areas


def _off(unit: int) -> Change:
    def change(x: Tensor) -> Tensor:
        x = x.clone()
        x[:, unit] = 0
        return x

    return change


def agreements(
    dissection: Dissection,
    units: Mapping[str, Sequence[int]],
    area: NDArray[np.float64],
    lost: Mapping[str, NDArray[np.float64]],
    least_area: float = LEAST_AREA,
) -> list[Agreement]:
    """Compares a dissection's rankings with what ``measure_units`` found.

    Args:
        dissection: effects and IoU.
        units: as they were measured.
        area: see ``measure_units``.
        lost: see ``measure_units``.
        least_area: concepts with a smaller share of the pictures are left out.
    """
    found = []
    for name, chosen in units.items():
        layer, here = dissection[name], list(chosen)
        for index in range(1, len(dissection.vocabulary)):
            if area[index] < least_area:
                continue
            measured = lost[name][index]
            iou = layer.iou[index, here]
            effect = None if layer.effect is None else layer.effect[index, here]
            found.append(
                Agreement(
                    name,
                    dissection.vocabulary[index],
                    float(area[index]),
                    None if effect is None else spearman(effect, measured),
                    spearman(iou, measured),
                    len(here),
                    None if effect is None else _first(effect, measured),
                    _first(iou, measured),
                )
            )
    return found


def _first(worth: NDArray[np.floating], measured: NDArray[np.float64]) -> float | None:
    most = float(np.sort(measured)[::-1][:FIRST].sum())
    ranked = np.argsort(-worth, kind="stable")[:FIRST]
    return float(measured[ranked].sum()) / most if most > 0 else None


def spearman(one: NDArray[np.floating], other: NDArray[np.floating]) -> float | None:
    """Spearman's rank correlation, -1..1; ties share their mean rank; None of a constant."""
    a, b = _ranks(one), _ranks(other)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else None


def _ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks: NDArray[np.float64] = (last - (count - 1) / 2)[place]
    return ranks
