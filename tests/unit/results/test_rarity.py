"""Which units fire at a place: ranked by how rare it is for each, with levels or with counts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.painting.boxes import Box
from dissection.results.layer_dissection import LayerDissection
from dissection.results.rarity import beyond_sample, brush_of_units, firing, rarity
from dissection.statistics.histogram import Histogram
from dissection.vocabulary import Concept
from support.synthetic import make_dissection

SHAPE = (32, 8, 8)
CELL = Box(2, 3, 3, 4)


@pytest.fixture
def layer() -> LayerDissection:
    """Levels of unit u: 0.99 at u + 1, 0.995 at u + 1.5, raw 0.99 at u + 2."""
    return replace(make_dissection()["layer3"], histogram=None)


def histograms(layer: LayerDissection, lowest: Any, highest: Any, bins: Any) -> LayerDissection:
    bounds = (np.asarray(bound, np.float32) for bound in (lowest, highest))
    return replace(layer, histogram=Histogram(*bounds, np.asarray(bins, np.int64)))


def features_at(activations: np.ndarray) -> np.ndarray:
    features = np.zeros(SHAPE, np.float32)
    features[:, 2, 3] = activations
    return features


def test_rarities_meet_the_stored_levels(layer: LayerDissection) -> None:
    raw = layer.activation_threshold_at("raw-0.99")
    np.testing.assert_allclose(rarity(layer, raw), 0.01)
    # Half as rare for every half of an activation: that is what 0.99 and 0.995 tell.
    np.testing.assert_allclose(rarity(layer, raw + np.float32(1.0)), 0.0025)
    np.testing.assert_allclose(rarity(layer, raw - np.float32(0.5)), 0.02)
    assert (rarity(layer, raw - np.float32(100)) == 1).all()


def test_units_without_a_tail_are_ranked_by_their_level_alone(layer: LayerDissection) -> None:
    level = layer.activation_threshold
    flat = replace(layer, threshold_names=("0.99",), threshold_table=level[None])
    np.testing.assert_allclose(rarity(flat, level), 0.01)
    np.testing.assert_allclose(rarity(flat, level * 2), 0.0001)
    np.testing.assert_allclose(rarity(flat, level * 0), 1)
    table = np.zeros((3, 32), np.float32)  # units that hardly ever fire
    dead = replace(layer, threshold_table=table)
    assert (rarity(dead, np.zeros(32, np.float32)) == 1).all()
    np.testing.assert_allclose(rarity(dead, np.ones(32, np.float32)), 0.01)


def test_counted_rarities_are_shares_of_positions(layer: LayerDissection) -> None:
    # Four bins from 0 to 8 with 10 positions: 4 in 0..2, 3 in 2..4, 2 in 4..6, 1 in 6..8.
    found = histograms(layer, np.zeros(32), np.full(32, 8.0), [[4, 3, 2, 1]] * 32)
    at = dict.fromkeys(range(32), 0.0) | {0: 6.0, 1: 7.0, 2: 8.0, 3: 9.0, 4: 3.0, 5: -1.0, 6: 1.0}
    shares = rarity(found, np.array(list(at.values()), np.float32))
    expected = [0.1, 0.05, 0.0, 0.0, (1.5 + 2 + 1) / 10, 1.0, 0.8]
    np.testing.assert_allclose(shares[:7], expected, atol=1e-12)
    still = histograms(layer, np.zeros(32), np.zeros(32), [[10, 0, 0, 0]] * 32)
    assert (rarity(still, np.ones(32, np.float32)) == 1).all()


def test_what_is_above_the_sample_is_told_apart_by_how_far(layer: LayerDissection) -> None:
    found = histograms(layer, np.full(32, -2.0), np.full(32, 8.0), [[4, 3, 2, 1]] * 32)
    peaks = np.full(32, 8.0, np.float32)
    peaks[:3] = 9.0, 18.0, 7.0
    beyond = beyond_sample(found, peaks)
    np.testing.assert_allclose(beyond[:4], [0.1, 1.0, 0.0, 0.0])
    assert (rarity(found, peaks)[:2] == 0).all()  # which alone would leave them in any order
    still = histograms(layer, np.zeros(32), np.zeros(32), [[10, 0, 0, 0]] * 32)
    assert (beyond_sample(still, np.ones(32, np.float32)) == 0).all()
    assert (beyond_sample(layer, peaks) == 0).all()  # no histograms, no ties


def test_counts_agree_with_brute_force(layer: LayerDissection) -> None:
    rng = np.random.default_rng(0)
    sample = np.sort(rng.exponential(2, (32, 4000)), 1).astype(np.float32)
    lowest, highest = sample[:, 0], sample[:, -1]
    width = (highest - lowest) / 64
    places = np.minimum((sample - lowest[:, None]) / width[:, None], 63).astype(int)
    bins = np.stack([np.bincount(row, minlength=64) for row in places])
    found = histograms(layer, lowest, highest, bins)
    asked = sample[np.arange(32), rng.integers(0, 4000, 32)]
    brute = (sample >= asked[:, None]).mean(1)
    np.testing.assert_allclose(rarity(found, asked), brute, atol=0.03)


@pytest.mark.parametrize("counted", [False, True])
def test_the_rarest_comes_first_and_ties_go_to_the_lower_index(
    layer: LayerDissection, counted: bool
) -> None:
    activations = np.zeros(32, np.float32)
    activations[7] = layer.activation_threshold_at("raw-0.99")[7] + 1
    activations[20] = layer.activation_threshold_at("raw-0.99")[20] + 2
    measured = layer
    if counted:
        bins = np.r_[1000, np.full(63, 3)]
        highest = layer.activation_threshold * 3
        measured = histograms(layer, np.full(32, -1.0), highest, [bins] * 32)
    found = firing(measured, features_at(activations), CELL, 32)
    assert len(found) == 32
    assert found.counted is counted
    assert sorted(found.units.tolist()) == list(range(32))
    assert (np.diff(found.rarities) >= 0).all()
    if not counted:
        assert found.units[:2].tolist() == [20, 7]
    silent = firing(layer, np.zeros(SHAPE, np.float32), CELL, 32)
    assert silent.units.tolist() == list(range(32))  # from the third on all are as rare as can be
    assert (silent.rarities[2:] == 1).all()
    top = firing(measured, features_at(activations), CELL, 2)
    np.testing.assert_array_equal(top.units, found.units[:2])
    np.testing.assert_array_equal(top.activations, activations[top.units])
    np.testing.assert_array_equal(top.activation_thresholds, layer.activation_threshold[top.units])
    np.testing.assert_array_equal(top.labels, layer.labels[top.units])
    np.testing.assert_allclose(top.iou, layer.iou.max(0)[top.units])


def test_a_region_is_ranked_by_its_mean(layer: LayerDissection) -> None:
    features = np.zeros(SHAPE, np.float32)
    features[9, 2:4, 3:5] = [[400, 0], [400, 400]]
    found = firing(layer, features, Box(2, 3, 4, 5), 1)
    assert (found.units.tolist(), found.activations.tolist()) == ([9], [300])
    over = firing(layer, features, Box(3, 4, 30, 30), 1)  # what lies over the border is left out
    assert over.activations[0] == pytest.approx(400 / 20)


def test_what_cannot_be_asked(layer: LayerDissection) -> None:
    features = np.zeros(SHAPE, np.float32)
    with pytest.raises(BadInputError, match="belongs to another network"):
        firing(layer, features[:8], CELL, 5)
    for box, k in ((Box(8, 0, 9, 1), 5), (CELL, 0)):
        with pytest.raises(BadInputError, match="There are no"):
            firing(layer, features, box, k)


def test_a_brush_of_chosen_units_has_their_levels(layer: LayerDissection) -> None:
    brush = brush_of_units(layer, [9, 2], "  my roof ")
    assert brush.concept == Concept("my roof", "mine")
    assert brush.layers["layer3"].units == (9, 2)
    assert brush.layers["layer3"].levels == (10.0, 3.0)
    for units, name in (([], "x"), ([1], "  ")):
        with pytest.raises(BadInputError, match="at least one unit"):
            brush_of_units(layer, units, name)
    with pytest.raises(BadInputError, match="no unit 32"):
        brush_of_units(layer, [3, 32], "x")
