from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dissection.data.label_folder import FolderLabels, zero_in_words
from dissection.data.labeled import ANY, StorybookLabels, counted
from dissection.data.storybook import STORYBOOK, Storybook
from dissection.data.storybook.folder import write_folder
from dissection.errors import BadInputError
from dissection.vocabulary import NOTHING, Concept


def test_storybook_knows_its_own_labels() -> None:
    source = StorybookLabels([3, 9], size=64)
    scene = Storybook().paint(9, size=64)
    assert len(source) == 2
    assert source.vocabulary is STORYBOOK
    assert source.channels == ("object", "part", "material")
    images, maps = source.inputs([1, 0]), source.labels([1, 0], 64)
    np.testing.assert_array_equal(maps[0].numpy(), scene.maps)
    assert images.shape == (2, 3, 64, 64)
    expected = torch.from_numpy(scene.image).permute(2, 0, 1) / 127.5 - 1
    torch.testing.assert_close(images[0], expected)
    # A coarser grid takes the pixels at the middles of its cells.
    np.testing.assert_array_equal(source.labels([1], 16)[0].numpy(), scene.maps[:, 2::4, 2::4])
    assert source.provenance["size"] == 2
    assert source.digest != StorybookLabels([3, 8], size=64).digest
    with pytest.raises(BadInputError, match="at least 1 layout"):
        StorybookLabels([])


def test_counted_pixels() -> None:
    maps = torch.tensor([[[[0, -1, 2]], [[-1, 0, 1]], [[4, 4, 4]]]])
    channels = ("part", "part", "color")
    assert counted(maps, channels, "part")[0, 0].tolist() == [False, False, True]
    assert counted(maps, channels, "color").all()
    assert counted(maps, (ANY, "part", "color"), "color")[0, 0].tolist() == [True, False, True]


