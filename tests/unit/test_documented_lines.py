"""Lines of Python that the documentation tells people to type do what it says they do."""

from pathlib import Path
from typing import Any

import pytest

from dissection.data.labeled import StorybookLabels
from dissection.experiments.catalog import erase
from dissection.experiments.result import Result
from dissection.models.classifiers.load import load_network
from dissection.results.store import load_dissection
from dissection.runtime.resources import resource
from dissection.training.pictures import HELD_OUT
from support.documented import PAGES, ROOT, blocks, run_block

#: Pages with lines to run, and how many blocks they have; README.md has tests of its own, and what
#: docs/architecture.md has are signatures.
TRIED = {"docs/ablation.md": 3, "docs/experiments.md": 1, "docs/api/experiments.md": 1,
         "CONTRIBUTING.md": 1}  # fmt: skip


def test_no_page_has_lines_that_nobody_tries() -> None:
    found = {page.relative_to(ROOT).as_posix(): len(blocks(page, "python", "py")) for page in PAGES}
    untried = {"README.md", "docs/architecture.md"}
    assert {page: count for page, count in found.items() if count and page not in untried} == TRIED


def scenes(first: int, count: int) -> StorybookLabels:
    return StorybookLabels(range(first, first + count), "scenes", size=64)


def test_an_ablation_is_made_and_read_as_told() -> None:
    made, read, asked = blocks(ROOT / "docs/ablation.md", "python")
    names: dict[str, Any] = {
        "network": load_network("storybook-scenes").module,
        "train": scenes(0, 51),
        "held_out": scenes(HELD_OUT, 51),
        "dissection": load_dissection(resource("dissections/storybook-scenes")),
    }
    without, curve = run_block(made.replace("ski_resort", "ski slope"), names)
    assert without[0].shape == (51,)
    assert len(names["frame"]) == 128
    assert curve is not None
    by_need, shared, among = run_block(read, names)
    assert [group.units.size > 0 for group in by_need] == [True] * len(by_need)
    assert {number for unit in shared for number in unit.classes} <= {3, 17, 20}
    assert among[0].shape == (51,)
    assert 0 < len(names["winter"]) < 51
    balanced, flips, scores, lost, fewest = run_block(asked, names)
    assert balanced.shape == scores.shape == (51,)
    assert lost.shape == (128,)
    assert set(flips.images.tolist()) <= set(range(51))
    assert fewest is None or set(fewest) <= set(range(128))


@pytest.mark.parametrize("page", ["docs/experiments.md", "docs/api/experiments.md"])
def test_an_experiment_is_run_and_read_as_told(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lines,) = blocks(ROOT / page, "python")
    for name, few in {"latents": 4, "units": 5, "scenes": 1, "controls": 0}.items():
        more: Any = erase.Settings.model_fields[name].json_schema_extra
        monkeypatch.setitem(more, "quick", few)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    table, *loaded = run_block(lines, names)
    assert len(table) > 0
    assert names["result"].settings["latents"] == 4
    assert (tmp_path / "removed.svg").stat().st_size > 1000
    assert all(isinstance(result, Result) for result in loaded if result is not None)


def test_the_experiment_that_is_there_to_be_copied_is_one() -> None:
    (lines,) = blocks(ROOT / "CONTRIBUTING.md", "python")
    names: dict[str, Any] = {"__name__": "silent"}
    run_block(lines, names)
    assert names["EXPERIMENT"].settings is names["Settings"]
    measured = Result({"layers": {"layer": ["a", "b"], "silent": [3, 0]}}, show=names["figures"])
    (drawn,) = measured.plot().values()
    assert drawn.axes[0].get_title() == "Silent units"
