"""How rare peaks on a picture are, in words and as an order."""

from dataclasses import replace

import numpy as np

from dissection.statistics.histogram import Histogram
from ganpaint.units.peak_rarity import PeakRarities
from ganpaint.units.unit_table import UnitFilter, UnitTable
from support.synthetic import make_dissection

_EVERY = UnitFilter()


def _table() -> UnitTable:
    """Units from 0 to 8 in 100,000 positions, a tenth of a permille of them in the upper half."""
    made = make_dissection()
    units = made["layer3"].shape[0]
    bins = np.tile(np.array([[99_990, 10]], np.int64), (units, 1))
    zeros, eights = np.zeros(units, np.float32), np.full(units, 8, np.float32)
    layer = replace(made["layer3"], histogram=Histogram(zeros, eights, bins))
    return UnitTable(replace(made, measured={"layer3": layer}), "layer3")


def test_peaks_that_no_picture_has_stand_in_the_order_of_how_far_they_are_above() -> None:
    table = _table()
    peaks = np.full(len(table), 2, np.float32)
    peaks[[5, 9, 2, 7]] = 9.0, 16.0, 8.0, 6.0
    found = PeakRarities.of(table.layer, peaks)
    assert table.shown(_EVERY, "fires", rarities=found)[:4] == [9, 5, 2, 7]
    assert [found.told(unit) for unit in (9, 5)] == ["above all"] * 2
    assert found.explained(9).endswith("by 100% of the range that it has there")
    # The highest of the sample itself, and what is hardly above it by rounding, is no higher one.
    assert found.told(2) == found.told(7) == "top < 0.01%"
    assert "less than 0.01% of the sample's positions" in found.explained(7)
    near = PeakRarities.of(table.layer, np.full(len(table), 8.0001, np.float32))
    assert near.told(0) == "top < 0.01%"
    assert found.told(0) == "top 50.01%"
    assert "0.00%" not in "".join(found.told(unit) for unit in range(len(table)))
