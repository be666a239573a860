"""Photographs as people have them: turned, deep, of other kinds, in folders of splits."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dissection.data.image_decoding import UnusableError, changes_in_words, decode
from dissection.data.image_files import Crop, examine
from dissection.data.image_folder import NO_CLASS, ImageFolder
from dissection.data.label_folder import FolderLabels
from dissection.errors import BadInputError

RAMP = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
UPRIGHT = np.stack([RAMP, RAMP[::-1], 255 - RAMP], 2)
#: What has to be done to a picture so that its EXIF orientation turns it back.
STORED = {
    1: lambda x: x,
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    6: lambda x: np.rot90(x, 1),
    8: lambda x: np.rot90(x, -1),
}


def write(path: Path, pixels: np.ndarray, orientation: int | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, exif=exif)
    return path


@pytest.mark.parametrize("orientation", STORED)
def test_pictures_are_turned_as_their_exif_data_say(tmp_path: Path, orientation: int) -> None:
    path = write(tmp_path / "a.png", STORED[orientation](UPRIGHT), orientation)
    with Image.open(path) as image:
        decoded = decode(image)
    np.testing.assert_array_equal(np.asarray(decoded.image), UPRIGHT)
    assert decoded.turned == (orientation != 1)


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I"])
def test_sixteen_bits_are_scaled(mode: str) -> None:
    values = np.array([[0, 257, 128 * 257, 65535]])
    image = Image.fromarray(values.astype(np.int32)) if mode == "I" else Image.frombytes(
        mode, (4, 1), values.astype(">u2" if mode.endswith("B") else "<u2").tobytes()
    )  # fmt: skip
    decoded = decode(image)
    assert decoded.scaled
    assert np.asarray(decoded.image)[0, :, 0].tolist() == [0, 1, 128, 255]


def test_values_of_unknown_range_are_left_out_with_the_reason(tmp_path: Path) -> None:
    for pixels in (np.ones((3, 3), np.float32), np.full((3, 3), 70_000, np.int32)):
        with pytest.raises(UnusableError, match="whose range nobody tells"):
            decode(Image.fromarray(pixels))
    Image.fromarray(np.ones((3, 3), np.float32)).save(tmp_path / "depth.tiff")
    assert "floating-point" in examine(tmp_path / "depth.tiff").trouble


def test_what_was_done_is_counted(tmp_path: Path) -> None:
    write(tmp_path / "plain.jfif.png", UPRIGHT)
    Image.fromarray(UPRIGHT).save(tmp_path / "jpeg.jfif", format="JPEG")
    write(tmp_path / "turned.png", STORED[6](UPRIGHT), 6)
    Image.fromarray(RAMP.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    Image.fromarray(np.ones((3, 3), np.float32)).save(tmp_path / "depth.tiff")
    for n in range(3):
        (tmp_path / f"phone{n}.HEIC").write_bytes(b"...")
    source = ImageFolder(tmp_path, Crop(4, 4))
    told = source.provenance
    assert source.names.count("jpeg.jfif") == 1
    assert (told["turned"], told["scaled"], told["not_looked_at"]) == (1, 1, {".heic": 3})
    assert told["skipped"]["files"] == [f"depth.tiff: {examine(tmp_path / 'depth.tiff').trouble}"]
    assert changes_in_words(told) == [
        "1 pictures were turned as their EXIF data say",
        "1 pictures of 16 bits were scaled to 8",
        "3 files of other kinds (.heic) were not looked at",
    ]


def test_ordinary_folders_tell_nothing_new(tmp_path: Path) -> None:
    write(tmp_path / "a.png", UPRIGHT)
    told = ImageFolder(tmp_path, Crop(4, 4)).provenance
    assert not {"turned", "scaled", "not_looked_at"} & set(told)
    assert changes_in_words(told) == []


def test_a_folder_of_other_kinds_alone_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.heic").write_bytes(b"")
    with pytest.raises(BadInputError, match=r"1 files of other kinds \(\.heic\).*convert them"):
        ImageFolder(tmp_path)


@pytest.mark.parametrize(
    ("files", "classes", "targets"),
    [
        (["train/cat/1", "train/dog/2", "val/cat/3"], ("cat", "dog"), [0, 1, 0]),
        (["Train/cat/1", "Train/dog/x/2"], ("cat", "dog"), [0, 1]),
        (["train/1", "val/2"], (), [NO_CLASS, NO_CLASS]),
        (["train/cat/1", "zebra/2"], ("train", "zebra"), [0, 1]),
        (["cat/1", "dog/2", "3"], ("cat", "dog"), [NO_CLASS, 0, 1]),
    ],
)
def test_folders_of_splits_are_no_classes(
    tmp_path: Path, files: list[str], classes: tuple[str, ...], targets: list[int]
) -> None:
    for name in files:
        write(tmp_path / f"{name}.png", UPRIGHT)
    source = ImageFolder(tmp_path, Crop(4, 4), seed=None)
    assert source.classes == classes
    assert source.targets.tolist() == targets


def test_labeled_photographs_are_turned_and_their_names_may_be_of_any_bytes(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    write(tmp_path / "images" / f"{name}.png", STORED[6](UPRIGHT), 6)
    write(tmp_path / "object" / f"{name}.png", np.ones((6, 8), np.uint8))
    (tmp_path / "names.txt").write_text("tree\n")
    source = FolderLabels(tmp_path, size=8)
    np.testing.assert_array_equal(source.picture(0), UPRIGHT)
    assert source.provenance["turned"] == 1
