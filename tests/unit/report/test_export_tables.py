import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dissection.errors import BadInputError, UnknownNameError
from dissection.report.tables import write_tables
from dissection.results.dissection import Dissection
from dissection.results.rows import classes_of_units, concept_rows, unit_rows
from support.synthetic import make_dissection


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def tables(tmp_path: Path, synthetic_dissection: Dissection) -> tuple[Any, Any]:
    units, concepts = write_tables(synthetic_dissection, tmp_path / "t.csv")
    assert concepts.name == "t-concepts.csv"
    return read(units), read(concepts)


def test_every_unit_has_a_row_with_the_figures_on_paper(tables: tuple[Any, Any]) -> None:
    units, _ = tables
    assert [(row["layer"], row["unit"]) for row in units[:2]] == [("layer3", "0"), ("layer3", "1")]
    assert len(units) == 64
    row = units[4]
    assert (row["label"], row["category"], row["matches"]) == ("tree", "object", "yes")
    assert row["iou"] == row["held_out_iou"] == f"{16 / 44:.6g}"
    assert (row["halves_agree"], row["level"], row["peak"]) == ("yes", "5", "5")
    assert row["effect_on_label"] == "1"
    first = units[0]
    assert (first["label"], first["category"], first["matches"]) == ("-", "-", "no")
    assert first["effect_on_label"] == ""


def test_every_concept_with_a_unit_has_a_row_with_its_brush(
    tables: tuple[Any, Any], synthetic_dissection: Dissection
) -> None:
    _, concepts = tables
    assert [row["concept"] for row in concepts] == ["tree", "sky", "door", "person"]
    tree = concepts[0]
    assert (tree["best_layer"], tree["best_unit"]) == ("layer3", "4")
    assert tree["area"] == "0.02"
    assert tree["matching_units"] == "8"
    brush = next(b for b in synthetic_dissection.brushes() if b.concept.name == "tree")
    assert (tree["brush_layers"], tree["brush_order"]) == (brush.layer, brush.order)
    assert float(tree["erased"]) == pytest.approx(brush.erased)
    assert {row["concept"]: row["weak"] for row in concepts}["person"] == "yes"


def test_only_the_layers_asked_for(tmp_path: Path, synthetic_dissection: Dissection) -> None:
    units, _ = write_tables(synthetic_dissection, tmp_path / "t.csv", layers=["layer4"])
    assert {row["layer"] for row in read(units)} == {"layer4"}
    with pytest.raises(UnknownNameError, match="layer3, layer4"):
        write_tables(synthetic_dissection, tmp_path / "t.csv", layers=["layer5"])


def test_a_higher_threshold_leaves_fewer_units() -> None:
    measured = make_dissection()
    good = [sum(row.matches for row in unit_rows(measured, "layer3", t)) for t in (0, 0.2, 0.9)]
    assert good[0] > good[1] > good[2] == 0
    assert all(row.units == 0 for row in concept_rows(measured, 0.9))


def test_what_was_not_measured_is_an_empty_cell(tmp_path: Path) -> None:
    plain = make_dissection()
    bare = {
        name: replace(part, tally=None, known_iou=part.iou, detectors=None, effect=None)
        for name, part in plain.items()
    }
    dissection = replace(plain, measured=bare, strengths=())
    units, concepts = (read(p) for p in write_tables(dissection, tmp_path / "t.csv"))
    for key in ("held_out_iou", "halves_agree", "effect_on_label", "detector_accuracy", "classes"):
        assert {row[key] for row in units} == {""}, key
    assert units[4]["iou"] == f"{16 / 44:.6g}"
    for key in ("area", "erased", "weak"):
        assert {row[key] for row in concepts} == {""}, key
    assert concepts[0]["brush_layers"] == "layer3"


def test_units_matter_to_the_classes_that_lose_most() -> None:
    plain = make_dissection()["layer3"]
    table = np.zeros((2, 32), np.float32)
    table[0, :6] = [-0.1, -0.5, -0.2, -0.3, -0.4, 0.6]  # four lose more than unit 0
    table[1, [1, 9]] = [-0.7, -0.1]  # only two lose anything
    part = replace(plain, class_ablation=table)
    found = classes_of_units(part, ("barn", "castle"))
    assert found[1] == ("castle", "barn")  # the most affected first
    assert [unit for unit, names in enumerate(found) if "barn" in names] == [1, 2, 3, 4]
    assert [unit for unit, names in enumerate(found) if "castle" in names] == [1, 9]
    # Without an ablation: what the units make of the class, to first order.
    part = replace(plain, class_effect=-table)
    assert classes_of_units(part, ("barn", "castle")) == found
    assert set(classes_of_units(plain, ())) == {()}


def test_a_table_is_a_csv_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"\.csv"):
        write_tables(make_dissection(), tmp_path / "t.xlsx")


def test_names_are_no_formulas_for_spreadsheets(tmp_path: Path) -> None:
    name = '=HYPERLINK("http://there","tree")'
    dissection = make_dissection()
    renamed = {name: dissection["layer3"], "layer4": dissection["layer4"]}
    units, _ = write_tables(replace(dissection, measured=renamed), tmp_path / "a.csv")
    assert {row["layer"] for row in read(units)} == {f"'{name}", "layer4"}


def test_the_table_that_nobody_named_replaces_only_its_like(tmp_path: Path) -> None:
    write_tables(make_dissection(), tmp_path / "a.csv")
    write_tables(make_dissection(), tmp_path / "a.csv")
    (tmp_path / "a-concepts.csv").write_text("my,own,table\n")
    with pytest.raises(BadInputError, match="is another file"):
        write_tables(make_dissection(), tmp_path / "a.csv")
    assert (tmp_path / "a-concepts.csv").read_text() == "my,own,table\n"
