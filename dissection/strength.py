"""What brushes do to pictures that the dissection has not seen: erased, drawn, elsewhere.

For every concept, combinations of order, layer and number of units are tried on held-out latents:

* erase: the units are set to zero everywhere, in pictures that show the concept. ``erased`` is
  the share of its pixels that went.
* draw: the units are forced to their levels in a block of 3/8 of the picture's width, centred
  where the concept stands in another picture. ``drawn`` is the share of the block's pixels
  without the concept that took it on.
* elsewhere: the share of the other pixels whose object is another one afterwards: outside of the
  concept's former area where it was erased, outside of the block where it was drawn; the mean of
  both.

All shares are ratios of sums over latents. The score decides, erased + gain - elsewhere, where
``gain`` is drawn for a concept that fills the block and counts in the concept's usual area for a
smaller one (see ``brushes.Strength``); by successive halving: all combinations see a few latents,
the better ones more, the best all.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.brushes import ORDERS, Strength, make_brush
from dissection.edits import Brush
from dissection.errors import BadInputError
from dissection.measured import Dissection
from dissection.passes import Passes
from dissection.progress import Meter
from dissection.sampling import Job
from dissection.sources import Source
from dissection.trials import (
    COUNTS,
    Attempt,
    Pool,
    Trial,
    block_around,
    block_size,
    make_pool,
    try_brushes,
)
from dissection.vocabulary import Vocabulary

#: A concept stands in a picture that has at least this share of its pixels.
LEAST_SHARE = 1 / 512
#: A block is wanted of which this share is without the concept, so that there is something to draw.
LEAST_OPEN = 0.5
#: Blocks to look at for one; the emptiest is taken where none has so much room.
ATTEMPTS = 16
#: Held-out pictures to choose from, for each latent of the last round.
POOL = 4
#: The rounds of the halving: share of the latents seen at its end, and share of the combinations
#: of the round before that take part.
ROUNDS = ((1 / 8, 1.0), (3 / 8, 1 / 3), (1.0, 1 / 3))


@dataclass(frozen=True)
class StrengthSettings:
    """How brushes are measured.

    Attributes:
        source: held-out latents; about four times ``latents`` of them are looked at.
        latents: how many the best combinations of each concept see, erasing and drawing.
        numbers: numbers of units to try.
        layers: where to take units from; None tries all layers of the dissection.
        seed: of the places of the blocks.

    Raises:
        BadInputError: fewer held-out latents than asked for, or a number below 1.
    """

    source: Source
    latents: int = 64
    numbers: tuple[int, ...] = (10, 20, 40)
    layers: tuple[str, ...] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.latents < 1 or len(self.source) < self.latents:
            raise BadInputError(
                "Brushes are measured on at least 1 latent and at most as many as are held out "
                f"({len(self.source)}), not {self.latents}."
            )
        if not self.numbers or min(self.numbers) < 1:
            raise BadInputError(f"A brush has at least 1 unit, not {self.numbers}.")

    def to_json(self) -> dict[str, Any]:
        """What decides the result, as plain JSON values."""
        return {
            "sample": self.source.provenance,
            "latents": self.latents,
            "numbers": list(self.numbers),
            "layers": list(self.layers) if self.layers else None,
            "seed": self.seed,
        }


@dataclass(frozen=True, eq=False)
class _Candidate:
    """One combination for one concept.

    Attributes:
        place: its row in the table of counts.
        concept: index in the vocabulary.
        brush: its units.
        order: "iou" or "effect".
        k: number of units asked for.
        trials: where to try it, the same for all combinations of a concept.
    """

    place: int
    concept: int
    brush: Brush
    order: str
    k: int
    trials: Sequence[Trial]


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
        Combinations in the order of concepts, layers, orders and numbers; those that were given
        up early have fewer ``latents`` than the best.

    Raises:
        UnknownNameError: the settings name a layer that the dissection does not have.
    """
    layers = settings.layers or dissection.layers
    size = min(len(settings.source), POOL * settings.latents)
    in_order = [name for name in dissection.layers if name in layers]
    pool = make_pool(job, passes, settings.source, size, in_order)
    candidates = list(_candidates(dissection, layers, pool, settings))
    areas = {c: _typical_area(pool, c) for c in {c.concept for c in candidates}}
    table = _Table(job, len(candidates))

    def strength(candidate: _Candidate, row: NDArray[np.int64]) -> Strength:
        return _strength(candidate, row, areas[candidate.concept], dissection.vocabulary)

    active, seen = candidates, 0
    for number, (share, combinations) in enumerate(ROUNDS):
        until = max(1, round(share * settings.latents))
        if until <= seen:
            continue
        # The table as it stood when the round began decides who takes part, on resuming too.
        before = table.at_start(number)
        scores = [strength(c, before[c.place]).score for c in candidates]
        active = _leaders(active, combinations, scores)
        attempts = [
            Attempt(c.place, c.concept, c.brush, trial)
            for c in active
            for trial in c.trials[seen:until]
        ]
        _try_all(job, passes, pool, attempts, table, number)
        seen = until
    return [strength(c, table.counts[c.place]) for c in candidates]


