from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.results.store import save_dissection
from support.synthetic import make_dissection


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored")
    save_dissection(make_dissection(), folder)
    return folder


def told(folder: Path, *words: str) -> list[str]:
    result = CliRunner().invoke(app, ["brushes", str(folder), *words])
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_a_brush_has_the_number_that_measured_best(folder: Path) -> None:
    assert told(folder, "--concept", "tree")[0] == "tree (object): 20 units of layer3 by effect"


def test_a_brush_has_as_many_units_as_asked_for(folder: Path) -> None:
    lines = told(folder, "--concept", "tree", "-k", "3")
    assert lines[0] == "tree (object): 3 units of layer3 by effect"
    units = [line.split()[1] for line in lines[2 : lines.index("")]]
    assert units == ["7", "6", "5"]
    assert told(folder, "--concept", "tree", "-k", "10")[0].startswith("tree (object): 10 units")


def test_all_brushes_are_listed_with_that_number(folder: Path) -> None:
    head, *rows = (line.split() for line in told(folder, "-k", "2"))
    tree = next(row for row in rows if row and row[0] == "tree")
    assert dict(zip(head, tree, strict=True)) == {
        "concept": "tree", "category": "object", "layers": "layer3", "order": "effect",
        "units": "2", "level": "x1", "IoU": "0.250", "erased": "-", "drawn": "-", "gain": "-",
        "elsewhere": "-",
    }  # fmt: skip
