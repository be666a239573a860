"""Attacks on many pictures of a classifier, in batches that go on where they were stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.experiments.classifiers import Classifier, layer_reading
from dissection.experiments.execution import Execution
from dissection.interventions.ablation.measure import Blind
from dissection.interventions.adversarial import AttackConstants, AttackState, search
from dissection.measurement.job import Job
from dissection.models.hooks import LayerReading, observe
from dissection.report.figures import COLORS
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.merge import share_of
from dissection.runtime.progress import Meter
from dissection.statistics.upsample import upsample

#: Parts of a picture where a unit is below this share of its peak are dimmed, as are those where
#: it changes by less than this share of its greatest change.
_SHOWN = 0.5
_DIM = 0.35


@dataclass(frozen=True, eq=False)
class Attacked:
    """One attack, to be shown.

    Attributes:
        original: uint8 (H, W, 3).
        attacked: uint8 (H, W, 3).
        before: float32 (C, H, W): the layer's units on the picture's pixels.
        after: the same of the attacked picture.
    """

    original: NDArray[np.uint8]
    attacked: NDArray[np.uint8]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Attacks:
    """All attacks, N of them: of every picture for every target.

    Attributes:
        rows: int64 (N,): places in the sample.
        true: int64 (N,): the class of the picture.
        source: int64 (N,): what the network took it for.
        target: int64 (N,): what it is to be taken for.
        distance: float32 (N,): L2, of colors of 0..1; infinite where the attack failed.
        rounded: bool (N,): whether it succeeds with colors rounded to 8 bits, too.
        before: float32 (N, C): each unit's peak before.
        after: float32 (N, C): after; as before where the attack failed.
        pictures: attacks to be shown, by their number.
    """

    rows: NDArray[np.int64]
    true: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    distance: NDArray[np.float32]
    rounded: NDArray[np.bool_]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    pictures: dict[int, Attacked]

    @property
    def found(self) -> NDArray[np.bool_]:
        """Which succeeded."""
        return np.isfinite(self.distance)

    @property
    def examples(self) -> list[int]:
        """Numbers of the attacks to be shown."""
        return list(self.pictures)


def attack_pictures(
    subject: Classifier,
    layer: str,
    targets: Sequence[int],
    images: int,
    constants: AttackConstants,
    examples: int,
    execution: Execution,
) -> Attacks:
    """Attack pictures that are neither of the target's class nor taken for it.

    Args:
        subject: network and pictures.
        layer: whose units are looked at.
        targets: classes.
        images: how many pictures for each target.
        constants: of the attack.
        examples: how many attacks are to be shown, as far as they succeed.
        execution: of the experiment; processes share the attacks in whole batches.

    Raises:
        BadInputError: there are too few such pictures, or the layer has no maps.
    """
    module, device = subject.module, execution.device
    module.to(memory_format=torch.channels_last)  # twice as fast on a CPU
    job = Job(
        module, subject.source, Blind(), 1, execution.batch, device, execution.work,
        execution.report,
    )  # fmt: skip
    reading = layer_reading(subject.network, layer, device)
    rows, target, source = _chosen(job, subject, targets, images)
    count, step = len(rows), execution.batch
    own = share_of(-(-count // step), execution.merge.rank, execution.merge.ranks)
    here = range(min(own.start * step, count), min(own.stop * step, count))
    right = np.flatnonzero(subject.targets[rows] == source)
    pool = right if len(right) else np.arange(count)
    shown = pool[np.linspace(0, len(pool) - 1, min(examples, len(pool))).astype(int)].tolist()
    found = _run(subject, layer, reading, constants, execution, rows, target, here, shown)
    joined = {
        name: execution.merge.join(found[name])
        for name in ("distance", "rounded", "before", "after")
    }
    # Each was attacked by one process, and is zero with all others.
    parts = execution.merge.join(found["shown"])
    attacked = parts.reshape(execution.merge.ranks, len(shown), *parts.shape[1:]).sum(0)
    pictures = {
        n: _picture(subject, layer, reading, int(rows[n]), attacked[place], device)
        for place, n in enumerate(shown)
        if np.isfinite(joined["distance"][n])
    }
    return Attacks(
        rows, subject.targets[rows], source, target, joined["distance"],
        joined["rounded"].astype(np.bool_), joined["before"], joined["after"], pictures,
    )  # fmt: skip


@torch.no_grad()
def _chosen(
    job: Job, subject: Classifier, targets: Sequence[int], images: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Places in the sample, targets and what the network takes the pictures for, of all attacks."""
    meter = Meter(job.report, "looking at pictures", len(subject.source))
    told = []
    for span, logits in job.each_batch(
        "looking at pictures", range(len(subject.source)), lambda _, inputs: job.outputs(inputs)
    ):
        told.append(logits.argmax(1).cpu().numpy())
        meter.step(len(span))
    predicted = np.concatenate(told)
    chosen = []
    for target in targets:
        fit = np.flatnonzero((predicted != target) & (subject.targets != target))[:images]
        if len(fit) < images:
            raise BadInputError(
                f"Only {len(fit)} of {len(predicted)} pictures are neither of the class "
                f"{subject.classes[target]} nor taken for it; take fewer --images."
            )
        chosen.append(fit)
    rows = np.concatenate(chosen)
    return rows, np.repeat(np.array(targets, np.int64), images), predicted[rows]


