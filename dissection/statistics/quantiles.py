"""Exact levels of streamed activations by rounds of integer histograms.

The level of a unit at share q of its N samples is the ``ceil((1 - q) N)``-th largest of them: the
largest t that at least a share 1 - q of the samples reaches (the supremum in the definition of
t_u, Bau et al. 2020, "Materials and Methods"), without interpolation and without a sketch. At
most 1 - q of the samples lie strictly above it.

Floating-point numbers are counted by keys, integers in the same order. Each round counts the keys
of an interval in bins and keeps the bin that holds the wanted rank; two or three rounds end at a
single key. Counts add up, so the rounds of several processes merge exactly.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.statistics.bins import BinCounts
from dissection.statistics.samples import where

BINS = 4096
#: A part's samples are kept for the next round where the round at hand leaves but this share.
_FEW = 0.1


def rank_from_top(quantile: float, samples: int) -> int:
    """Which largest sample is the level: ``ceil((1 - quantile) * samples)``, at least 1.

    The quantile is taken as the decimal number it prints as: 0.99 of 100 samples is the first.

    Raises:
        BadInputError: a quantile outside 0..1 (0 included, 1 excluded), or no samples.
    """
    if not 0 <= quantile < 1 or samples < 1:
        raise BadInputError(
            f"A level is a quantile from 0 to below 1 of at least one sample, not {quantile:g} "
            f"of {samples}."
        )
    return max(1, math.ceil((1 - Fraction(repr(quantile))) * samples))


def keys_of(values: Tensor) -> Tensor:
    """Order-preserving integers of float32 values: int64, same shape; both zeros are 0."""
    bits = (values.float() + 0.0).contiguous().view(torch.int32)
    return torch.where(bits < 0, bits ^ 0x7FFFFFFF, bits).long()


def values_of(keys: Tensor) -> Tensor:
    """The float32 values of ``keys_of``."""
    bits = keys.int()
    return torch.where(bits < 0, bits ^ 0x7FFFFFFF, bits).view(torch.float32)


class LevelSearch:
    """Finds several levels of all units at once.

    Use: while not ``done``: ``add`` every sample that reaches ``bound`` (others may be added, too,
    and do not count), then ``narrow`` by the ``counts``. Searches over parts of a sample that
    began alike are merged by adding up their counts.

    Args:
        ranks: for each level, its rank from the top (``rank_from_top``).
        floor: float (units,): no sample of the unit is lower.
        ceiling: float (units,): no sample of the unit is higher.
        guesses: float (guesses, units), falling: values that probably lie below all levels, to
            begin at and to fall back on; the floor comes last. Bad guesses cost time and change
            nothing.
    """

    def __init__(
        self, ranks: Sequence[int], floor: Tensor, ceiling: Tensor, guesses: Tensor | None = None
    ) -> None:
        shape = (len(ranks), len(floor))
        # Strictly above the floor: where too few samples are, the level is the floor itself, and
        # a unit that is silent at most positions need not have its silence counted.
        self._floor = keys_of(floor) + 1
        starts = [self._floor]
        for guess in [] if guesses is None else guesses.flip(0):
            starts.insert(0, torch.maximum(keys_of(guess), starts[0]))
        self._starts = torch.stack(starts)
        self._rank = torch.tensor(ranks, device=floor.device)[:, None].expand(shape)
        self._low = self._starts[0].expand(shape).clone()
        self._high = keys_of(ceiling).expand(shape).clone()
        self._above = torch.zeros(shape, dtype=torch.int64, device=floor.device)
        self._settled = torch.zeros(shape, dtype=torch.bool, device=floor.device)
        self._held: dict[tuple[int, int | None], tuple[Tensor, Tensor]] = {}
        self._clear()

    @property
    def done(self) -> bool:
        """Whether all levels are found."""
        return bool(self._settled.all())

    @property
    def bound(self) -> Tensor:
        """Float32 (units,): lower samples do not matter in this round; infinite where none do."""
        low = torch.where(self._settled, torch.iinfo(torch.int64).max, self._low).amin(0)
        settled = self._settled.all(0)
        bound = values_of(torch.where(settled, 0, low))
        return torch.where(settled, torch.inf, bound)

    @property
    def levels(self) -> Tensor:
        """Float32 (levels, units), once done."""
        if not self.done:
            raise RuntimeError("levels are asked for before the search is done")
        return values_of(self._low)

    def add(self, units: Tensor, values: Tensor, part: int | None = None) -> None:
        """Count samples: ``values[i]`` is of unit ``units[i]``; float (M,) and int32 (M,).

        May be called from several threads.

        Args:
            units: of the samples.
            values: the samples.
            part: which part of the sample they are; in a later round the same part holds the
                same samples, of which only those that mattered in this one are looked at again.
        """
        for level in range(1 if self._alike else len(self._low)):
            of, counted = self._held.get((level, part), (units, values))
            low, high = values_of(self._low[level]), values_of(self._high[level])
            inside = counted >= low.index_select(0, of)
            inside &= counted <= high.index_select(0, of)
            chosen = where(inside)
            if len(chosen) < len(of):
                of, counted = of.index_select(0, chosen), counted.index_select(0, chosen)
            if part is not None and len(of) < _FEW * len(units):
                self._held[level, part] = of, counted
            if len(of):
                self._counters[level].add(self._bins(level, of, counted))

    @property
    def unsettled(self) -> NDArray[np.bool_]:
        """Bool (units,): whose levels are not all found."""
        left: NDArray[np.bool_] = (~self._settled).any(0).cpu().numpy()
        return left

    def settle(self, by_unit: Sequence[NDArray[np.float32]]) -> None:
        """A round, where all samples at or above ``bound`` are at hand, on a CPU.

        All rounds are of this kind, or none. Of units that have too few samples there, ``bound``
        is lower behind it.

        Args:
            by_unit: the samples of each unit, which are brought into another order; lower ones may
                be among them.
        """
        found = np.full((len(self._rank), len(by_unit)), np.nan, np.float32)
        bound, ranks = self.bound.numpy(), self._rank[:, 0].tolist()
        for unit in np.flatnonzero(self.unsettled).tolist():
            own = by_unit[unit]
            places = [len(own) - rank for rank in ranks]
            if reached := [place for place in places if place >= 0]:
                own.partition(reached)
                for level, place in enumerate(places):
                    if place >= 0 and own[place] >= bound[unit]:
                        found[level, unit] = own[place]
        self._settle_at(torch.from_numpy(found))

    def _settle_at(self, found: Tensor) -> None:
        """Levels that were found; where there are none (not a number) it is begun again lower."""
        active, there = ~self._settled, ~found.isnan()
        at_floor = active & ~there & (self._low <= self._floor)
        lower = torch.where(self._starts[:, None] < self._low, self._starts[:, None], self._floor)
        low = torch.where(there, keys_of(found.nan_to_num()), lower.amax(0))
        low = torch.where(at_floor, (self._floor - 1).expand_as(low), low)
        self._low = torch.where(active, low, self._low)
        self._settled |= active & (there | at_floor)

    def _bins(self, level: int, units: Tensor, values: Tensor) -> Tensor:
        """Where samples of the interval are counted, int32 (M,)."""
        low, shift = self._low[level], self._shift[level]
        if self._narrow and not bool((low < 0).any()):  # distances of keys fit into 32 bits
            # Of minus zero, which is zero, the bits are those of the lowest integer.
            place = (values.float() + 0.0).view(torch.int32) - low.int().index_select(0, units)
            place >>= shift.int().index_select(0, units)
        else:
            distance = keys_of(values) - low.index_select(0, units)
            place = (distance >> shift.index_select(0, units)).int()
        start = torch.arange(len(low), dtype=torch.int32, device=low.device) * BINS + (BINS - 1)
        return torch.sub(start.index_select(0, units), place, out=place)

    def counts(self) -> Tensor:
        """Samples in each bin in this round, int64; those of all parts of a sample add up."""
        counted = self._counters[:1] if self._alike else self._counters
        return torch.stack([counter.counts() for counter in counted])

    def narrow(self, counts: Tensor) -> None:
        """End the round: keep the bin that holds each level's rank.

        Args:
            counts: of the whole sample, see ``counts``.
        """
        from_top = counts.view(-1, len(self._low[0]), BINS).cumsum(2)
        from_top = from_top.expand(len(self._low), -1, -1)
        wanted = (self._rank - self._above)[..., None]
        # The first bin from the top at which the rank is reached.
        place = torch.searchsorted(from_top.contiguous(), wanted).squeeze(2)
        found = place < BINS
        place = place.clamp(max=BINS - 1)
        before = from_top.gather(2, (place - 1).clamp(min=0)[..., None]).squeeze(2)
        before = self._above + torch.where(place == 0, 0, before)
        low = self._low + ((BINS - 1 - place) << self._shift)
        high = torch.minimum(low + (torch.ones_like(low) << self._shift) - 1, self._high)
        # Too few samples in the interval: the level lies below it, at the floor if nothing does.
        at_floor = ~found & (self._low <= self._floor)
        active = ~self._settled
        settled = active & (at_floor | (found & (high <= low)))
        below = active & ~found & ~at_floor
        inner = active & found
        total = self._above + from_top[..., -1]
        self._high = torch.where(inner, high, torch.where(below, self._low - 1, self._high))
        self._above = torch.where(inner, before, torch.where(below, total, self._above))
        # The highest of the other starts that is lower than this one; the floor is the last.
        lower = torch.where(self._starts[:, None] < self._low, self._starts[:, None], self._floor)
        next_low = torch.where(below, lower.amax(0), low)
        at_floor_low = (self._floor - 1).expand_as(low)
        next_low = torch.where(active & at_floor, at_floor_low, next_low)
        self._low = torch.where(active, next_low, self._low)
        self._settled |= settled
        if below.any():
            self._held.clear()
        self._clear()

    def _clear(self) -> None:
        width = (self._high - self._low + 1).clamp(min=1)
        # The smallest shift by which the interval fits into the bins.
        bits = torch.ceil(torch.log2((width.double() / BINS).clamp(min=1)))
        self._shift = bits.long()
        self._narrow = bool((width < 2**31).all())
        # All levels begin in the same interval, and while they do one of them is counted.
        self._alike = bool(
            (self._low == self._low[0]).all() and (self._high == self._high[0]).all()
        )
        self._counters = [BinCounts(len(self._low[0]) * BINS, self._low.device) for _ in self._low]
