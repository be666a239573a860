from fractions import Fraction

import numpy as np

from dissection.data.images import thumbnail
from dissection.measurement.spotlight import OUTLINE, framed, region_above, spotlight
from dissection.results.dissection import GRAY
from dissection.statistics.upsample import Axis, Centers

MAP = np.zeros((4, 4), np.float32)
MAP[1, 1] = 8.0


def test_the_region_is_that_of_the_upsampled_map() -> None:
    # Twice as large, a cell of 8 gives 8 x (.75, .25) along each axis: 4.5, 1.5, 0.5.
    region = region_above(MAP, 1.4, (8, 8))
    rows = ["........", "..11....", ".1111...", ".1111...", "..11...."] + ["........"] * 3
    assert ["".join(".1"[int(cell)] for cell in row) for row in region] == rows
    assert not region_above(MAP, 4.5, (8, 8)).any()  # above is strictly above
    assert region_above(MAP, -1.0, (8, 8)).all()


def test_cells_that_lie_elsewhere_light_another_place() -> None:
    axis = Axis(Fraction(3, 8), Fraction(1, 8))  # the four cells lie in the middle half
    even = region_above(MAP, 4.0, (64, 64))
    inside = region_above(MAP, 4.0, (64, 64), Centers(axis, axis))
    assert np.argwhere(even).mean(0).tolist() == [23.5, 23.5]
    assert np.argwhere(inside).mean(0).tolist() == [31.5, 31.5]
    assert inside.sum() < even.sum()


def test_inside_is_as_it_was_outside_is_dimmed_and_the_line_between_is_outside() -> None:
    picture = np.full((8, 8, 3), (200, 101, 0), np.uint8)
    shown = spotlight(picture, MAP, 4.0)
    inside = region_above(MAP, 4.0, (8, 8))
    assert inside.sum() == 4
    assert (shown[inside] == (200, 101, 0)).all()
    line = (shown == OUTLINE).all(-1)
    assert line.sum() == 12  # once around four pixels
    assert not (line & inside).any()
    assert (shown[~line & ~inside] == (100, 50, 0)).all()
    assert (picture == (200, 101, 0)).all()


def test_a_dead_unit_dims_everything() -> None:
    picture = np.full((8, 8, 3), 100, np.uint8)
    assert (spotlight(picture, np.zeros((2, 2)), 0.0) == 50).all()


def test_pictures_that_are_not_square_stand_on_gray() -> None:
    small = thumbnail(np.full((20, 40, 3), 250, np.uint8), 16)
    assert small.shape == (8, 16, 3)
    square = framed(small, 16)
    assert (square[4:12] == 250).all()
    assert (square[:4] == GRAY).all()
    assert (square[12:] == GRAY).all()