class _Table:
    """The counts of all combinations, kept in the working folder together with how far they are.

    Attributes:
        counts: int64 (combinations, COUNTS).
    """

    def __init__(self, job: Job, combinations: int) -> None:
        self._work = job.work
        kept = job.work.load("strength")
        self.counts = np.zeros((combinations, len(COUNTS)), np.int64)
        self._round = self._done = 0
        if kept is not None:
            self.counts = kept["counts"].copy()
            self._round, self._done = kept["at"].tolist()

    def at_start(self, number: int) -> NDArray[np.int64]:
        """The counts as they were when a round began."""
        kept = self._work.load(f"strength-{number}")
        if kept is not None:
            return kept["counts"]
        self._work.save(f"strength-{number}", {"counts": self.counts})
        return self.counts.copy()

    def done(self, number: int, total: int) -> int:
        """How many attempts of a round are counted."""
        if number == self._round:
            return self._done
        return total if number < self._round else 0

    def add(self, number: int, done: int, places: list[int], found: NDArray[np.int64]) -> None:
        """Count some attempts, with which ``done`` of the round are counted."""
        np.add.at(self.counts, places, found)
        self._round, self._done = number, done
        self._work.save("strength", {"counts": self.counts, "at": np.array([number, done])})


def _try_all(
    job: Job,
    passes: Passes,
    pool: Pool,
    attempts: Sequence[Attempt],
    table: _Table,
    number: int,
) -> None:
    """Counts all attempts of a round, in batches of brushes with the same layers."""
    attempts = sorted(attempts, key=lambda a: tuple(a.brush.layers))  # stable
    done = table.done(number, len(attempts))
    meter = Meter(job.report, f"trying brushes, round {number + 1}", len(attempts), done)
    finished = 0
    for _, group in groupby(attempts, key=lambda a: tuple(a.brush.layers)):
        alike = list(group)
        for first in range(0, len(alike), job.batch):
            part = alike[first : first + job.batch]
            finished += len(part)
            if finished > done:
                found = try_brushes(job, passes, pool, part)
                table.add(number, finished, [a.place for a in part], found)
                meter.step(len(part))


def _candidates(
    dissection: Dissection, layers: Sequence[str], pool: Pool, settings: StrengthSettings
) -> Iterator[_Candidate]:
    place = 0
    orders = [o for o in ORDERS if o == "iou" or dissection[layers[0]].effect is not None]
    for concept in range(1, len(dissection.vocabulary)):
        if not any(dissection[name].iou[concept].any() for name in layers):
            continue
        trials = _trials(pool, concept, settings)
        for name in layers:
            for order in orders:
                for k in settings.numbers:
                    entry = dissection.vocabulary[concept]
                    brush = make_brush(dissection, entry, [name], order, k)
                    if brush.layers:
                        yield _Candidate(place, concept, brush, order, k, trials)
                        place += 1


