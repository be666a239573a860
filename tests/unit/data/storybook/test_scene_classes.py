"""The domain *scenes*: classes, labels, leaving one thing out, and styles."""

import hashlib

import numpy as np
import pytest

from dissection.data.labeled import StorybookLabels
from dissection.data.storybook import STORYBOOK, Scene, Storybook
from dissection.data.storybook.legend import label_colors
from dissection.data.storybook.scenes.layout import SceneLayout
from dissection.data.storybook.scenes.recipes import CLASSES, FAMILIES, RECIPES
from dissection.data.storybook.scenes.settings import SETTINGS
from dissection.data.storybook.scenes.things import THINGS
from dissection.data.storybook.scenes.vocabulary import SCENES
from dissection.errors import BadInputError, UnknownNameError
from dissection.vocabulary import Concept

CHURCHES = {
    64: (
        "5fdbfe35cc2ad9616f789696f61c02b61aa4d384d8dd1469c01b75ec2271c0a2",
        "953b8be20e403344f629c85aef9ffd19c8f0be6e4260daf6cbf9e4115486d09e",
    ),
    128: (
        "1b78d571fade7b65a1bf4d502ae3dc0994664e8e3f36b805dd478effdad75554",
        "ee74ceac5406a25355e20e5c9bcfe5acabaf5f56c6d962793329feabe0d2f8bd",
    ),
    256: (
        "a8c904f89795883a0bb0722708e7fe03ff6d5f938ecb67e707658a59fb4f9c54",
        "837daffdd99d9f0924254753f9c08c232f454fce2bf7e81520e91608520bcf2e",
    ),
}
SEED_OF_STYLE = {"sun", "moon"}  # what the sky shows is a matter of the time of day


@pytest.fixture(scope="module")
def book() -> Storybook:
    return Storybook("scenes")


@pytest.fixture(scope="module")
def scenes(book: Storybook) -> list[Scene]:
    return [book.paint(layout, size=64) for layout in range(12 * len(CLASSES))]


def where(scene: Scene, name: str) -> np.ndarray:
    return np.asarray(scene.maps[0] == SCENES.id(Concept(name, "object")))


@pytest.mark.parametrize("size", CHURCHES)
def test_churches_stay_byte_for_byte_the_same(size: int) -> None:
    """Networks that ship were trained on them, and dissections that ship tell of them."""
    images, maps = hashlib.sha256(), hashlib.sha256()
    for layout in range(40):
        scene = Storybook().paint(layout, None if layout % 2 else 1000 + layout, size)
        images.update(scene.image.tobytes())
        maps.update(scene.maps.tobytes())
    assert (images.hexdigest(), maps.hexdigest()) == CHURCHES[size]


def test_there_are_as_many_classes_and_objects_as_a_classifier_needs(book: Storybook) -> None:
    assert len(book.classes) >= 40
    assert len([c for c in book.concepts if c.category == "object"]) >= 40
    assert list(book.classes) == sorted(set(book.classes))
    assert list(SCENES)[: len(STORYBOOK)] == list(STORYBOOK)
    assert all(len(family) >= 3 for family in FAMILIES)


def test_classes_take_turns(book: Storybook, scenes: list[Scene]) -> None:
    count = len(book.classes)
    for layout, scene in enumerate(scenes):
        assert scene.name == book.classes[book.class_of(layout)] == book.classes[layout % count]
    assert Storybook().paint(3, size=64).name == ""
    with pytest.raises(BadInputError, match="all of one class"):
        Storybook().class_of(0)


def test_every_concept_occurs_and_no_other(book: Storybook) -> None:
    found: list[set[int]] = [set(), set(), set()]
    promised = [
        {SCENES.id(c) for c in book.concepts if c.category == category}
        for category in ("object", "part", "material")
    ]
    for layout in range(40 * len(CLASSES)):
        scene = book.paint(layout, size=64)
        assert (scene.maps[0] > 0).all()
        for known, labels in zip(found, scene.maps, strict=True):
            known.update(np.unique(labels).tolist())
        if all(known - {0} == wanted for known, wanted in zip(found, promised, strict=True)):
            break
    assert [known - {0} for known in found] == promised


def test_recipes_name_things_and_settings_that_there_are() -> None:
    for name, recipe in RECIPES.items():
        assert set(recipe.settings) <= set(SETTINGS), name
        assert set(recipe.items) <= set(THINGS), name
        assert all(0 < chance <= 1 and most >= 1 for chance, most in recipe.items.values()), name
    for thing in THINGS.values():
        assert Concept(thing.object, "object") in SCENES


