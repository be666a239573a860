"""The results that ship: sound, drawn, small, and of the networks that ship."""

import pytest

from dissection.experiments.catalog.erase import of_random_units
from dissection.experiments.registry import find_experiment
from dissection.experiments.store import CARD, DARK_CARD, load_result
from dissection.report.drawing import draw
from dissection.report.figures import Sheet
from dissection.runtime.resources import bundled_experiments, resource, resources_folder

SHIPPED = bundled_experiments()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_result_that_ships_is_what_its_experiment_makes(name: str) -> None:
    result = load_result(name)
    ending = name.removeprefix(result.experiment).removeprefix("-")
    experiment = find_experiment(result.experiment)
    if ending in experiment.shipped:
        chosen = experiment.settings.of(**experiment.shipped[ending])
    else:  # made of a training that does not ship
        chosen = experiment.settings.from_json(result.settings)
    assert result.settings == chosen.to_json(), "made with other settings; make it anew"
    assert result.told
    for card in (CARD, DARK_CARD):
        assert (resource(f"experiments/{name}") / card).stat().st_size < 60_000
    first = next(iter(result.figures().values()))
    assert draw(first).axes


@pytest.mark.parametrize("name", SHIPPED)
def test_titles_are_inside_of_their_figures(name: str) -> None:
    for shown, figure in load_result(name).figures().items():
        if isinstance(figure, Sheet):
            continue
        canvas = draw(figure)
        canvas.draw_without_rendering()
        title = canvas.axes[0].title.get_window_extent()
        assert 0 <= title.x0 < title.x1 <= canvas.bbox.width, shown


def test_random_units_that_make_more_of_a_concept_are_said_to_add_it() -> None:
    assert of_random_units(0.012, "tree") == (
        "random units remove 1.2% of the tree pixels on average"
    )
    summary = load_result("erase").summary
    added = of_random_units(summary["removed_by_random"], summary["concept"])
    assert added == load_result("erase").told[1]
    assert added == "random units add 8.5% of the tree pixels on average"


def test_all_of_them_together_are_small() -> None:
    folder = resources_folder() / "experiments"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 3_000_000
