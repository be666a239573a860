"""Formulas of concepts, on sets whose answers are known on paper."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from dissection.statistics.formulas import (
    OPERATIONS,
    SetCounts,
    Term,
    in_words,
    number_sets,
    search,
)

NAMES = ["-", "tree", "bush", "sky", "door"]


def counts_of(labels: NDArray[np.int64], units: NDArray[np.bool_]) -> SetCounts:
    """Pixels (K, pixels), the first half of them of images of even place, and units' masks."""
    sets, members = number_sets(labels)
    half = np.arange(labels.shape[1]) >= labels.shape[1] // 2
    area = np.stack([np.bincount(sets[half == h], minlength=len(members)) for h in (False, True)])
    of_units = np.stack(
        [
            [np.bincount(sets[(half == h) & mask], minlength=len(members)) for mask in units]
            for h in (False, True)
        ]
    )
    return SetCounts(members, area, of_units)


def pixels(seed: int = 0, count: int = 4000) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(0, 4, count), 4 * rng.integers(0, 2, count)])


def test_sets_are_what_the_pixels_show() -> None:
    labels = pixels()
    sets, members = number_sets(labels)
    assert (labels == members[sets].T).all()
    assert len(np.unique(members, axis=0)) == len(members) == 8
    assert (number_sets(np.array([[-1, 0, 2]]))[1] == [[0], [2]]).all()


@pytest.mark.parametrize(
    ("terms", "mask"),
    [
        ((Term("", 1), Term("or", 2)), lambda x: (x[0] == 1) | (x[0] == 2)),
        ((Term("", 4), Term("and", 3)), lambda x: (x[0] == 3) & (x[1] == 4)),
        ((Term("", 3), Term("and not", 4)), lambda x: (x[0] == 3) & (x[1] != 4)),
    ],
)
def test_a_unit_that_is_a_formula_is_found_out(terms: tuple[Term, ...], mask: object) -> None:
    labels = pixels()
    assert callable(mask)
    counts = counts_of(labels, np.stack([mask(labels)]))
    single, double = search(counts, 0, 2)
    assert single.iou < 0.8
    assert (double.iou, double.held_out) == (1, 1)
    assert {(t.concept) for t in double.terms} == {t.concept for t in terms}
    assert [t.operation for t in double.terms][1] == terms[1].operation


def test_the_search_is_as_good_as_trying_everything() -> None:
    labels = pixels(1)
    rng = np.random.default_rng(2)
    noisy = ((labels[0] == 1) | (labels[1] == 4)) ^ (rng.random(labels.shape[1]) < 0.2)
    counts = counts_of(labels, np.stack([noisy]))
    found = search(counts, 0, 3, beam=50)
    even = np.arange(labels.shape[1]) < labels.shape[1] // 2
    named = [(labels == concept).any(0) for concept in range(5)]

    def iou(holds: NDArray[np.bool_]) -> float:
        return float((holds & noisy)[even].sum() / (holds | noisy)[even].sum())

    best = 0.0
    for concepts in itertools.permutations(range(1, 5), 3):
        for operations in itertools.product(OPERATIONS, repeat=2):
            holds = named[concepts[0]]
            for operation, concept in zip(operations, concepts[1:], strict=True):
                other = named[concept]
                holds = {"or": holds | other, "and": holds & other, "and not": holds & ~other}[
                    operation
                ]
            best = max(best, iou(holds))
    assert found[2].iou == pytest.approx(best)


def test_a_unit_that_is_never_on_has_no_formula() -> None:
    labels = pixels()
    assert search(counts_of(labels, np.zeros((1, labels.shape[1]), np.bool_)), 0, 3) == []
    assert in_words((Term("", 1),), NAMES) == "tree"
