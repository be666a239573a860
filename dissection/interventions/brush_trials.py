"""What brushes do to pictures that the dissection has not seen: erased, drawn, elsewhere.

For every concept, combinations of order, layers, number of units and level are tried on held-out
latents:

* erase: the units are set to zero everywhere, in pictures that show the concept. ``erased`` is
  the share of its pixels that went.
* draw: the units are forced to their levels, as they are or raised, in a block as large as the
  concept usually is (1/8 to 3/8 of the picture's width), centered where the concept stands in
  another picture, or where a part lies in its thing. ``drawn`` is the share of the block's pixels
  without the concept that took it on; ``spoiled`` what else became of what stood there.
* elsewhere: the share of the other pixels whose object is another one afterwards: outside of the
  concept's former area where it was erased, outside of the block where it was drawn; the mean of
  both.

All shares are ratios of sums over latents. The score decides, erased + gain - elsewhere, where
``gain`` is drawn for a concept that fills the block, counts in the concept's usual area for a
smaller one, and counts down to half where more is spoiled than drawn (see ``results.strength``);
by successive halving: all combinations see a few latents, the better ones more, the best all. The
first round tries single layers; of them those that brushes are chosen from go on
(``brush_choice.coarse_layers``, and ``finer_layers`` for concepts that those have not drawn), and
runs of neighboring ones that did well join in.

The best of many combinations is partly luck on the latents that chose it. So the chosen brush of
each concept, and the best of each single layer, are measured once more on fresh latents, on which
nothing is chosen: rows of ``Strength`` with ``fresh`` set. Those are the figures that a brush is
shown with, so the chosen one may be measured on more latents than the contest takes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.data.sources import Source
from dissection.errors import BadInputError
from dissection.interventions.candidates import (
    Candidate,
    leaders,
    of_several_layers,
    of_single_layers,
)
from dissection.interventions.held_out import HeldOutImages, Trial, make_pool, trials_of
from dissection.interventions.layer_choice import LayerChoice
from dissection.interventions.trials import COUNTS, Attempt, try_brushes
from dissection.measurement.job import Job
from dissection.models.passes import Passes
from dissection.results.brush_choice import choose
from dissection.results.dissection import Dissection
from dissection.results.strength import Strength
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter
from dissection.vocabulary import Vocabulary

#: Held-out pictures to choose from, for each latent of the last round.
POOL = 4
#: The rounds of the halving: share of the latents seen at its end, and share of the combinations
#: of the round before that take part.
ROUNDS = ((1 / 8, 1.0), (3 / 8, 1 / 3), (1.0, 1 / 3))


@dataclass(frozen=True)
class StrengthSettings:
    """How brushes are measured.

    Attributes:
        source: held-out latents. The first half serves to choose, the second, fresh, to measure
            what was chosen; of either about four times as many are looked at as are tried.
        latents: how many the best combinations of each concept see, erasing and drawing.
        fresh: how many the chosen brush of each concept sees then; None for as many.
        numbers: numbers of units to try.
        boosts: what levels are multiplied by; all are tried.
        layers: where to take units from; None tries all layers of the dissection.
        together: most neighboring layers in one brush; 1 tries single layers only.
        seed: of the places of the blocks.

    Raises:
        BadInputError: fewer held-out latents than twice those asked for, or a number below 1.
    """

    source: Source
    latents: int = 64
    fresh: int | None = None
    numbers: tuple[int, ...] = (10, 20, 40)
    boosts: tuple[float, ...] = (1.0, 2.0)
    layers: tuple[str, ...] | None = None
    together: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        for latents in (self.latents, self.measured):
            if latents < 1 or len(self.source) < 2 * latents:
                raise BadInputError(
                    "Brushes are measured on at least 1 latent and at most half as many as are "
                    f"held out ({len(self.source)}), not {latents}."
                )
        if not self.boosts or not all(0 < boost < inf for boost in self.boosts):
            raise BadInputError(f"Levels are multiplied by positive numbers, not {self.boosts}.")
        if not self.numbers or min(self.numbers) < 1:
            raise BadInputError(f"A brush has at least 1 unit, not {self.numbers}.")
        if self.together < 1:
            raise BadInputError(f"A brush has units of at least 1 layer, not {self.together}.")

    @property
    def measured(self) -> int:
        """Fresh latents that the chosen brush of each concept sees."""
        return self.latents if self.fresh is None else self.fresh

    def to_json(self) -> dict[str, Any]:
        """What decides the result, as plain JSON values."""
        return {
            "sample": self.source.provenance,
            "latents": self.latents,
            "fresh": self.measured,
            "numbers": list(self.numbers),
            "boosts": list(self.boosts),
            "layers": list(self.layers) if self.layers else None,
            "together": self.together,
            "seed": self.seed,
        }


def measure_strengths(
    job: Job, passes: Passes, dissection: Dissection, settings: StrengthSettings
) -> list[Strength]:
    """The strength of each combination for each concept that has units.

    Args:
        job: what to run.
        passes: of its network.
        dissection: IoU and, if it has them, effects.
        settings: how.

    Returns:
        Combinations by which brushes are chosen, first of single layers, in the order of
        concepts, layers, orders and numbers, then of several; those that were given up early have
        fewer ``latents`` than the best. Then the fresh figures of the chosen ones.

    Raises:
        UnknownNameError: the settings name a layer that the dissection does not have.
    """
    for name in settings.layers or ():
        dissection[name]  # raises where there is none
    layers = [name for name in dissection.layers if name in (settings.layers or dissection.layers)]
    concepts = [
        concept
        for concept in range(1, len(dissection.vocabulary))
        if any(dissection[name].iou[concept].any() for name in layers)
    ]
    choice = LayerChoice(dissection, layers)
    half = len(settings.source) // 2

    def pool_of(
        first: int, latents: int, stage: str
    ) -> tuple[HeldOutImages, dict[int, list[Trial]]]:
        rows = range(first, first + min(half, POOL * latents))
        pool = make_pool(job, passes, settings.source, rows, layers, stage)
        return pool, {c: trials_of(pool, c, latents, settings.seed) for c in concepts}

    held_out = pool_of(0, settings.latents, "rendering held-out pictures")
    found = _contest(job, passes, dissection, settings, layers, choice, *held_out)
    del held_out  # its maps make room for those of the fresh ones
    chosen = _chosen(found, choice)
    pool, trials = pool_of(half, settings.measured, "rendering fresh pictures")
    table = _Table(job, "chosen", len(chosen))
    attempts = [
        Attempt(place, c.concept, c.brush, trial)
        for place, (c, best) in enumerate(chosen.items())
        for trial in trials[c.concept][: settings.measured if best else settings.latents]
    ]
    _try_all(job, passes, pool, attempts, table, 0, "measuring the chosen brushes")
    strength = _strength_of(dissection.vocabulary, pool, concepts, fresh=True)
    fresh = [strength(c, table.counts[place]) for place, c in enumerate(chosen)]
    return [*(s for _, s in found), *fresh]


def _contest(
    job: Job,
    passes: Passes,
    dissection: Dissection,
    settings: StrengthSettings,
    layers: Sequence[str],
    choice: LayerChoice,
    pool: HeldOutImages,
    trials: Mapping[int, Sequence[Trial]],
) -> list[tuple[Candidate, Strength]]:
    """All combinations and what they did, by successive halving among those to be chosen from."""
    candidates = list(
        of_single_layers(dissection, layers, settings.numbers, settings.boosts, trials)
    )
    strength = _strength_of(dissection.vocabulary, pool, list(trials), fresh=False)
    table = _Table(job, "trials", len(candidates))

    def play(taking: Sequence[Candidate], seen: int, until: int, number: int) -> None:
        attempts = [
            Attempt(c.place, c.concept, c.brush, trial)
            for c in taking
            for trial in c.trials[seen:until]
        ]
        _try_all(job, passes, pool, attempts, table, number, f"trying brushes, round {number + 1}")

    def so_far(number: int) -> list[Strength]:
        # The table as it stood when a round began decides who takes part, on resuming too.
        before = table.at_start(number)
        return [strength(c, before[c.place]) for c in candidates[: len(before)]]

    def scores(number: int) -> list[float]:
        return [s.score for s in so_far(number)]

    active, seen, number = list(candidates), 0, 0
    layers_of: dict[int, Sequence[str]] = {}
    for share, combinations in ROUNDS:
        until = max(1, round(share * settings.latents))
        if until <= seen:
            continue
        if seen:
            active = [c for c in active if set(layers_of[c.concept]).issuperset(c.layers)]
        active = leaders(active, combinations, scores(number))
        play(active, seen, until, number)
        number += 1
        if not seen:  # after the first round: the runs of layers see what the singles have seen
            layers_of = choice.layers_of(candidates, so_far(number))
            runs = list(
                of_several_layers(
                    dissection, layers_of, settings.together, candidates, scores(number)
                )
            )
            candidates += runs
            active += runs
            table.grow(len(candidates))
            play(runs, 0, until, number)
            number += 1
        seen = until
    return [(c, strength(c, table.counts[c.place])) for c in candidates]


def _chosen(
    found: Sequence[tuple[Candidate, Strength]], choice: LayerChoice
) -> dict[Candidate, bool]:
    """For each concept the best combination to paint with, and the best of each single layer.

    The values tell the former.
    """
    chosen: dict[Candidate, bool] = {}
    by_concept = sorted(found, key=lambda pair: pair[0].concept)  # stable
    for _, group in groupby(by_concept, key=lambda pair: pair[0].concept):
        alike = list(group)
        singles = dict.fromkeys(c.layers for c, _ in alike if len(c.layers) == 1)
        for layers in (None, *singles):
            if layers is None:
                best = choice.best([s for _, s in alike])
            else:
                best = choose(s for c, s in alike if c.layers == layers)
            if best is None:  # no unit has to do with the concept, or what is stored is better
                continue
            candidate = next(c for c, s in alike if s is best)
            chosen.setdefault(candidate, layers is None)
    return chosen


class _Table:
    """The counts of all combinations, kept in the working folder together with how far they are.

    Args:
        job: whose working folder.
        name: of the table.
        combinations: how many there are at first.
    """

    def __init__(self, job: Job, name: str, combinations: int) -> None:
        counts = np.zeros((combinations, len(COUNTS)), np.int64)
        self._kept = Accumulator(job.work, name, {"counts": counts}, place=2, key="at")

    @property
    def counts(self) -> NDArray[np.int64]:
        """Of all combinations, int64 (combinations, COUNTS)."""
        return self._kept["counts"]

    def grow(self, combinations: int) -> None:
        """Make room for more combinations, where a resumed table does not have it already."""
        self._kept.grow("counts", combinations)

    def at_start(self, number: int) -> NDArray[np.int64]:
        """The counts as they were when a round began."""
        return self._kept.as_of(str(number))["counts"]

    def done(self, number: int, total: int) -> int:
        """How many attempts of a round are counted."""
        at, done = self._kept.place
        if number == at:
            return done
        return total if number < at else 0

    def add(self, number: int, done: int, places: list[int], found: NDArray[np.int64]) -> None:
        """Count some attempts, with which ``done`` of the round are counted."""
        np.add.at(self.counts, places, found)
        self._kept.keep(number, done)


def _try_all(
    job: Job,
    passes: Passes,
    pool: HeldOutImages,
    attempts: Sequence[Attempt],
    table: _Table,
    number: int,
    stage: str,
) -> None:
    """Counts all attempts of a round, in batches of brushes with the same layers."""
    attempts = sorted(attempts, key=lambda a: tuple(a.brush.layers))  # stable
    done = table.done(number, len(attempts))
    meter = Meter(job.report, stage, len(attempts), done)
    while done < len(attempts):
        following = attempts[done : done + job.step]
        _, alike = next(groupby(following, key=lambda a: tuple(a.brush.layers)))
        part = list(alike)
        try:
            found = try_brushes(job, passes, pool, part)
        except (RuntimeError, MemoryError) as error:
            job.halve(error, stage, done, len(part))
            continue
        done += len(part)
        table.add(number, done, [a.place for a in part], found)
        meter.step(len(part))


def _strength_of(
    vocabulary: Vocabulary, pool: HeldOutImages, concepts: Sequence[int], fresh: bool
) -> Callable[[Candidate, NDArray[np.int64]], Strength]:
    """Makes strengths of counts: shares of sums over the pictures of a pool."""
    areas = {concept: pool.typical_area(concept) for concept in concepts}

    def strength(candidate: Candidate, row: NDArray[np.int64]) -> Strength:
        n = dict(zip(COUNTS, row.tolist(), strict=True))
        erased = 1 - n["after"] / n["before"] if n["before"] else None
        changes = [n["draw_changed"] / max(n["draw_others"], 1)]
        if n["erasures"]:
            changes.append(n["erase_changed"] / max(n["erase_others"], 1))
        expected = min(n["open"], n["drawings"] * areas[candidate.concept])
        return Strength(
            vocabulary[candidate.concept],
            candidate.layers,
            candidate.order,
            candidate.k,
            erased,
            n["gained"] / max(n["open"], 1),
            n["gained"] / max(expected, 1),
            sum(changes) / len(changes),
            n["drawings"],
            fresh,
            candidate.boost,
            n["spoiled"] / max(expected, 1),
        )

    return strength
