"""The painter of church scenes: what two seeds and a size promise, and how scenes look."""

import hashlib

import cv2
import numpy as np
import pytest

from dissection.data.storybook import STORYBOOK, Scene, Storybook
from dissection.data.storybook.churches import ChurchLayout
from dissection.data.storybook.style import Style
from dissection.errors import BadInputError, UnknownNameError
from dissection.vocabulary import Concept

CHANNEL = {"object": 0, "part": 1, "material": 2}


@pytest.fixture(scope="module")
def book() -> Storybook:
    return Storybook("churches")


@pytest.fixture(scope="module")
def scenes(book: Storybook) -> list[Scene]:
    return [book.paint(layout) for layout in range(200)]


def where(maps: np.ndarray, name: str, category: str) -> np.ndarray:
    """Pixels of a concept in maps (..., 3, S, S)."""
    index = STORYBOOK.id(Concept(name, category))
    return np.asarray(maps[..., CHANNEL[category], :, :] == index)


def digest(scene: Scene) -> str:
    return hashlib.sha256(scene.image.tobytes() + scene.maps.tobytes()).hexdigest()


@pytest.mark.parametrize("size", [64, 100, 512])
def test_a_scene_is_bytes_of_the_size_asked_for(book: Storybook, size: int) -> None:
    scene = book.paint(3, size=size)
    assert scene.image.shape == (size, size, 3)
    assert scene.maps.shape == (3, size, size)
    assert scene.image.dtype == scene.maps.dtype == np.uint8
    assert scene.image.flags.c_contiguous


def test_the_same_call_gives_the_same_bytes_whatever_was_painted_before() -> None:
    first = digest(Storybook().paint(11, 5, 96))
    other = Storybook()
    others = {digest(other.paint(11, 6, 96)), digest(other.paint(12, 5, 96))}
    assert digest(other.paint(11, 5, 96)) == first
    assert first not in others
    assert len(others) == 2


def test_one_layout_in_many_styles_is_the_same_place(book: Storybook) -> None:
    for layout in range(25):
        painted = [book.paint(layout, style, 64) for style in range(4)] + [
            book.paint(layout, size=64)
        ]
        for scene in painted[1:]:
            np.testing.assert_array_equal(scene.maps[:2], painted[0].maps[:2])
        assert len({digest(scene) for scene in painted}) == 5


def test_a_style_looks_alike_in_every_layout(book: Storybook) -> None:
    """The upper left corner is sky of one color wherever no cloud is; styles differ in it."""
    colors = {}
    for style in range(6):
        corners = []
        for layout in range(12):
            scene = book.paint(layout, style, 64)
            if where(scene.maps, "sky", "object")[:2, :2].all():
                corners.append(scene.image[0, 0].astype(int))
        usual = np.median(corners, axis=0)
        # Horizons differ a little in height; clouds covering less than half brighten some corners.
        alike = np.abs(np.array(corners) - usual).max(axis=1) <= 2
        assert alike.sum() > len(corners) / 2 >= 2
        colors[style] = tuple(usual.tolist())
    assert len(set(colors.values())) == 6


def test_style_of_a_layout_is_not_the_style_of_the_same_number(book: Storybook) -> None:
    assert digest(book.paint(4, size=64)) == digest(book.paint(4, None, 64))
    assert digest(book.paint(4, size=64)) != digest(book.paint(4, 4, 64))


def test_small_and_large_show_the_same_scene(book: Storybook) -> None:
    for layout in range(12):
        small, large = book.paint(layout, size=64), book.paint(layout, size=256)
        shrunk = cv2.resize(large.image, (64, 64), interpolation=cv2.INTER_AREA)
        coarse = [
            cv2.resize(i, (16, 16), interpolation=cv2.INTER_AREA) for i in (small.image, shrunk)
        ]
        assert np.abs(coarse[0].astype(int) - coarse[1]).mean() < 8
        agreement = (small.maps == large.maps[:, 2::4, 2::4]).mean(axis=(1, 2))
        assert agreement.min() > 0.88, layout


def test_every_concept_of_the_domain_occurs_and_no_other(
    book: Storybook, scenes: list[Scene]
) -> None:
    maps = np.stack([scene.maps for scene in scenes])
    for category, channel in CHANNEL.items():
        found = set(np.unique(maps[:, channel]).tolist()) - {0}
        promised = {STORYBOOK.id(c) for c in book.concepts if c.category == category}
        assert found == promised, category
    assert (maps[:, 0] > 0).all()


def test_parts_and_materials_lie_on_what_they_belong_to(scenes: list[Scene]) -> None:
    maps = np.stack([scene.maps for scene in scenes])
    owners = {
        "building": ("door", "window", "roof", "dome", "spire", "tower", "wall"),
        "tree": ("trunk", "canopy"),
    }
    for name, parts in owners.items():
        owner = where(maps, name, "object")
        of_owner = np.any([where(maps, part, "part") for part in parts], axis=0)
        np.testing.assert_array_equal(of_owner, owner)
    pairs = {
        ("door", "part"): {"wood"},
        ("window", "part"): {"glass", "wood"},
        ("wall", "part"): {"brick", "stone", "plaster", "wood"},
        ("tower", "part"): {"brick", "stone", "plaster", "wood"},
        ("roof", "part"): {"tile", "snow"},
        ("spire", "part"): {"tile", "snow", "metal"},
        ("dome", "part"): {"metal"},
        ("trunk", "part"): {"wood"},
        ("canopy", "part"): {"foliage"},
        ("grass", "object"): {"foliage", "snow"},
        ("mountain", "object"): {"stone", "snow"},
        ("path", "object"): {"stone", "earth"},
        ("water", "object"): {"water"},
        ("fence", "object"): {"wood"},
        ("sky", "object"): {"-"},
        ("cloud", "object"): {"-"},
    }
    for (name, category), materials in pairs.items():
        values = np.unique(maps[:, 2][where(maps, name, category)]).tolist()
        assert {STORYBOOK[value].name for value in values} == materials, name