def _run(
    subject: Classifier,
    layer: str,
    reading: LayerReading,
    constants: AttackConstants,
    execution: Execution,
    rows: NDArray[np.int64],
    target: NDArray[np.int64],
    here: range,
    shown: Sequence[int],
) -> dict[str, NDArray[Any]]:
    """The attacks of this process, batch by batch, constant by constant.

    Pictures are kept of the batch at hand, and of the attacks to be shown.
    """
    module, device = subject.module, execution.device
    first = subject.source.inputs([int(rows[here.start])] if len(here) else [0])
    units = _peaks(subject, layer, reading, first.to(device)).shape[1]
    size, (_, *shape) = len(here), first.shape
    counted = Accumulator(
        execution.work,
        "attacks",
        {
            "attacked": np.zeros((min(size, execution.batch), *shape), np.float32),
            "shown": np.zeros((len(shown), *shape), np.float32),
            "distance": np.full(size, np.inf, np.float32),
            "rounded": np.zeros(size, np.uint8),
            "constant": np.full(size, constants.first, np.float32),
            "low": np.zeros(size, np.float32),
            "high": np.full(size, np.inf, np.float32),
            "before": np.zeros((size, units), np.float32),
            "after": np.zeros((size, units), np.float32),
        },
        2,
    )
    steps = constants.searches * constants.iterations
    batches = -(-size // execution.batch)
    done, tried = counted.place
    meter = Meter(
        execution.report, "attacking", batches * steps,
        done // execution.batch * steps + tried * constants.iterations,
    )  # fmt: skip
    while done < size:
        part = slice(done, min(done + execution.batch, size))
        places = rows[here.start + part.start : here.start + part.stop]
        images = subject.source.inputs(places.tolist()).to(device)
        images = images.contiguous(memory_format=torch.channels_last)
        aim = torch.from_numpy(target[here.start + part.start : here.start + part.stop]).to(device)
        at_hand = counted["attacked"][: len(places)]
        if not tried:
            at_hand[:] = images.cpu().numpy()
        names = ("distance", "constant", "low", "high")
        state = AttackState(at_hand.copy(), *(counted[name][part].copy() for name in names))
        taken = 0

        def tick() -> None:
            nonlocal taken
            taken += 1
            meter.step()

        search(module, images, aim, state, constants, tick)
        meter.step(constants.iterations - taken)  # what was not needed
        at_hand[:] = state.attacked
        for name in names:
            counted[name][part] = getattr(state, name)
        tried += 1
        if tried == constants.searches:
            attacked = torch.from_numpy(state.attacked).to(device)
            counted["before"][part] = _peaks(subject, layer, reading, images).cpu().numpy()
            counted["after"][part] = _peaks(subject, layer, reading, attacked).cpu().numpy()
            with torch.no_grad():
                told = module(((attacked + 1) * 127.5).round() / 127.5 - 1).argmax(1)
            counted["rounded"][part] = (told == aim).cpu().numpy() & state.found
            for place, n in enumerate(shown):
                if part.start <= n - here.start < part.stop:
                    counted["shown"][place] = state.attacked[n - here.start - part.start]
            done, tried = part.stop, 0
        counted.keep(done, tried)
    return dict(counted.arrays)


@torch.no_grad()
def _maps(subject: Classifier, layer: str, reading: LayerReading, images: Tensor) -> Tensor:
    with observe(subject.module, [layer], detach=True, readings={layer: reading}) as activations:
        subject.module(images)
    return activations[layer].float()


def _peaks(subject: Classifier, layer: str, reading: LayerReading, images: Tensor) -> Tensor:
    return _maps(subject, layer, reading, images).amax((2, 3))


def _picture(
    subject: Classifier,
    layer: str,
    reading: LayerReading,
    row: int,
    attacked: NDArray[np.float32],
    device: torch.device,
) -> Attacked:
    original = subject.source.inputs([row]).to(device)
    pair = torch.cat([original, torch.from_numpy(attacked)[None].to(device)])
    before, after = upsample(_maps(subject, layer, reading, pair), pair.shape[-1]).cpu().numpy()
    seen = ((pair + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).cpu().numpy()
    return Attacked(seen[0], seen[1], before, after)


def gained_and_lost(one: Attacked, units: Sequence[int]) -> NDArray[np.uint8]:
    """Where units are on before and after an attack, and where they gained and lost.

    Returns:
        uint8 (units, 3, H, W, 3): the rest of a picture is dimmed; what a unit lost is blue, and
        what it gained vermilion.
    """
    rows = []
    for unit in units:
        before, after = one.before[unit], one.after[unit]
        level = _SHOWN * max(float(before.max()), float(after.max()), 1e-9)
        change = after - before
        bound = _SHOWN * max(float(np.abs(change).max()), 1e-9)
        marked = _dimmed(one.original, np.zeros(change.shape, np.bool_))
        for mask, color in ((change <= -bound, COLORS[0]), (change >= bound, COLORS[1])):
            tint = np.array([int(color[n : n + 2], 16) for n in (1, 3, 5)])
            marked[mask] = (0.5 * one.original[mask] + 0.5 * tint).astype(np.uint8)
        rows.append(
            np.stack(
                [
                    _dimmed(one.original, before > level),
                    _dimmed(one.attacked, after > level),
                    marked,
                ]
            )
        )
    return np.stack(rows)


def _dimmed(picture: NDArray[np.uint8], kept: NDArray[np.bool_]) -> NDArray[np.uint8]:
    found: NDArray[np.uint8] = np.where(kept[..., None], picture, picture * _DIM).astype(np.uint8)
    return found
