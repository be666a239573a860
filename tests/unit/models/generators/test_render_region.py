import numpy as np
import pytest
import torch

from dissection.models.generators.region import crop
from dissection.painting.boxes import LENGTHS, Box


def test_the_box_around_cells() -> None:
    cells = np.zeros((7, 9), bool)
    assert Box.around(cells) is None
    cells[2, 8] = cells[5, 3] = True
    box = Box.around(cells)
    assert box == Box(2, 3, 6, 9)
    assert box.area == 4 * 6


def test_a_crop_is_zero_over_the_borders() -> None:
    x = torch.arange(1, 13).reshape(1, 1, 3, 4).float()
    assert crop(x, Box(-1, 2, 2, 6)).tolist() == [[[[0] * 4, [3, 4, 0, 0], [7, 8, 0, 0]]]]
    crop(x, Box(1, 1, 2, 3))[:] = 0  # on the map it is a view
    assert x[0, 0].tolist() == [[1, 2, 3, 4], [5, 0, 0, 8], [9, 10, 11, 12]]


@pytest.mark.parametrize("size", [4, 20, 64, 256])
def test_rounded_boxes_have_few_lengths_and_cover_what_they_are_made_from(size: int) -> None:
    rng = np.random.default_rng(size)
    lengths = set()
    for _ in range(400):
        top, bottom = sorted(int(v) for v in rng.choice(size + 1, 2, replace=False))
        left, right = sorted(int(v) for v in rng.choice(size + 1, 2, replace=False))
        box = Box(top, left, bottom, right)
        rounded = box.rounded(size, size)
        assert rounded.join(box) == rounded == rounded.within(size, size)
        lengths |= {rounded.bottom - rounded.top, rounded.right - rounded.left}
    assert len(lengths) <= LENGTHS + 4  # sizes that LENGTHS does not divide have some more
