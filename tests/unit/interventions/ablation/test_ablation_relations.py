"""What important units have in common, on an ablation whose figures are known on paper."""

from dataclasses import replace

import numpy as np
import pytest

from dissection.interventions.ablation.relations import (
    correlated_pairs,
    iou_by_importance,
    iou_by_need,
    shared_units,
    telling_triples,
)
from dissection.interventions.ablation.result import Ablation, UnitFigures
from support.ablations import PAPER_CLASSES, paper_ablation

IOU = np.array([0.3, 0.2, 0.1, 0.02, 0.04, 0.06])


def test_units_by_how_many_classes_need_them() -> None:
    found = paper_ablation()
    groups = iou_by_need(found, IOU, 2)
    assert [(g.low, g.units.tolist()) for g in groups] == [(0, [5, 4]), (2, [0, 1, 2])]
    assert groups[1].iou == pytest.approx(0.2)
    assert groups[1].error == pytest.approx(0.1 / np.sqrt(3))
    # Unit 3 is silent: nothing is known of what it is for.
    assert all(3 not in group.units for group in groups)
    assert [g.low for g in iou_by_need(found, IOU, 1)] == [0, 1, 2]


def test_units_in_buckets_of_mean_importance() -> None:
    found = paper_ablation()
    groups = iou_by_importance(found, IOU, 2)
    assert [g.units.tolist() for g in groups] == [[2, 5, 4], [0, 1]]
    assert groups[0].high <= groups[1].low
    assert len(iou_by_importance(found, IOU, 99)) == 5


def test_pairs_of_units_and_classes() -> None:
    found = paper_ablation()
    correlation = np.full((3, 6), -0.5, np.float32)
    correlation[found.needed_by(2)] = 0.5
    correlation[:, 3] = np.nan  # never active
    pairs = correlated_pairs(replace(found, correlation=correlation), 2)
    assert len(pairs.units) == 15
    assert pairs.top.sum() == 6
    assert pairs.top_negative == 0
    assert pairs.negative == pytest.approx(9 / 15)
    first = int(np.flatnonzero(pairs.top)[0])
    unit, of = int(pairs.units[first]), int(pairs.classes[first])
    assert pairs.importance[first] == found.importance[of, unit]


def test_units_that_classes_share() -> None:
    found = paper_ablation()
    units = shared_units(found, (0, 1, 2), 2)
    assert {(each.unit, each.classes) for each in units} == {(0, (0, 2)), (1, (0, 1)), (2, (1, 2))}
    assert units[0].classes == (0, 1), "in the order of the classes"
    two = shared_units(found, (2, 0), 2)
    assert (two[0].unit, two[0].classes) == (0, (2, 0))
    assert {each.unit for each in two} == {0, 1, 2}
    for each in two:
        expected = [found.importance[k, each.unit] for k in (2, 0)]
        assert each.lost == pytest.approx(expected)


def test_three_classes_that_share_in_pairs() -> None:
    """A boathouse is a barn on the water, a pond water with grass, a farm grass with a barn."""
    assert telling_triples(paper_ablation(), 2) == [(0, 1, 2)]
    assert telling_triples(paper_ablation(), 1) == []
    assert PAPER_CLASSES == ("boathouse", "pond", "farm")


def test_a_class_without_pictures_needs_nothing() -> None:
    found = paper_ablation()
    counts = found.training.counts
    sizes = counts.sizes.copy()
    sizes[2] = 0
    hits = counts.hits.copy()
    hits[:, 2] = 0
    figures = UnitFigures(
        replace(counts, sizes=sizes, hits=hits), found.training.changed, found.training.close
    )
    fewer: Ablation = replace(found, training=figures)
    assert {each.unit for each in shared_units(fewer, (2,), 2)} == set()
    assert np.isfinite(correlated_pairs(fewer, 2).importance).all()
    assert 2 not in correlated_pairs(fewer, 2).classes
