"""The ablation that ships: of the classifier that ships, and as docs/results.md tells it."""

import re
from pathlib import Path

import numpy as np
import pytest

from dissection.errors import StoreError
from dissection.interventions.ablation.relations import correlated_pairs
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.sets import share
from dissection.interventions.ablation.store import load_ablation
from dissection.runtime import resources
from dissection.runtime.files import file_digest

NAME = "storybook-scenes-relu5_3"
RESULTS = Path(__file__).parents[4] / "docs" / "results.md"


@pytest.fixture(scope="module")
def shipped() -> Ablation:
    return load_ablation(NAME)


def percent(values: np.ndarray | float) -> str:
    return f"{100 * np.nanmean(values):.1f} %"


def row(first: str) -> list[str]:
    """Cells of the first row of a table that begins so."""
    (line, *_) = re.findall(rf"^\| {re.escape(first)}.*$", RESULTS.read_text("utf-8"), re.M)
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_it_is_of_the_classifier_that_ships(shipped: Ablation) -> None:
    assert NAME in resources.bundled_ablations()
    digest = file_digest(resources.resource("models/storybook-scenes.safetensors"))
    assert shipped.provenance["network"] == digest
    assert (shipped.model, shipped.layer) == ("storybook-scenes", "features.relu5_3")
    assert (shipped.units, len(shipped.classes)) == (128, 51)
    assert share(shipped.units, 20) == 5
    folder = resources.resource(f"ablations/{NAME}")
    assert sum(path.stat().st_size for path in folder.iterdir()) < 700_000
    with pytest.raises(StoreError, match="made of a network storybook-scenes"):
        load_ablation(NAME, "0" * 64)


def test_a_class_loses_more_without_its_own_units_than_without_others(shipped: Ablation) -> None:
    own, _ = shipped.without("without 20")
    whole = np.nanmean(shipped.held_out.baseline)
    assert np.nanmean(own) < np.mean(shipped.control("without 20")[0]) < whole + 0.001


def test_the_tables_of_results_are_those_of_what_ships(shipped: Ablation) -> None:
    whole = percent(shipped.held_out.baseline)
    assert row("single-class accuracy, whole network") == ["76.6 %", whole, "", whole, ""]
    text = RESULTS.read_text("utf-8")
    for kind, line in (("without", "without the class's most important"), ("only", "with only")):
        told = [row_ for row_ in text.splitlines() if row_.startswith(f"| {line}")][:2]
        for place, part in enumerate(told):  # first of single classes, then over all
            found = [
                percent(figures[place])
                for number in (5, 20)
                for figures in (
                    shipped.without(f"{kind} {number}"), shipped.control(f"{kind} {number}"),
                )
            ]  # fmt: skip
            assert [cell.strip() for cell in part.strip("|").split("|")][2:] == found
        assert len(told) == 2
    half, random = "without most important half", "random: without most important half"
    assert random in shipped.sets.kinds
    least = percent(shipped.without("without least important half")[0])
    control = percent(shipped.control(half)[0])
    assert row("single-class accuracy without the least") == ["92.1 %", least, control]
    assert row("single-class accuracy without the most")[1:] == [
        percent(shipped.without(half)[0]), control,
    ]  # fmt: skip
    correlation = shipped.correlation[np.isfinite(shipped.correlation)]
    assert row("correlations of a unit's peak")[1] == percent((correlation < 0).mean())
    gain = shipped.without("without least important half")[0] > shipped.held_out.baseline
    assert row("classes that gain")[1] == f"{gain.sum()} of {len(gain)}"
    negative = correlated_pairs(shipped, 4).top_negative
    assert row("negative ones of a class's 4")[1] == percent(negative)


@pytest.mark.parametrize("name", ["ski slope", "suburb", "desert"])
def test_the_single_classes_of_results_are_those_of_what_ships(
    shipped: Ablation, name: str
) -> None:
    number = shipped.classes.index(name)
    kinds = ("without 4", "without 20", "only 20", "without 5", "only 5")
    figures = [shipped.held_out.baseline[number]]
    figures += [shipped.without(kind)[0][number] for kind in kinds]
    assert row(name) == [percent(figure) for figure in figures]
