"""Held-out pictures in slices: by tags, counted."""

import numpy as np
import pytest

from dissection.errors import UnknownNameError
from dissection.interventions.ablation.slices import matching, slice_accuracies

TAGS = {
    "season": np.array(["summer", "winter", "winter", "summer"]),
    "snow": np.array(["no", "yes", "no", "no"]),
}


def test_all_conditions_have_to_be_met() -> None:
    assert matching(TAGS, {}).tolist() == [0, 1, 2, 3]
    assert matching(TAGS, {"season": "winter"}).tolist() == [1, 2]
    assert matching(TAGS, {"season": "winter", "snow": "no"}).tolist() == [2]
    assert matching(TAGS, {"season": "spring"}).tolist() == []
    with pytest.raises(UnknownNameError, match="no tag 'time'; they have season, snow"):
        matching(TAGS, {"time": "night"})


def test_slices_are_counted_each_by_itself() -> None:
    targets = np.array([0, 0, 1, 1])
    before, after = np.array([0, 1, 1, 1]), np.array([0, 0, 0, 1])
    whole, part, none = slice_accuracies(
        before, after, targets, 3, [np.arange(4), np.array([0, 2]), np.zeros(0, np.int64)]
    )
    assert whole.pictures == 4
    assert whole.sizes.tolist() == [2, 2, 0]
    assert whole.plain.tolist() == [0.75, 0.75]
    assert whole.balanced[:, 0] == pytest.approx([0.75, 0.75])
    assert np.isnan(whole.balanced[:, 2]).all()
    assert part.plain.tolist() == [1.0, 0.5]
    assert part.balanced[:, 0] == pytest.approx([1.0, 0.5])
    assert none.pictures == 0
    assert np.isnan(none.plain).all()
