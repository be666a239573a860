import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.results.sheets import UNITS_PER_SHEET, Sheets


def strips(units: int, images: int = 3, size: int = 16) -> np.ndarray:
    """Pictures of one color each, that tells unit and image."""
    made = np.empty((units, images, size, size, 3), np.uint8)
    for unit in range(units):
        for image in range(images):
            made[unit, image] = unit, 60 * image, 128
    return made


@pytest.mark.parametrize("units", [1, UNITS_PER_SHEET, 150])
def test_each_unit_gets_its_own_pictures_back(units: int) -> None:
    given = strips(units)
    sheets = Sheets.of(given, quality=95)
    assert len(sheets) == units
    assert len(sheets.encoded) == -(-units // UNITS_PER_SHEET)
    for unit in {0, units // 2, units - 1}:
        assert sheets[unit].shape == (3, 16, 16, 3)
        error = sheets[unit].astype(int) - given[unit]
        assert np.abs(error[:, 4:-4, 4:-4]).max() <= 6


def test_what_is_handed_out_is_a_copy() -> None:
    sheets = Sheets.of(strips(2))
    sheets[0][:] = 0
    assert sheets[0].max() > 100


def test_units_that_are_not_there_end_the_loop() -> None:
    sheets = Sheets.of(strips(3))
    assert len(list(sheets)) == 3
    with pytest.raises(IndexError, match="units 0 to 2, not of 3"):
        sheets[3]


def test_wrong_sheets_are_told() -> None:
    good = Sheets.of(strips(70)).encoded
    with pytest.raises(ValueError, match="1 sheets do not hold"):
        Sheets(good[:1], 70, 3, 16)
    with pytest.raises(ValueError, match="sheet 1 is 48 x 96 px and should be 48 x 112"):
        Sheets(good, 71, 3, 16)
    with pytest.raises(ValueError, match="sheet 1 is no WebP"):
        Sheets([good[0], b"RIFF"], 70, 3, 16)


def test_pictures_that_fit_in_no_sheet_are_refused() -> None:
    with pytest.raises(BadInputError, match="at most 255 px, and here are 1 pictures of 256 px"):
        Sheets.of(np.zeros((1, 1, 256, 256, 3), np.uint8))
    with pytest.raises(BadInputError, match="here are 0 pictures"):
        Sheets.of(np.zeros((1, 0, 16, 16, 3), np.uint8))


def test_a_sheet_is_read_at_once() -> None:
    strips = np.random.default_rng(0).integers(
        0, 256, (UNITS_PER_SHEET + 3, 2, 16, 16, 3), np.uint8
    )
    sheets = Sheets.of(strips)
    for unit, expected in (
        (0, range(UNITS_PER_SHEET)),
        (UNITS_PER_SHEET + 1, range(UNITS_PER_SHEET, UNITS_PER_SHEET + 3)),
    ):
        units, found = sheets.beside(unit)
        assert units == expected
        assert found.shape == (len(units), 2, 16, 16, 3)
        for place, other in enumerate(units):
            assert np.array_equal(found[place], sheets[other])
    with pytest.raises(IndexError, match="not of 67"):
        sheets.beside(UNITS_PER_SHEET + 3)
