import numpy as np
import pytest
import torch

from dissection.statistics import concept_sets
from dissection.statistics.bins import BinCounts
from dissection.statistics.concept_sets import ConceptSets
from dissection.statistics.concepts import ConceptMaps

CATEGORIES = np.array([-1, 0, 0, 0, 1, 1, 2])


def maps_of(lowest: int) -> ConceptMaps:
    rng = np.random.default_rng(3)
    return ConceptMaps(rng.integers(lowest, 7, (5, 4, 8, 8)).astype(np.int8), CATEGORIES)


@pytest.mark.parametrize("lowest", [0, -1])
@pytest.mark.parametrize("most", [2**14, 50, 1])
@pytest.mark.parametrize("batch", [2**20, 600])
def test_sets_say_what_the_concept_maps_say(
    lowest: int, most: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(concept_sets, "MOST_SETS", most)
    monkeypatch.setattr(concept_sets, "BATCH_VALUES", batch)
    concepts = maps_of(lowest)
    named, sets = concepts.read(slice(None)), ConceptSets.of(concepts)
    assert len(sets.planes) == {2**14: 1, 50: 2, 1: 4}[most]
    channels = [
        plane.members[k][plane.sets] for plane in sets.planes for k in range(len(plane.members))
    ]
    np.testing.assert_array_equal(np.stack(channels, 1), named.labels.flatten(2).numpy())
    assert (sets.counted is None) == (lowest == 0)
    if sets.counted is not None and named.counted is not None:
        bits = [
            plane.members[k][plane.sets]
            for plane in sets.counted
            for k in range(len(plane.members))
        ]
        np.testing.assert_array_equal(np.stack(bits, 1) == 1, named.counted.flatten(2).numpy())


def test_tables_that_would_be_too_long_make_a_plane_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concept_sets, "MOST_PAIRS", 60)  # 7 sets and 7 concepts fit, 49 do not
    concepts = maps_of(0)
    sets = ConceptSets.of(concepts)
    assert [len(plane.members) for plane in sets.planes] == [2, 2]
    channels = [plane.members[k][plane.sets] for plane in sets.planes for k in range(2)]
    labels = concepts.read(slice(None)).labels
    np.testing.assert_array_equal(np.stack(channels, 1), labels.flatten(2).numpy())


def test_numbers_tell_the_half_by_the_place_in_the_whole_sample() -> None:
    (plane,) = ConceptSets.of(maps_of(0)).planes
    sets = plane.members.shape[1]
    numbers = plane.numbers(slice(1, 4), 10, "cpu").view(3, 64)
    assert (numbers // sets).unique_consecutive().tolist() == [0, 1, 0]
    np.testing.assert_array_equal((numbers % sets).numpy(), plane.sets[1:4])


def test_numbers_are_counted_however_they_come() -> None:
    numbers = torch.randint(0, 9, (500,), generator=torch.Generator().manual_seed(0))
    counts = BinCounts(10, "cpu")
    for part in numbers.split(7):
        counts.add(part.int())
    assert torch.equal(counts.counts(), numbers.bincount(minlength=10))
    counts.add(torch.tensor([9, 9]))
    assert counts.counts()[9] == 2
