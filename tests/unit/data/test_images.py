from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dissection.data.images import contact_sheet, from_bytes, to_bytes, write_picture
from dissection.errors import BadInputError


def test_bytes_are_clamped_and_truncated() -> None:
    values = torch.tensor([-1.5, -1.0, 0.0, 0.9999, 1.0, 7.0])
    images = values.view(1, 1, 1, 6).expand(2, 3, 1, 6)
    levels = to_bytes(images)
    assert levels.shape == (2, 1, 6, 3)
    assert levels.dtype == np.uint8
    # (0 + 1) / 2 * 255 = 127.5 and (0.9999 + 1) / 2 * 255 = 254.98 lose their fractions.
    assert levels[1, 0, :, 2].tolist() == [0, 0, 127, 254, 255, 255]


def test_inputs_of_bytes_are_those_numbers_and_leave_the_bytes() -> None:
    pictures = np.arange(256 * 3, dtype=np.uint16).astype(np.uint8).reshape(2, 16, 8, 3)
    given = pictures.copy()
    wanted = torch.from_numpy(given.astype(np.float32) / np.float32(127.5) - 1).permute(0, 3, 1, 2)
    assert torch.equal(from_bytes(pictures), wanted)
    assert torch.equal(from_bytes(torch.from_numpy(pictures)), wanted)
    pictures.flags.writeable = False  # what is read from files that are mapped into memory
    assert torch.equal(from_bytes(pictures), wanted)
    assert np.array_equal(pictures, given)
    levels = torch.from_numpy(given).float()
    from_bytes(levels)
    assert torch.equal(levels, torch.from_numpy(given).float())


def test_channels_are_red_green_blue_in_this_order() -> None:
    images = torch.tensor([1.0, -1.0, 0.0]).view(1, 3, 1, 1)
    assert to_bytes(images)[0, 0, 0].tolist() == [255, 0, 127]


def test_a_sheet_places_pictures_row_by_row() -> None:
    pictures = [np.full((2, 3, 3), i, np.uint8) for i in range(5)]
    sheet = contact_sheet(pictures, columns=2, gap=1)
    assert sheet.shape == (3 * 2 + 2, 2 * 3 + 1, 3)
    assert sheet[::3, ::4, 0].tolist() == [[0, 1], [2, 3], [4, 255]]
    assert (sheet[2] == 255).all()
    assert (sheet[:, 3] == 255).all()


def test_a_sheet_of_few_pictures_is_narrow() -> None:
    assert contact_sheet([np.zeros((4, 4, 3), np.uint8)], columns=8).shape == (4, 4, 3)


def test_a_sheet_refuses_nothing_and_mixtures() -> None:
    small, large = np.zeros((4, 4, 3), np.uint8), np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(BadInputError, match="0 pictures"):
        contact_sheet([], 2)
    with pytest.raises(BadInputError, match="one size"):
        contact_sheet([small, large], 2)


def test_a_picture_comes_back_with_its_texts(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    texts = {"seed": "489", "model": "größer 木"}
    write_picture(tmp_path / "a.png", picture[:, ::-1], texts)
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image), picture[:, ::-1])
        assert image.info == texts


def test_only_png_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"a\.jpg a name that ends in \.png"):
        write_picture(tmp_path / "a.jpg", np.zeros((1, 1, 3), np.uint8))