def test_no_class_is_told_by_one_thing() -> None:
    """What stands in a class's scenes stands in others as well, and is missing from some."""
    kinds: dict[str, dict[str, int]] = {}
    for layout in range(60 * len(CLASSES)):
        drawn = SceneLayout.draw(layout)
        for kind in {placed.kind for placed in drawn.placed}:
            counts = kinds.setdefault(kind, {})
            counts[drawn.name] = counts.get(drawn.name, 0) + 1
    for kind, counts in kinds.items():
        assert len(counts) >= 2, kind
        assert max(counts.values()) < 60, kind


def test_one_layout_in_many_styles_is_the_same_place(book: Storybook) -> None:
    sky = [SCENES.id(Concept(name, "object")) for name in SEED_OF_STYLE]
    for layout in range(len(CLASSES)):
        first, *others = (book.paint(layout, style, 64) for style in (1, 2, 3, None))
        for other in others:
            differ = (first.maps[:2] != other.maps[:2]).any(0)
            lights = np.isin(first.maps[0], sky) | np.isin(other.maps[0], sky)
            assert not (differ & ~lights).any(), first.name
            assert (first.image != other.image).any()


def test_a_thing_left_out_changes_nothing_else(book: Storybook) -> None:
    """Away from where such things and their shadows are, the picture is the same."""
    seen = 0
    rows, columns = (np.mgrid[:64, :64] + 0.5) / 64
    for layout in range(3 * len(CLASSES)):
        placed = SceneLayout.draw(layout).placed
        for name in ("boat", "person", "sheep", "car", "tent"):
            spots = [p.spot for p in placed if THINGS[p.kind].object == name]
            if not spots:
                continue
            whole, without = (book.paint(layout, size=64, without=w) for w in ((), name))
            assert not where(without, name).any()
            around = np.zeros((64, 64), bool)
            for spot in spots:
                beside = np.abs(columns - spot.x) < 1.6 * spot.size + 0.03
                above = (rows > spot.y - 1.3 * spot.size - 0.03) & (rows < spot.y + spot.size)
                around |= beside & above
            differ = (whole.image != without.image).any(2)
            assert not (differ & ~around).any(), (layout, name)
            seen += 1
    assert seen > 60


def test_what_is_left_out_may_be_several_things_or_one_kind_of_them(book: Storybook) -> None:
    kinds = [{p.kind for p in SceneLayout.draw(n).placed} for n in range(999)]
    layout = next(n for n, found in enumerate(kinds) if {"church", "gravestone"} <= found)
    whole = book.paint(layout)
    bare = book.paint(layout, without=["church", "gravestone"])
    assert where(whole, "building").any()
    assert not where(bare, "gravestone").any()
    same = book.paint(layout, without="windmill")
    np.testing.assert_array_equal(same.image, whole.image)


def test_unknown_things_are_told_with_near_ones(book: Storybook) -> None:
    with pytest.raises(UnknownNameError, match="cannot leave 'boats' out of scenes; it can boat"):
        book.paint(0, without="boats")
    with pytest.raises(UnknownNameError, match="out of churches; take --domain scenes"):
        Storybook().paint(0, without="tree")


def test_small_and_large_show_the_same_scene(book: Storybook) -> None:
    for layout in range(0, len(CLASSES), 3):
        small, large = book.paint(layout, size=64), book.paint(layout, size=256)
        agreement = (small.maps == large.maps[:, 2::4, 2::4]).mean(axis=(1, 2))
        assert agreement.min() > 0.85, small.name


def test_tags_say_what_the_style_is(scenes: list[Scene]) -> None:
    snow = SCENES.id(Concept("snow", "material"))
    for scene in scenes:
        assert set(scene.tags) == {"time", "season", "snow", "walls", "ground"}
        if scene.name == "ski slope" and (scene.maps[2] == snow).mean() > 0.2:
            assert scene.tags["snow"] == "yes"
    assert {scene.tags["time"] for scene in scenes} == {"day", "sunset", "overcast", "night"}


def test_colors_of_the_legend_are_apart() -> None:
    colors = label_colors(SCENES)
    assert colors.shape == (len(SCENES), 3)
    for category in ("object", "part", "material"):
        mine = colors[SCENES.of(category)].astype(int)
        gaps = np.abs(mine[:, None] - mine[None]).sum(axis=2)
        assert gaps[~np.eye(len(mine), dtype=bool)].min() > 8, category


def test_labeled_scenes_say_their_classes() -> None:
    source = StorybookLabels([3, 60], "scenes", 64)
    assert source.vocabulary == SCENES
    assert source.classes == CLASSES
    assert source.targets.tolist() == [3, 60 % len(CLASSES)]
    assert set(StorybookLabels([3], size=64).targets.tolist()) == {-1}
