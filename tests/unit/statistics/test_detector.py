import numpy as np
import pytest

from dissection.statistics.detector import Detectors, measure_detectors, showing
from dissection.statistics.tally import ImageAreas

ONE_CATEGORY = np.array([-1, 0, 0])


def detect(peaks: list[float], shown: list[int], pixels: int = 100) -> Detectors:
    """One unit, one concept; ``shown`` are its pixels in each image."""
    area = np.zeros((len(peaks), 3), np.int32)
    area[:, 1] = shown
    areas = ImageAreas(area, np.full((len(peaks), 1), pixels, np.int32))
    return measure_detectors(
        np.array(peaks, np.float32)[:, None], np.array([1]), areas, ONE_CATEGORY
    )


def test_a_unit_that_tells_all_images_apart() -> None:
    found = detect([1, 9, 2, 7, 3], [0, 50, 0, 50, 0])[0]
    assert found is not None
    assert (found.shown, found.absent) == (2, 3)
    assert (found.detector_threshold, found.best_threshold) == (3, 3)  # above 3 are 7 and 9
    assert (found.accuracy, found.best_accuracy) == (1, 1)


def test_both_thresholds_on_paper() -> None:
    # Sorted: 1 -, 2 +, 3 -, 4 -, 5 -, 6 +, 7 +, 8 -, 9 +
    found = detect([1, 2, 3, 4, 5, 6, 7, 8, 9], [0, 50, 0, 0, 0, 50, 50, 0, 50])[0]
    assert found is not None
    # At 4: 1 of 4 is missed, 2 of 5 are false; at 5: 1 of 4 and 1 of 5, so they have crossed.
    assert found.detector_threshold == 5
    assert found.accuracy == pytest.approx((3 / 4 + 4 / 5) / 2)
    assert (found.best_threshold, found.best_accuracy) == (5, pytest.approx(0.775))
    # Where the best is far from where the errors balance.
    found = detect([1, 2, 3, 4, 5, 6], [50, 50, 0, 0, 50, 50])[0]
    assert found is not None
    assert (found.detector_threshold, found.accuracy) == (3, 0.5)  # half are missed, half are false
    assert found.best_threshold == 4
    assert found.best_accuracy == pytest.approx(3 / 4)


def test_equal_peaks_are_not_told_apart() -> None:
    found = detect([5, 5, 5, 1], [50, 0, 50, 0])[0]
    assert found is not None
    assert (found.best_threshold, found.best_accuracy) == (1, pytest.approx(3 / 4))
    constant = detect([5, 5], [50, 0])[0]
    assert constant is not None
    assert (constant.detector_threshold, constant.accuracy) == (5, 0.5)


def test_which_images_show_a_concept() -> None:
    # More than 5 % of the pixels; of a concept that covers less, at least its usual area.
    large = np.array([[0], [1], [5], [6], [60]])
    small = np.array([[0], [1], [2], [3], [0]])
    pixels = np.full((5, 1), 100)
    assert showing(large, pixels)[:, 0].tolist() == [False, False, False, True, True]
    assert showing(small, pixels)[:, 0].tolist() == [False, False, True, True, False]
    published = np.array([[204], [205], [4096]])
    assert showing(published, np.full((3, 1), 4096))[:, 0].tolist() == [False, True, True]
    assert not showing(0 * small, pixels).any()


def test_what_is_not_defined_is_said() -> None:
    everywhere = detect([1, 2, 3], [50, 50, 50])
    assert everywhere[0] is None
    assert everywhere.thresholds.tolist() == everywhere.accuracies.tolist() == [[0], [0]]
    assert "every image shows its concept" in str(everywhere.why_undefined(0))
    areas = ImageAreas(np.zeros((2, 3), np.int32), np.full((2, 1), 4, np.int32))
    silent = measure_detectors(np.zeros((2, 1), np.float32), np.array([0]), areas, ONE_CATEGORY)
    assert silent[0] is None
    assert "detects nothing" in str(silent.why_undefined(0))
    defined = detect([1, 2], [50, 0])
    assert defined.why_undefined(0) is None


def test_images_without_labels_are_left_out() -> None:
    area = np.array([[0, 50, 0], [0, 0, 0], [0, 0, 0]], np.int32)
    pixels = np.array([[100], [100], [0]], np.int32)
    peaks = np.array([[3], [2], [9]], np.float32)
    found = measure_detectors(peaks, np.array([1]), ImageAreas(area, pixels), ONE_CATEGORY)[0]
    assert found is not None
    assert (found.shown, found.absent, found.detector_threshold, found.accuracy) == (1, 1, 2, 1)


def brute_force(peaks: np.ndarray, shows: np.ndarray) -> tuple[float, float, float, float]:
    """Threshold and accuracy where errors balance, and where accuracy is best, one at a time."""
    best = (0.0, -1.0)
    balanced = None
    for threshold in np.unique(peaks):
        hit = (peaks > threshold)[shows].mean()
        right = (peaks <= threshold)[~shows].mean()
        if (hit + right) / 2 > best[1] + 1e-12:
            best = (threshold, (hit + right) / 2)
        if balanced is None and 1 - hit >= 1 - right - 1e-12:
            balanced = (threshold, (hit + right) / 2)
    assert balanced is not None
    return *balanced, *best


def test_detectors_are_those_of_brute_force() -> None:
    rng = np.random.default_rng(3)
    images, units, concepts = 60, 40, 9
    peaks = rng.integers(0, 25, (images, units)).astype(np.float32)
    labels = rng.integers(1, concepts, units)
    labels[7] = 0
    area = rng.integers(0, 12, (images, concepts)).astype(np.int32) ** 2 * (
        rng.random((images, concepts)) < 0.5
    ).astype(np.int32)
    area[:, 0] = 0
    categories = np.array([-1, *rng.integers(0, 3, concepts - 1)])
    pixels = np.full((images, 3), 1024, np.int32)
    pixels[rng.random((images, 3)) < 0.2] = 0
    area *= pixels[:, categories] > 0
    found = measure_detectors(peaks, labels, ImageAreas(area, pixels), categories)
    for unit, label in enumerate(labels):
        counted = pixels[:, categories[label]] > 0
        of_concept = area[:, label]
        mean = of_concept[of_concept > 0].mean() if label else 0
        shows = ((of_concept > 0.05 * 1024) | (of_concept >= mean)) & (of_concept > 0)
        if not label:
            assert not found.defined[unit]
            continue
        wanted = brute_force(peaks[counted, unit], shows[counted])
        detector = found[unit]
        assert detector is not None
        assert (detector.shown, detector.absent) == (shows.sum(), (counted & ~shows).sum())
        assert (detector.detector_threshold, detector.best_threshold) == (wanted[0], wanted[2])
        assert detector.accuracy == pytest.approx(wanted[1])
        assert detector.best_accuracy == pytest.approx(wanted[3])


def test_blocks_of_units_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    peaks = rng.normal(size=(50, 11)).astype(np.float32)
    areas = ImageAreas(
        rng.integers(0, 90, (50, 3)).astype(np.int32), np.full((50, 1), 100, np.int32)
    )
    labels = rng.integers(1, 3, 11)
    whole = measure_detectors(peaks, labels, areas, ONE_CATEGORY)
    monkeypatch.setattr("dissection.statistics.detector.BLOCK_VALUES", 150)
    parts = measure_detectors(peaks, labels, areas, ONE_CATEGORY)
    for key, array in whole.to_arrays().items():
        np.testing.assert_array_equal(parts.to_arrays()[key], array)
