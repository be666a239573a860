"""Units as detectors of their concept: does the peak tell pictures with it from those without?

A unit's peak in an image is its highest raw activation, and it detects its concept in images whose
peak is strictly above a threshold. An image *shows* a concept if more than 5 % of its pixels have
it (Bau et al. 2020, figure 3), or, for concepts that usually cover less, at least as many as the
mean of the images that have any; all other images do not show it. Images without pixels that count
for the concept's category are left out. Balanced accuracy is the mean of the shares of images
judged rightly among those that show the concept and among the others.

Two thresholds are found, both among the peaks themselves: the published one, where as large a
share of the showing images is missed as of the others is falsely detected, and the one with the
highest balanced accuracy, which flatters the unit a little, as every best of many does. Free of
torch, integers until the last division.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.statistics.tally import Counts, ImageAreas

#: An image shows a concept that has more than this share of its pixels, as a ratio.
LEAST_SHARE = (1, 20)
DETECTOR_ARRAYS = ("thresholds", "accuracies", "shown")
#: Peaks of a block of units that are sorted at a time.
BLOCK_VALUES = 2**22
_BALANCED, _BEST = 0, 1


@dataclass(frozen=True)
class Detector:
    """One unit as a detector of one concept.

    Attributes:
        shown: images that show the concept.
        absent: images that do not.
        detector_threshold: where misses and false alarms are equally frequent; detected is what
            is above.
        accuracy: balanced accuracy at that threshold, 0..1.
        best_threshold: where balanced accuracy is highest; the lowest such place.
        best_accuracy: balanced accuracy there, 0..1.
    """

    shown: int
    absent: int
    detector_threshold: float
    accuracy: float
    best_threshold: float
    best_accuracy: float


@dataclass(frozen=True, eq=False)
class Detectors:
    """All units of a layer as detectors of their labels.

    Attributes:
        thresholds: float32 (2, units), activations: the balanced one and the best.
        accuracies: float32 (2, units), 0..1: balanced accuracies at them.
        shown: int64 (2, units): images that show the unit's concept, and images that do not. Where
            either is 0 there is nothing to tell apart: thresholds and accuracies are 0 and mean
            nothing.
    """

    thresholds: NDArray[np.float32]
    accuracies: NDArray[np.float32]
    shown: Counts

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "Detectors":
        """The inverse of ``to_arrays``.

        Raises:
            KeyError: an array is missing.
        """
        return cls(*(arrays[key] for key in DETECTOR_ARRAYS))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, for a file."""
        return {key: getattr(self, key) for key in DETECTOR_ARRAYS}

    @property
    def defined(self) -> NDArray[np.bool_]:
        """Which units have a concept that some images show and others do not, bool (units,)."""
        defined: NDArray[np.bool_] = (self.shown[0] > 0) & (self.shown[1] > 0)
        return defined

    def __getitem__(self, unit: int) -> Detector | None:
        """One unit; None where its detector is not defined."""
        if not self.defined[unit]:
            return None
        shown, absent = self.shown[:, unit].tolist()
        threshold, best_threshold = self.thresholds[:, unit].tolist()
        accuracy, best_accuracy = self.accuracies[:, unit].tolist()
        return Detector(shown, absent, threshold, accuracy, best_threshold, best_accuracy)

    def why_undefined(self, unit: int) -> str | None:
        """Why a unit has no detector, a sentence; None where it has one."""
        shown, absent = self.shown[:, unit].tolist()
        if shown and absent:
            return None
        if shown:
            return f"Unit {unit} has nothing to tell apart: every image shows its concept."
        return f"Unit {unit} detects nothing: it has no concept that any image shows."


def showing(area: NDArray[np.integer], pixels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which images show which concepts.

    Args:
        area: integers (N, n): pixels of each of n concepts.
        pixels: integers (N, n): pixels that count for its category.

    Returns:
        bool (N, n).
    """
    above, below = LEAST_SHARE
    area = area.astype(np.int64)
    large = below * area > above * pixels.astype(np.int64)
    usual = area * (area > 0).sum(0) >= area.sum(0)
    shown: NDArray[np.bool_] = (area > 0) & (large | usual)
    return shown


def measure_detectors(
    peaks: NDArray[np.float32], labels: Counts, areas: ImageAreas, categories: Counts
) -> Detectors:
    """All units as detectors of their labels.

    Args:
        peaks: float32 (N, units), finite: each unit's highest activation in each image.
        labels: int64 (units,): indices of concepts; 0 for units without one.
        areas: pixels of each concept in each image.
        categories: int64 (concepts,): see ``Tally``.
    """
    images, units = peaks.shape
    thresholds = np.zeros((2, units), np.float32)
    accuracies = np.zeros((2, units), np.float32)
    shown = np.zeros((2, units), np.int64)
    step = max(1, BLOCK_VALUES // max(images, 1))
    for first in range(0, units, step):
        block = slice(first, first + step)
        concepts = labels[block]
        counted = areas.pixels[:, np.maximum(categories[concepts], 0)]
        valid = (counted > 0) & (categories[concepts] >= 0)
        positive = showing(areas.area[:, concepts], counted) & valid
        found = _separate(peaks[:, block].T, positive.T, valid.T)
        thresholds[:, block], accuracies[:, block], shown[:, block] = found
    return Detectors(thresholds, accuracies, shown)


def separate(peaks: NDArray[np.float32], positive: NDArray[np.bool_]) -> Detector | None:
    """One unit as a detector of what some images show.

    Args:
        peaks: float32 (N,), finite: its highest activation in each image.
        positive: bool (N,): which images show it.

    Returns:
        None where all images show it, or none does.

    Example:
        >>> found = separate(np.float32([1, 2, 3, 4]), np.array([False, False, True, True]))
        >>> found.detector_threshold, found.accuracy
        (2.0, 1.0)
    """
    valid = np.ones((1, len(peaks)), np.bool_)
    return Detectors(*_separate(peaks[None], positive[None], valid))[0]


def _separate(
    peaks: NDArray[np.float32], positive: NDArray[np.bool_], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32], Counts]:
    """Thresholds, accuracies and numbers of images, two rows each; all arguments (units, N)."""
    peaks = np.where(valid, peaks, np.float32(np.inf))
    order = peaks.argsort(axis=1, kind="stable")
    peaks = np.take_along_axis(peaks, order, 1)
    shows = np.take_along_axis(positive, order, 1)
    others = np.take_along_axis(valid & ~positive, order, 1)
    # At a threshold of peaks[:, i] this many showing images are missed, others rejected.
    missed, rejected = shows.cumsum(1), others.cumsum(1)
    shown, absent = missed[:, -1:], rejected[:, -1:]
    candidate = np.isfinite(peaks)
    candidate[:, :-1] &= peaks[:, 1:] != peaks[:, :-1]  # of equal peaks none is told from another
    right = (shown - missed) * absent + rejected * shown
    crossed = candidate & (missed * absent >= (absent - rejected) * shown)
    places = np.stack([crossed.argmax(1), np.where(candidate, right, -1).argmax(1)])
    rows = np.arange(len(peaks))
    counts = np.stack([shown[:, 0], absent[:, 0]])
    defined = (counts > 0).all(0)
    thresholds = np.where(defined, peaks[rows, places], np.float32(0)).astype(np.float32)
    accuracies = np.zeros((2, len(peaks)))
    np.divide(right[rows, places], 2 * counts.prod(0), out=accuracies, where=defined)
    return thresholds, accuracies.astype(np.float32), counts
