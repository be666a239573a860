import numpy as np
import torch

from dissection.statistics.bins import BinCounts, PairCounts


def test_pairs_count_as_single_numbers_do() -> None:
    rng = np.random.default_rng(0)
    pairs, bins = PairCounts(3, 65), BinCounts(3 * 65, "cpu")
    for shape in ((4, 7, 9), (1, 5, 5), (2, 8)):
        for row in (0, 2):
            numbers = rng.integers(0, 65, shape).astype(np.uint8)
            pairs.add(row, numbers)
            bins.add(torch.from_numpy(numbers.reshape(-1).astype(np.int64)) + row * 65)
    np.testing.assert_array_equal(pairs.counts(), bins.counts().view(3, 65).numpy())
    assert not pairs.counts()[1].any()


def test_many_numbers_are_counted_before_the_end() -> None:
    rng = np.random.default_rng(0)
    pairs, numbers = PairCounts(2, 65), rng.integers(0, 65, (3, 2**20 + 3)).astype(np.uint8)
    for part in numbers:
        pairs.add(1, part)
    wanted = np.bincount(numbers.reshape(-1), minlength=65)
    np.testing.assert_array_equal(pairs.counts(), [np.zeros(65, np.int64), wanted])
    np.testing.assert_array_equal(pairs.counts()[1], wanted)
