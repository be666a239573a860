"""Accuracy of a classifier on single classes, from what it decides. Free of torch.

The accuracy of a class is published as that of telling it from all others, balanced: the mean of
the share of its pictures that are recognized and of the share of others that are not taken for it.
Nothing is trained or thresholded for it: the network's own decision counts. 0.5 is chance, and
what a class gets that is never predicted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError

#: Decisions that are counted at a time.
VALUES_AT_ONCE = 2**22


@dataclass(frozen=True, eq=False)
class Counts:
    """What a network decided in S settings, such as without each of some units, by K classes.

    Attributes:
        sizes: int64 (K,): pictures of each class.
        hits: int64 (S, K): pictures of each class that are recognized.
        taken: int64 (S, K): pictures that are taken for each class, rightly or not.
    """

    sizes: NDArray[np.int64]
    hits: NDArray[np.int64]
    taken: NDArray[np.int64]

    @property
    def balanced(self) -> NDArray[np.float64]:
        """Balanced accuracy of each class, float64 (S, K), 0..1; see the module.

        NaN for a class without pictures, or that all pictures are of.
        """
        others = self.sizes.sum() - self.sizes
        with np.errstate(invalid="ignore", divide="ignore"):
            recall = self.hits / self.sizes
            wrong = (self.taken - self.hits) / others
        balanced: NDArray[np.float64] = (recall + 1 - wrong) / 2
        return balanced

    @property
    def plain(self) -> NDArray[np.float64]:
        """Share of all pictures that are recognized, float64 (S,), 0..1."""
        share: NDArray[np.float64] = self.hits.sum(1) / self.sizes.sum()
        return share


def count(predicted: NDArray[np.integer], targets: NDArray[np.integer], classes: int) -> Counts:
    """Count decisions.

    Args:
        predicted: (N, S), the class decided for each picture in each setting, 0..K-1.
        targets: (N,), what the pictures are of, 0..K-1.
        classes: K.
    """
    settings = predicted.shape[1]
    hits = np.zeros((settings, classes), np.int64)
    taken = np.zeros((settings, classes), np.int64)
    first = np.arange(settings, dtype=np.int64) * classes
    step = max(1, VALUES_AT_ONCE // max(1, settings))
    for start in range(0, len(predicted), step):
        part = predicted[start : start + step].astype(np.int64)
        right = part == targets[start : start + step, None]
        places = part + first
        taken += np.bincount(places.ravel(), minlength=taken.size).reshape(taken.shape)
        hits += np.bincount(places[right], minlength=hits.size).reshape(hits.shape)
    return Counts(np.bincount(targets, minlength=classes).astype(np.int64), hits, taken)


def confusion(
    predicted: NDArray[np.integer], targets: NDArray[np.integer], classes: int
) -> NDArray[np.int64]:
    """Pictures of each class by what they are taken for, int64 (K, K): [is, is taken for].

    Args:
        predicted: (N,).
        targets: (N,).
        classes: K.
    """
    places = targets.astype(np.int64) * classes + predicted
    return np.bincount(places, minlength=classes**2).reshape(classes, classes)


def check_targets(targets: NDArray[np.integer], classes: int) -> None:
    """Raise a BadInputError unless all pictures are of one of K classes."""
    outside = np.flatnonzero((targets < 0) | (targets >= classes))
    if len(outside):
        raise BadInputError(
            f"{len(outside)} pictures are of no class, the one at place {outside[0]} for one; put "
            "each picture in the folder of its class."
        )


@dataclass(frozen=True, eq=False)
class Flips:
    """Decisions that become others in some settings: of pairs of a picture and a setting.

    Attributes:
        images: int32 (M,), places in the sample, ascending.
        settings: int32 (M,), such as the unit that is taken out.
        after: int32 (M,), the class that is decided for now.
    """

    images: NDArray[np.int32]
    settings: NDArray[np.int32]
    after: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.images)

    def of(self, setting: int) -> "Flips":
        """Those of one setting."""
        here = self.settings == setting
        return Flips(self.images[here], self.settings[here], self.after[here])


def flips(predicted: NDArray[np.integer]) -> Flips:
    """Decisions that differ from those of the first setting, the whole network.

    Args:
        predicted: (N, 1 + S).

    Returns:
        Settings are numbered from 0, without the first.
    """
    found = list(_flips(predicted))
    images, settings, after = (np.concatenate([part[k] for part in found]) for k in range(3))
    return Flips(images, settings, after)


def _flips(predicted: NDArray[np.integer]) -> Iterator[tuple[NDArray[np.int32], ...]]:
    step = max(1, VALUES_AT_ONCE // predicted.shape[1])
    for start in range(0, max(1, len(predicted)), step):
        part = predicted[start : start + step]
        images, settings = np.nonzero(part[:, 1:] != part[:, :1])
        after = part[images, settings + 1].astype(np.int32)
        yield (images + start).astype(np.int32), settings.astype(np.int32), after


def taken_for(
    flips: Flips,
    before: NDArray[np.integer],
    targets: NDArray[np.integer],
    settings: int,
    classes: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """What most of the pictures that a class loses are taken for.

    Args:
        flips: the decisions that change.
        before: (N,), what the whole network decides.
        targets: (N,).
        settings: S.
        classes: K.

    Returns:
        Int32 (K, S), the class that most pictures of a class go to that were recognized before,
        ties to the lower, or -1 if none goes; and int32 (K, S), how many go there.
    """  # fmt: skip
    most = np.full((classes, settings), -1, np.int32)
    many = np.zeros((classes, settings), np.int32)
    lost = before[flips.images] == targets[flips.images]
    images, where, after = flips.images[lost], flips.settings[lost], flips.after[lost]
    place = targets[images].astype(np.int64) * settings + where
    pairs, number = np.unique(place * classes + after, return_counts=True)
    # The most frequent last, of equal ones the lowest class: what is written last stays.
    order = np.lexsort((-pairs, number))
    cells = pairs[order] // classes
    most.ravel()[cells] = pairs[order] % classes
    many.ravel()[cells] = number[order]
    return most, many


def correlation(peaks: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pearson's correlation over pictures of each unit's peak with each class's probability.

    Args:
        peaks: float32 (N, C).
        scores: float32 (N, K).

    Returns:
        Float32 (K, C), -1..1; NaN for a unit or class that is the same on all pictures.
    """
    sums = np.zeros((scores.shape[1], peaks.shape[1]))
    mean = [part.mean(0, dtype=np.float64) for part in (peaks, scores)]
    squares = [np.zeros(part.shape[1]) for part in (peaks, scores)]
    step = max(1, VALUES_AT_ONCE // (peaks.shape[1] + scores.shape[1]))
    for start in range(0, len(peaks), step):
        one, other = (
            part[start : start + step] - center
            for part, center in zip((peaks, scores), mean, strict=True)
        )
        sums += other.T @ one
        squares[0] += (one * one).sum(0)
        squares[1] += (other * other).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        coefficients = sums / np.sqrt(squares[1][:, None] * squares[0])
    return np.clip(coefficients, -1, 1).astype(np.float32)
