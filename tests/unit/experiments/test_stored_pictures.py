"""Pictures of a result: what is larger than a WebP can be comes back whole."""

from pathlib import Path

import numpy as np
import pytest

from dissection import experiments
from dissection.experiments.result import Result
from dissection.experiments.store import load_result, save_result


@pytest.mark.parametrize(
    ("rows", "columns", "side"),
    [(3, 2, 16), (300, 1, 64), (2, 300, 64), (3, 600, 32), (1, 1025, 32)],
)
def test_pictures_are_as_they_were(tmp_path: Path, rows: int, columns: int, side: int) -> None:
    grays = np.linspace(20, 230, rows * columns).round().astype(np.uint8)
    pictures = np.tile(grays.reshape(rows, columns, 1, 1, 1), (1, 1, side, side, 3))
    stored = Result({"none": {"k": [1]}}, pictures={"grays": pictures}, experiment="none")
    save_result(stored, tmp_path / "r", plots=False)
    found = load_result(tmp_path / "r").pictures["grays"]
    assert found.shape == pictures.shape
    assert np.abs(found.astype(int) - pictures).max() <= 3


def test_all_units_of_the_largest_layer_are_stored(tmp_path: Path) -> None:
    made = experiments.units(layer="layer4", images=1, out=tmp_path / "r", plots=False)
    found = load_result(tmp_path / "r")
    assert found.pictures["units"].shape == made.pictures["units"].shape == (512, 1, 64, 64, 3)
    assert np.abs(found.pictures["units"].astype(float) - made.pictures["units"]).mean() < 4
