import math

import pytest
import torch

from dissection.errors import BadInputError
from dissection.statistics.quantiles import LevelSearch, keys_of, rank_from_top, values_of


def search(
    samples: torch.Tensor,
    quantiles: list[float],
    guesses: torch.Tensor | None = None,
    parts: int = 1,
) -> torch.Tensor:
    """Levels of (units, N) samples, fed in parts; in no part, all at once."""
    ranks = [rank_from_top(q, samples.shape[1]) for q in quantiles]
    finder = LevelSearch(ranks, samples.amin(1), samples.amax(1), guesses)
    rounds = 0
    while not finder.done:
        bound = finder.bound
        rounds += 1
        assert rounds < 12
        if not parts:
            units, places = (samples >= bound[:, None]).nonzero(as_tuple=True)
            mixed = torch.randperm(len(units), generator=torch.Generator().manual_seed(rounds))
            values = samples[units, places][mixed]
            by_unit = [values[units[mixed] == unit].numpy() for unit in range(len(samples))]
            finder.settle(by_unit)
            continue
        for part in samples.chunk(parts, 1):
            units, places = (part >= bound[:, None]).nonzero(as_tuple=True)
            finder.add(units, part[units, places])
        finder.narrow(finder.counts())
    return finder.levels


def brute_force(samples: torch.Tensor, quantile: float) -> torch.Tensor:
    rank = math.ceil(round((1 - quantile) * samples.shape[1], 9))
    return samples.sort(1, descending=True).values[:, rank - 1]


def test_ranks_are_those_of_decimal_numbers() -> None:
    assert rank_from_top(0.99, 100) == 1  # 1 - 0.99 is a little above 0.01 in binary
    assert rank_from_top(0.99, 101) == 2
    assert rank_from_top(0.995, 2000 * 4096) == 40960
    assert rank_from_top(0.99, 3) == 1
    with pytest.raises(BadInputError):
        rank_from_top(1.0, 10)
    with pytest.raises(BadInputError):
        rank_from_top(0.99, 0)


def test_keys_keep_the_order_and_come_back() -> None:
    values = torch.tensor([-torch.inf, -3.0, -1e-40, -0.0, 0.0, 1e-40, 2.5, torch.inf])
    keys = keys_of(values)
    assert keys.tolist() == sorted(keys.tolist())
    assert keys[3] == keys[4] == 0
    assert torch.equal(values_of(keys), values)


@pytest.mark.parametrize("guesses", [[], [-5.0], [1.0], [3.0, 2.0, -1.0], [100.0, 2.2, 2.2]])
@pytest.mark.parametrize("parts", [0, 1, 7])
def test_levels_are_exact_whatever_the_guesses(guesses: list[float], parts: int) -> None:
    samples = torch.randn(6, 5000, generator=torch.Generator().manual_seed(4))
    quantiles = [0.99, 0.995, 0.5]
    start = torch.tensor(guesses)[:, None].expand(-1, 6)
    levels = search(samples, quantiles, start, parts)
    for row, quantile in zip(levels, quantiles, strict=True):
        assert torch.equal(row, brute_force(samples, quantile))


@pytest.mark.parametrize("parts", [0, 1])
def test_ties_constants_and_units_that_are_mostly_silent(parts: int) -> None:
    samples = torch.zeros(5, 1000)
    samples[1] = 3.25
    samples[2] = -1.5
    samples[3, :5] = 2.0  # active at fewer than 1 % of the positions
    samples[4, :400] = torch.arange(400) % 3  # many ties at the level
    for guesses in (None, torch.zeros(1, 5), torch.tensor([[1.0], [0.0]]).expand(2, 5)):
        levels = search(samples, [0.99, 0.9], guesses, parts)
        assert levels[0].tolist() == [0.0, 3.25, -1.5, 0.0, 2.0]
        assert levels[1].tolist() == [0.0, 3.25, -1.5, 0.0, 2.0]
        # Never more than the share strictly above.
        assert ((samples > levels[0][:, None]).sum(1) <= 10).all()


def test_searches_over_parts_merge() -> None:
    samples = torch.randn(3, 4000, generator=torch.Generator().manual_seed(5))
    ranks = [rank_from_top(0.99, 4000)]
    finders = [LevelSearch(ranks, samples.amin(1), samples.amax(1)) for _ in range(2)]
    while not finders[0].done:
        for finder, part in zip(finders, samples.chunk(2, 1), strict=True):
            units, places = torch.ones_like(part, dtype=torch.bool).nonzero(as_tuple=True)
            finder.add(units, part[units, places])
        merged = finders[0].counts() + finders[1].counts()
        for finder in finders:
            finder.narrow(merged)
    assert torch.equal(finders[0].levels[0], brute_force(samples, 0.99))
    assert torch.equal(finders[0].levels, finders[1].levels)


@pytest.mark.parametrize("parts", [0, 1])
def test_minus_zero_counts_as_zero(parts: int) -> None:
    samples = torch.cat([torch.full((1, 90), -1.0), torch.full((1, 8), -0.0), torch.ones(1, 2)], 1)
    # From zero on: both zeros lie in the interval.
    assert search(samples, [0.95], torch.zeros(1, 1), parts).tolist() == [[0.0]]
    assert search(samples, [0.98], torch.zeros(1, 1), parts).tolist() == [[1.0]]
