from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError
from dissection.results.dissection import Dissection
from dissection.results.interpretable import CategoryCount, count_categories, interpretable
from dissection.results.rows import unit_rows
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime.resources import resource
from support.synthetic import make_dissection

# In layer3 units 4 to 19 have IoU 16/44, 14/46, 12/48, 10/50 with tree, sky, door and person.


def test_units_and_distinct_concepts(synthetic_dissection: Dissection) -> None:
    layer = synthetic_dissection["layer3"]
    assert count_categories(layer) == [
        CategoryCount("object", 12, 3, 12),
        CategoryCount("part", 4, 1, 4),
        CategoryCount("all", 16, 4, 16),
    ]
    assert count_categories(layer, 0.25)[-1] == CategoryCount("all", 8, 4, 8)
    assert count_categories(layer, 0.5)[-1] == CategoryCount("all", 0, 0, 0)
    assert interpretable(layer, 10 / 50).sum() == 12  # strictly above
    with pytest.raises(BadInputError, match="IoU from 0 to below 1"):
        count_categories(layer, 1)


def test_a_label_by_luck_is_not_confirmed(synthetic_dissection: Dissection) -> None:
    layer = synthetic_dissection["layer3"]
    tally = layer.counts
    # Unit 4 saw trees in the first half alone, and in the second the sky.
    intersection = tally.intersection.copy()
    intersection[1, 1, 4], intersection[1, 2, 4] = 0, 6
    lucky = replace(layer, tally=replace(tally, intersection=intersection))
    held = lucky.held_out()
    assert held.label[4] == 1
    assert held.labels[:, 4].tolist() == [1, 2]
    np.testing.assert_allclose(held.by_half[:, 4], [8 / 22, 0])
    assert held.iou[4] == 0
    assert not held.agree[4]
    assert held.agree[5]
    np.testing.assert_allclose(held.iou[5], 7 / 23)
    assert count_categories(lucky)[-1] == CategoryCount("all", 16, 4, 15)
    lucky_row, sound_row = unit_rows(replace(synthetic_dissection, measured={"a": lucky}), "a")[4:6]
    assert (lucky_row.held_out, lucky_row.torn, lucky_row.well_below) == (0, True, True)
    assert (sound_row.torn, sound_row.well_below) == (False, False)


def test_held_out_is_of_the_label_that_is_shown(synthetic_dissection: Dissection) -> None:
    layer = synthetic_dissection["layer3"]
    intersection = layer.counts.intersection.copy()
    # Each half of what unit 4 sees alone speaks most for another concept than the whole does.
    intersection[:, :5, 4] = [[0, 5, 6, 0, 0], [0, 5, 0, 6, 0]]
    torn = replace(layer, tally=replace(layer.counts, intersection=intersection))
    held = torn.held_out()
    assert torn.labels[4] == 1
    assert held.labels[:, 4].tolist() == [2, 3]
    np.testing.assert_allclose(held.by_half[:, 4], [5 / 25, 5 / 25])
    assert held.iou[4] == pytest.approx(torn.label_iou[4]) == pytest.approx(10 / 50)
    assert not held.agree[4]


def test_a_label_that_one_half_hardly_confirms_is_well_below(
    synthetic_dissection: Dissection,
) -> None:
    layer = synthetic_dissection["layer3"]
    intersection = layer.counts.intersection.copy()
    intersection[1, 1, 4] = 3  # still the best concept of the second half, but less so
    weak = replace(layer, tally=replace(layer.counts, intersection=intersection))
    row = unit_rows(replace(synthetic_dissection, measured={"a": weak}), "a")[4]
    assert not row.torn
    assert row.iou == pytest.approx(11 / 49)
    assert row.held_out == pytest.approx(3 / 27)
    assert row.well_below


@pytest.mark.parametrize("name", ["storybook-church-sharp", "storybook-scenes"])
def test_held_out_is_never_above_what_the_whole_sample_says(name: str) -> None:
    for layer in load_dissection(resource(f"dissections/{name}")).values():
        held = layer.held_out()
        assert (held.iou <= layer.label_iou + 1e-6).all()
        assert (held.by_half.max(0) >= layer.label_iou - 1e-6).all()


def test_without_counts_nothing_is_confirmed(synthetic_dissection: Dissection) -> None:
    layer = synthetic_dissection["layer3"]
    known = replace(layer, tally=None, known_iou=layer.iou)
    assert count_categories(known)[0] == CategoryCount("object", 12, 3, None)


def test_summary_shows_counts_units_and_concepts(tmp_path: Path) -> None:
    save_dissection(make_dissection(), tmp_path / "d")

    def told(*options: str) -> list[str]:
        arguments = ["summary", str(tmp_path / "d"), *options]
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    counts = [line.split() for line in told()]
    assert ["layer3", "object", "12", "12", "3"] in counts
    assert ["layer3", "all", "16", "16", "4", "of", "32"] in counts
    assert ["layer4", "all", "16", "16", "4", "of", "32"] in counts
    units = [line.split() for line in told("--layer", "layer3")]
    assert units[1][:6] == ["4", "tree", "object", "0.364", "0.364", "yes"]
    assert units[1][6:] == ["5.000", "2.000", "70.0%", "75.0%"]
    assert units[17][-5:] == ["-", "-", "-", "no", "match"]  # unit 0, without a label
    concepts = [line.split() for line in told("--concepts")]
    # A unit that is above its level at 1 % covers half of 2 % at most, and 73 % of that here.
    assert concepts[1][:5] == ["tree", "object", "2.00%", "0.500", "73%"]
    assert concepts[1][5:8] == ["layer3", "4", "(0.364),"]
    assert "boat" not in " ".join(told("--concepts"))  # it never occurs