def put(folder: Path, name: str, values: object, mode: str = "L") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(values)).convert(mode).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, 4 x 4 and 4 x 2 px, with their maps in one folder; 255 is ignored."""
    (tmp_path / "names.txt").write_text("sky\npart:roof\n\n")
    gray = np.arange(16, dtype=np.uint8).reshape(4, 4) * 10
    put(tmp_path, "images/b.png", gray, "RGB")
    put(tmp_path, "images/a.png", gray[:, :2], "RGB")
    labels = np.array([[0, 1, 1, 255]] * 2 + [[2, 2, 0, 0]] * 2, np.uint8)
    put(tmp_path, "labels/b.png", labels)
    put(tmp_path, "labels/a.png", labels[:, :2])
    return tmp_path


def test_folder_of_maps(folder: Path) -> None:
    source = FolderLabels(folder, size=4)
    assert list(source.vocabulary) == [NOTHING, Concept("sky", "object"), Concept("roof", "part")]
    assert source.channels == (ANY,)
    assert source.labels([1], 4)[0, 0].tolist() == [[0, 1, 1, -1]] * 2 + [[2, 2, 0, 0]] * 2
    assert source.labels([0], 4)[0, 0].tolist() == [[0, 0, 1, 1]] * 2 + [[2, 2, 2, 2]] * 2
    assert source.inputs([0, 1]).shape == (2, 3, 4, 4)
    assert (source.inputs([1])[0, 1] + 1).mul(127.5).round().int()[3].tolist() == [
        120,
        130,
        140,
        150,
    ]


def test_images_and_maps_are_cut_alike(folder: Path) -> None:
    source = FolderLabels(folder, size=2, resize=4)
    seen = (source.inputs([1])[0, 0] + 1).mul(127.5).round().int()
    assert seen.tolist() == [[50, 60], [90, 100]]
    assert source.labels([1], 2)[0, 0].tolist() == [[1, 1], [2, 0]]
    assert source.digest != FolderLabels(folder, size=4).digest
    with pytest.raises(BadInputError, match="cannot be cut to 4 px"):
        FolderLabels(folder, size=4, resize=2)


def test_first_name_may_be_nothing_and_nothing_may_be_ignored(folder: Path) -> None:
    (folder / "names.txt").write_text("-\nsky\nroof")
    put(folder, "labels/b.png", np.full((4, 4), 2, np.uint8), "P")
    source = FolderLabels(folder, ignore=0, size=4)
    assert list(source.vocabulary)[1:] == [Concept("sky", "object"), Concept("roof", "object")]
    assert source.labels([0], 4)[0, 0, 0].tolist() == [-1, -1, 1, 1]


def test_storybook_folders_have_this_form(tmp_path: Path) -> None:
    assert list(write_folder(Storybook(), [4, 5], 64, tmp_path)) == [True, True]
    source = FolderLabels(tmp_path, size=64)
    exact = StorybookLabels([4, 5], size=64)
    assert source.vocabulary == exact.vocabulary
    assert source.channels == exact.channels
    assert torch.equal(source.labels([0, 1], 32), exact.labels([0, 1], 32))
    assert torch.equal(source.inputs([1]), exact.inputs([1]))


def test_images_that_lack_something_are_left_out(folder: Path) -> None:
    put(folder, "images/c.jpg", np.zeros((4, 4), np.uint8), "RGB")
    (folder / "images" / "d.png").write_bytes(b"no picture")
    put(folder, "labels/d.png", np.zeros((4, 4), np.uint8))
    (folder / "images" / "notes.txt").write_text("not an image")
    source = FolderLabels(folder, size=4)
    assert len(source) == 2
    assert source.skipped == (
        "c.jpg: labels/c.png is not there",
        "d.png: images/d.png is damaged or no image",
    )
    assert source.provenance["skipped"] == {"count": 2, "files": list(source.skipped)}


def remove_names(folder: Path) -> None:
    (folder / "names.txt").unlink()


def double_names(folder: Path) -> None:
    (folder / "names.txt").write_text("sky\nsky\n")


def remove_maps(folder: Path) -> None:
    for file in (folder / "labels").iterdir():
        file.unlink()


def rename_maps(folder: Path) -> None:
    (folder / "labels").rename(folder / "maps")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (remove_names, "does not say what its labels mean"),
        (double_names, "names.txt is no list of names"),
        (remove_maps, "holds no image that can be used .a.png: labels/a.png is not there"),
        (rename_maps, "holds no labeled images: it needs"),
    ],
)
def test_folders_that_are_no_labeled_images(
    folder: Path, damage: Callable[[Path], None], sentence: str
) -> None:
    damage(folder)
    with pytest.raises(BadInputError, match=sentence):
        FolderLabels(folder)


def test_maps_that_are_no_maps(folder: Path) -> None:
    put(folder, "labels/a.png", np.full((4, 2), 9, np.uint8))
    with pytest.raises(BadInputError, match=r"a\.png has the value 9, which has no name"):
        FolderLabels(folder).labels([0], 4)
    put(folder, "labels/a.png", np.zeros((4, 2), np.uint8), "RGB")
    with pytest.raises(BadInputError, match=r"a\.png is a picture of mode RGB"):
        FolderLabels(folder).labels([0], 4)
    put(folder, "object/a.png", np.zeros((4, 2), np.uint8))
    put(folder, "labels/a.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(BadInputError, match="another size than the first map"):
        FolderLabels(folder).labels([0], 4)
    (folder / "object" / "a.png").unlink()
    (folder / "object").rmdir()
    put(folder, "labels/a.png", np.zeros((4, 4), np.uint8))
    with pytest.raises(BadInputError, match=r"of a\.png have another size .* than their picture"):
        FolderLabels(folder, size=4)


def test_a_map_that_is_damaged_later_is_told(folder: Path) -> None:
    source = FolderLabels(folder, size=4)
    data = (folder / "labels" / "b.png").read_bytes()
    (folder / "labels" / "a.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInputError, match=r"a\.png is damaged or no image; put it back"):
        source.labels([0], 4)


def test_workers_load_pictures_with_their_maps(folder: Path) -> None:
    here, there = FolderLabels(folder, size=4), FolderLabels(folder, size=4, workers=1)
    assert here.digest == there.digest
    expected = here.labels([1, 0], 3)
    with there.labeling(3):
        pictures = there.batch(there.load([1, 0]))
        for file in (folder / "labels").iterdir():
            file.unlink()  # the maps have come along
        assert torch.equal(there.labels([1, 0], 3), expected)
        with pytest.raises(BadInputError, match="is not there"):
            there.labels([1], 3)
    assert torch.equal(pictures, here.inputs([1, 0]))


def test_samples_are_drawn_by_seed(folder: Path) -> None:
    for name in "cdefgh":
        put(folder, f"images/{name}.png", np.full((4, 4), ord(name), np.uint8), "RGB")
        put(folder, f"labels/{name}.png", np.zeros((4, 4), np.uint8))
    every = [FolderLabels(folder, size=4, seed=1).picture(row)[0, 0, 0] for row in range(8)]
    some = FolderLabels(folder, size=4, seed=1, count=3)
    assert [some.picture(row)[0, 0, 0] for row in range(len(some))] == every[:3]
    assert len({FolderLabels(folder, size=4, seed=seed).digest for seed in (None, 1, 2)}) == 3
    assert (
        FolderLabels(folder, size=4, seed=1).digest == FolderLabels(folder, size=4, seed=1).digest
    )
    before = some.digest
    put(folder, "labels/c.png", np.ones((4, 4), np.uint8))
    put(folder, "labels/d.png", np.ones((4, 4), np.uint8))
    assert FolderLabels(folder, size=4, seed=None, count=3).digest != before
    with pytest.raises(BadInputError, match="at least 1 picture, not 0"):
        FolderLabels(folder, count=0)


def test_maps_may_count_their_names_from_0(folder: Path) -> None:
    (folder / "names.txt").write_text("sky\npart:roof\ntree\n")
    plain = FolderLabels(folder, size=4)
    shifted = FolderLabels(folder, size=4, first_value=0)
    assert shifted.vocabulary == plain.vocabulary
    for row in range(2):
        one, other = plain.label_maps(row), shifted.label_maps(row)
        np.testing.assert_array_equal(other, np.where(one < 0, -1, one + 1))
    assert shifted.provenance["first_value"] == 0
    assert shifted.digest != plain.digest
    # 0 is common, and the first line is a name: that may be a mistake, and is said.
    assert plain.provenance["zero_is_nothing"] == {"share": 0.3636, "first": "sky"}
    (line,) = zero_in_words(plain.provenance)
    assert "covers 36% " in line
    assert "first name, sky, is of value 1" in line
    assert "--first-value 0" in line


@pytest.mark.parametrize("text", ["-\nsky\nroof\n", "\ufeff-\nsky\nroof\n"])
def test_where_the_names_begin_with_nothing_there_is_no_doubt(folder: Path, text: str) -> None:
    (folder / "names.txt").write_text(text, encoding="utf-8")
    told = FolderLabels(folder, size=4).provenance
    assert zero_in_words(told) == []
    assert "first_value" not in told
    with pytest.raises(BadInputError, match="begin with nothing"):
        FolderLabels(folder, size=4, first_value=0)


def test_no_word_where_the_caller_has_said_it_or_0_is_rare(folder: Path) -> None:
    assert zero_in_words(FolderLabels(folder, size=4, first_value=1).provenance) == []
    for name in "ab":
        values = np.array(Image.open(folder / f"labels/{name}.png"))
        put(folder, f"labels/{name}.png", np.where(values == 0, 1, values).astype(np.uint8))
    assert zero_in_words(FolderLabels(folder, size=4).provenance) == []
    with pytest.raises(BadInputError, match="0 or 1, not 2"):
        FolderLabels(folder, size=4, first_value=2)
