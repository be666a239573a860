from functools import reduce

import pytest
import torch

from dissection.errors import BadInputError
from dissection.statistics.topk import TopImages, peaks_of


def test_peaks_are_over_the_raw_map() -> None:
    maps = torch.zeros(2, 1, 3, 3)
    maps[1, 0, 2, 0] = 7.0
    assert peaks_of(maps).tolist() == [[0.0], [7.0]]


def test_merging_in_any_order_gives_the_best_of_all_with_ties_to_the_lower_index() -> None:
    peaks = torch.randint(0, 4, (40, 6), generator=torch.Generator().manual_seed(6)).float()
    parts = [TopImages.of(peaks[i : i + 8], i, 5) for i in range(0, 40, 8)]
    for order in (parts, parts[::-1], [parts[k] for k in (2, 0, 4, 1, 3)]):
        top = reduce(TopImages.merge, order)
        for unit in range(6):
            ranked = sorted(range(40), key=lambda i: (-float(peaks[i, unit]), i))[:5]
            assert top.images[unit].tolist() == ranked
            assert top.values[unit].tolist() == [float(peaks[i, unit]) for i in ranked]


def test_fewer_images_than_asked_for() -> None:
    top = TopImages.of(torch.tensor([[1.0], [2.0]]), 10, 5)
    assert top.images.tolist() == [[11, 10]]
    with pytest.raises(BadInputError, match="not 0"):
        TopImages.of(torch.ones(1, 1), 0, 0)
