"""What is counted, on paper and against plain loops."""

import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.interventions.ablation import accuracy
from dissection.interventions.ablation.accuracy import (
    check_targets,
    confusion,
    correlation,
    count,
    flips,
    taken_for,
)
from dissection.interventions.ablation.sets import NOBODY, numbers, plan, ranking, share


def test_balanced_accuracy_on_paper() -> None:
    """Class 0: 2 of 3 recognized, 1 of 7 others taken for it; class 2 is never predicted."""
    targets = np.array([0, 0, 0, 1, 1, 1, 1, 1, 2, 2])
    predicted = np.array([0, 0, 1, 1, 1, 1, 1, 1, 0, 1])[:, None]
    counts = count(predicted, targets, 4)
    assert counts.sizes.tolist() == [3, 5, 2, 0]
    assert counts.hits.tolist() == [[2, 5, 0, 0]]
    assert counts.taken.tolist() == [[3, 7, 0, 0]]
    np.testing.assert_allclose(
        counts.balanced[0], [(2 / 3 + 6 / 7) / 2, (1 + 3 / 5) / 2, 0.5, np.nan]
    )
    assert counts.plain.tolist() == [0.7]


def test_a_class_that_all_pictures_are_of_has_no_balanced_accuracy() -> None:
    counts = count(np.array([[1]]), np.array([1]), 3)
    assert np.isnan(counts.balanced).all()
    assert counts.plain.tolist() == [1.0]


def test_counts_are_those_of_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "VALUES_AT_ONCE", 50)
    rng = np.random.default_rng(0)
    predicted, targets = rng.integers(0, 6, (70, 9)), rng.integers(0, 6, 70)
    counts = count(predicted.astype(np.int16), targets, 6)
    for setting in range(9):
        for k in range(6):
            here = predicted[:, setting] == k
            assert counts.hits[setting, k] == (here & (targets == k)).sum()
            assert counts.taken[setting, k] == here.sum()
    table = confusion(predicted[:, 0], targets, 6)
    assert table.sum() == 70
    assert (table.diagonal() == counts.hits[0]).all()
    found = flips(predicted)
    settings = [
        (n, s, predicted[n, s + 1])
        for n in range(70) for s in range(8) if predicted[n, s + 1] != predicted[n, 0]
    ]  # fmt: skip
    triples = zip(found.images, found.settings, found.after, strict=True)
    assert [tuple(map(int, each)) for each in triples] == settings
    most, many = taken_for(found, predicted[:, 0], targets, 8, 6)
    for k in range(6):
        for s in range(8):
            lost = (targets == k) & (predicted[:, 0] == k) & (predicted[:, s + 1] != k)
            where = np.bincount(predicted[lost, s + 1], minlength=6)
            assert many[k, s] == where.max()
            assert most[k, s] == (where.argmax() if lost.any() else -1)
    assert len(found.of(3)) == (predicted[:, 4] != predicted[:, 0]).sum()


def test_nothing_flips_where_nothing_changes() -> None:
    found = flips(np.ones((5, 3), np.int16))
    assert len(found) == 0
    most, many = taken_for(found, np.ones(5, int), np.ones(5, int), 2, 2)
    assert (most == -1).all()
    assert (many == 0).all()


def test_correlation_is_pearsons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accuracy, "VALUES_AT_ONCE", 40)
    rng = np.random.default_rng(1)
    peaks = rng.normal(100, 3, (60, 4)).astype(np.float32)
    scores = (rng.random((60, 3)) + 0.02 * peaks[:, :1]).astype(np.float32)
    peaks[:, 3] = 7
    found = correlation(peaks, scores)
    for k in range(3):
        for u in range(3):
            assert found[k, u] == pytest.approx(
                np.corrcoef(peaks[:, u], scores[:, k])[0, 1], abs=1e-5
            )
    assert np.isnan(found[:, 3]).all()


def test_pictures_of_no_class_are_told() -> None:
    with pytest.raises(BadInputError, match="2 pictures are of no class, the one at place 1"):
        check_targets(np.array([0, -1, 5]), 5)


def test_units_are_ranked_by_what_they_cost() -> None:
    importance = np.array([[0.1, 0.3, 0.1, -0.2], [np.nan] * 4])
    assert ranking(importance).tolist() == [[1, 0, 2, 3], [0, 1, 2, 3]]


def test_the_published_sets_and_their_shares() -> None:
    assert [share(512, 20), share(128, 20), share(256, 4), share(16, 4)] == [20, 5, 2, 1]
    assert numbers(512) == [4, 20]
    assert numbers(128) == [1, 4, 5, 20]
    assert numbers(12) == [1, 4]
    rng = np.random.default_rng(2)
    order = np.stack([rng.permutation(128) for _ in range(3)])
    sets = plan(order, 6, 7)
    for number in (1, 4, 5, 20):
        for k, row in enumerate(sets.named(f"without {number}")):
            assert sets.of[row] == k
            assert set(np.flatnonzero(sets.removed[row])) == set(order[k, :number])
        drawn = sets.named(f"random: without {number}")
        assert len(drawn) == 6
        assert (sets.of[drawn] == NOBODY).all()
        assert (sets.removed[drawn].sum(1) == number).all()
    assert len(sets.named("only 4")) == 0
    for number in (5, 20):
        row = sets.named(f"only {number}")[1]
        assert set(np.flatnonzero(~sets.removed[row])) == set(order[1, :number])
        assert (sets.removed[sets.named(f"random: only {number}")].sum(1) == 128 - number).all()
    most, least = (sets.named(f"without {way} important half")[2] for way in ("most", "least"))
    assert set(np.flatnonzero(sets.removed[most])) == set(order[2, :64])
    assert (sets.removed[most] ^ sets.removed[least]).all()
    assert (plan(order, 6, 7).removed == sets.removed).all()
    alone = plan(np.zeros((2, 1), np.int64), 0, 0)
    assert alone.kinds == ("without most important half", "without least important half")
    assert alone.removed.all()
