import numpy as np
import pytest
import torch
from torch import Tensor

from dissection.errors import BadInputError
from dissection.models.segmenters.base import SoftSegmenter
from dissection.models.segmenters.halves import half_codes, with_halves
from dissection.vocabulary import Concept, Vocabulary


def flood(objects: np.ndarray) -> np.ndarray:
    """The same codes by flood filling, pixel by pixel."""
    codes = np.zeros((2, *objects.shape), np.int64)
    seen = objects <= 0
    for start in zip(*np.nonzero(~seen), strict=True):
        if seen[start]:
            continue
        value, component, waiting = objects[start], [], [start]
        seen[start] = True
        while waiting:
            y, x = waiting.pop()
            component.append((y, x))
            for ny in range(max(y - 1, 0), min(y + 2, objects.shape[0])):
                for nx in range(max(x - 1, 0), min(x + 2, objects.shape[1])):
                    if not seen[ny, nx] and objects[ny, nx] == value:
                        seen[ny, nx] = True
                        waiting.append((ny, nx))
        rows, columns = zip(*component, strict=True)
        down = (min(rows) + max(rows) + 1) // 2
        across = (min(columns) + max(columns) + 1) // 2
        for y, x in component:
            codes[:, y, x] = (1 if y < down else 3, 2 if x < across else 4)
    return codes


def test_every_component_is_split_at_the_middle_of_its_box() -> None:
    objects = torch.zeros(1, 6, 8, dtype=torch.int64)
    objects[0, 0:4, 0:3] = 5  # rows 0..3 cut at 2, columns 0..2 cut at 1
    objects[0, 5, 7] = 5  # the last component, of one pixel: all of it bottom and right
    vertical, horizontal = half_codes(objects)[0]
    assert vertical[:4, 0].tolist() == [1, 1, 3, 3]
    assert horizontal[0, :3].tolist() == [2, 4, 4]
    assert (vertical[5, 7], horizontal[5, 7]) == (3, 4)
    assert not vertical[objects[0] == 0].any()
    assert not horizontal[objects[0] == 0].any()


def test_components_are_eight_connected_and_of_one_object() -> None:
    diagonal = torch.eye(4, dtype=torch.int64)[None]
    assert half_codes(diagonal)[0, 0].diagonal().tolist() == [1, 1, 3, 3]
    two = torch.tensor([[[7, 7, 9, 9]]])
    assert half_codes(two)[0, 1, 0].tolist() == [2, 4, 2, 4]


def test_random_maps_agree_with_flood_filling() -> None:
    objects = np.random.default_rng(3).integers(-1, 4, (3, 17, 12))
    codes = half_codes(torch.from_numpy(objects)).numpy()
    for one, found in zip(objects, codes, strict=True):
        np.testing.assert_array_equal(found, flood(one))


class Fixed:
    """Two channels: materials, then objects."""

    vocabulary = Vocabulary(
        [Concept("wood", "material"), Concept("tree", "object"), Concept("sky", "object")]
    )
    digest = "fixed"

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        maps = torch.tensor([[1, 0, 1, 1], [2, 2, 3, 0]])
        return maps[None, :, None, :].expand(len(images), 2, 1, 4)


class SoftFixed(Fixed):
    digest = "soft"

    def probabilities(self, images: Tensor) -> Tensor:
        values = torch.arange(4)[:, None, None] + torch.arange(4)
        return images.mean() * values.expand(len(images), 4, 1, 4)


def test_halves_join_the_vocabulary_in_blocks() -> None:
    halved = with_halves(Fixed())
    names = [str(c) for c in halved.vocabulary]
    assert names[4:] == ["tree-t", "sky-t", "tree-l", "sky-l", "tree-b", "sky-b", "tree-r", "sky-r"]
    assert {c.category for c in halved.vocabulary[4:]} == {"part"}
    maps = halved.segment(torch.zeros(2, 3, 4, 4))
    assert maps.shape == (2, 4, 1, 4)
    shown = [[names[i] for i in channel[0]] for channel in maps[1]]
    assert shown[2] == ["tree-b", "tree-b", "sky-b", "-"]  # one row: all of it bottom
    assert shown[3] == ["tree-l", "tree-r", "sky-r", "-"]
    assert halved.digest != with_halves(SoftFixed()).digest


def test_a_half_has_its_objects_probability() -> None:
    assert not isinstance(with_halves(Fixed()), SoftSegmenter)
    soft = with_halves(SoftFixed())
    assert isinstance(soft, SoftSegmenter)
    images = torch.full((2, 3, 4, 4), 0.25, requires_grad=True)
    planes = soft.probabilities(images)
    assert planes.shape == (2, 12, 1, 4)
    own = torch.tensor([0, 1, 2, 3])[:, None] + torch.arange(4)  # concept + column, times the mean
    assert torch.equal(planes[1, :4, 0], own * 0.25)
    shown = {str(soft.vocabulary[c]): planes[1, c, 0].tolist() for c in range(4, 12)}
    assert {name: plane for name, plane in shown.items() if any(plane)} == {
        "tree-b": [0.5, 0.75, 0, 0], "tree-l": [0.5, 0, 0, 0], "tree-r": [0, 0.75, 0, 0],
        "sky-b": [0, 0, 1.25, 0], "sky-r": [0, 0, 1.25, 0],
    }  # fmt: skip
    planes[:, 4:].sum().backward()
    assert images.grad is not None
    torch.testing.assert_close(images.grad.sum(), torch.tensor(2 * 2 * (2.0 + 3 + 5)))


def test_nothing_to_halve() -> None:
    with pytest.raises(BadInputError, match="sees 'sky-b' already"):
        with_halves(with_halves(Fixed()))
    colors = Fixed()
    colors.vocabulary = Vocabulary([Concept("red", "color")])
    with pytest.raises(BadInputError, match="sees no objects"):
        with_halves(colors)
