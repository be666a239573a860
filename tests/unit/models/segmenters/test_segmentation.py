"""Concept maps of one picture: counts, pixels, and what changed between two."""

import numpy as np

from dissection.models.segmenters.segment_picture import see
from dissection.models.segmenters.segmentation import Segmentation, changes
from dissection.vocabulary import Concept, Vocabulary
from support.color_segmenter import ColorSegmenter

SKY, TREE, DOOR, LEAF = (
    Concept("sky", "object"),
    Concept("tree", "object"),
    Concept("door", "part"),
    Concept("leaf", "material"),
)
VOCABULARY = Vocabulary([SKY, TREE, DOOR, LEAF])


def seen(*channels: list[list[int]]) -> Segmentation:
    return Segmentation(VOCABULARY, np.array(channels, np.int16))


# Objects, parts, materials; the second material channel says tree, too.
PICTURE = seen(
    [[1, 1, 2, 2], [1, 0, 2, 2]],
    [[0, 0, 0, 3], [0, 0, 0, 0]],
    [[0, 0, 4, 4], [0, 4, 2, 0]],
)


def test_a_pixel_counts_once_however_many_channels_name_it() -> None:
    assert PICTURE.pixels == {TREE: 4, SKY: 3, LEAF: 3, DOOR: 1}
    assert next(iter(PICTURE.pixels)) == TREE
    assert PICTURE.area_share(DOOR) == 1 / 8
    assert PICTURE.area_share(Concept("boat", "object")) == 0
    np.testing.assert_array_equal(PICTURE.mask(SKY), [[1, 1, 0, 0], [1, 0, 0, 0]])


def test_the_concepts_of_a_pixel() -> None:
    assert PICTURE.at(0, 3) == (TREE, DOOR, LEAF)
    assert PICTURE.at(1, 2) == (TREE,)
    assert PICTURE.at(1, 1) == (LEAF,)
    for outside in ((-1, 0), (2, 0), (0, -1), (0, 4)):
        assert PICTURE.at(*outside) == ()


def test_what_says_most_about_a_pixel() -> None:
    assert PICTURE.thing_at(0, 3) == DOOR
    assert PICTURE.thing_at(0, 0) == SKY
    assert PICTURE.thing_at(1, 1) == LEAF
    assert PICTURE.thing_at(5, 5) is None


def test_shares_of_cells() -> None:
    assert PICTURE.cell_share(SKY, (0, 0), (1, 2)) == 3 / 4
    assert PICTURE.cell_share(SKY, (0, 1), (1, 2)) == 0
    assert PICTURE.cell_share(DOOR, (0, 3), (2, 4)) == 1
    assert PICTURE.cell_share(DOOR, (0, 7), (4, 8)) == 1  # cells finer than pixels


def test_one_value_for_each_pixel() -> None:
    objects = PICTURE.flat("object")
    np.testing.assert_array_equal(objects, [[1, 1, 2, 2], [1, 0, 2, 2]])
    np.testing.assert_array_equal(PICTURE.flat("part"), [[0, 0, 0, 3], [0, 0, 0, 0]])
    np.testing.assert_array_equal(
        PICTURE.flat("part", "object", "material"), [[1, 1, 2, 3], [1, 4, 2, 2]]
    )
    np.testing.assert_array_equal(PICTURE.flat("material", "object"), [[1, 1, 4, 4], [1, 4, 2, 2]])
    assert not PICTURE.flat("color").any()


def test_changes_are_told_largest_first_and_only_where_there_are_any() -> None:
    after = seen(
        [[2, 2, 2, 2], [1, 0, 2, 2]],
        [[0, 0, 0, 0], [0, 0, 0, 0]],
        [[0, 0, 4, 4], [0, 4, 2, 0]],
    )
    assert list(changes(PICTURE, after).items()) == [(SKY, -2), (TREE, 2), (DOOR, -1)]
    assert list(changes(after, PICTURE).items()) == [(SKY, 2), (TREE, -2), (DOOR, 1)]
    assert changes(after, after) == {}


def test_seeing_a_picture_of_bytes() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[:, :4] = (200, 60, 60)
    picture[:, 4:] = (60, 60, 200)
    found = see(ColorSegmenter(), picture)
    assert found.size == (8, 8)
    assert found.pixels == {Concept("red", "object"): 32, Concept("blue", "object"): 32}
    assert found.at(0, 0) == (Concept("red", "object"),)
