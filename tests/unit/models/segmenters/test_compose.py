import pytest
import torch
from torch import Tensor

from dissection.errors import BadInputError
from dissection.models.segmenters.base import SoftSegmenter
from dissection.models.segmenters.compose import Composition, SoftComposition, compose
from dissection.vocabulary import NOTHING, Concept, Vocabulary

TREE, SKY, ROOF, RED = (
    Concept("tree", "object"),
    Concept("sky", "object"),
    Concept("roof", "part"),
    Concept("red", "color"),
)


class Plain:
    """Says the same of every picture: a row of indices, one for each column."""

    def __init__(self, concepts: list[Concept], row: list[int], digest: str = "plain") -> None:
        self.vocabulary = Vocabulary(concepts)
        self.row = row
        self.digest = digest

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        row = torch.tensor(self.row)
        if size is not None:
            row = row.repeat_interleave(size // len(row))
        return row.expand(len(images), 1, len(row), len(row))


class Soft(Plain):
    def probabilities(self, images: Tensor) -> Tensor:
        side = len(self.row)
        planes = torch.arange(len(self.vocabulary)) / 10.0
        return planes[None, :, None, None].expand(len(images), -1, side, side)


IMAGES = torch.zeros(2, 3, 8, 8)


def test_vocabularies_join_and_channels_stack() -> None:
    joined = compose(
        [Plain([TREE, SKY], [1, 2]), Plain([RED, SKY, ROOF], [3, 2]), Plain([RED], [0, 1])]
    )
    assert list(joined.vocabulary) == [NOTHING, TREE, SKY, RED, ROOF]
    maps = joined.segment(IMAGES, size=4)
    assert maps.shape == (2, 3, 4, 4)
    assert maps[1, :, 0].tolist() == [[1, 1, 2, 2], [4, 4, 2, 2], [0, 0, 3, 3]]


def test_maps_of_other_resolution_follow_the_first() -> None:
    joined = compose([Plain([TREE], [0, 1, 1, 0]), Plain([SKY, RED], [1, 2])])
    assert joined.segment(IMAGES)[0, :, 3].tolist() == [[0, 1, 1, 0], [2, 2, 3, 3]]
    joined = compose([Plain([SKY, RED], [1, 2]), Plain([TREE], [0, 0, 0, 1])])
    # Cells 1 and 3 of the finer map hold the middles of the coarser one's two cells.
    assert joined.segment(IMAGES)[0, :, 0].tolist() == [[1, 2], [0, 3]]


def test_second_nothing_keeps_a_place_and_ignored_stays() -> None:
    joined = Composition([Plain([TREE], [-1, 1]), Plain([SKY, NOTHING, RED], [2, 3])])
    assert list(joined.vocabulary) == [NOTHING, TREE, SKY, NOTHING, RED]
    assert joined.segment(IMAGES)[0, :, 0].tolist() == [[-1, 1], [3, 4]]
    assert joined.vocabulary.id(NOTHING) == 0


def test_probabilities_of_some_parts() -> None:
    assert not isinstance(compose([Plain([TREE], [1, 1]), Plain([SKY], [1, 1])]), SoftSegmenter)
    joined = compose(
        [Plain([RED], [1, 1]), Soft([TREE, SKY], [1] * 4), Soft([ROOF, NOTHING, TREE], [1, 1])]
    )
    assert isinstance(joined, SoftSegmenter)
    planes = joined.probabilities(IMAGES)
    assert planes.shape == (2, 6, 4, 4)
    # Nothing, red, tree (the larger of 0.1 and 0.3), sky, roof, the second nothing.
    torch.testing.assert_close(planes[1, :, 2, 2], torch.tensor([0, 0, 0.3, 0.2, 0.1, 0.2]))


def test_digest_tells_the_parts_and_their_order() -> None:
    one, two = Plain([TREE], [1], "a"), Plain([SKY], [1], "b")
    digests = {Composition(parts).digest for parts in ([one], [two], [one, two], [two, one])}
    assert len(digests) == 4
    assert Composition([one, two]).digest == Composition([one, two]).digest
    assert compose([one]) is one


def test_no_parts() -> None:
    with pytest.raises(BadInputError, match="at least one"):
        compose([])
    with pytest.raises(BadInputError, match="None of the segmenters"):
        SoftComposition([Plain([TREE], [1])]).probabilities(IMAGES)
