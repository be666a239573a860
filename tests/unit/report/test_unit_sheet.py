"""The sheet of units: pictures where they belong, text beside them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.report.unit_sheet import unit_sheet
from dissection.results.ranking import BestUnit
from dissection.vocabulary import Concept

TREE, DOOR = Concept("tree", "object"), Concept("door", "part")
UNITS = [
    BestUnit(TREE, "layer4", 7, 0.2, TREE, 0.2, 0.5),
    BestUnit(TREE, "layer4", 9, 0.1, DOOR, 0.3, None),
    BestUnit(DOOR, "layer4", 9, 0.3, DOOR, 0.3, 1.0),
]


def plain(unit: int, images: int, size: int) -> NDArray[np.uint8]:
    """Pictures of one color each, (unit, image, 200)."""
    strip = np.full((images, size, size, 3), 200, np.uint8)
    strip[..., 0] = unit
    strip[..., 1] = np.arange(images)[:, None, None]
    return strip


def boxes(sheet: NDArray[np.uint8], units: int, images: int) -> NDArray[np.int64]:
    """Top, left, height and width of each picture, (units, images, 4)."""
    found = np.zeros((units, images, 4), np.int64)
    for unit, image in np.ndindex(units, images):
        rows, columns = np.nonzero((sheet == (unit, image, 200)).all(-1))
        assert len(rows) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        found[unit, image] = rows[0], columns[0], np.ptp(rows) + 1, np.ptp(columns) + 1
    return found


@pytest.mark.parametrize(("size", "side"), [(120, 120), (24, 150), (200, 40)])
def test_pictures_stand_in_rows(size: int, side: int) -> None:
    sheet = unit_sheet(UNITS, [plain(unit, 4, size) for unit in range(3)], side)
    found = boxes(sheet, 3, 4)
    assert (found[..., 2:] == side).all()
    assert (found[..., 0] == found[:, :1, 0]).all()
    assert (found[..., 1] == found[:1, :, 1]).all()
    assert (np.diff(found[0, :, 1]) == side + 4).all()
    within, between = np.diff(found[:, 0, 0])
    assert side < within < between  # concepts stand apart
    # As much margin on the right as on the left of the text.
    ink = np.nonzero((sheet[:, : found[0, 0, 1]] < 128).all(-1))[1].min()
    assert abs(sheet.shape[1] - found[0, -1, 1] - side - ink) <= 3


def test_every_row_has_its_own_text_and_a_line_parts_concepts() -> None:
    strips = [plain(unit, 2, 144) for unit in range(3)]
    sheet = unit_sheet(UNITS, strips, 144)
    found = boxes(sheet, 3, 2)
    left = found[0, 0, 1]
    texts = [sheet[top : top + 144, :left] for top in found[:, 0, 0]]
    assert all((text < 128).any() for text in texts)
    assert (texts[0] != texts[1]).any()
    assert (texts[1] != texts[2]).any()
    # The text stays away from the pictures.
    assert all((text[:, left - 10 :] == 255).all() for text in texts)
    lines = [
        bool((sheet[a + 144 : b, left : left + 144] != 255).all(1).any())
        for a, b in zip(found[:, 0, 0], found[1:, 0, 0], strict=False)
    ]
    assert lines == [False, True]


def test_long_names_make_room_for_themselves() -> None:
    long = [replace(UNITS[0], layer="features.block4.2.downsample.conv3")]
    strips = [plain(0, 1, 100)]
    short, wide = (unit_sheet(units, strips, 100) for units in (UNITS[:1], long))
    assert boxes(wide, 1, 1)[0, 0, 1] > boxes(short, 1, 1)[0, 0, 1] + 30
    # Letters that the font lacks give way to those it has.
    accents, without = (
        unit_sheet([replace(UNITS[0], concept=Concept(name, "object"))], strips, 100)
        for name in ("façade", "facade")
    )
    np.testing.assert_array_equal(accents, without)


def test_units_with_fewer_pictures_leave_room() -> None:
    sheet = unit_sheet(UNITS[:2], [plain(0, 1, 64), plain(1, 3, 64)], 64)
    first, second = boxes(sheet, 1, 1)[0, 0], np.nonzero((sheet == (1, 2, 200)).all(-1))
    assert first[1] + 2 * 68 == second[1][0]


def test_what_is_no_sheet_is_told() -> None:
    with pytest.raises(BadInputError, match="at least one unit"):
        unit_sheet([], [])
    with pytest.raises(BadInputError, match="3000 units with 5 pictures of 144 px"):
        unit_sheet(UNITS * 1000, [plain(0, 5, 8)] * 3000)