def test_doors_are_as_large_as_a_generator_can_learn(scenes: list[Scene]) -> None:
    """With its frame 10 to 17 px wide and 10 to 24 px high at 128 px, arches included."""
    sizes = []
    for scene in scenes:
        rows, columns = np.nonzero(where(scene.maps, "door", "part"))
        sizes.append((np.ptp(columns) + 1, np.ptp(rows) + 1))
    widths, heights = np.array(sizes).T
    assert 10 <= widths.min() <= np.median(widths) <= 15
    assert widths.max() <= 18
    assert 10 <= heights.min() <= np.median(heights) <= 21
    assert heights.max() <= 25


def test_layouts_are_as_varied_as_they_should_be() -> None:
    count = 600
    layouts = [ChurchLayout.draw(np.random.default_rng([9, seed])) for seed in range(count)]
    shares = {
        0.7: [layout.clouds is not None for layout in layouts],
        0.55: [len(layout.ridges) > 0 for layout in layouts],
        0.22: [layout.lake is not None for layout in layouts],
        0.6: [layout.tree_line is not None for layout in layouts],
        0.75: [layout.path is not None for layout in layouts],
        0.25: [layout.fence is not None for layout in layouts],
        0.5: [layout.building.kind == "church" for layout in layouts],
        2 / 3: [len(layout.trees_before) > 0 for layout in layouts],
    }
    for share, present in shares.items():
        spread = np.sqrt(share * (1 - share) / count)
        assert abs(np.mean(present) - share) < 4 * spread, share
    horizons = np.array([layout.horizon for layout in layouts])
    assert horizons.min() == pytest.approx(0.55, abs=0.005)
    assert horizons.max() == pytest.approx(0.7, abs=0.005)


def test_styles_are_as_varied_as_they_should_be() -> None:
    count = 1500
    styles = [Style.draw(np.random.default_rng([9, seed])) for seed in range(count)]
    expected = {
        ("time", "day"): 0.55,
        ("time", "sunset"): 0.2,
        ("time", "overcast"): 0.17,
        ("time", "night"): 0.08,
        ("season", "summer"): 0.65,
        ("season", "autumn"): 0.2,
        ("snow", True): 0.15,
        ("wall_material", "brick"): 0.25,
        ("path_material", "earth"): 2 / 3,
    }
    for (name, value), share in expected.items():
        found = np.mean([getattr(style, name) == value for style in styles])
        assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / count), (name, value)


def test_the_look_is_pinned(book: Storybook) -> None:
    """Mean colors of the quarters and areas of concepts, as first painted.

    Networks that ship were trained on this look: a change here means training them again.
    """
    scenes = [book.paint(layout, size=64) for layout in range(60)]
    images = np.stack([scene.image for scene in scenes]) / 255
    quarters = images.reshape(60, 2, 32, 2, 32, 3).mean(axis=(0, 2, 4))
    pinned = [
        [[0.5000, 0.5574, 0.6686], [0.5015, 0.5553, 0.6582]],
        [[0.4190, 0.4291, 0.3089], [0.4190, 0.4214, 0.3027]],
    ]
    np.testing.assert_allclose(quarters, pinned, atol=0.001)
    maps = np.stack([scene.maps for scene in scenes])
    areas = {
        ("sky", "object"): 0.3513,
        ("cloud", "object"): 0.0651,
        ("tree", "object"): 0.0765,
        ("building", "object"): 0.2089,
        ("door", "part"): 0.0167,
        ("window", "part"): 0.0370,
        ("roof", "part"): 0.0231,
        ("dome", "part"): 0.0107,
        ("tower", "part"): 0.0185,
        ("trunk", "part"): 0.0082,
        ("brick", "material"): 0.0408,
        ("snow", "material"): 0.0397,
        ("foliage", "material"): 0.2479,
    }
    for (name, category), area in areas.items():
        assert where(maps, name, category).mean() == pytest.approx(area, abs=0.0005), name


@pytest.mark.parametrize("size", [63, 513, 0])
def test_other_sizes_are_refused(book: Storybook, size: int) -> None:
    with pytest.raises(BadInputError, match=f"not of {size}"):
        book.paint(0, size=size)


@pytest.mark.parametrize("seeds", [(-1, None), (0, -2)])
def test_negative_seeds_are_refused(book: Storybook, seeds: tuple[int, int | None]) -> None:
    with pytest.raises(BadInputError, match="0 or more"):
        book.paint(*seeds)


def test_an_unknown_domain_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="'castles'; known are churches"):
        Storybook("castles")