def _trials(pool: Pool, concept: int, settings: StrengthSettings) -> list[Trial]:
    """Where a concept is erased and drawn; decided by the seed, the concept and the pool."""
    rng = np.random.default_rng([settings.seed, concept])
    grid = pool.labels.shape[-1]
    area = pool.area(concept)
    showing = np.flatnonzero(area >= max(1, LEAST_SHARE * grid * grid))
    trials = []
    for number, draw in enumerate(np.resize(rng.permutation(len(pool.labels)), settings.latents)):
        stands = pool.mask(int(draw), concept)
        others = showing[showing != draw]
        # Where the concept stands in other pictures it may stand in this one, too (the sky).
        blocks = (_block(pool, concept, others, rng) for _ in range(ATTEMPTS))
        block, _ = _roomiest((block, _covered(stands, block)) for block in blocks)
        erase = int(showing[number]) if number < len(showing) else None
        trials.append(Trial(erase, int(draw), block))
    return trials


def _roomiest(
    blocks: Iterable[tuple[tuple[int, int], float]],
) -> tuple[tuple[int, int], float]:
    """The first block with enough room, or else the one with the most, and how full it is."""
    best = None
    for block, covered in blocks:
        if best is None or covered < best[1]:
            best = block, covered
        if covered <= 1 - LEAST_OPEN:
            break
    assert best is not None
    return best


def _covered(mask: NDArray[np.bool_], block: tuple[int, int]) -> float:
    size = block_size(len(mask))
    top, left = block
    return float(mask[top : top + size, left : left + size].mean())


def _block(
    pool: Pool, concept: int, showing: NDArray[np.int64], rng: np.random.Generator
) -> tuple[int, int]:
    """A block where the concept stands in some other picture; anywhere if in none."""
    grid = pool.labels.shape[-1]
    if len(showing):
        ys, xs = np.nonzero(pool.mask(int(rng.choice(showing)), concept))
        pixel = int(rng.integers(len(ys)))
        return block_around(int(ys[pixel]), int(xs[pixel]), grid)
    y, x = rng.integers(grid, size=2)
    return block_around(int(y), int(x), grid)


def _typical_area(pool: Pool, concept: int) -> float:
    """Mean pixels of a concept in pictures that show it; at least 1."""
    area = pool.area(concept)
    shown = area[area >= max(1, LEAST_SHARE * pool.labels.shape[-1] ** 2)]
    return float(shown.mean()) if len(shown) else 1.0


def _leaders(
    active: Sequence[_Candidate], share: float, scores: Sequence[float]
) -> list[_Candidate]:
    """Of each concept's combinations the best share, at least one, in their old order."""
    leaders = []
    for _, group in groupby(active, key=lambda c: c.concept):
        alike = list(group)
        count = max(1, math.ceil(share * len(alike)))
        best = sorted(alike, key=lambda c: scores[c.place], reverse=True)[:count]
        leaders += sorted(best, key=lambda c: c.place)
    return leaders


def _strength(
    candidate: _Candidate, row: NDArray[np.int64], area: float, vocabulary: Vocabulary
) -> Strength:
    n = dict(zip(COUNTS, row.tolist(), strict=True))
    erased = 1 - n["after"] / n["before"] if n["before"] else None
    changes = [n["draw_changed"] / max(n["draw_others"], 1)]
    if n["erasures"]:
        changes.append(n["erase_changed"] / max(n["erase_others"], 1))
    return Strength(
        vocabulary[candidate.concept],
        tuple(candidate.brush.layers),
        candidate.order,
        candidate.k,
        erased,
        n["gained"] / max(n["open"], 1),
        n["gained"] / max(min(n["open"], n["drawings"] * area), 1),
        sum(changes) / len(changes),
        n["drawings"],
    )
