"""What relates units, on figures that are known on paper."""

import numpy as np
import pytest

from dissection.statistics import relations as r


def test_the_best_concepts_come_in_order_and_nothing_is_none() -> None:
    iou = np.array([[0, 0], [0.1, 0], [0.3, 0.2], [0.2, 0]])
    assert r.best_concepts(iou, 3).tolist() == [[2, 3, 1], [2, 0, 0]]


def test_precision_recall_area_is_average_precision() -> None:
    # From the highest bin down: 1 of 1 right, 1 of 2, 2 of 5: 1/2 * 1 + 1/2 * 2/5.
    positive, total = np.array([1, 0, 1]), np.array([3, 1, 1])
    assert r.precision_recall_area(positive, total) == pytest.approx(0.5 + 0.5 * 2 / 5)
    assert r.precision_recall_area(np.zeros(3, int), total) == 0
    assert r.precision_recall_area(total, total) == pytest.approx(1)


def test_a_ranking_by_chance_has_the_share_of_the_concept() -> None:
    positive, total = np.full(256, 3), np.full(256, 10)
    assert r.precision_recall_area(positive, total) == pytest.approx(0.3)


def test_lower_exemplars_lie_at_their_shares() -> None:
    peaks = np.arange(1000, dtype=np.float32)[:, None]
    # The highest is image 999; 99.9 % of 1000 images leave out one, 50 % leave out 500.
    assert r.lower_exemplars(peaks).tolist() == [
        [999, 998, 997, 990, 989, 988, 900, 899, 898, 500, 499, 498]
    ]
    assert set(r.lower_exemplars(peaks[:2]).ravel()) == {0, 1}


def test_both_sides_of_a_detector() -> None:
    peaks = np.array([[5, 1], [4, 2], [3, 3], [2, 4], [1, 5]], np.float32)
    shows = np.array([[1, 0], [0, 0], [1, 0], [0, 0], [0, 0]], bool)
    valid = np.ones((5, 2), bool)
    valid[4, 0] = False
    found = r.sides_of_detectors(peaks, shows, valid)
    assert found["peaks_with"].shape == (2, r.DOTS)
    assert (found["peaks_with"][0, 0], found["peaks_with"][0, -1]) == (3, 5)
    assert (found["peaks_without"][0, 0], found["peaks_without"][0, -1]) == (2, 4)
    assert found["missed"][0].tolist() == [2, 0, 0, 0]
    assert found["mistaken"][0].tolist() == [1, 3, 3, 3]
    assert not found["peaks_with"][1].any()  # nothing shows its label


def test_correlations_are_those_of_numpy() -> None:
    values = np.random.default_rng(0).integers(0, 4096, (500, 4)).astype(float)
    values[:, 3] = 7  # dead
    found = r.correlations(values.T @ values, values.sum(0), len(values))
    assert found[:3, :3] == pytest.approx(np.corrcoef(values[:, :3].T), abs=1e-9)
    assert not found[3].any()


def test_nearest_units_are_of_this_layer_and_then_of_others() -> None:
    correlation = np.array(
        [[1, 0.2, 0.9, 0.1], [0.2, 1, 0.3, 0.8], [0.9, 0.3, 1, 0.4], [0.1, 0.8, 0.4, 1]]
    )
    layers, units = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = r.nearest(correlation, slice(0, 2), layers, units)
    assert found["near_layers"].tolist() == [[0, 1, 1], [0, 1, 1]]
    assert found["near_units"].tolist() == [[1, 0, 1], [0, 1, 0]]
    assert found["near_values"] == pytest.approx(np.array([[0.2, 0.9, 0.1], [0.2, 0.8, 0.3]]))


def test_the_map_keeps_distances_that_fit_the_plane() -> None:
    angles = np.array([0.0, 0.3, 2.0, 4.0])
    correlation = np.cos(angles[:, None] - angles)  # points on a circle of radius 1
    places = r.places_on_map(correlation)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert apart == pytest.approx(np.sqrt(np.maximum(2 - 2 * correlation, 0)), abs=1e-5)
    assert r.places_on_map(np.ones((1, 1))).tolist() == [[0, 0]]


def test_clarity_of_one_thing_and_of_two() -> None:
    one, two = np.array([1, 0, 0]), np.array([0, 1, 0])
    features = np.array([[one] * 6, [one] * 3 + [two] * 3, [one] * 5 + [two]], np.float32)
    found = r.clarity_of(features)
    # Of 15 pairs 2 * 3 lie within a group of the second unit; 10 are alike in the third.
    assert found.clarity.tolist() == pytest.approx([1, 6 / 15, 10 / 15])
    assert found.apart[0] == pytest.approx(0)
    assert found.apart[1] == pytest.approx(1)
    assert found.apart[2] < 0.5  # one that is odd is no group
